#include "client/load.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

using namespace hbnb::bench;
using nlohmann::json;

namespace {

// Takes one connection after the other; `answer` gets the number of a request, from 0, and says what is sent and
// whether the connection then stays.
class Server {
  public:
    struct Reply {
        std::string bytes;
        bool stays = true;
    };
    using Answer = std::function<Reply(int)>;

    explicit Server(Answer answer)
        : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr *>(&address), size) == 0);
        REQUIRE(::listen(listener_, 100) == 0);
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;
    ~Server() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    std::uint16_t port() const { return port_; }

  private:
    void serve() {
        for (int connection; (connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;
             ::close(connection))
            while (answer_one(connection)) {
            }
    }
    bool answer_one(int connection) {
        std::string request;
        char byte;
        while (request.find("\r\n\r\n") == request.npos) {
            if (::read(connection, &byte, 1) != 1) return false;
            request += byte;
        }
        const Reply reply = answer_(asked_++);
        return ::send(connection, reply.bytes.data(), reply.bytes.size(), MSG_NOSIGNAL) >= 0 && reply.stays;
    }

    Answer answer_;
    int listener_, asked_ = 0;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

json run(std::uint16_t port, json plan) {
    plan["port"] = port;
    plan["targets"] = {{{"name", "it"}, {"path", "/"}}};
    const Plan checked = plan_of(plan.dump());
    return json::parse(Load(checked).run());
}

}  // namespace

TEST_CASE("a server that stalls once is charged for everybody who was due meanwhile") {
    using namespace std::chrono_literals;
    Server server([](int number) {
        if (number == 0) std::this_thread::sleep_for(50ms);
        return Server::Reply{kOk};
    });
    // All are due in the first half millisecond, on one connection.
    const json report = run(server.port(), {{"rate", 100'000}, {"requests", 50}});
    CHECK(report["outcomes"] == json{{"200", 50}});
    const json &latency = report["targets"]["it"]["latency"]["200"];
    CHECK(latency["count"] == 50);
    CHECK(latency["p50_us"] >= 49'000);
}

TEST_CASE("each answer is counted under its status, and a connection that ends early as cut") {
    Server server([](int number) {
        if (number % 3 == 1) return Server::Reply{"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"};
        return Server::Reply{kOk.substr(0, number % 3 == 2 ? kOk.size() - 1 : kOk.size()), number % 3 != 2};
    });
    for (const bool is_open : {true, false}) {
        const json report = run(server.port(), {{"rate", is_open ? 10'000 : 0}, {"requests", 30}, {"seconds", 20}});
        CHECK(report["outcomes"] == json{{"200", 10}, {"503", 10}, {"cut", 10}});
    }
}

TEST_CASE("one-shot clients take a connection for each request") {
    Server server([](int) { return Server::Reply{kOk, false}; });
    CHECK(run(server.port(), {{"kept", false}, {"requests", 20}, {"seconds", 20}})["outcomes"] == json{{"200", 20}});
}

TEST_CASE("who has no answer in time is counted, also where it was never sent") {
    Server server([](int) { return Server::Reply{""}; });
    const json report =
        run(server.port(), {{"rate", 10'000}, {"requests", 20}, {"seconds", 0.01}, {"patience_seconds", 0}});
    CHECK(report["outcomes"] == json{{"unanswered", 20}});
}

TEST_CASE("nobody there is counted as refused") {
    std::uint16_t port = 0;
    {
        const Server gone([](int) { return Server::Reply{}; });
        port = gone.port();
    }
    CHECK(run(port, {{"rate", 1000}, {"requests", 3}})["outcomes"] == json{{"refused", 3}});
}

TEST_CASE("what is due before the warm-up's end is counted, and not measured") {
    Server server([](int) { return Server::Reply{kOk}; });
    const json report = run(server.port(), {{"rate", 1000}, {"seconds", 0.1}, {"skip_seconds", 0.05}});
    CHECK(report["outcomes"] == json{{"200", 100}});
    CHECK(report["targets"]["it"]["latency"]["200"]["count"] == 50);
}
