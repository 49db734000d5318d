// What a worker says of a shared object that it cannot use, each with its exact sentence. The plugins are in
// tests/plugins.
#include "worker/plugin/plugin.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <vector>

#include "support/temp_dir.hpp"
#include "worker/error_log.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

namespace {

struct Opened {
    explicit Opened(const std::string &name, const std::string &mount = "")
        : Opened(Fd(::open((HBNB_TEST_PLUGINS "/" + name + ".so").c_str(), O_RDONLY | O_CLOEXEC)), mount) {}

    explicit Opened(Fd file, const std::string &mount) {
        REQUIRE(file.is_open());
        plugin = Plugin::open(setup, {"p.so", "", mount, "{}", file.get()}, log);
        static std::vector<Fd> held;  // the loader knows what it has by this number's path: none is used twice
        held.push_back(std::move(file));
    }

    std::string sentence() const { return plugin ? "" : plugin.error().message; }

    wire::WorkerSetup setup;
    wire::Scoreboard board;
    ErrorLog log{-1, LogLevel::error, board};
    Result<std::unique_ptr<Plugin>> plugin = Error{"not opened"};
};

}  // namespace

TEST_CASE("a good plugin is opened, loaded and makes instances") {
    Opened good("bare_c");
    REQUIRE_MESSAGE(good.plugin.has_value(), good.sentence());
    Plugin &plugin = **good.plugin;
    CHECK(plugin.served().name == "bare-c");
    CHECK(plugin.served().mount == "/bare");
    REQUIRE(plugin.load().has_value());
    const auto instance = plugin.create();
    REQUIRE(instance.has_value());
    plugin.destroy(*instance);
    plugin.unload();
}

TEST_CASE("a mount of the configuration replaces the plugin's own") {
    Opened good("bare_c", "/elsewhere");
    REQUIRE(good.plugin.has_value());
    CHECK((*good.plugin)->prefix() == "/elsewhere");
    CHECK(Opened("bare_c", "/ends/").sentence() ==
          "unable to load plugin p.so: its mount is \"/ends/\": it ends with '/'; allowed a path such as / or /api/v1");
}

TEST_CASE("a file that is no shared object is refused with the loader's reason") {
    TempDir dir;
    write_file(dir / "p", std::string(4096, 'x'));
    const Opened noise(Fd(::open((dir / "p").c_str(), O_RDONLY | O_CLOEXEC)), "");
    CHECK(noise.sentence() == "unable to load plugin p.so: invalid ELF header");
}

TEST_CASE("a shared object without the entry is no plugin") {
    CHECK(Opened("no_entry").sentence() ==
          "unable to load plugin p.so: it has no function hbnb_handler_plugin, so it is no handler plugin");
}

TEST_CASE("a plugin for another handler ABI is refused with both versions") {
    CHECK(Opened("wrong_abi").sentence() ==
          "unable to load plugin p.so: it was built for handler ABI 7.0, this container speaks 1.0");
    CHECK(Opened("refuses_abi").sentence() ==
          "unable to load plugin p.so: it refuses this container's handler ABI 1.0");
}

TEST_CASE("a table that is too short, or lacks a function, is refused") {
    const std::string cut = Opened("table_cut").sentence();
    CHECK(cut.starts_with("unable to load plugin p.so: its table has 16 bytes, handler ABI 1.0 needs "));
    CHECK(Opened("no_handle").sentence() ==
          "unable to load plugin p.so: load, create, handle, destroy and unload must all be there");
    CHECK(Opened("bad_name").sentence() ==
          "unable to load plugin p.so: its name must be 1 to 63 characters of a-z, 0-9, '-' and '_'");
}

TEST_CASE("a plugin that refuses to load or to make an instance is quoted") {
    Opened loading("load_fails");
    REQUIRE(loading.plugin.has_value());
    const auto loaded = (*loading.plugin)->load();
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().message == "unable to load plugin p.so (load-fails): the moon is not full");
    Opened creating("create_fails");
    REQUIRE(creating.plugin.has_value());
    REQUIRE((*creating.plugin)->load().has_value());
    const auto created = (*creating.plugin)->create();
    REQUIRE_FALSE(created.has_value());
    CHECK(created.error().message ==
          "unable to create an instance of plugin p.so (create-fails): it returned 1 without a reason");
}
