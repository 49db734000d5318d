// hbnbctl: the parts list. The operator's tool, a client of the container's control socket.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "ctl/commands.hpp"

namespace {

using namespace hbnb::ctl;

constexpr const char *kFooter =
    "Exit codes: 0 done; 1 refused, not taken, or answered 4xx or 5xx (a sentence says why); 2 wrong usage; 3 no "
    "container\n"
    "answers on the control socket.";

struct Chosen {
    std::string control = "/run/hbnb/control.sock";
    bool json = false, now = false;
    ScaleCommand scale;
    RequestCommand request;
    CheckCommand check{{}, {}, container_beside_us()};
};

void add_commands(CLI::App &app, Chosen &chosen) {
    const auto with_json = [&](CLI::App *command) { command->add_flag("--json", chosen.json, "JSON, for programs"); };
    with_json(app.add_subcommand("status", "Shows the container, its pools and their workers"));
    with_json(app.add_subcommand("plugins", "Lists the plugins that serve, with mount and content hash"));
    app.add_subcommand("config", "Prints the configuration in force, every key, as YAML");
    with_json(app.add_subcommand("reload", "Reads configuration and plugins anew; waits, and prints each step"));

    auto *scale = app.add_subcommand("scale", "Sets how many workers there may be, until the next reload");
    scale->add_option("SIZE", chosen.scale.what, "MIN:MAX, or +N or -N: so many workers more or fewer than now")
        ->required();
    scale->add_option("--pool", chosen.scale.pool, "Which pool, where there are several");
    with_json(scale);

    app.add_subcommand("stop", "Lets the workers finish, ends the container, and waits for that")
        ->add_flag("--now", chosen.now, "Ends them at once");

    auto *check =
        app.add_subcommand("check", "Checks a configuration as hbnb-container --check; asks no running container");
    check->add_option("FILE", chosen.check.file, "The YAML file")->required();
    check->add_option("--set", chosen.check.settings, "Overrides a key, as in pools.hbnb.workers.max=8")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);

    check->add_option("--container", chosen.check.container, "The hbnb-container program")
        ->type_name("PATH")
        ->capture_default_str();

    auto *request = app.add_subcommand("request", "Sends one request to the workers, without nginx; prints the body");
    request->add_option("METHOD", chosen.request.method, "GET, POST, ...")->required();
    request->add_option("PATH", chosen.request.target, "With its query, as in /api/v1/states?x=1")->required();
    request->add_option("-H,--header", chosen.request.headers, "A header")
        ->type_name("'NAME: VALUE'")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    request->add_option("-d,--data", chosen.request.body, "The body");
    request->add_option("--socket", chosen.request.socket, "The FastCGI socket (default: the container's first)");
    request->add_flag("-i,--include", chosen.request.include, "Prints the answer's headers, too");
}

int run(const CLI::App &app, const Chosen &chosen) {
    const ControlClient client(chosen.control);
    const std::string name = app.get_subcommands().front()->get_name();
    if (name == "status") return show_status(client, chosen.json);
    if (name == "plugins") return show_plugins(client, chosen.json);
    if (name == "config") return show_config(client);
    if (name == "reload") return reload(client, chosen.json);
    if (name == "scale") return scale(client, chosen.scale, chosen.json);
    if (name == "stop") return stop(client, chosen.now);
    if (name == "check") return check(chosen.check);
    return request(client, chosen.request);
}

}  // namespace

int main(int argc, char **argv) {
    Chosen chosen;
    CLI::App app("Looks at, and steers, a running hbnb-container.", "hbnbctl");
    app.footer(kFooter);
    app.set_version_flag("--version", "hbnbctl " HBNB_VERSION);
    app.add_option("--control", chosen.control, "The container's control socket (`control:` in its YAML)")
        ->envname("HBNB_CONTROL")
        ->capture_default_str();
    app.require_subcommand(1);
    app.fallthrough();
    add_commands(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? kDone : kUsage;
    }
    try {
        return run(app, chosen);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "hbnbctl: unable to go on: %s\n", error.what());
        return kRefused;
    }
}
