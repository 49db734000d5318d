// The kit for handler authors: what its fakes tell and refuse. That they agree with a worker is
// unit/worker/fake_exchange_test.
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace hbnb::sdk;
using namespace hbnb::testing;
using enum hbnb::sdk::Method;

namespace {

struct Greeter {
    Response handle(Request &request) { return router.answer(*this, request); }
    Response greet(Request &request, const PathParams &path) {
        if (path["name"] == "nobody") throw std::runtime_error("nobody is there");
        const auto body = request.read_all(10);
        if (body.state == BodyState::too_large) return Response::text("too much", 413);
        return Response::text(request.query_value("greeting").value_or("Hello") + " " + std::string(path["name"]) +
                              body.bytes);
    }
    const Router<Greeter> router{{GET | POST, "/<name>", &Greeter::greet}};
};

hbnb_plugin good_table() {
    hbnb_plugin table{};
    table.struct_size = sizeof table;
    table.abi_major = HBNB_ABI_MAJOR;
    table.concurrency = HBNB_ONE_THREAD;
    table.name = "given";
    table.version = "1";
    table.default_mount = "/given";
    table.load = [](const hbnb_host *, hbnb_text, void **) -> hbnb_status { return HBNB_OK; };
    table.create = [](void *, void **) -> hbnb_status { return HBNB_OK; };
    table.handle = [](void *, hbnb_exchange *) -> hbnb_status { return HBNB_OK; };
    table.destroy = [](void *) {};
    table.unload = [](void *) {};
    return table;
}

// What stands in the order in which a container calls.
std::string &calls() {
    static std::string text;
    return text;
}

hbnb_plugin telling_table() {
    hbnb_plugin table = good_table();
    table.load = [](const hbnb_host *, hbnb_text config, void **state) -> hbnb_status {
        calls() = "load(" + std::string(view(config)) + ") ";
        *state = &calls();
        return HBNB_OK;
    };
    table.create = [](void *state, void **instance) -> hbnb_status {
        calls() += state == &calls() ? "create " : "create-of-nothing ";
        *instance = state;
        return HBNB_OK;
    };
    table.handle = [](void *instance, hbnb_exchange *) -> hbnb_status {
        calls() += instance == &calls() ? "handle " : "handle-of-nothing ";
        return HBNB_FAILED;
    };
    table.destroy = [](void *) { calls() += "destroy "; };
    table.unload = [](void *) { calls() += "unload "; };
    return table;
}

}  // namespace

TEST_CASE("a handler object is asked without a plugin, and what it throws is a status and a reason") {
    Greeter greeter;
    FakeExchange good("GET", "/Ann?greeting=Hi"), bad("GET", "/nobody");
    FakeHost host;
    CHECK(handle(greeter, good, host) == HBNB_OK);
    CHECK(good.status() == 200);
    CHECK(good.client_status() == 200);
    CHECK(good.body() == "Hi Ann");
    CHECK(good.route() == "/<name>");
    CHECK(good.problems().empty());
    CHECK(host.error().empty());
    CHECK(handle(greeter, bad, host) == HBNB_FAILED);
    CHECK(host.error() == "std::runtime_error: nobody is there");
    CHECK(bad.status() == 0);
    CHECK(bad.client_status() == 500);
    CHECK(handle(greeter, good) == HBNB_FAILED);  // answered already
    CHECK(good.problems() == std::vector<std::string>{"the handler began its response twice"});
}

TEST_CASE("a router's answer is looked at as the value that it is") {
    Greeter greeter;
    FakeExchange exchange("POST", "/Ann");
    exchange.with_body("!", 1);
    Request request(exchange.get());
    CHECK(greeter.handle(request).body() == "Hello Ann!");
    CHECK_FALSE(exchange.is_begun());
}

