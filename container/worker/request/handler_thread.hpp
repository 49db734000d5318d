// A handler thread: waits for one event at a time, and has the connection it gets served (connection_server). What
// waits in the queue comes before what epoll would tell next: first in, first out.
// Creates and destroys its plugin instances. Joined by the worker; leaves when nothing more is to be done
// (WorkerIo::is_finished).
#pragma once

#include <vector>

#include "worker/request/connection_server.hpp"

namespace hbnb::worker {

class HandlerThread {
  public:
    // instances: one a plugin, made on the thread that runs this.
    HandlerThread(Application &application, WorkerIo &io, unsigned number, std::vector<void *> instances);

    void run();
    bool handle(
        const WorkerIo::Event &event);  // true: a connection came out of the hand-off queue, and more may be there

  private:
    void accept(std::size_t listener);
    bool take(QueueKind queue);
    void look_around();
    bool is_paused_for(WorkerIo::Coming outcome);

    Application &application_;
    WorkerIo &io_;
    unsigned number_;
    ConnectionServer server_;
};

}  // namespace hbnb::worker
