// The fake exchange of the kit against the worker's own: the same handler and the same request, and both must tell the
// handler the same, refuse the same with the same sentence, and give the client the same.
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <thread>

#include "one_connection.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace std::chrono_literals;

namespace {

struct Seen {
    std::string told;                // what the handler wrote down
    unsigned status = 0;             // what the client got; 0: no whole answer
    std::string body;                // of an answer that the handler made itself
    std::set<std::string> problems;  // in the log
    bool operator==(const Seen &) const = default;
};

std::ostream &operator<<(std::ostream &out, const Seen &seen) {
    out << "told \"" << seen.told << "\", status " << seen.status << ", body \"" << seen.body << "\", problems";
    for (const std::string &problem : seen.problems) out << "\n  " << problem;
    return out;
}

using Script = std::function<hbnb_status(hbnb_exchange *, std::string &told)>;

struct Asked {
    std::string method = "GET";
    std::string body = {};
    std::optional<std::string> content_length = {};
    std::uint64_t body_limit = 1 << 20;
};

Seen by_worker(const Script &script, const Asked &asked) {
    Seen seen;
    bool handled = false;
    OneConnection connection(
        [&](hbnb_exchange *exchange) {
            const hbnb_status status = script(exchange, seen.told);
            handled = status == HBNB_OK;
            return status;
        },
        "/m", [&](wire::WorkerSetup &setup) { setup.limits.body_bytes = asked.body_limit; });
    fcgi::ClientRequest request = fastcgi_post("/m/a", asked.body, true);
    std::erase_if(request.params, [](const auto &param) {
        return param.first == "CONTENT_LENGTH" || param.first == "REQUEST_METHOD" || param.first == "CONTENT_TYPE";
    });
    request.params.emplace_back("REQUEST_METHOD", asked.method);
    if (asked.content_length) request.params.emplace_back("CONTENT_LENGTH", *asked.content_length);
    if (const auto got = connection.ask(request)) {
        seen.status = got->http_status();
        if (handled && seen.status < 400) seen.body = got->body();
    }
    std::istringstream lines(connection.error_log());
    for (std::string line; std::getline(lines, line);) {
        for (const char *whose : {" (request ", "; GET ", "; HEAD "})  // which the kit does not say: it has but one
            line = line.substr(0, line.find(whose));
        for (const std::string_view mark : {"misuse of the exchange: ", " failed: handle returned "}) {
            if (const auto at = line.find(mark); at != line.npos)
                seen.problems.insert(line.substr(at + mark.size() - (mark[0] == ' ' ? 16 : 0)));
        }
    }
    return seen;
}

Seen by_kit(const Script &script, const Asked &asked) {
    Seen seen;
    hbnb::testing::FakeExchange exchange(asked.method, "/a");
    exchange.with_mount("/m").with_body_of_unknown_length(asked.body);
    if (asked.content_length) exchange.with_param("CONTENT_LENGTH", *asked.content_length);
    if (asked.body.size() > asked.body_limit) exchange.with_body_end(HBNB_BODY_TOO_LARGE);
    const hbnb_status status = exchange.during([&] { return script(exchange.get(), seen.told); });
    seen.status = exchange.client_status();
    if (status == HBNB_OK && seen.status != 0 && seen.status < 400) seen.body = exchange.body();
    for (const std::string &problem : exchange.problems()) seen.problems.insert(problem);
    return seen;
}

Seen both(const Script &script, const Asked &asked = {}) {
    const Seen worker = by_worker(script, asked), kit = by_kit(script, asked);
    CHECK(worker == kit);
    return kit;
}

std::string ends_twice(hbnb_exchange *exchange) {
    return std::to_string(read_body(exchange).end) + " " + std::to_string(read_body(exchange).end);
}

}  // namespace

TEST_CASE("kit and worker give a handler the same texts, and nothing for what is not there") {
    const Seen seen = both([](hbnb_exchange *exchange, std::string &told) {
        const auto *call = exchange->call;
        told = string_of(call->method(exchange)) + " " + string_of(call->mount(exchange)) + " " +
               string_of(call->path(exchange)) + " " + string_of(call->param(exchange, "NONE")) + " " +
               string_of(call->param(exchange, nullptr)) + " " + std::to_string(call->content_length(exchange)) + " " +
               string_of(call->param_at(exchange, 1000).name) + " " + std::to_string(call->peer_gone(exchange));
        return answer(exchange, "x");
    });
    CHECK(seen.told == "GET /m /a absent absent -1 absent 0");
}

TEST_CASE("kit and worker take and refuse the same heads, with the same sentences") {
    const fcgi::Params heads[] = {
        {{"X-A", "b"}},
        {{"X-A", ""}},
        {{"X-A", "tab\tis fine \xFF"}},
        {{"", "b"}},
        {{"X A", "b"}},
        {{"X-A:", "b"}},
        {{"X-A", "b\r\nSet-Cookie: c"}},
        {{"X-A", std::string("b\0c", 3)}},
        {{"Status", "200"}},
        {{"connection", "close"}},
        {{"Transfer-Encoding", "chunked"}},
        {{"Content-Length", "one"}},
        {{"Content-Length", "1"}, {"content-length", "2"}},
        {{"X-A", std::string(40'000, 'a')}, {"X-B", std::string(40'000, 'b')}},
    };
    for (const fcgi::Params &head : heads) {
        both([&](hbnb_exchange *exchange, std::string &told) {
            told = std::to_string(begin(exchange, 200, head));
            return told == "0" ? HBNB_OK : answer(exchange, "");
        });
    }
    for (const unsigned status : {0U, 100U, 199U, 200U, 204U, 304U, 599U, 600U, ~0U}) {
        both([&](hbnb_exchange *exchange, std::string &told) {
            told = std::to_string(begin(exchange, status));
            return told == "0" ? HBNB_OK : answer(exchange, "");
        });
    }
}

