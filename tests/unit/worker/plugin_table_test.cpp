// What a worker says of each thing that can be wrong with a plugin's table, and what it must bear of other minor
// versions.
#include <doctest/doctest.h>

#include <cstring>

#include "given_plugin.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

namespace {

struct Opened {
    explicit Opened(const hbnb_plugin &table, const std::string &mount = "")
        : plugin(open_given(table, setup, log, mount)) {}
    std::string sentence() const { return plugin ? "" : plugin.error().message; }

    wire::WorkerSetup setup;
    wire::Scoreboard board;
    ErrorLog log{-1, LogLevel::error, board};
    Result<std::unique_ptr<Plugin>> plugin;
};

// What is said of the good table with one change.
template <class Change>
std::string refusal(Change &&change) {
    hbnb_plugin table = good_table();
    change(table);
    return Opened(table).sentence();
}

}  // namespace

TEST_CASE("the table that all others here are made from is good") {
    const Opened good(good_table());
    REQUIRE_MESSAGE(good.plugin.has_value(), good.sentence());
    CHECK((*good.plugin)->served().name == "given");
    CHECK((*good.plugin)->prefix() == "/given");
    CHECK((*good.plugin)->concurrency() == HBNB_INSTANCE_PER_THREAD);
}

TEST_CASE("a name is 1 to 63 characters, and begins with a letter or digit") {
    const std::string longest(63, 'a'), longer(64, 'a');
    for (const char *good : {"a", "0-_z", longest.c_str()})
        CHECK_MESSAGE(refusal([&](hbnb_plugin &table) { table.name = good; }).empty(), good);
    for (const char *bad : {static_cast<const char *>(nullptr), "", "-a", "A", "a b", "a\n", longer.c_str()})
        CHECK(refusal([&](hbnb_plugin &table) { table.name = bad; }) ==
              "unable to load plugin p.so: its name must be 1 to 63 characters of a-z, 0-9, '-' and '_'");
}

TEST_CASE("a version is at most 63 printable characters") {
    const std::string longest(63, '1'), longer(64, '1');
    CHECK(refusal([&](hbnb_plugin &table) { table.version = longest.c_str(); }).empty());
    for (const char *bad : {static_cast<const char *>(nullptr), "1\n", longer.c_str()})
        CHECK(refusal([&](hbnb_plugin &table) { table.version = bad; }) ==
              "unable to load plugin p.so: its version must be at most 63 printable characters");
}

TEST_CASE("a concurrency that is not known is refused with its number") {
    for (const std::uint32_t good : {HBNB_ONE_THREAD, HBNB_INSTANCE_PER_THREAD, HBNB_SHARED_INSTANCE})
        CHECK(refusal([&](hbnb_plugin &table) { table.concurrency = good; }).empty());
    for (const std::uint32_t bad : {0U, 4U, ~0U})
        CHECK(refusal([&](hbnb_plugin &table) { table.concurrency = bad; }) ==
              "unable to load plugin p.so: its concurrency is " + std::to_string(bad) + ", known are 1, 2 and 3");
}

TEST_CASE("each of the five functions must be there, extension need not") {
    const std::string sentence =
        "unable to load plugin p.so: load, create, handle, destroy and unload must all be there";
    CHECK(refusal([](hbnb_plugin &table) { table.load = nullptr; }) == sentence);
    CHECK(refusal([](hbnb_plugin &table) { table.create = nullptr; }) == sentence);
    CHECK(refusal([](hbnb_plugin &table) { table.handle = nullptr; }) == sentence);
    CHECK(refusal([](hbnb_plugin &table) { table.destroy = nullptr; }) == sentence);
    CHECK(refusal([](hbnb_plugin &table) { table.unload = nullptr; }) == sentence);
    CHECK(refusal([](hbnb_plugin &table) { table.extension = nullptr; }).empty());
}