TEST_CASE("a body's faults reach the handler, and the client's answer where the handler does not care") {
    Greeter greeter;
    FakeExchange large("POST", "/Ann"), incomplete("POST", "/Ann"), gone("POST", "/Ann");
    handle(greeter, large.with_body("1234567890-"));
    CHECK(large.client_status() == 413);
    handle(greeter, incomplete.with_body("12").with_content_length(3));
    CHECK(incomplete.body() == "Hello Ann");  // it does not look
    CHECK(incomplete.body_bytes_read() == 2);
    CHECK(gone.with_body_end(HBNB_BODY_PEER_GONE).during([&] {
        char byte;
        CHECK(gone.get()->call->read_body(gone.get(), &byte, 1) == HBNB_BODY_PEER_GONE);
        return HBNB_FAILED;
    }) == HBNB_FAILED);
    CHECK(gone.client_status() == 0);
}

TEST_CASE(
    "a deadline that a body's reader has been told of is a 504 for the client, unless the handler answers itself") {
    const auto status_after = [](hbnb_status returned) {
        FakeExchange exchange("POST", "/Ann");
        exchange.with_body_end(HBNB_BODY_DEADLINE).during([&] {
            char byte;
            CHECK(exchange.get()->call->read_body(exchange.get(), &byte, 1) == HBNB_BODY_DEADLINE);
            return returned;
        });
        return exchange.client_status();
    };
    CHECK(status_after(HBNB_FAILED) == 504);
    CHECK(status_after(HBNB_PEER_GONE) == 504);
    CHECK(status_after(HBNB_OVERLOADED) == 503);
}

TEST_CASE("a client that has gone is seen by who asks, writes or flushes") {
    FakeExchange exchange("GET", "/");
    exchange.with_peer_gone_after(2).during([&] {
        const auto *call = exchange.get()->call;
        call->begin_response(exchange.get(), 200, nullptr, 0);
        CHECK(call->peer_gone(exchange.get()) == 0);
        CHECK(call->write(exchange.get(), "ab", 2) == HBNB_OK);
        CHECK(call->peer_gone(exchange.get()) == 1);
        CHECK(call->write(exchange.get(), "c", 1) == HBNB_PEER_GONE);
        return call->flush(exchange.get());
    });
    CHECK(exchange.body() == "ab");
    CHECK(exchange.client_status() == 0);
}

TEST_CASE("parameters are what a worker lets through: one a name, and no HTTP_PROXY") {
    FakeExchange exchange("GET", "/?a=b");
    exchange.with_header("Proxy", "evil").with_param("A", "1").with_param("A", "2").with_header("Content-Length", "7");
    std::string all;
    for (const auto [name, value] : Request(exchange.get()).params())
        all += std::string(name) + "=" + std::string(value) + " ";
    CHECK(all == "REQUEST_METHOD=GET QUERY_STRING=a=b A=2 CONTENT_LENGTH=7 ");
    CHECK(Request(exchange.get()).content_length() == 7);
}

TEST_CASE("a plugin is called in the order and with the state that a worker has") {
    {
        DrivenPlugin plugin(telling_table(), "{\"a\":1}");
        CHECK(plugin.serves());
        FakeExchange exchange("GET", "/");
        plugin.handle(exchange);
    }
    CHECK(calls() == "load({\"a\":1}) create handle destroy unload ");
}

TEST_CASE("a plugin that no worker would take is not called, and the reason is the worker's") {
    hbnb_plugin table = telling_table();
    calls().clear();
    table.abi_major = 7;
    CHECK(DrivenPlugin(table).refusal() == "it was built for handler ABI 7.0, this container speaks 1.0");
    table = telling_table();
    table.struct_size = 16;
    CHECK(DrivenPlugin(table).refusal().find("its table has 16 bytes, handler ABI 1.0 needs ") == 0);
    table = telling_table();
    table.name = "No Name";
    CHECK(DrivenPlugin(table).refusal() == "its name must be 1 to 63 characters of a-z, 0-9, '-' and '_'");
    table = telling_table();
    table.default_mount = "nowhere";
    CHECK(DrivenPlugin(table).refusal() ==
          "its mount is \"nowhere\": it does not begin with '/'; allowed a path such as / or /api/v1");
    CHECK(DrivenPlugin([](std::uint32_t, std::uint32_t) -> const hbnb_plugin * { return nullptr; }).refusal() ==
          "it refuses this container's handler ABI 1.0");
    CHECK(calls().empty());
}

