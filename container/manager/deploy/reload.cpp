#include "manager/deploy/reload.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "manager/deploy/wrapper.hpp"
#include "manager/host/error_log.hpp"
#include "manager/host/log_file.hpp"

namespace hbnb::manager {
namespace {

Result<void> check_fixed(const config::Config &wanted, const config::Config &current) {
    const auto refuse = [](const std::string &key, const std::string &from, const std::string &to) {
        return Error{"unable to reload: `" + key + "` changes from \"" + from + "\" to \"" + to +
                     "\", which only a new start can do"};
    };
    if (wanted.user != current.user) return refuse("user", current.user, wanted.user);
    if (wanted.group != current.group) return refuse("group", current.group, wanted.group);
    if (wanted.control != current.control) return refuse("control", current.control, wanted.control);
    if (wanted.control_uids != current.control_uids)
        return Error{"unable to reload: `control_uids` changes, which only a new start can do"};
    for (const auto &pool : wanted.pools) {
        const auto before = std::find_if(current.pools.begin(), current.pools.end(),
                                         [&](const auto &one) { return one.name == pool.name; });
        if (before == current.pools.end()) continue;
        const unsigned from = before->waiting.length_max, to = pool.waiting.length_max;
        if ((from == 0) != (to == 0))
            return refuse("pools." + pool.name + ".waiting.length_max", std::to_string(from), std::to_string(to));
    }
    return {};
}

// A worker that may hold more connections than it has descriptors would lose some of them.
Result<void> check_descriptors(const config::Pool &pool) {
    constexpr std::uint64_t kOthers = 64;  // of a worker: its own, and those of its handlers' database
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
    const std::uint64_t needed = pool.worker.limits.connections + pool.plugins.size() + pool.listen.size() + kOthers;
    if (needed <= limit.rlim_cur) return {};
    return Error{"unable to give pool " + pool.name +
                 " limits.connections = " + std::to_string(pool.worker.limits.connections) + ": that takes " +
                 std::to_string(needed) + " open files, and the limit is " + std::to_string(limit.rlim_cur) +
                 "; lower the one, or raise the other (ulimit -n, LimitNOFILE= of systemd)"};
}

}  // namespace

std::vector<std::string> limits_cut(const config::Config &config) {
    std::vector<std::string> sentences;
    const auto compare = [&](const std::string &key, std::uint64_t wanted, const auto &resource, const char *program) {
        rlimit limit{};
        if (wanted == 0 || ::getrlimit(resource, &limit) != 0 || limit.rlim_max >= wanted) return;
        sentences.push_back(key + " (" + std::to_string(wanted) + "B) is more than the container's own hard limit (" +
                            std::to_string(limit.rlim_max) + "B), which holds instead; " + program + " raises it");
    };
    for (const auto &pool : config.pools) {
        const std::string key = "pools." + pool.name + ".limits.";
        compare(key + "core", pool.worker.limits.core, RLIMIT_CORE, "ulimit -Hc, or LimitCORE of systemd,");
        compare(key + "memory", pool.worker.limits.memory, RLIMIT_DATA, "ulimit -Hd, or LimitDATA of systemd,");
    }
    return sentences;
}

Result<config::Config> load_config(const Options &options) {
    auto loaded = config::load(options.config, options.overrides);
    if (auto *config = std::get_if<config::Config>(&loaded)) return std::move(*config);
    std::string text;
    for (const auto &sentence : std::get<config::Problems>(loaded).sentences)
        text += (text.empty() ? "" : "\n") + sentence;
    return Error{std::move(text)};
}

Result<Fd> open_access_log(const config::Config &config, const Identity &identity) {
    if (config.log.access.empty()) return Fd();
    return open_log_file(config.log.access, "access log", identity.uid);
}

Result<void> look_at_access_log(const config::Config &config, const Identity &identity) {
    if (config.log.access.empty()) return {};
    return look_at_log_file(config.log.access, "access log", identity.uid);
}

Result<Prepared> prepare(config::Config config, pool::Generation number, std::vector<Listeners> listeners,
                         const HandOffs &hand_offs, Fd access_log, const Identity &identity, const Listeners &before) {
    Prepared prepared;
    for (std::size_t i = 0; i < config.pools.size(); ++i) {
        if (auto enough = check_descriptors(config.pools[i]); !enough) return enough.error();
        auto plugins = store_plugins(config.pools[i], PluginTrust{identity.uid});
        if (!plugins) return plugins.error();
        auto wrapper = find_wrapper(config.pools[i]);
        if (!wrapper) return wrapper.error();
        const auto hand_off = hand_offs.find(config.pools[i].name);
        PoolGeneration generation{
            number,
            config.pools[i],
            config.log,
            std::move(*plugins),
            std::move(*wrapper),
            hand_off != hand_offs.end() && config.pools[i].waiting.length_max != 0 ? hand_off->second : nullptr,
            std::move(listeners.at(i))};
        keep_queues(generation.config.listen, generation.listeners, before);
        prepared.pools.push_back(std::make_shared<const PoolGeneration>(std::move(generation)));
    }
    prepared.config = std::move(config);
    prepared.logs.access = std::move(access_log);
    return prepared;
}

Result<Prepared> prepare_reload(const Options &options, pool::Generation number, const config::Config &current,
                                const Listeners &before, const HandOffs &hand_offs, const Identity &identity) {
    auto config = load_config(options);
    if (!config) return config.error();
    if (auto fixed = check_fixed(*config, current); !fixed) return fixed.error();
    std::vector<Listeners> listeners;
    for (const auto &pool : config->pools) {
        auto opened = open_listeners(pool.listen, before, Claim{identity.uid, std::nullopt});
        if (!opened) return opened.error();
        listeners.push_back(std::move(*opened));
    }
    auto all_hand_offs = make_hand_offs(*config);
    if (!all_hand_offs) return all_hand_offs.error();
    for (const auto &[pool, hand_off] : hand_offs) all_hand_offs->insert_or_assign(pool, hand_off);
    auto access_log = open_access_log(*config, identity);
    if (!access_log) return access_log.error();
    std::optional<Fd> error_log;
    if (config->log.error != current.log.error) {
        auto opened = ErrorLog::open(config->log.error, identity.uid);
        if (!opened) return opened.error();
        error_log = std::move(*opened);
    }
    auto prepared = prepare(std::move(*config), number, std::move(listeners), *all_hand_offs, std::move(*access_log),
                            identity, before);
    if (prepared) prepared->logs.error = std::move(error_log);
    return prepared;
}

}  // namespace hbnb::manager
