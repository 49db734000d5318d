#include "manager/host/supervisor.hpp"

#include "support/notify_listener.hpp"
#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

constexpr int kMoreThanFits = 2000;  // a socket's queue of datagrams

Result<Supervisor> from(const std::string &name, const char *watchdog = nullptr) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    if (watchdog != nullptr) ::setenv("WATCHDOG_USEC", watchdog, 1);
    return Supervisor::from_environment();
}

}  // namespace

TEST_CASE("a service manager at a path and at an abstract name is told of a life's states") {
    const Sandbox sandbox;
    std::string name = sandbox / "notify";
    SUBCASE("path") {}
    SUBCASE("abstract") { name = "@hbnb-test-" + std::to_string(::getpid()); }
    NotifyListener listener(name);
    auto supervisor = from(name);
    REQUIRE(supervisor);
    supervisor->ready("p: 2 workers");
    supervisor->reloading(Moment{std::chrono::milliseconds(1500)}, "reload: generation 2");
    supervisor->stopping("stop:\nat once");
    supervisor->alive();
    CHECK(listener.messages() ==
          std::vector<std::string>{"READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=p: 2 workers",
                                   "RELOADING=1\nMONOTONIC_USEC=1500000\nSTATUS=reload: generation 2",
                                   "STOPPING=1\nSTATUS=stop: at once", "WATCHDOG=1"});
}

TEST_CASE("a status that has not changed is not said again") {
    const Sandbox sandbox;
    NotifyListener listener(sandbox / "notify");
    auto supervisor = from(listener.name());
    REQUIRE(supervisor);
    supervisor->ready("a");
    for (const char *line : {"a", "b", "b", "a"}) supervisor->status(line);
    CHECK(listener.count("STATUS=") == 2);
    CHECK(listener.last("STATUS=") == "STATUS=a");
}

TEST_CASE("a listener that reads nothing stops nobody, and hears the last state when it reads again") {
    const Sandbox sandbox;
    NotifyListener listener(sandbox / "notify");
    auto supervisor = from(listener.name());
    REQUIRE(supervisor);
    for (int i = 0; i < kMoreThanFits; ++i) supervisor->alive();
    supervisor->reloading(Moment{}, "reload");
    supervisor->ready("after it");
    CHECK(supervisor->take_complaint().value_or("").find("unable to tell the service manager at " + listener.name()) ==
          0);
    CHECK_FALSE(supervisor->take_complaint());
    CHECK(listener.states().empty());
    supervisor->say_again();
    CHECK(listener.states() == std::vector<std::string>{"READY"});
}

TEST_CASE("where nobody wants to hear, nothing is said and nothing is wrong") {
    ::unsetenv("NOTIFY_SOCKET");
    ::setenv("WATCHDOG_USEC", "1000000", 1);
    auto supervisor = Supervisor::from_environment();
    REQUIRE(supervisor);
    supervisor->ready("p");
    CHECK_FALSE(supervisor->alive_every());
    CHECK_FALSE(supervisor->take_complaint());
}

TEST_CASE(
    "a sign of life comes twice in the time that the watchdog allows, and never where it watches another process") {
    const Sandbox sandbox;
    const NotifyListener listener(sandbox / "notify");
    CHECK(from(listener.name(), "3000000")->alive_every() == std::chrono::milliseconds(1500));
    CHECK_FALSE(from(listener.name())->alive_every());
    ::setenv("WATCHDOG_PID", "1", 1);
    CHECK_FALSE(from(listener.name(), "3000000")->alive_every());
}

TEST_CASE("what the service manager has put into the environment is taken out of it") {
    const Sandbox sandbox;
    const NotifyListener listener(sandbox / "notify");
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    REQUIRE(from(listener.name(), "1000000"));
    for (const char *name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) CHECK(::getenv(name) == nullptr);
}

TEST_CASE("a NOTIFY_SOCKET of another kind and a watchdog that is no number are refused by name") {
    CHECK(from("vsock:2:1234").error().message ==
          "unable to tell the service manager at vsock:2:1234: NOTIFY_SOCKET is neither a path nor an abstract name "
          "(@…)");
    CHECK(from("/run/" + std::string(200, 'x')).error().message.find("unable to tell the service manager at /run/x") ==
          0);
    CHECK(from("/run/x", "soon").error().message.find("unable to use WATCHDOG_USEC and WATCHDOG_PID: ") == 0);
}
