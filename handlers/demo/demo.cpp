// The demo plugin, mounted only when asked: routes for tests, benchmarks and people who try things. One table; every
// number in a query has its range, and what is outside it is answered 400 with a sentence.
#include <hbnb/handler.hpp>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;
using std::chrono::milliseconds;

struct Range {
    std::uint64_t least, most, otherwise;  // otherwise: where the query does not name it
};
constexpr Range kMilliseconds{0, 3'600'000, 100};
constexpr Range kMebibytes{1, 1024, 1};
constexpr Range kBytes{0, 1 << 30, 1024};
constexpr Range kChunks{0, 1'000'000, 10};
constexpr Range kChunkBytes{0, 1 << 20, 100};
constexpr Range kIntervalMilliseconds{0, 60'000, 0};

// The query asks for what it may not have: 400 with what().
struct BadQuery : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::uint64_t number(const Request &request, std::string_view name, const Range &range) {
    const auto text = request.query_value(name);
    if (!text) return range.otherwise;
    std::uint64_t value = 0;
    const char *const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, value);
    if (error == std::errc() && rest == end && value >= range.least && value <= range.most) return value;
    throw BadQuery("unable to read " + std::string(name) + ": found \"" + *text +
                   "\", allowed is a whole number from " + std::to_string(range.least) + " to " +
                   std::to_string(range.most));
}

// Why a body that is not whole cannot be used.
Response refusal_of(BodyState state) {
    switch (state) {
        case BodyState::too_large: return Response::text("Content too large\n", 413);
        case BodyState::deadline: return Response::text("The request took too long\n", 504);
        case BodyState::peer_gone: throw PeerGone();
        default: return Response::text("The body is not as long as its Content-Length\n", 400);
    }
}

class Demo {
  public:
    static constexpr PluginInfo info{.name = "demo", .version = "1.0", .default_mount = "/demo"};

    explicit Demo(Host host) : host_(host) {}

    Response handle(Request &request) {
        try {
            return router_.answer(*this, request);
        } catch (const BadQuery &bad) {
            return Response::text(std::string(bad.what()) + "\n", 400);
        }
    }

  private:
    Response hello() { return Response::borrowed("Hello from the container\n", kTextType); }
    Response status() { return Response::borrowed("{\"status\":\"OK\"}\n", kJsonType); }
    Response echo(Request &request);
    Response sink(Request &request);
    Response params(Request &request);
    Response about();
    Response sleep(Request &request);
    Response spin(Request &request);
    Response bytes(Request &request);
    Response stream(Request &request);
    Response leak(Request &request);
    Response crash(Request &request);
    Response fail() { throw std::runtime_error("thrown because /throw was asked for"); }
    Response hang();

    Host host_;
    std::array<char, 64 << 10> buffer_;
    std::vector<std::vector<char>> leaked_;
    const Router<Demo> router_{
        {GET, "/hello", &Demo::hello},
        {GET, "/status", &Demo::status},         // for benchmarks: nothing is allocated
        {POST, "/echo", &Demo::echo},            // the body back, same Content-Type
        {POST, "/sink", &Demo::sink},            // {"bytes":N}
        {GET | POST, "/params", &Demo::params},  // what the web server told us
        {GET, "/info", &Demo::about},            // who answers
        {GET | POST, "/sleep", &Demo::sleep},    // ?ms=
        {GET | POST, "/spin", &Demo::spin},      // ?ms= with the CPU busy
        {GET, "/bytes", &Demo::bytes},           // ?n=
        {GET, "/stream", &Demo::stream},         // ?chunks=&bytes=&interval_ms=, flushed one by one
        {GET | POST, "/leak", &Demo::leak},      // ?mb=
        {GET | POST, "/crash", &Demo::crash},    // ?signal=SEGV|ABRT|KILL
        {GET | POST, "/throw", &Demo::fail},
        {GET | POST, "/hang", &Demo::hang},
    };
};

// The body is read whole before the answer begins: nginx sends no more of a body once it has an answer's head, so a
// handler that gives back a long body as it comes waits for ever. limits.body bounds it.
Response Demo::echo(Request &request) {
    Body body = request.read_all(std::numeric_limits<std::size_t>::max());
    if (body.state != BodyState::whole) return refusal_of(body.state);
    const auto type = request.header("Content-Type").value_or("application/octet-stream");
    return Response::bytes(std::move(body.bytes), std::string(type));
}

