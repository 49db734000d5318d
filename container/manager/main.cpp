// hbnb-container: the parts list. Exit codes: 0 stopped as asked, 1 could not start (a sentence says why), 2 wrong
// usage.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include "manager/error_log.hpp"
#include "manager/inherited_sockets.hpp"
#include "manager/loop.hpp"
#include "manager/manager.hpp"
#include "manager/options.hpp"
#include "manager/start_up.hpp"

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
    auto beginning = start_up(options, std::move(config), *identity, log,
                              *lock ? (*lock)->dead_predecessor() : std::nullopt, std::move(inherited));
    if (!beginning) return fail(beginning.error().message);

    Loop loop;
    Manager manager(loop, log, options, std::move(*beginning), std::move(supervisor));
    const int exit_code = manager.run();
    if (!manager.failure().empty()) fail(manager.failure());
    return exit_code;
}

int run(const Options &options) {
    if (auto settled = settle_process(); !settled) return fail(settled.error().message);
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
    if (options.check) {
        const auto checked = check_only(*config);
        if (!checked) return fail(checked.error().message);
        std::printf("%s is well\n%s", options.config.c_str(), checked->c_str());
        return 0;
    }
    return serve(options, std::move(*config), std::move(*inherited), std::move(*supervisor));
}

}  // namespace

int main(int argc, char **argv) {
    try {
        auto parsed = parse_options(argc, argv);
        if (const auto *leaving = std::get_if<Leave>(&parsed)) return leave(*leaving);
        return run(std::get<Options>(parsed));
    } catch (const std::exception &error) {
        return fail(std::string("unable to go on: ") + error.what());
    }
}
