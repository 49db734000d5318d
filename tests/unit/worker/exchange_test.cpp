// A request as the handler sees it, and what the container makes of what a handler does: every case has a handler of
// its own.
#include <doctest/doctest.h>

#include "one_connection.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace std::chrono_literals;

namespace {

fcgi::ClientRequest post_without_length(const std::string &path, std::string body) {
    fcgi::ClientRequest request = fastcgi_post(path, std::move(body), true);
    std::erase_if(request.params, [](const auto &param) { return param.first == "CONTENT_LENGTH"; });
    return request;
}

fcgi::ClientRequest post_of_length(std::string body, const std::string &length) {
    fcgi::ClientRequest request = post_without_length("/m", std::move(body));
    request.params.emplace_back("CONTENT_LENGTH", length);
    return request;
}

// What reading the body ends with, twice.
std::pair<std::int64_t, std::int64_t> ends_of_body(const fcgi::ClientRequest &request,
                                                   const OneConnection::Adjust &adjust = {}) {
    std::pair<std::int64_t, std::int64_t> ends{1, 1};
    OneConnection connection(
        [&](hbnb_exchange *exchange) {
            ends = {read_body(exchange).end, read_body(exchange).end};
            return answer(exchange, "read");
        },
        "/m", adjust);
    connection.ask(request);
    return ends;
}

std::string paths_at(const std::string &mount, const std::string &path) {
    std::string seen = "not called";
    OneConnection connection(
        [&](hbnb_exchange *exchange) {
            seen = string_of(exchange->call->mount(exchange)) + " + " + string_of(exchange->call->path(exchange));
            return answer(exchange, "");
        },
        mount);
    connection.ask(fastcgi_get(path, true));
    return seen;
}

bool holds(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a handler gets its mount and the rest of the path, which is at least '/' and never decoded") {
    CHECK(paths_at("/m", "/m") == "/m + /");
    CHECK(paths_at("/m", "/m/") == "/m + /");
    CHECK(paths_at("/m", "/m/a/b") == "/m + /a/b");
    CHECK(paths_at("/m", "/m/%2e%2e/a b") == "/m + /%2e%2e/a b");
    CHECK(paths_at("/", "/m/a") == " + /m/a");
    CHECK(paths_at("/m", "/more") == "not called");
}

TEST_CASE("a handler sees each parameter once, the first of duplicates, and never HTTP_PROXY") {
    std::string named, listed;
    OneConnection connection([&](hbnb_exchange *exchange) {
        const auto *call = exchange->call;
        for (const char *name : {"HTTP_A", "HTTP_PROXY", "HTTP_EMPTY", "HTTP_NONE", "HTTP_"})
            named += string_of(call->param(exchange, name)) + ",";
        named += string_of(call->param(exchange, nullptr));
        const std::size_t count = call->param_count(exchange);
        for (std::size_t i = 0; i < count; ++i) {
            const hbnb_pair param = call->param_at(exchange, i);
            CHECK(std::string(param.name.data) == string_of(param.name));  // handler.h: a NUL byte behind each text
            CHECK(std::string(param.value.data) == string_of(param.value));
            listed += string_of(param.name) + ",";
        }
        CHECK(call->param_at(exchange, count).name.data == nullptr);
        return answer(exchange, "");
    });
    fcgi::ClientRequest request;
    request.keep_connection = true;
    request.params = {{"REQUEST_METHOD", "GET"}, {"HTTP_A", "1"},    {"HTTP_PROXY", "evil"},  {"PATH_INFO", "/m"},
                      {"HTTP_A", "2"},           {"HTTP_EMPTY", ""}, {"REQUEST_ID", "the-id"}};
    connection.ask(request);
    CHECK(named == "1,absent,,absent,absent,absent");
    CHECK(listed == "REQUEST_METHOD,HTTP_A,PATH_INFO,HTTP_EMPTY,REQUEST_ID,");
    CHECK(holds(connection.error_log(),
                "request the-id: parameters left out as their name came before: 1, the first of them HTTP_A"));
}

TEST_CASE("a request has the web server's id where that is one, else one that the worker makes, each its own") {
    std::string ids;
    OneConnection connection([&](hbnb_exchange *exchange) {
        const std::string id = string_of(exchange->call->request_id(exchange));
        CHECK(connection.thread().request_id.load() == id);
        ids += id + ",";
        return answer(exchange, "");
    });
    for (const std::string &id :
         {std::string("from-nginx"), std::string(64, 'a'), std::string("no id"), std::string()}) {
        fcgi::ClientRequest request = fastcgi_get("/m", true);
        request.params.emplace_back("REQUEST_ID", id);
        connection.ask(request);
    }
    const std::string rest = ids.substr(ids.find("w3-"));
    CHECK(ids.starts_with("from-nginx," + std::string(64, 'a') + ",w3-0-"));
    CHECK(rest.substr(0, rest.find(',')) != rest.substr(rest.find(',') + 1, rest.find(',')));
}

TEST_CASE("a body is read in pieces of any size, and its end is told as often as it is asked for") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        BodyRead read;
        std::int64_t length = 0, again = 1;
        OneConnection connection([&](hbnb_exchange *exchange) {
            length = exchange->call->content_length(exchange);
            read = read_body(exchange, piece);
            again = read_body(exchange, piece).end;
            return answer(exchange, "");
        });
        connection.ask(fastcgi_post("/m", std::string(20'000, 'b'), true));
        CHECK(length == 20'000);
        CHECK((read.bytes == std::string(20'000, 'b')));
        CHECK(read.end == HBNB_BODY_END);
        CHECK(again == HBNB_BODY_END);
    }
}

TEST_CASE("a handler is told that a body is longer or shorter than announced, however often it asks") {
    using Ends = std::pair<std::int64_t, std::int64_t>;
    CHECK(ends_of_body(post_of_length("12345", "5")) == Ends{HBNB_BODY_END, HBNB_BODY_END});
    CHECK(ends_of_body(post_of_length("12345", "6")) == Ends{HBNB_BODY_SHORT, HBNB_BODY_SHORT});
    CHECK(ends_of_body(post_of_length("12345", "4")) == Ends{HBNB_BODY_SHORT, HBNB_BODY_SHORT});
    CHECK(ends_of_body(post_of_length("12345", "0")) == Ends{HBNB_BODY_SHORT, HBNB_BODY_SHORT});
    CHECK(ends_of_body(post_of_length("", "1")) == Ends{HBNB_BODY_SHORT, HBNB_BODY_SHORT});
    CHECK(ends_of_body(post_without_length("/m", "12345")) == Ends{HBNB_BODY_END, HBNB_BODY_END});
}

TEST_CASE("a handler is told that a body goes over limits.body") {
    const auto limit = [](wire::WorkerSetup &setup) { setup.limits.body_bytes = 5; };
    CHECK(ends_of_body(post_without_length("/m", "123456"), limit).first == HBNB_BODY_TOO_LARGE);
    CHECK(ends_of_body(post_without_length("/m", "123456"), limit).second == HBNB_BODY_TOO_LARGE);
    CHECK(ends_of_body(post_without_length("/m", "12345"), limit).first == HBNB_BODY_END);
}

TEST_CASE("a handler that waits for a body is told of the request's deadline, which it can also ask for") {
    std::int64_t end = 1;
    std::uint64_t deadline = 0;
    const auto read = [&](hbnb_exchange *exchange) {
        deadline = exchange->call->deadline_ns(exchange);
        end = read_body(exchange).end;
        return answer(exchange, "too late", 504);
    };
    OneConnection connection(read, "/m", [](wire::WorkerSetup &setup) { setup.timeouts.request = 20ms; });
    const std::string whole = fcgi::encode_request(fastcgi_post("/m", "12345", true));
    REQUIRE(connection.send(whole.substr(0, whole.size() - 8 - 2)));
    connection.turn();
    CHECK(end == HBNB_BODY_DEADLINE);
    CHECK(deadline != 0);

    OneConnection unbounded(read, "/m", [](wire::WorkerSetup &setup) { setup.timeouts.request = 0ms; });
    unbounded.ask(fastcgi_get("/m", true));
    CHECK(deadline == 0);
}

TEST_CASE("a handler sees that its client has gone, by closing or by an abort, and not before") {
    const std::string abort("\x01\x02\0\x01\0\0\0\0", 8);
    for (const auto &[by_abort, reads] :
         {std::pair{false, false}, std::pair{false, true}, std::pair{true, false}, std::pair{true, true}}) {
        int before = -1, after = -1;
        OneConnection connection([&, by_abort = by_abort, reads = reads](hbnb_exchange *exchange) -> hbnb_status {
            if (reads) read_body(exchange);
            before = exchange->call->peer_gone(exchange);
            if (by_abort) connection.send(abort);
            if (!by_abort) connection.hang_up();
            after = exchange->call->peer_gone(exchange);
            return HBNB_PEER_GONE;
        });
        REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/m", true))));
        CHECK(connection.turn() == (by_abort ? Turn::in_step : Turn::closed));
        CHECK(before == 0);
        CHECK(after == 1);
    }
}

TEST_CASE("a handler that misuses the exchange is refused, and the log names plugin and mistake") {
    std::vector<hbnb_status> statuses;
    OneConnection connection([&](hbnb_exchange *exchange) {
        statuses.push_back(write(exchange, "early"));
        statuses.push_back(exchange->call->flush(exchange));
        statuses.push_back(begin(exchange, 100));
        statuses.push_back(begin(exchange, 200, {{"X-A", "a\r\nSet-Cookie: b"}}));
        statuses.push_back(begin(exchange, 201));
        statuses.push_back(begin(exchange, 202));
        return HBNB_OK;
    });
    const auto got = connection.ask(fastcgi_get("/m", true));
    CHECK(statuses ==
          std::vector<hbnb_status>{HBNB_FAILED, HBNB_FAILED, HBNB_FAILED, HBNB_FAILED, HBNB_OK, HBNB_FAILED});
    REQUIRE(got);
    CHECK(got->http_status() == 201);
    CHECK_FALSE(holds(got->stdout_bytes(), "Set-Cookie"));
    const std::string log = connection.error_log();
    CHECK(holds(log, "given: misuse of the exchange: the handler wrote before begin_response"));
    CHECK(holds(log, "given: misuse of the exchange: the handler flushed before begin_response"));
    CHECK(holds(log, "the handler began a response with a status outside 200-599"));
    CHECK(holds(log, "the handler gave a response header with a control character (such as CR or LF) in its value"));
    CHECK(holds(log, "the handler began its response twice"));
}

TEST_CASE("an exchange that a handler has kept is refused outside handle, and on another thread") {
    hbnb_exchange *kept = nullptr;
    hbnb_text elsewhere = text_of("not called");
    OneConnection connection([&](hbnb_exchange *exchange) {
        kept = exchange;
        std::thread([&] { elsewhere = exchange->call->method(exchange); }).join();
        return answer(exchange, "");
    });
    connection.ask(fastcgi_get("/m", true));
    CHECK(elsewhere.data == nullptr);
    CHECK(holds(connection.error_log(), "method was called on another thread than handle's"));
    REQUIRE(kept != nullptr);
    CHECK(write(kept, "late") == HBNB_FAILED);
    CHECK(kept->call->path(kept).data == nullptr);
    CHECK(kept->call->read_body(kept, nullptr, 1) == HBNB_BODY_MISUSE);
    CHECK(kept->call->peer_gone(kept) == 1);
    CHECK(holds(connection.error_log(), "given: misuse of the exchange: write was called outside handle"));
    CHECK(connection.receive_now().empty());
}

TEST_CASE(
    "what a handler does is seen in the scoreboard while it does it, its route cut at 63 bytes, and idle afterwards") {
    bool busy = false;
    std::string seen;
    OneConnection connection([&](hbnb_exchange *exchange) {
        exchange->call->set_route(exchange, text_of(std::string(100, 'r')));
        wire::ThreadBoard &thread = connection.thread();
        busy = thread.busy_since_ns != 0;
        for (const auto &text : {thread.method.load(), thread.uri.load(), thread.plugin.load(),
                                 thread.request_id.load(), thread.route.load()})
            seen += text + ",";
        return answer(exchange, "");
    });
    fcgi::ClientRequest request = fastcgi_get("/m/x?q", true);
    request.params.emplace_back("REQUEST_ID", "the-id");
    connection.ask(request);
    CHECK(busy);
    CHECK(seen == "GET,/m/x?q,given,the-id," + std::string(63, 'r') + ",");
    CHECK(connection.thread().busy_since_ns == 0);
    CHECK(connection.thread().requests == 1);
    CHECK(connection.counts().responses_2xx == 1);
}