TEST_CASE("what load and create refuse is quoted, and a request to such a plugin fails") {
    hbnb_plugin table = good_table();
    table.load = [](const hbnb_host *host, hbnb_text, void **) -> hbnb_status {
        host->set_error(host, to_text("no database"));
        return HBNB_FAILED;
    };
    DrivenPlugin unloaded(table);
    CHECK(unloaded.refusal() == "no database");
    CHECK(unloaded.load_status() == HBNB_FAILED);
    table = good_table();
    table.create = [](void *, void **) -> hbnb_status { return 5; };
    DrivenPlugin uncreated(table);
    CHECK(uncreated.refusal() == "it returned 5 without a reason");
    CHECK(uncreated.load_status() == HBNB_OK);
    FakeExchange exchange("GET", "/");
    CHECK(uncreated.handle(exchange) == HBNB_FAILED);
    CHECK(exchange.client_status() == 500);
}

TEST_CASE("a host tells where it is, what it is asked for by name, and keeps what any thread says") {
    FakeHost host;
    int service = 0;
    host.with_service("test/1", &service);
    const Host seen(host.get());
    CHECK(std::string(seen.info()->pool) == "test");
    CHECK(seen.service("test/1") == &service);
    CHECK(seen.service("test/2") == nullptr);
    CHECK(seen.service(nullptr) == nullptr);
    std::thread([&] {
        seen.log(LogLevel::warning, "from afar");
        seen.set_error("not yours");
    }).join();
    CHECK(host.has_line_with("afar"));
    CHECK(host.error().empty());
    seen.log(static_cast<LogLevel>(9), std::string(5000, 'x'));
    CHECK(host.lines().at(1).level == HBNB_LOG_ERROR);
    CHECK(host.lines().at(1).text.size() == 4096);
}

TEST_CASE("an exchange is good inside handle and on its thread, and every other use is a problem with its sentence") {
    FakeExchange exchange("GET", "/");
    const auto *call = exchange.get()->call;
    exchange.during([&] {
        std::thread([&] { CHECK(call->method(exchange.get()).data == nullptr); }).join();
        return call->begin_response(exchange.get(), 200, nullptr, 0);
    });
    CHECK(call->write(exchange.get(), "late", 4) == HBNB_FAILED);
    CHECK(exchange.body().empty());
    CHECK(exchange.problems() == std::vector<std::string>{"method was called on another thread than handle's",
                                                          "write was called outside handle"});
}

TEST_CASE("a plugin's start and stop come before its first instance and after its last") {
    hbnb_plugin table = telling_table();
    table.extension = [](const char *id) -> const void * {
        static const hbnb_process process{.struct_size = sizeof process,
                                          .start = [](void *state) -> hbnb_status {
                                              calls() += state == &calls() ? "start " : "start-of-nothing ";
                                              return HBNB_OK;
                                          },
                                          .stop = [](void *) { calls() += "stop "; }};
        return std::string_view(id) == HBNB_EXTENSION_PROCESS ? &process : nullptr;
    };
    {
        DrivenPlugin plugin(table);
        CHECK(plugin.start_status() == HBNB_OK);
        CHECK(plugin.serves());
    }
    CHECK(calls() == "load({}) start create destroy stop unload ");
}

TEST_CASE("what start refuses is quoted, and neither create nor stop is called") {
    hbnb_plugin table = telling_table();
    table.extension = [](const char *) -> const void * {
        static const hbnb_process process{.struct_size = sizeof process,
                                          .start = [](void *) -> hbnb_status { return 5; },
                                          .stop = [](void *) { calls() += "stop "; }};
        return &process;
    };
    {
        const DrivenPlugin plugin(table);
        CHECK(plugin.refusal() == "it returned 5 without a reason");
        CHECK(plugin.load_status() == HBNB_OK);
        CHECK(plugin.start_status() == 5);
        CHECK_FALSE(plugin.serves());
    }
    CHECK(calls() == "load({}) unload ");
}
