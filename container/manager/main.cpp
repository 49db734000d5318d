// hbnb-container: the parts list. Exit codes: 0 stopped as asked, 1 could not start (a sentence says why), 2 wrong
// usage.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include "manager/host/error_log.hpp"
#include "manager/host/kernel.hpp"
#include "manager/host/loop.hpp"
#include "manager/host/options.hpp"
#include "manager/host/signals.hpp"
#include "manager/host/start_up.hpp"
#include "manager/manager.hpp"
#include "manager/sockets/inherited_sockets.hpp"

namespace {

using namespace hbnb;
using namespace hbnb::manager;

constexpr int kFailed = 1;

// A configuration has all its problems in one Error, one a line.
int fail(const std::string &sentences) {
    std::size_t begin = 0;
    while (begin < sentences.size()) {
        const std::size_t end = std::min(sentences.find('\n', begin), sentences.size());
        std::fprintf(stderr, "hbnb-container: %s\n", sentences.substr(begin, end - begin).c_str());
        begin = end + 1;
    }
    return kFailed;
}

int leave(const Leave &leaving) {
    std::fputs(leaving.text.c_str(), leaving.exit_code == 0 ? stdout : stderr);
    return leaving.exit_code;
}

int serve(const Options &options, config::Config config, Listeners inherited, Supervisor supervisor) {
    auto identity = find_identity(config.user, config.group);
    if (!identity) return fail(identity.error().message);
    auto lock = take_lock(options, config, *identity);
    if (!lock) return fail(lock.error().message);

    ErrorLog log(config.log.level);
    const Claim claim{identity->uid, *lock ? (*lock)->dead_predecessor() : std::nullopt};
    auto beginning = start_up(options, std::move(config), *identity, log, claim, std::move(inherited));
    if (!beginning) return fail(beginning.error().message);

    try {
        Loop loop;
        Manager manager(loop, log, options, std::move(*beginning), std::move(supervisor));
        const int exit_code = manager.run();
        if (!manager.failure().empty()) fail(manager.failure());
        return exit_code;
    } catch (const std::exception &error) {
        log.write(LogLevel::error, std::string("unable to go on: ") + error.what());
        throw;  // stderr may be elsewhere
    }
}

int check(const Options &options, config::Config config, Listeners inherited) {
    const auto identity = find_identity(config.user, config.group);
    if (!identity) return fail(identity.error().message);
    const auto running = look_at_lock(options, config);
    if (!running) return fail(running.error().message);

    ErrorLog log(std::max(config.log.level, LogLevel::warning));  // to stderr
    const Claim claim{identity->uid, std::nullopt, running->has_value()};
    const auto sockets = describe_sockets(config, *identity);
    if (!sockets) return fail(sockets.error().message);
    auto beginning = start_up(options, std::move(config), *identity, log, claim, std::move(inherited), Aim::check);
    if (!beginning) return fail(beginning.error().message);

    Loop loop;
    Manager manager(loop, log, options, std::move(*beginning), Supervisor());
    manager.run();
    if (!manager.failure().empty()) return fail(manager.failure());
    if (!manager.has_been_ready()) return fail("unable to check " + options.config + ": it was stopped by a signal");
    std::printf("%s is well\n%s", options.config.c_str(), sockets->c_str());
    if (*running)
        std::printf("not known: whether the sockets are free, as a container (pid %d) seems to run and to serve them\n",
                    **running);
    return 0;
}

int run(const Options &options) {
    if (options.print_config || options.check) hear_signals();
    if (auto settled = settle_process(); !settled) return fail(settled.error().message);
    if (auto offered = check_system(); !offered) return fail(offered.error().message);
    auto inherited = take_inherited_sockets();
    if (!inherited) return fail(inherited.error().message);
    auto supervisor = Supervisor::from_environment();
    if (!supervisor) return fail(supervisor.error().message);
    auto config = load_config(options);
    if (!config) return fail(config.error().message);
    if (options.print_config) {
        std::fputs(config::print_config(*config).c_str(), stdout);
        return 0;
    }
    if (options.check) return check(options, std::move(*config), std::move(*inherited));
    return serve(options, std::move(*config), std::move(*inherited), std::move(*supervisor));
}

}  // namespace

int main(int argc, char **argv) {
    hold_signals();
    try {
        auto parsed = parse_options(argc, argv);
        if (const auto *leaving = std::get_if<Leave>(&parsed)) return leave(*leaving);
        return run(std::get<Options>(parsed));
    } catch (const std::exception &error) {
        return fail(std::string("unable to go on: ") + error.what());
    }
}
