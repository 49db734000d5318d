// The exception border and the export macro: plugins driven through their tables, as a worker drives them.
#include <hbnb/handler.hpp>
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <pthread.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

using namespace hbnb::sdk;
using hbnb::testing::DrivenPlugin;
using hbnb::testing::FakeExchange;
using hbnb::testing::FakeHost;
using hbnb::testing::table_of;

namespace {

// Fails in every way that it is asked for by the path.
class Faulty {
  public:
    static constexpr PluginInfo info{
        .name = "faulty", .version = "1.2", .concurrency = Concurrency::one_thread, .default_mount = "/f"};

    Response handle(Request &request) {
        const std::string_view path = request.path();
        if (path == "/exception") throw std::runtime_error("the reason");
        if (path == "/memory") throw std::bad_alloc();
        if (path == "/number") throw 42;
        if (path == "/overloaded") throw Overloaded("too much");
        if (path == "/gone") throw PeerGone();
        if (path == "/header") return Response::text("x").set("X", "a\nb");
        if (path == "/stream-and-throw") return break_off(request);
        if (path == "/stream") return request.begin(200, {}).write("ab").end();
        if (path == "/exit-thread") ::pthread_exit(nullptr);
        return Response::text("fine");
    }

  private:
    static Response break_off(Request &request) {
        request.begin(200, {}).write("half");
        throw std::runtime_error("in the middle");
    }
};

class LivingState {
  public:
    LivingState(Host host, std::string_view config) : config_(config) {
        if (config == "refuse") throw std::runtime_error("unable to read key x: wrong type");
        host.log(LogLevel::info, "loaded with " + config_);
    }
    const std::string &config() const { return config_; }

  private:
    std::string config_;
};

class Living {
  public:
    using State = LivingState;
    static constexpr PluginInfo info{.name = "living", .version = "1", .default_mount = "/"};

    explicit Living(State &state) : state_(state) {
        if (state.config() == "no instance") throw 1;
    }
    ~Living() noexcept(false) {
        if (state_.config() == "throw at the end") throw std::runtime_error("late");
    }
    Response handle(Request &) { return Response::text(state_.config()); }
    static const void *extension(const char *id) { return std::string_view(id) == "test/1" ? info.name : nullptr; }

  private:
    State &state_;
};

class WithHost {
  public:
    static constexpr PluginInfo info{
        .name = "with-host", .version = "1", .concurrency = Concurrency::shared_instance, .default_mount = "/"};
    explicit WithHost(Host host) : host_(host) {}
    Response handle(Request &) { return Response::text(host_.info() == nullptr ? "nowhere" : host_.info()->pool); }

  private:
    Host host_;
};

const hbnb_plugin &exported() { return *hbnb_handler_plugin(HBNB_ABI_MAJOR, 99); }

struct Outcome {
    hbnb_status status;
    std::string error;
};

Outcome handle(const std::string &path) {
    DrivenPlugin plugin(exported());
    FakeExchange exchange("GET", path);
    const hbnb_status status = plugin.handle(exchange);
    return {status, plugin.host().error()};
}

}  // namespace

HBNB_EXPORT_HANDLER(Faulty)

TEST_CASE("the macro exports the plugin's table") {
    const hbnb_plugin &plugin = exported();
    CHECK(plugin.struct_size == sizeof(hbnb_plugin));
    CHECK(plugin.abi_major == HBNB_ABI_MAJOR);
    CHECK(plugin.abi_minor == HBNB_ABI_MINOR);
    CHECK(plugin.concurrency == HBNB_ONE_THREAD);
    CHECK(std::string(plugin.name) == "faulty");
    CHECK(std::string(plugin.version) == "1.2");
    CHECK(std::string(plugin.default_mount) == "/f");
    CHECK(plugin.extension("anything/1") == nullptr);
}

TEST_CASE("a container of another major gets no table") {
    CHECK(hbnb_handler_plugin(HBNB_ABI_MAJOR + 1, 0) == nullptr);
    CHECK(hbnb_handler_plugin(0, 0) == nullptr);
}