Response Demo::sink(Request &request) {
    std::uint64_t bytes = 0;
    BodyPiece piece = request.read(buffer_);
    for (; piece.state == BodyState::more; piece = request.read(buffer_)) bytes += piece.size;
    if (piece.state != BodyState::whole) return refusal_of(piece.state);
    return Response::json("{\"bytes\":" + std::to_string(bytes) + "}\n");
}

// As a JSON object; of duplicates the first, as look-ups by name see it. Bytes that are no UTF-8 become U+FFFD.
Response Demo::params(Request &request) {
    auto all = nlohmann::json::object();
    for (const auto [name, value] : request.params()) all.emplace(std::string(name), std::string(value));
    return Response::json(all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

Response Demo::about() {
    nlohmann::json about{{"pid", ::getpid()}, {"thread", ::syscall(SYS_gettid)}, {"plugin_version", info.version}};
    if (const hbnb_info *host = host_.info()) {
        about["pool"] = host->pool;
        about["worker"] = host->worker;
        about["generation"] = host->generation;
        about["threads"] = host->threads;
        about["plugin_file"] = host->plugin_file;
        about["plugin_hash"] = host->plugin_hash;
    }
    return Response::json(about.dump() + "\n");
}

Response Demo::sleep(Request &request) {
    const auto ms = number(request, "ms", kMilliseconds);
    std::this_thread::sleep_for(milliseconds(ms));
    return Response::text("slept " + std::to_string(ms) + " ms\n");
}

Response Demo::spin(Request &request) {
    const auto ms = number(request, "ms", kMilliseconds);
    const auto until = std::chrono::steady_clock::now() + milliseconds(ms);
    while (std::chrono::steady_clock::now() < until) {
    }
    return Response::text("spun " + std::to_string(ms) + " ms\n");
}

Response Demo::bytes(Request &request) {
    auto left = number(request, "n", kBytes);
    auto out =
        request.begin(200, {{"Content-Type", "application/octet-stream"}, {"Content-Length", std::to_string(left)}});
    std::fill_n(buffer_.begin(), std::min<std::size_t>(left, buffer_.size()), 'x');
    for (; left > 0; left -= std::min<std::uint64_t>(left, buffer_.size()))
        out.write({buffer_.data(), std::min<std::size_t>(left, buffer_.size())});
    return out.end();
}

Response Demo::stream(Request &request) {
    const auto chunks = number(request, "chunks", kChunks);
    const auto bytes = number(request, "bytes", kChunkBytes);
    const auto interval = number(request, "interval_ms", kIntervalMilliseconds);
    const std::string chunk(bytes, 'x');
    auto out = request.begin(200, {{"Content-Type", kTextType}, {"X-Accel-Buffering", "no"}});
    for (std::uint64_t i = 0; i < chunks; ++i) {
        if (i != 0 && interval != 0) std::this_thread::sleep_for(milliseconds(interval));
        out.write(chunk).flush();
    }
    return out.end();
}

// Kept until the worker goes, and written to, so that it is memory in use.
Response Demo::leak(Request &request) {
    const auto mb = number(request, "mb", kMebibytes);
    leaked_.emplace_back(mb << 20, '\1');
    return Response::text("leaked " + std::to_string(mb) + " MiB\n");
}

// SEGV and ABRT happen in this thread, as a handler's own mistakes do.
Response Demo::crash(Request &request) {
    const std::string name = request.query_value("signal").value_or("SEGV");
    if (name == "SEGV") {
#ifdef HBNB_SANITIZED
        ::signal(SIGSEGV, SIG_DFL);  // else the sanitizer's handler makes an exit of it
#endif
        volatile std::uintptr_t nowhere = 64;
        *reinterpret_cast<volatile int *>(nowhere) = 1;
    }
    if (name == "ABRT") std::abort();
    if (name != "KILL")
        throw BadQuery("unable to read signal: found \"" + name + "\", allowed are SEGV, ABRT and KILL");
    ::kill(::getpid(), SIGKILL);
    return hang();  // until it arrives
}

Response Demo::hang() {
    for (;;) ::pause();
}

}  // namespace

HBNB_EXPORT_HANDLER(Demo)
