// A handler thread: waits for one event at a time, serves the connection it gets until nothing more of it is there, parks
// it. Creates and destroys its plugin instances. Joined by the worker; leaves when the reactor is finished.
#pragma once

#include <functional>
#include <vector>

#include "worker/reactor.hpp"
#include "worker/request_stream.hpp"
#include "worker/responder.hpp"

namespace hbnb::worker {

class HandlerThread {
  public:
    // instances: one a plugin, made on the thread that runs this.
    HandlerThread(Application &application, Reactor &reactor, unsigned number, std::vector<void *> instances);

    void run();

  private:
    void accept(std::size_t listener);
    void serve(Connection &connection);
    enum class Next { read_again, parked };
    Next settle(Connection &connection, bool idle);

    Application &application_;
    Reactor &reactor_;
    RequestStream stream_;
    Responder responder_;
};

}  // namespace hbnb::worker