TEST_CASE("a mount is '/' or begins with a slash and does not end with one, in the table as in the configuration") {
    CHECK(refusal([](hbnb_plugin &table) { table.default_mount = nullptr; }) ==
          "unable to load plugin p.so: it has no default mount");
    const std::string longest = "/" + std::string(254, 'm'), longer = "/" + std::string(255, 'm');
    for (const char *good : {"/", "/a", "/a/b", longest.c_str()}) {
        CHECK_MESSAGE(refusal([&](hbnb_plugin &table) { table.default_mount = good; }).empty(), good);
        CHECK(Opened(good_table(), good).sentence().empty());
    }
    const std::pair<const char *, const char *> bad_ones[] = {
        {"", "it does not begin with '/'"},
        {"a", "it does not begin with '/'"},
        {"/a/", "it ends with '/'"},
        {"//", "it has an empty segment ('//')"},
        {"/a//b", "it has an empty segment ('//')"},
        {"/a b", "it has a blank"},
        {"/a\n", "it has a control character"},
        {longer.c_str(), "it is longer than 255 bytes"},
    };
    for (const auto &one : bad_ones) {
        const char *const bad = one.first, *const why = one.second;
        const std::string sentence = "unable to load plugin p.so: its mount is \"" + std::string(bad) + "\": " + why +
                                     "; allowed a path such as / or /api/v1";
        CHECK(refusal([&](hbnb_plugin &table) { table.default_mount = bad; }) == sentence);
        if (*bad != '\0') CHECK(Opened(good_table(), bad).sentence() == sentence);  // "": the plugin's own
    }
}

TEST_CASE("another major version is refused before anything else of the table is looked at") {
    for (const std::uint32_t major : {0U, 2U, 7U}) {
        hbnb_plugin table{};
        table.abi_major = major;
        table.abi_minor = 5;
        CHECK(Opened(table).sentence() == "unable to load plugin p.so: it was built for handler ABI " +
                                              std::to_string(major) + ".5, this container speaks 1.0");
    }
}

TEST_CASE("a table that ends before what ABI 1.0 cannot do without is refused, one without the optional end is good") {
    constexpr std::uint32_t kLeast = offsetof(hbnb_plugin, extension);
    CHECK(refusal([](hbnb_plugin &table) { table.struct_size = kLeast; }).empty());
    CHECK(refusal([](hbnb_plugin &table) { table.struct_size = kLeast - 1; }) ==
          "unable to load plugin p.so: its table has " + std::to_string(kLeast - 1) + " bytes, handler ABI 1.0 needs " +
              std::to_string(kLeast));
}

TEST_CASE("a table of a later minor, longer by a member, is good") {
    struct {
        hbnb_plugin known;
        void *later;
    } table{good_table(), nullptr};
    table.known.struct_size = sizeof table;
    table.known.abi_minor = 1;
    const Opened opened(table.known);
    CHECK_MESSAGE(opened.plugin.has_value(), opened.sentence());
}

TEST_CASE("what a plugin gives as the reason of a failure is quoted once, and what it did not give is not made up") {
    hbnb_plugin table = good_table();
    table.load = [](const hbnb_host *host, hbnb_text, void **) -> hbnb_status {
        host->set_error(host, {"first", 5});
        host->set_error(host, {"the last one counts", 19});
        return HBNB_FAILED;
    };
    table.create = [](void *, void **) -> hbnb_status { return 5; };
    Opened opened(table);
    REQUIRE(opened.plugin.has_value());
    const auto loaded = (*opened.plugin)->load();
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().message == "unable to load plugin p.so (given): the last one counts");
    const auto created = (*opened.plugin)->create();
    REQUIRE_FALSE(created.has_value());
    CHECK(created.error().message ==
          "unable to create an instance of plugin p.so (given): it returned 5 without a reason");
}

