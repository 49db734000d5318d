// Two minors of the ABI meet, in both directions. There is no later one yet: tables longer by a member stand in for it,
// and one cut short by a member for an earlier one. (How a worker takes a plugin's longer and shorter table:
// unit/worker/plugin_table_test.)
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace hbnb::sdk;
using namespace hbnb::testing;

namespace {

struct LaterExchangeTable {
    hbnb_exchange_table known;
    hbnb_text (*later)(hbnb_exchange *exchange);
};

struct LaterHost {
    hbnb_host known;
    hbnb_text (*later)(const hbnb_host *host);
};

struct LaterPlugin {
    hbnb_plugin known;
    void (*later)();
};

// A handler written for the later minor: uses what it finds there, and does without where it is not.
const hbnb_host *&host_seen() {
    static const hbnb_host *seen = nullptr;
    return seen;
}
hbnb_status load(const hbnb_host *host, hbnb_text, void **) {
    host_seen() = host;
    return HBNB_OK;
}
hbnb_status handle(void *, hbnb_exchange *exchange) {
    std::string body = "without";
    if (HBNB_HAS(exchange->call, LaterExchangeTable, later))
        body = view(reinterpret_cast<const LaterExchangeTable *>(exchange->call)->later(exchange));
    if (HBNB_HAS(host_seen(), LaterHost, later))
        body += view(reinterpret_cast<const LaterHost *>(host_seen())->later(host_seen()));
    if (HBNB_HAS(exchange->call, hbnb_exchange_table, set_route))
        exchange->call->set_route(exchange, to_text("/later"));
    const hbnb_status begun = exchange->call->begin_response(exchange, 200, nullptr, 0);
    return begun != HBNB_OK ? begun : exchange->call->write(exchange, body.data(), body.size());
}

const LaterPlugin kLater{{.struct_size = sizeof(LaterPlugin),
                          .abi_major = HBNB_ABI_MAJOR,
                          .abi_minor = HBNB_ABI_MINOR + 1,
                          .concurrency = HBNB_ONE_THREAD,
                          .name = "later",
                          .version = "2",
                          .default_mount = "/later",
                          .load = &load,
                          .create = [](void *, void **) -> hbnb_status { return HBNB_OK; },
                          .handle = &handle,
                          .destroy = [](void *) {},
                          .unload = [](void *) {},
                          .extension = nullptr},
                         [] { FAIL("a container of this minor has called what it does not know"); }};

// A handler of this minor, in C++.
struct Now {
    static constexpr PluginInfo info{.name = "now", .version = "1", .default_mount = "/now"};
    explicit Now(Host its_host) : host(its_host) { host.log(LogLevel::info, "loaded"); }
    Response handle(Request &request) {
        request.set_route("/now");
        return Response::text(std::string(request.path()) + (host.info() == nullptr ? " nowhere" : ""));
    }
    Host host;
};

// A host of the later minor, and what it was told.
struct OneLaterHost : LaterHost {
    OneLaterHost()
        : LaterHost{{sizeof(LaterHost), HBNB_ABI_MAJOR, HBNB_ABI_MINOR + 1, take_line, set_error, service}, tell} {}
    mutable std::string line = {};

  private:
    static void take_line(const hbnb_host *host, hbnb_log_level, hbnb_text text) {
        reinterpret_cast<const OneLaterHost *>(host)->line = view(text);
    }
    static void set_error(const hbnb_host *, hbnb_text) {}
    static const void *service(const hbnb_host *, const char *) { return nullptr; }
    static hbnb_text tell(const hbnb_host *) { return to_text(" and host"); }
};

LaterExchangeTable later_calls(FakeExchange &exchange) {
    LaterExchangeTable table{*exchange.get()->call, [](hbnb_exchange *) { return to_text("with"); }};
    table.known.struct_size = sizeof table;
    return table;
}

// The calls of a worker, with one instance.
std::string ask(const hbnb_plugin &plugin, const hbnb_host &host, FakeExchange &exchange) {
    void *state = nullptr, *instance = nullptr;
    REQUIRE(plugin.load(&host, to_text("{}"), &state) == HBNB_OK);
    REQUIRE(plugin.create(state, &instance) == HBNB_OK);
    CHECK(exchange.during([&] { return plugin.handle(instance, exchange.get()); }) == HBNB_OK);
    plugin.destroy(instance);
    plugin.unload(state);
    return exchange.body();
}

}  // namespace

TEST_CASE("a plugin of a later minor serves on this container without what it has not") {
    DrivenPlugin plugin(kLater.known);
    CHECK(plugin.refusal().empty());
    FakeExchange exchange("GET", "/");
    CHECK(plugin.handle(exchange) == HBNB_OK);
    CHECK(exchange.body() == "without");
    CHECK(exchange.route() == "/later");
}

TEST_CASE("a plugin of a later minor uses what a container of that minor has") {
    const OneLaterHost host;
    FakeExchange exchange("GET", "/");
    const LaterExchangeTable calls = later_calls(exchange);
    exchange.get()->call = &calls.known;
    CHECK(ask(kLater.known, host.known, exchange) == "with and host");
}

TEST_CASE("a plugin of this minor serves on a container of a later one") {
    const OneLaterHost host;
    FakeExchange exchange("GET", "/path");
    const LaterExchangeTable calls = later_calls(exchange);
    exchange.get()->call = &calls.known;
    CHECK(ask(table_of<Now>(), host.known, exchange) == "/path nowhere");
    CHECK(host.line == "loaded");
    CHECK(exchange.route() == "/now");
}

TEST_CASE("a plugin does without a member that an earlier container's table ends before") {
    DrivenPlugin plugin(kLater.known);
    FakeExchange exchange("GET", "/");
    hbnb_exchange_table earlier = *exchange.get()->call;
    earlier.struct_size = offsetof(hbnb_exchange_table, set_route);
    earlier.set_route = nullptr;
    exchange.get()->call = &earlier;
    CHECK(plugin.handle(exchange) == HBNB_OK);
    CHECK(exchange.body() == "without");
    CHECK(exchange.route().empty());
}

TEST_CASE("a plugin's entry gives its table to every minor of its major, and to no other major") {
    // As HBNB_EXPORT_HANDLER writes it; border_test has the macro.
    for (const std::uint32_t minor : {0U, 1U, 99U}) CHECK(hbnb_handler_plugin(HBNB_ABI_MAJOR, minor) != nullptr);
    CHECK(hbnb_handler_plugin(HBNB_ABI_MAJOR + 1, 0) == nullptr);
}
