#include "config/settings/checks.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "config/language/document.hpp"
#include "config/settings/value.hpp"

namespace hbnb::config {

namespace {

class Checks {
  public:
    Checks(const std::string &file, const Places &places, Findings &findings)
        : file_(file), places_(places), findings_(findings) {}

    void check(const Config &config) {
        if (!config.control.empty()) claim("unix:" + config.control, "control");
        for (const Pool &pool : config.pools) {
            const std::string key = "pools." + pool.name;
            check_workers(pool, key);
            check_listeners(pool, key);
            check_plugins(pool, key);
        }
    }

  private:
    bool is_sound(std::initializer_list<std::string> keys) const {
        return std::none_of(keys.begin(), keys.end(), [&](const std::string &key) { return findings_.is_about(key); });
    }

    // "workers.max (16)", or "workers.max (16 by default)".
    std::string other(const std::string &pool, const std::string &key, std::uint64_t number) const {
        return key + " (" + std::to_string(number) + (places_.has(pool + "." + key) ? ")" : " by default)");
    }

    // Blames what was written: a default cannot be wrong.
    void add(const std::string &pool, const std::string &key, std::uint64_t number, const std::string &allowed) {
        findings_.add(places_.of(pool + "." + key), pool + "." + key,
                      "found " + std::to_string(number) + "; allowed " + allowed);
    }

    void check_workers(const Pool &pool, const std::string &key) {
        const auto [min, max, spare, threads] =
            std::tie(pool.rules.min, pool.rules.max, pool.rules.spare, pool.rules.threads);
        const std::string min_key = "workers.min", max_key = "workers.max", spare_key = "workers.spare",
                          threads_key = "workers.threads";
        if (min > max && is_sound({key + "." + min_key, key + "." + max_key})) {
            if (places_.has(key + "." + min_key))
                add(key, min_key, min, "at most " + other(key, max_key, max));
            else
                add(key, max_key, max, "at least " + other(key, min_key, min));
        }
        if (spare > max * threads && is_sound({key + "." + max_key, key + "." + spare_key, key + "." + threads_key}))
            add(key, spare_key, spare,
                "at most " + other(key, max_key, max) + " × " + other(key, threads_key, threads));
        if (pool.worker.limits.connections < threads &&
            is_sound({key + ".limits.connections", key + "." + threads_key}))
            add(key, "limits.connections", pool.worker.limits.connections,
                "at least " + other(key, threads_key, threads));
    }

    void check_listeners(const Pool &pool, const std::string &key) {
        for (std::size_t i = 0; i < pool.listen.size(); ++i) {
            const std::string item = join_index(key + ".listen", i);
            if (const auto *local = std::get_if<UnixListener>(&pool.listen[i])) {
                if (!local->path.empty()) claim("unix:" + local->path, item + ".unix");
                continue;
            }
            const auto &tcp = std::get<TcpListener>(pool.listen[i]);
            if (tcp.port == 0) continue;  // a finding already
            claim("tcp:" + tcp.address + ":" + std::to_string(tcp.port), item + ".tcp");
            check_remote(tcp, item);
            check_families(tcp, item);
        }
    }

    // Which of IPv4 and IPv6 a socket takes, and that some peer in its list may come that way.
    void check_families(const TcpListener &tcp, const std::string &item) {
        const auto is_v6 = [](const std::string &address) { return address.find(':') != std::string::npos; };
        const std::string socket = address_text(tcp), dual = item + ".dual_stack", allow = item + ".allow";
        if (tcp.dual_stack && tcp.address != "::")
            return findings_.add(places_.of(dual), dual,
                                 "found true with " + socket +
                                     "; allowed with tcp: \"[::]:" + std::to_string(tcp.port) +
                                     "\" alone, which then takes IPv4 too: leave it out, or list two sockets");
        if (tcp.dual_stack) claim("tcp:0.0.0.0:" + std::to_string(tcp.port), item + ".tcp");
        const auto v6_peers = std::count_if(tcp.allow.begin(), tcp.allow.end(), is_v6);
        if (tcp.allow.empty() || tcp.dual_stack || !is_sound({dual, allow})) return;
        if (!is_v6(tcp.address) && v6_peers == std::ssize(tcp.allow))
            findings_.add(places_.of(allow), allow,
                          "found IPv6 addresses only, and " + socket +
                              " takes IPv4 only, so that nothing could connect; list IPv4 addresses, or set tcp to an "
                              "IPv6 address");
        if (is_v6(tcp.address) && v6_peers == 0)
            findings_.add(places_.of(allow), allow,
                          "found IPv4 addresses only, and " + socket +
                              " takes IPv6 only, so that nothing could connect; list IPv6 addresses, or set " +
                              (tcp.address == "::" ? "dual_stack: true" : "tcp to an IPv4 address"));
    }

    void check_remote(const TcpListener &tcp, const std::string &item) {
        if (tcp.address.starts_with("127.") || tcp.address == "::1" ||
            !is_sound({item + ".allow_remote", item + ".allow"}))
            return;
        const std::string what = "found " + tcp.address + ", which other machines can reach; ";
        if (!tcp.allow_remote)
            findings_.add(places_.of(item + ".tcp"), item + ".tcp",
                          what + "allowed 127.0.0.0/8 and ::1, and others with allow_remote: true");
        else if (tcp.allow.empty())
            findings_.add(places_.of(item + ".tcp"), item + ".tcp", what + "list in allow the addresses that may");
    }

    // Two sockets at one place: the second is the mistake, both are named.
    void claim(const std::string &socket, const std::string &key) {
        const auto [first, is_new] = claimed_.emplace(socket, key);
        if (is_new) return;
        findings_.add(places_.of(key), key,
                      "found " + in_quotes(socket.substr(socket.find(':') + 1)) + ", which " + first->second + " (" +
                          place_text(file_, places_.of(first->second)) + ") has already");
    }

    void check_plugins(const Pool &pool, const std::string &key) {
        const std::string handlers = key + ".handlers";
        if (pool.handlers_directory.empty() && pool.plugins.empty() &&
            is_sound({handlers + ".directory", handlers + ".mounts"}))
            findings_.add(places_.of(handlers), handlers,
                          "found neither directory nor mounts; a pool needs plugins to serve");
    }

    const std::string &file_;
    const Places &places_;
    Findings &findings_;
    std::map<std::string, std::string> claimed_;  // socket -> the key that has it
};

}  // namespace

std::vector<std::string> warnings(const Config &config) {
    std::vector<std::string> sentences;
    for (const Pool &pool : config.pools) {
        const auto text = [](Duration time) { return duration_text(static_cast<std::uint64_t>(time.count())); };
        const Duration drain = pool.rules.timeout_drain;
        const std::string key = "pools." + pool.name + ".";
        const auto compare = [&](const std::string &scope, Duration request) {
            if (request != Duration{} && drain >= request) return;
            sentences.push_back(key + "timeouts.drain (" + text(drain) + ") is shorter than " + scope +
                                "timeouts.request (" + (request == Duration{} ? "no limit" : text(request)) +
                                "): a reload, a stop or a worker's retirement cuts off requests that take longer");
        };
        compare(key, pool.worker.timeouts.request);
        for (const Plugin &plugin : pool.plugins)
            if (plugin.timeout_request) compare(key + "handlers.mounts." + plugin.mount + ".", *plugin.timeout_request);
    }
    return sentences;
}

void check_together(const Config &config, const std::string &file, const Places &places, Findings &findings) {
    Checks(file, places, findings).check(config);
}

}  // namespace hbnb::config
