#include "manager/sockets/inherited_sockets.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>

namespace hbnb::manager {

Result<Listeners> take_inherited_sockets() {
    const char *number = ::getenv("LISTEN_FDS");
    const std::string said = number == nullptr ? "" : number;
    const int count = ::sd_listen_fds(1);
    if (count < 0) return os_error("take the inherited sockets (LISTEN_FDS=" + said + ")", -count);
    std::vector<Fd> descriptors;
    for (int i = 0; i < count; ++i) descriptors.emplace_back(SD_LISTEN_FDS_START + i);
    Listeners listeners;
    for (auto &descriptor : descriptors) {
        auto adopted = Listener::adopt(std::move(descriptor));
        if (!adopted) return adopted.error();
        listeners.push_back(std::make_shared<Listener>(std::move(*adopted)));
    }
    return listeners;
}

void warn_of_unasked(const Listeners &inherited, const config::Config &config, ErrorLog &log) {
    for (const auto &listener : inherited) {
        const auto asks = [&](const config::Pool &pool) {
            return std::any_of(pool.listen.begin(), pool.listen.end(),
                               [&](const auto &wanted) { return name_of(wanted) == listener->name(); });
        };
        if (std::any_of(config.pools.begin(), config.pools.end(), asks)) continue;
        log.write(LogLevel::warning, "the inherited socket " + listener->name() +
                                         " is asked for by no pool: whoever connects there is not served");
    }
}

}  // namespace hbnb::manager
