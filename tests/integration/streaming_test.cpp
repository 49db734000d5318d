// Answers and bodies of any length: they reach the other side as they are written, in constant memory, and who is slow
// has a limit and costs no worker.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "fcgi/record.hpp"
#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

constexpr std::uint64_t kGibibyte = 1ull << 30;
constexpr std::size_t kPiece = 1 << 20;

ContainerSettings one_worker(std::map<std::string, std::string> pool) {
    ContainerSettings settings{.min = 1, .max = 1, .pool = std::move(pool)};
    settings.mounts = {{"/demo", "demo"}, {"/gated", test_plugin("gated")}};
    return settings;
}

ContainerSettings without_limits() {
    return one_worker({{"limits.body", "2GiB"}, {"timeouts.request", "0"}, {"timeouts.write", "1h"}});
}

// The most memory that a process has ever had in use.
std::uint64_t peak_memory(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    std::uint64_t kibibytes = 0;
    while (status >> word)
        if (word == "VmHWM:") status >> kibibytes;
    return kibibytes << 10;
}

// That of the one worker must not grow by more than some buffers while it lives.
class ConstantMemory {
  public:
    explicit ConstantMemory(const Container &container)
        : worker_(container.worker_pids().at(0)), before_(peak_memory(worker_)) {}
    void hold() const {
        REQUIRE(before_ != 0);
#ifndef HBNB_SANITIZED  // a sanitizer keeps what was freed
        CHECK(peak_memory(worker_) <= before_ + (4 << 20));
#endif
    }

  private:
    pid_t worker_;
    std::uint64_t before_;
};

// Counts what comes in FastCGI's STDOUT records, and keeps nothing of it.
class Counter {
  public:
    void feed(std::string_view bytes) {
        while (!bytes.empty() && !ended_) {
            if (left_ == 0) {
                const std::size_t part = std::min(fcgi::kHeaderBytes - header_.size(), bytes.size());
                header_ += bytes.substr(0, part);
                bytes.remove_prefix(part);
                if (header_.size() < fcgi::kHeaderBytes) return;
                const auto record = fcgi::decode_header(header_.data());
                header_.clear();
                if (record.type == fcgi::RecordType::stdout_stream) output_ += record.content;
                ended_ = record.type == fcgi::RecordType::end_request;
                left_ = static_cast<std::size_t>(record.content) + record.padding;
            }
            const std::size_t part = std::min(left_, bytes.size());
            left_ -= part;
            bytes.remove_prefix(part);
        }
    }
    bool is_ended() const { return ended_; }
    std::uint64_t output() const { return output_; }

  private:
    std::string header_;
    std::size_t left_ = 0;
    std::uint64_t output_ = 0;
    bool ended_ = false;
};

Stream connect_to(const Endpoint &to) {
    auto stream = Stream::connect(to);
    REQUIRE(stream);
    return std::move(*stream);
}

// What comes until it holds `text`, or the end.
std::string receive_until(Stream &stream, const std::string &text) {
    std::string all;
    while (all.find(text) == std::string::npos) {
        const auto piece = stream.receive();
        if (!piece || piece->empty()) break;
        all += *piece;
    }
    return all;
}

std::string http(const std::string &method, const std::string &target, std::uint64_t length = 0) {
    std::string head = method + " " + target + " HTTP/1.0\r\nHost: localhost\r\n";
    if (method == "POST") head += "Content-Length: " + std::to_string(length) + "\r\n";
    return head + "\r\n";
}

bool send_pieces(Stream &stream, std::uint64_t bytes) {
    const std::string piece(kPiece, 'x');
    for (std::uint64_t sent = 0; sent < bytes; sent += piece.size())
        if (!stream.send(piece)) return false;
    return true;
}

bool serves(const Container &container) {
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false));
    return answer && answer->http_status() == 200;
}

}  // namespace

TEST_CASE("what a handler flushes is with the client before the handler goes on, through nginx too") {
    Container container(one_worker({}));
    Nginx nginx({.socket = container.socket()});
    const std::string gate = container.dir() / "gate";
    Stream client = connect_to(nginx.endpoint());
    REQUIRE(client.send(http("GET", "/gated/events?file=" + gate)));
    const std::string first = receive_until(client, "data: event 0\n\n");
    CHECK(first.find("Content-Type: text/event-stream") != std::string::npos);
    for (const char *number : {"1", "2"}) {
        write_file(gate + number, "");  // only now the handler writes the next one
        CHECK(receive_until(client, "\n\n") == "data: event " + std::string(number) + "\n\n");
    }
    CHECK(receive_until(client, "\n").empty());
}

