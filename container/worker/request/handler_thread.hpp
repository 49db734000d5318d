// A handler thread: waits for one event at a time, serves the connection it gets until nothing more of it is there, parks
// it. Whoever waits in the room comes before what epoll would tell next: first in, first out.
// The steward has one, too, which never runs: it only sheds (no instances, nobody is routed).
// Creates and destroys its plugin instances. Joined by the worker; leaves when the reactor is finished.
#pragma once

#include <functional>
#include <vector>

#include "worker/io/reactor.hpp"
#include "worker/request/request_stream.hpp"
#include "worker/request/responder.hpp"

namespace hbnb::worker {

class HandlerThread {
  public:
    // instances: one a plugin, made on the thread that runs this.
    HandlerThread(Application &application, Reactor &reactor, unsigned number, std::vector<void *> instances);

    void run();
    bool handle(const Reactor::Event &event);  // true: a connection came out of the waiting room, and more may be there
    // Its request, if it has come, is answered 503; the rest of its body may still be coming then. Never waits for long.
    void shed(Connection &connection) { serve(connection, Purpose::shed); }

  private:
    enum class Purpose { answer, shed };
    void accept(std::size_t listener);
    bool take(RoomKind room);
    void look_around();
    bool is_paused_for(Reactor::Coming outcome);
    void serve(Connection &connection, Purpose purpose = Purpose::answer);
    enum class Next { read_again, parked };
    Next settle(Connection &connection, bool idle);  // idle: no request was there

    Application &application_;
    Reactor &reactor_;
    unsigned number_;
    RequestStream stream_;
    Responder responder_;
};

}  // namespace hbnb::worker
