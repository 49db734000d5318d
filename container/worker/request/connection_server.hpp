// Serves one connection until nothing more of it is there: reads a head, has it answered, and lets the connection rest,
// be handed over, or end. One object a thread, with that thread's place on the scoreboard; the control thread has one,
// too, and only sheds with it: 503 to each request, instances none.
#pragma once

#include <vector>

#include "worker/io/worker_io.hpp"
#include "worker/request/request_stream.hpp"
#include "worker/request/responder.hpp"

namespace hbnb::worker {

class ConnectionServer {
  public:
    // number: the thread's, as on the scoreboard. instances: one a plugin, made on the thread that answers.
    ConnectionServer(Application &application, WorkerIo &io, unsigned number, std::vector<void *> instances);

    // Of a claimed connection, which is its thread's no more afterwards.
    void answer(Connection &connection) { serve(connection, Purpose::answer); }
    // Its request, if it has come, is answered 503; the rest of its body may still be coming then. Never waits for
    // long.
    void shed(Connection &connection) { serve(connection, Purpose::shed); }

  private:
    enum class Purpose { answer, shed };
    void serve(Connection &connection, Purpose purpose);
    bool respond(RequestStream::Head head, Purpose purpose);  // false: the connection is over
    enum class Next { read_again, parked };
    Next settle(Connection &connection, bool idle);  // idle: no request was there

    Application &application_;
    WorkerIo &io_;
    RequestStream stream_;
    Responder responder_;
};

}  // namespace hbnb::worker