TEST_CASE("kit and worker refuse the same misuse, with the same sentences") {
    const Seen seen = both([](hbnb_exchange *exchange, std::string &told) {
        const auto *call = exchange->call;
        told += std::to_string(write(exchange, "early"));
        told += std::to_string(call->flush(exchange));
        told += std::to_string(begin(exchange, 201));
        told += std::to_string(begin(exchange, 202));
        told += std::to_string(call->read_body(exchange, nullptr, 0));
        std::thread([&] {
            told += string_of(call->method(exchange)) + std::to_string(call->write(exchange, "x", 1));
            told += std::to_string(call->read_body(exchange, nullptr, 1)) + std::to_string(call->peer_gone(exchange));
        }).join();
        return write(exchange, "said");
    });
    CHECK(seen.told == "11010absent1-51");
    CHECK(seen.status == 201);
    CHECK(seen.problems.size() == 7);
}

TEST_CASE("kit and worker refuse an exchange that was kept, with the same sentences") {
    hbnb_exchange *kept = nullptr;
    const auto keep = [&](hbnb_exchange *exchange) {
        kept = exchange;
        return answer(exchange, "");
    };
    const auto use = [&] {
        const auto *call = kept->call;
        return std::to_string(write(kept, "late")) + std::to_string(begin(kept, 200)) +
               std::to_string(call->flush(kept)) + std::to_string(call->read_body(kept, nullptr, 1)) +
               std::to_string(call->param_count(kept)) + string_of(call->path(kept)) +
               std::to_string(call->peer_gone(kept));
    };
    OneConnection connection(keep);
    connection.ask(fastcgi_get("/m", true));
    const std::string by_worker = use();
    hbnb::testing::FakeExchange exchange("GET", "/");
    exchange.during([&] { return keep(exchange.get()); });
    CHECK(use() == by_worker);
    const auto problems = exchange.problems();
    CHECK(problems.size() == 7);
    for (const std::string &problem : problems)
        CHECK_MESSAGE(connection.error_log().find("given: misuse of the exchange: " + problem) != std::string::npos,
                      problem);
}

TEST_CASE(
    "kit and worker end a body in the same way, and a handler that fails over it gives the client the same answer") {
    const Asked asked[] = {
        {.method = "POST", .body = "12345"},
        {.method = "POST", .body = "12345", .content_length = "5"},
        {.method = "POST", .body = "12345", .content_length = "6"},
        {.method = "POST", .body = "12345", .content_length = "4"},
        {.method = "POST", .body = "12345", .content_length = "0"},
        {.method = "POST", .content_length = "1"},
        {.method = "POST", .body = "12345", .body_limit = 4},
        {.method = "POST"},
    };
    for (const Asked &one : asked) {
        for (const hbnb_status status : {HBNB_OK, HBNB_FAILED}) {
            both(
                [&](hbnb_exchange *exchange, std::string &told) {
                    told = ends_twice(exchange);
                    return status == HBNB_OK ? answer(exchange, "read") : status;
                },
                one);
        }
    }
}

TEST_CASE("kit and worker make the same of what handle returns, begun, sent or not") {
    for (const hbnb_status status : {HBNB_OK, HBNB_FAILED, HBNB_OVERLOADED, HBNB_PEER_GONE, 4, -1}) {
        for (const int step : {0, 1, 2}) {
            CAPTURE(status);
            CAPTURE(step);
            both([&](hbnb_exchange *exchange, std::string &) {
                if (step > 0) answer(exchange, "begun");
                if (step > 1) exchange->call->flush(exchange);
                return status;
            });
        }
    }
}

TEST_CASE("kit and worker hold a handler to the length that it gave") {
    for (const std::string method : {"GET", "HEAD"}) {
        for (const unsigned status : {200U, 204U, 304U}) {
            for (const std::string length : {"0", "4", "5"}) {
                for (const bool flushes : {false, true}) {
                    CAPTURE(method);
                    CAPTURE(status);
                    CAPTURE(length);
                    CAPTURE(flushes);
                    both(
                        [&](hbnb_exchange *exchange, std::string &) {
                            begin(exchange, status, {{"Content-Length", length}});
                            write(exchange, "1234");
                            if (flushes) exchange->call->flush(exchange);
                            return HBNB_OK;
                        },
                        {.method = method});
                }
            }
        }
    }
}

TEST_CASE("kit and worker count a body that is not sent") {
    for (const std::string method : {"GET", "HEAD"}) {
        for (const std::size_t bytes : {std::size_t{0}, std::size_t{10}, std::size_t{200'000}}) {
            both([&](hbnb_exchange *exchange, std::string &) { return answer(exchange, std::string(bytes, 'b')); },
                 {.method = method});
        }
    }
}

TEST_CASE("a handler of a later minor sees, in kit and worker, where their table ends") {
    struct LaterTable {
        hbnb_exchange_table known;
        void (*later)();
    };
    const Seen seen = both([](hbnb_exchange *exchange, std::string &told) {
        told = HBNB_HAS(exchange->call, LaterTable, later) ? "with" : "without";
        told += HBNB_HAS(exchange->call, hbnb_exchange_table, set_route) ? " but routes" : "";
        return answer(exchange, "x");
    });
    CHECK(seen.told == "without but routes");
}