TEST_CASE("a plugin is told its configuration, where it runs and what it asks for by name, and nothing else") {
    static std::string config, pool;
    static const void *unknown = nullptr;
    static std::uint32_t worker = 0;
    hbnb_plugin table = good_table();
    table.load = [](const hbnb_host *host, hbnb_text text, void **) -> hbnb_status {
        config.assign(text.data, text.size);
        const auto *info = static_cast<const hbnb_info *>(host->service(host, HBNB_SERVICE_INFO));
        if (info == nullptr) return HBNB_FAILED;
        worker = info->worker;
        pool = info->pool;
        unknown = host->service(host, "hbnb.nothing/1");
        return host->service(host, nullptr) == nullptr ? HBNB_OK : HBNB_FAILED;
    };
    wire::WorkerSetup setup;
    setup.worker = 9;
    setup.pool = "a pool";
    wire::Scoreboard board;
    const ErrorLog log{-1, LogLevel::error, board};
    const auto plugin = open_given(table, setup, log, "", R"({"a":1})");
    REQUIRE(plugin.has_value());
    CHECK((*plugin)->load().has_value());
    CHECK(config == R"({"a":1})");
    CHECK(pool == "a pool");
    CHECK(worker == 9);
    CHECK(unknown == nullptr);
}

// ---- hbnb.process/1

namespace {

std::string &process_calls() {
    static std::string text;
    return text;
}

hbnb_process good_process() {
    return {.struct_size = sizeof(hbnb_process),
            .start = [](void *) -> hbnb_status { return process_calls() += "start ", HBNB_OK; },
            .stop = [](void *) { process_calls() += "stop "; }};
}

hbnb_process &its_process() {
    static hbnb_process process;
    return process;
}

hbnb_plugin table_with_process() {
    process_calls().clear();
    its_process() = good_process();
    hbnb_plugin table = good_table();
    table.extension = [](const char *id) -> const void * {
        return std::strcmp(id, HBNB_EXTENSION_PROCESS) == 0 ? &its_process() : nullptr;
    };
    return table;
}

}  // namespace

TEST_CASE("a plugin without hbnb.process/1 starts and stops without a call") {
    Opened opened(good_table());
    REQUIRE(opened.plugin.has_value());
    REQUIRE((*opened.plugin)->load().has_value());
    CHECK((*opened.plugin)->start().has_value());
    (*opened.plugin)->stop();
}

TEST_CASE("a plugin that was started is stopped once, one that was not is not stopped") {
    Opened opened(table_with_process());
    REQUIRE_MESSAGE(opened.plugin.has_value(), opened.sentence());
    Plugin &plugin = **opened.plugin;
    REQUIRE(plugin.load().has_value());
    plugin.stop();
    CHECK(process_calls().empty());
    REQUIRE(plugin.start().has_value());
    plugin.stop();
    plugin.stop();
    CHECK(process_calls() == "start stop ");
}

TEST_CASE("a start that fails is quoted, and is not followed by a stop") {
    Opened opened(table_with_process());
    REQUIRE(opened.plugin.has_value());
    Plugin &plugin = **opened.plugin;
    REQUIRE(plugin.load().has_value());
    its_process().start = [](void *) -> hbnb_status { return 7; };
    const auto started = plugin.start();
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().message == "unable to start plugin p.so (given): it returned 7 without a reason");
    plugin.stop();
    CHECK(process_calls().empty());
}

TEST_CASE("an hbnb.process/1 without start or stop, or cut short, is refused before anything is called") {
    const std::string sentence = "unable to load plugin p.so: start and stop of its hbnb.process/1 must both be there";
    const hbnb_plugin table = table_with_process();
    its_process().start = nullptr;
    CHECK(Opened(table).sentence() == sentence);
    its_process().stop = nullptr;
    CHECK(Opened(table).sentence() == sentence);
    its_process().struct_size = offsetof(hbnb_process, stop);
    CHECK(Opened(table).sentence() == sentence);
    its_process() = good_process();
    CHECK(Opened(table).sentence().empty());
}
