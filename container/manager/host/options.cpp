#include "manager/host/options.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <sstream>

#include "config/pages/reference.hpp"

#ifndef HBNB_VERSION
#error "HBNB_VERSION comes from CMake"
#endif

namespace hbnb::manager {
namespace {

constexpr int kUsage = 2;

constexpr const char *kAfterHelp =
    "Signals: HUP reads configuration and plugins anew; QUIT and TERM finish what is in progress and stop (again: no\n"
    "change; INT hurries it); INT stops at once; USR1 opens the logs anew; TTIN and TTOU: one worker more, one less.\n"
    "Exit codes: 0 stopped or checked, 1 it could not start or the configuration is wrong, 2 wrong usage.";

std::string beside_ourselves() {
    std::error_code unknown;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
    return unknown ? std::string() : (self.parent_path() / "hbnb-worker").string();
}

std::string absolute(const std::string &path) { return path.empty() ? path : std::filesystem::absolute(path).string(); }

Leave leave(const CLI::App &app, const CLI::ParseError &error) {
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    return Leave{code == 0 ? 0 : kUsage, code == 0 ? out.str() : err.str()};
}

}  // namespace

std::variant<Options, Leave> parse_options(int argc, const char *const *argv) {
    Options options;
    std::vector<std::string> settings;
    CLI::App app("Keeps a pool of worker processes that answer FastCGI requests with handlers.", "hbnb-container");
    app.footer(kAfterHelp);
    app.set_version_flag("--version", "hbnb-container " HBNB_VERSION);
    app.add_flag_callback(
        "--help-config", [] { throw CLI::CallForAllHelp(); }, "Prints every key of the YAML file and what it allows");
    app.add_option("--config", options.config, "The YAML file")->required()->type_name("FILE");
    app.add_option("--set", settings, "Overrides a key of the file, as in pools.hbnb.workers.max=8")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag(
        "--check", options.check,
        "Goes the way of a start up to loading the plugins, says what it would refuse or what sockets it would "
        "make, and changes nothing");
    app.add_flag("--print-config", options.print_config,
                 "Prints the configuration in force, marks the defaults, and starts nothing");
    app.add_option("--pid-file", options.pid_file, "Written when everything is up: the manager's pid on a line")
        ->type_name("FILE");
    app.add_option("--worker", options.worker, "The hbnb-worker program (default: beside this one)")->type_name("PATH");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForAllHelp &) {
        return Leave{0, config::reference_text()};
    } catch (const CLI::ParseError &error) {
        return leave(app, error);
    }
    for (const auto &text : settings) {
        auto parsed = config::parse_override(text);
        if (!parsed) return Leave{kUsage, parsed.error().message + "\n"};
        options.overrides.push_back(std::move(*parsed));
    }
    if (options.worker.empty()) options.worker = beside_ourselves();
    options.worker = absolute(options.worker);
    options.pid_file = absolute(options.pid_file);
    return options;
}

}  // namespace hbnb::manager