TEST_CASE("an answer that a handler returns is sent") {
    DrivenPlugin plugin(exported());
    FakeExchange exchange("GET", "/");
    CHECK(plugin.handle(exchange) == HBNB_OK);
    CHECK(exchange.status() == 200);
    CHECK(exchange.body() == "fine");
}

TEST_CASE("a streamed answer is not sent twice") {
    DrivenPlugin plugin(exported());
    FakeExchange exchange("GET", "/stream");
    CHECK(plugin.handle(exchange) == HBNB_OK);
    CHECK(exchange.body() == "ab");
}

TEST_CASE("no exception leaves a handler: each becomes a status, and the host hears why") {
    CHECK(handle("/exception").status == HBNB_FAILED);
    CHECK(handle("/exception").error == "std::runtime_error: the reason");
    CHECK(handle("/memory").status == HBNB_FAILED);
    CHECK_FALSE(handle("/memory").error.empty());
    CHECK(handle("/number").status == HBNB_FAILED);
    CHECK(handle("/number").error == "int: an exception that is no std::exception");
}

TEST_CASE("Overloaded and PeerGone have their own status") {
    CHECK(handle("/overloaded").status == HBNB_OVERLOADED);
    CHECK(handle("/overloaded").error == "too much");
    CHECK(handle("/gone").status == HBNB_PEER_GONE);
}

TEST_CASE("an answer that the container refuses fails the request") {
    const Outcome outcome = handle("/header");
    CHECK(outcome.status == HBNB_FAILED);
    CHECK(outcome.error.find("unable to begin a response of status 200") != std::string::npos);
}

TEST_CASE("an exception behind the first bytes fails the request, so that it is cut") {
    DrivenPlugin plugin(exported());
    FakeExchange exchange("GET", "/stream-and-throw");
    CHECK(plugin.handle(exchange) == HBNB_FAILED);
    CHECK(exchange.body() == "half");
}

TEST_CASE("a request after a failed one is answered") {
    DrivenPlugin plugin(exported());
    FakeExchange failing("GET", "/number"), next("GET", "/");
    plugin.handle(failing);
    CHECK(plugin.handle(next) == HBNB_OK);
}

#if !defined(__SANITIZE_THREAD__)  // which does not follow pthread_exit through frames
TEST_CASE("pthread_exit in a handler ends its thread and not the process") {
    DrivenPlugin plugin(exported());
    const auto leave = [](void *of) -> void * {
        FakeExchange exchange("GET", "/exit-thread");
        static_cast<DrivenPlugin *>(of)->handle(exchange);
        return of;  // not reached
    };
    pthread_t thread;
    REQUIRE(::pthread_create(&thread, nullptr, leave, &plugin) == 0);
    void *result = &plugin;
    REQUIRE(::pthread_join(thread, &result) == 0);
    CHECK(result == nullptr);
}
#endif

TEST_CASE("a state is made from host and configuration, instances from the state") {
    DrivenPlugin plugin(table_of<Living>(), "{\"a\":1}");
    FakeExchange exchange("GET", "/");
    CHECK(plugin.handle(exchange) == HBNB_OK);
    CHECK(exchange.body() == "{\"a\":1}");
    REQUIRE(plugin.host().lines().size() == 1);
    CHECK(plugin.host().lines()[0].text == "loaded with {\"a\":1}");
    CHECK(plugin.host().lines()[0].level == HBNB_LOG_INFO);
}

TEST_CASE("a state that throws is a refusal with its sentence, and nothing is made of it") {
    DrivenPlugin plugin(table_of<Living>(), "refuse");
    CHECK(plugin.load_status() == HBNB_FAILED);
    CHECK(plugin.host().error() == "unable to read key x: wrong type");
    CHECK(plugin.create_status() == HBNB_FAILED);
}

