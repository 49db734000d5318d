// Listening sockets look after themselves: a file may be removed, or something else be put in its place. Such a socket
// is bound anew; workers get their sockets when they start, so the pool then goes through a reload of what runs, with
// the new ones (manager/deploy/deployment.hpp). After a failure the next attempt waits (pool/binding_attempts.hpp).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "manager/sockets/listener.hpp"
#include "pool/binding_attempts.hpp"

namespace hbnb::manager {

// A pool's sockets as they should be, and as they are.
struct KeptSockets {
    std::string pool;
    std::vector<config::Listener> wanted;
    Listeners listeners;  // beside `wanted`; those after them were kept for their queues
};

struct SocketsLook {
    std::vector<KeptSockets> anew;         // pools that have new ones; what waits in the old ones is taken along
    std::optional<std::string> complaint;  // why it cannot be, where that was not said before; then none is anew
};

// Owned by Manager.
class SocketKeeper {
  public:
    explicit SocketKeeper(uid_t owner) : owner_(owner) {}

    SocketsLook look(const std::vector<KeptSockets> &pools, Moment now);
    // The new ones could not be taken into use. The sentence, where it was not said before.
    std::optional<std::string> failed(const std::string &sentence, Moment now);
    void served() { attempts_.begin_anew(); }  // they are in use

  private:
    uid_t owner_;
    pool::BindingAttempts attempts_;
};

}  // namespace hbnb::manager
