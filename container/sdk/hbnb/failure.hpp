// What a handler throws to say more than "failed". Anything else that leaves a handler is HBNB_FAILED: the client gets
// a 500 with the request's id, the text goes to the error log only.
#pragma once

#include <stdexcept>

namespace hbnb::sdk {

// 503 with Retry-After: nothing was done, the request may be tried again. An answer of which something was sent is cut.
// The text goes to the log, at most one such line a second and worker.
class Overloaded : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The client has gone, has stalled or was answered at the deadline: nothing can be sent any more. Thrown by
// ResponseStream; catch it only to clean up.
class PeerGone : public std::runtime_error {
  public:
    PeerGone() : std::runtime_error("the client has gone") {}
};

}  // namespace hbnb::sdk