TEST_CASE("an instance that throws is a refusal") {
    DrivenPlugin plugin(table_of<Living>(), "no instance");
    CHECK(plugin.load_status() == HBNB_OK);
    CHECK(plugin.create_status() == HBNB_FAILED);
    CHECK(plugin.host().error() == "an exception that is no std::exception");
}

TEST_CASE("a destructor that throws costs a line in the log") {
    DrivenPlugin plugin(table_of<Living>(), "throw at the end");
    plugin.end();
    REQUIRE(plugin.host().lines().size() == 2);
    CHECK(plugin.host().lines()[1].level == HBNB_LOG_ERROR);
    CHECK(plugin.host().error() == "late");
}

TEST_CASE("a handler that asks for the host gets it, and learns where it runs") {
    CHECK(table_of<WithHost>().concurrency == HBNB_SHARED_INSTANCE);
    const hbnb_info info{.struct_size = sizeof(hbnb_info),
                         .worker = 3,
                         .generation = 1,
                         .pool = "blue",
                         .plugin_file = "",
                         .plugin_hash = "",
                         .threads = 1,
                         .purpose = HBNB_PURPOSE_SERVE};
    FakeHost telling, silent;
    telling.with_info(info);
    silent.without_info();
    DrivenPlugin told(table_of<WithHost>(), "{}", &telling), untold(table_of<WithHost>(), "{}", &silent);
    FakeExchange first("GET", "/"), second("GET", "/");
    told.handle(first);
    untold.handle(second);
    CHECK(first.body() == "blue");
    CHECK(second.body() == "nowhere");
}

TEST_CASE("a plugin offers the interfaces that it has") {
    CHECK(table_of<Living>().extension("test/1") != nullptr);
    CHECK(table_of<Living>().extension("test/2") == nullptr);
}

// ---- A State with threads of its own

namespace {

class CountingState {
  public:
    CountingState(Host host, std::string_view config) : host_(host), config_(config) {}
    void start() {
        if (config_ == "no start") throw std::runtime_error("unable to start the counter: no reason");
        thread_ = std::thread([this] { is_running_ = true; });
    }
    void stop() {
        thread_.join();
        host_.log(LogLevel::info, is_running_ ? "stopped, it has run" : "stopped");
        if (config_ == "throw at stop") throw std::runtime_error("late");
    }

  private:
    Host host_;
    std::string config_;
    std::atomic<bool> is_running_{false};
    std::thread thread_;
};

struct Counting {
    using State = CountingState;
    static constexpr PluginInfo info{.name = "counting", .version = "1", .default_mount = "/"};
    explicit Counting(State &) {}
    Response handle(Request &) { return Response::text("counted"); }
    static const void *extension(const char *id) { return std::string_view(id) == "mine/1" ? &info : nullptr; }
};

}  // namespace

TEST_CASE("a state with start and stop is hbnb.process/1, beside what the handler itself has") {
    const hbnb_plugin &table = table_of<Counting>();
    CHECK(table.extension(HBNB_EXTENSION_PROCESS) != nullptr);
    CHECK(table.extension("mine/1") == &Counting::info);
    CHECK(table.extension("mine/2") == nullptr);
    CHECK(table_of<Living>().extension(HBNB_EXTENSION_PROCESS) == nullptr);
    CHECK(table_of<Faulty>().extension(HBNB_EXTENSION_PROCESS) == nullptr);
}

TEST_CASE("a state's threads live from start to stop, and what either throws becomes a refusal or a line") {
    FakeHost host;
    {
        DrivenPlugin plugin(table_of<Counting>(), "", &host);
        CHECK(plugin.serves());
    }
    CHECK(host.has_line_with("stopped, it has run"));
    CHECK_FALSE(host.has_line_with("unable to stop cleanly"));
    CHECK(DrivenPlugin(table_of<Counting>(), "no start").refusal() == "unable to start the counter: no reason");
    { const DrivenPlugin late(table_of<Counting>(), "throw at stop", &host); }
    CHECK(host.has_line_with("unable to stop cleanly"));
}