TEST_CASE("an answer of 1 GiB takes no more memory of its worker than a small one") {
    Container container(without_limits());
    REQUIRE(serves(container));
    const ConstantMemory memory(container);
    const std::string target = "/demo/stream?chunks=1024&bytes=1048576";
    SUBCASE("through nginx") {
        Nginx nginx({.socket = container.socket()});
        Stream client = connect_to(nginx.endpoint());
        REQUIRE(client.send(http("GET", target)));
        const std::string begin = receive_until(client, "\r\n\r\n");
        std::uint64_t bytes = begin.size() - (begin.find("\r\n\r\n") + 4);
        for (auto piece = client.receive(); piece && !piece->empty(); piece = client.receive()) bytes += piece->size();
        CHECK(bytes == kGibibyte);
    }
    SUBCASE("straight") {
        FastcgiConnection client(container.socket());
        REQUIRE(client.send(fcgi::encode_request(fastcgi_get(target, true))));
        Counter counter;
        while (!counter.is_ended()) {
            const auto piece = client.stream().receive();
            REQUIRE((piece && !piece->empty()));
            counter.feed(*piece);
        }
        CHECK(counter.output() > kGibibyte);
        CHECK(counter.output() < kGibibyte + 1000);  // the head
    }
    memory.hold();
}

TEST_CASE("a body of 1 GiB takes no more memory of its worker than a small one") {
    Container container(without_limits());
    REQUIRE(serves(container));
    const ConstantMemory memory(container);
    const std::string counted = "{\"bytes\":" + std::to_string(kGibibyte) + "}\n";
    SUBCASE("through nginx") {
        Nginx nginx(
            {.socket = container.socket(), .server = "client_max_body_size 2g;\nfastcgi_request_buffering off;\n"});
        Stream client = connect_to(nginx.endpoint());
        REQUIRE(client.send(http("POST", "/demo/sink", kGibibyte)));
        CHECK(send_pieces(client, kGibibyte));
        CHECK(receive_until(client, counted).find(counted) != std::string::npos);
    }
    SUBCASE("straight") {
        FastcgiConnection client(container.socket());
        fcgi::ClientRequest request = fastcgi_post("/demo/sink", "", true);
        for (auto &[name, value] : request.params)
            if (name == "CONTENT_LENGTH") value = std::to_string(kGibibyte);
        const std::string head = fcgi::encode_request(request);
        std::string end, records;
        fcgi::append_record(end, fcgi::RecordType::stdin_stream, request.id, {});
        fcgi::append_stream(records, fcgi::RecordType::stdin_stream, request.id, std::string(kPiece, 'x'));
        REQUIRE(client.send(head.substr(0, head.size() - end.size())));
        for (std::uint64_t sent = 0; sent < kGibibyte; sent += kPiece) REQUIRE(client.send(records));
        REQUIRE(client.send(end));
        const auto answer = client.receive();
        REQUIRE(answer);
        CHECK(answer->body() == counted);
    }
    memory.hold();
}

TEST_CASE("behind nginx slow clients hold no worker: nginx has the whole request first, and takes the whole answer") {
    Container container(one_worker({{"timeouts.read", "1h"}, {"timeouts.write", "1h"}, {"timeouts.request", "0"}}));
    Nginx nginx({.socket = container.socket()});
    const std::uint64_t bytes = 10 * kPiece;
    Stream slow = connect_to(nginx.endpoint());
    REQUIRE(slow.send(http("POST", "/demo/echo", bytes)));
    REQUIRE(send_pieces(slow, bytes / 2));
    CHECK(nginx.get("/demo/hello").status == 200);
    REQUIRE(send_pieces(slow, bytes / 2));
    REQUIRE(eventually([&] { return container.access_log().find("POST /demo/echo") != std::string::npos; }));
    CHECK(nginx.get("/demo/hello").status == 200);  // nothing of the echo has been read yet
    const std::string begin = receive_until(slow, "\r\n\r\n");
    std::uint64_t read = begin.size() - (begin.find("\r\n\r\n") + 4);
    for (auto piece = slow.receive(); piece && !piece->empty(); piece = slow.receive()) read += piece->size();
    CHECK(read == bytes);
}

TEST_CASE("a client that reads nothing of its answer holds its worker for timeouts.write, and no longer") {
    Container container(one_worker({{"timeouts.write", "200ms"}, {"timeouts.request", "0"}}));
    const auto workers = container.worker_pids();
    FastcgiConnection slow(container.socket());
    REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/demo/stream?chunks=100&bytes=1000000", true))));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    CHECK(serves(container));  // by the one worker there is
    CHECK_FALSE(slow.receive());
    CHECK(container.worker_pids() == workers);
}

TEST_CASE("a client that stops sending its body holds its worker for timeouts.read, and is answered 408") {
    Container container(one_worker({{"timeouts.read", "200ms"}, {"timeouts.request", "0"}}));
    const auto workers = container.worker_pids();
    FastcgiConnection slow(container.socket());
    const std::string whole = fcgi::encode_request(fastcgi_post("/demo/sink", std::string(1000, 'x'), true));
    REQUIRE(slow.send(whole.substr(0, whole.size() - 500)));
    CHECK(serves(container));
    const auto answer = slow.receive();
    REQUIRE(answer);
    CHECK(answer->http_status() == 408);
    CHECK(container.worker_pids() == workers);
}
