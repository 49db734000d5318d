#include "manager/control/control_server.hpp"

#include <poll.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "manager/host/error_log.hpp"
#include "manager/host/loop.hpp"
#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

// A server in a thread of its own; the test is its client.
struct Served {
    Sandbox sandbox;
    Loop loop;
    ErrorLog log{LogLevel::debug};
    std::optional<ControlServer> server;
    std::thread thread;

    explicit Served(uid_t uid = ::geteuid()) : Served(ControlRights{uid, true, {}}) {}
    explicit Served(const ControlRights &rights) {
        REQUIRE(log.use(sandbox / "log", ::geteuid()));
        const auto answer = [](const auto &) { return ControlAnswer{200, "{\"state\": \"ready\"}\n"}; };
        server.emplace(loop, log, bind(), rights,
                       std::vector<ControlRoute>{{"GET", "/status", answer}, {"POST", "/stop", answer}});
        thread = std::thread([this] { loop.run(); });
    }
    ~Served() {
        loop.post([this] {
            server.reset();
            loop.stop();
        });
        thread.join();
    }

    UnixSocket bind() const {
        UnixSocketPlan plan;
        plan.path = sandbox / "c";
        plan.mode = 0666;  // the refusals below are not the file mode's
        plan.claim.service_user = ::geteuid();
        auto socket = UnixSocket::open(plan);
        REQUIRE(socket);
        return std::move(*socket);
    }
    Fd half_request() const {
        Fd client = connect_to(sandbox / "c", 0);
        static_cast<void>(::send(client.get(), "GET /sta", 8, MSG_NOSIGNAL));
        return client;
    }
    static std::string finish(const Fd &client, const std::string &bytes) {
        static_cast<void>(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        std::string answer;
        std::array<char, 4096> piece{};
        for (ssize_t got = 0; (got = ::recv(client.get(), piece.data(), piece.size(), 0)) > 0;)
            answer.append(piece.data(), static_cast<std::size_t>(got));
        return answer;
    }
    std::string ask(const std::string &bytes, bool close_after = false) const {
        const Fd fd = connect_to(sandbox / "c", 0);
        if (!fd.is_open()) return "no connection";
        static_cast<void>(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        if (close_after) ::shutdown(fd.get(), SHUT_WR);
        return finish(fd, "");
    }
    std::string stop() const { return ask("POST /stop HTTP/1.1\r\nHost: c\r\nContent-Length: 0\r\n\r\n"); }
    std::string logged() const { return read_file(sandbox / "log"); }
    std::string status() const { return ask("GET /status HTTP/1.1\r\nHost: c\r\n\r\n"); }
};

bool eventually(const std::function<bool()> &holds) {
    const Moment deadline = monotonic_now() + kGenerous;
    while (!holds())
        if (monotonic_now() > deadline) return false;
    return true;
}

bool begins(const std::string &text, const std::string &with) { return text.compare(0, with.size(), with) == 0; }

}  // namespace

TEST_CASE("GET /status answers the status as JSON") {
    const Served served;
    const std::string answer = served.status();
    CHECK(begins(answer, "HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(answer.find("\r\n\r\n{\"state\": \"ready\"}\n") != std::string::npos);
    CHECK(begins(served.ask("GET /status?x=y HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("another path is 404 and another method 405, each with a sentence") {
    const Served served;
    CHECK(begins(served.ask("GET /other HTTP/1.1\r\nHost: c\r\n\r\n"), "HTTP/1.1 404 "));
    const std::string answer = served.ask("DELETE /status HTTP/1.1\r\nHost: c\r\n\r\n");
    CHECK(begins(answer, "HTTP/1.1 405 "));
    CHECK(answer.find("Allow: GET\r\n") != std::string::npos);
    CHECK(answer.find("\"error\": ") != std::string::npos);
}

TEST_CASE("garbage, long headers and long bodies are refused, and the next one is answered") {
    const Served served;
    CHECK(begins(served.ask(std::string("\0\xff\x80\r\n\r\n", 7)), "HTTP/1.1 400 "));
    CHECK(begins(served.ask("GET /status HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n"), "HTTP/1.1 431 "));
    CHECK(begins(served.ask("POST /status HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + std::string(1000, 'x')),
                 "HTTP/1.1 413 "));
    CHECK(served.ask("GET /sta", true).empty());
    CHECK(served.ask("", true).empty());
    CHECK(begins(served.status(), "HTTP/1.1 200 "));
}

TEST_CASE("when half requests have all places the oldest gives up its own, and the next request is answered") {
    const Served served;
    std::vector<Fd> clients;
    for (std::size_t i = 0; i < 3 * kControlClientsMax; ++i) clients.push_back(served.half_request());
    CHECK(begins(served.status(), "HTTP/1.1 200 "));
    const auto is_closed = [](const Fd &client) {
        pollfd end{client.get(), POLLIN, 0};
        return ::poll(&end, 1, 0) > 0;
    };
    const auto closed = [&] { return std::count_if(clients.begin(), clients.end(), is_closed); };
    const auto too_many = static_cast<std::ptrdiff_t>(2 * kControlClientsMax + 1);
    CHECK(eventually([&] { return closed() == too_many; }));
    CHECK(std::all_of(clients.begin(), clients.begin() + too_many, is_closed));
    const std::string logged = served.logged();
    CHECK_MESSAGE(logged.find("control socket: more than 64 clients at once; the oldest of uid ") != std::string::npos,
                  logged);
    CHECK_MESSAGE(std::count(logged.begin(), logged.end(), '\n') < 20, "one line a second, however many there are");
}

TEST_CASE("a user that takes all places of the control socket takes none from another user") {
    if (!is_root()) return;
    const Served served(ControlRights{kSomebody, false, {}});
    const Fd first = served.half_request();
    const std::string answer = as_somebody([&] {
        std::vector<Fd> clients;
        for (std::size_t i = 0; i < 3 * kControlClientsMax; ++i) clients.push_back(served.half_request());
        return served.status();
    });
    CHECK(begins(answer, "HTTP/1.1 200 "));
    CHECK(begins(Served::finish(first, "tus HTTP/1.1\r\nHost: c\r\n\r\n"), "HTTP/1.1 200 "));
}

TEST_CASE("a client that sends a byte now and then loses its place at the deadline of a whole request") {
    const Served served;
    const Fd slow = served.half_request();
    const auto is_taken = [&] { return ::send(slow.get(), "x", 1, MSG_NOSIGNAL) == 1; };
    CHECK(eventually([&] { return !is_taken(); }));
    CHECK(begins(served.status(), "HTTP/1.1 200 "));
}

TEST_CASE("a control socket that is bound anew is served, and so is who waits in the old one's queue") {
    Served served;
    const Fd before = served.half_request();
    CHECK(served.server->has_file());
    REQUIRE(::unlink((served.sandbox / "c").c_str()) == 0);
    CHECK_FALSE(served.server->has_file());
    served.loop.post([&] { served.server->serve_on(served.bind()); });
    REQUIRE(eventually([&] { return begins(served.status(), "HTTP/1.1 200 "); }));
    CHECK(begins(Served::finish(before, "tus HTTP/1.1\r\nHost: c\r\n\r\n"), "HTTP/1.1 200 "));
}

TEST_CASE("a foreign user is refused, root and the container's user are not") {
    if (!is_root()) return;
    const Served served;
    CHECK(as_somebody([&] {
              const std::string answer = served.status();
              return answer.empty() ? std::string("nothing") : answer;
          }) == "nothing");
    CHECK(begins(served.status(), "HTTP/1.1 200 "));
    const Served theirs(kSomebody);
    CHECK(begins(as_somebody([&] { return theirs.status(); }), "HTTP/1.1 200 "));
    CHECK(begins(theirs.status(), "HTTP/1.1 200 "));
}

TEST_CASE("where root started the container its own user may read, and change nothing; control_uids may do both") {
    if (!is_root()) return;
    const Served served(ControlRights{kSomebody, false, {}});
    CHECK(begins(as_somebody([&] { return served.status(); }), "HTTP/1.1 200 "));
    for (int i = 0; i < 20; ++i) {
        const std::string answer = as_somebody([&] { return served.stop(); });
        CHECK(begins(answer, "HTTP/1.1 403 "));
        CHECK_MESSAGE(answer.find("POST /stop is not for uid " + std::to_string(kSomebody) + ": root started") !=
                          std::string::npos,
                      answer);
    }
    CHECK(begins(served.stop(), "HTTP/1.1 200 "));
    const std::string logged = served.logged();
    CHECK_MESSAGE(logged.find("control socket: POST /stop refused to pid ") != std::string::npos, logged);
    CHECK_MESSAGE(std::count(logged.begin(), logged.end(), '\n') < 20, "one line a second, whoever asks how often");
    const Served listed(ControlRights{12345, false, {kSomebody}});
    CHECK(begins(as_somebody([&] { return listed.stop(); }), "HTTP/1.1 200 "));
    CHECK(begins(as_somebody([&] { return listed.status(); }), "HTTP/1.1 200 "));
}

TEST_CASE("where an ordinary user started the container, that user may change it") {
    if (!is_root()) return;
    const Served served(kSomebody);
    CHECK(begins(as_somebody([&] { return served.stop(); }), "HTTP/1.1 200 "));
}
