#include "manager/sockets/socket_keeper.hpp"

#include <algorithm>

namespace hbnb::manager {
namespace {

bool has_all_files(const KeptSockets &pool) {
    const auto end = pool.listeners.begin() + static_cast<std::ptrdiff_t>(pool.wanted.size());
    return std::all_of(pool.listeners.begin(), end, [](const auto &listener) { return listener->is_reachable(); });
}

}  // namespace

SocketsLook SocketKeeper::look(const std::vector<KeptSockets> &pools, Moment now) {
    SocketsLook out;
    if (!attempts_.is_due(now)) return out;
    for (const KeptSockets &pool : pools) {
        if (has_all_files(pool)) continue;
        auto listeners = open_listeners(pool.wanted, pool.listeners, Claim{owner_, std::nullopt});
        if (!listeners) return {{}, failed(listeners.error().message, now)};
        KeptSockets anew{pool.pool, pool.wanted, std::move(*listeners)};
        keep_queues(anew.wanted, anew.listeners, pool.listeners);
        out.anew.push_back(std::move(anew));
    }
    return out;
}

std::optional<std::string> SocketKeeper::failed(const std::string &sentence, Moment now) {
    if (!attempts_.fail(sentence, now)) return std::nullopt;
    return "a listening socket has lost its file, or was shut down, and another attempt follows: " + sentence;
}

}  // namespace hbnb::manager
