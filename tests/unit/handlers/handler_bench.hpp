// Route tests in short: a handler behind its plugin's table, one fake exchange a call. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <hbnb/testing.hpp>

namespace hbnb {

struct Answer {
    unsigned status = 0;
    std::multimap<std::string, std::string> headers;
    std::string body;

    std::string header(const std::string &name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? "" : found->second;
    }
};

struct Call {
    std::string method = "GET";
    std::string path = "/";
    std::string body{};
    std::map<std::string, std::string> params{};  // FastCGI parameters: CONTENT_TYPE, HTTP_ORIGIN, …
    std::string mount{};
    std::int64_t body_end = HBNB_BODY_END;  // what the body ends with
};

// The host of a test, with what the plugin's file is called.
class BenchHost : public testing::FakeHost {
  public:
    explicit BenchHost(std::string plugin_file = "/nowhere/x.so") : plugin_file_(std::move(plugin_file)) {
        with_info({sizeof(hbnb_info), 1, 1, "test", plugin_file_.c_str(), "00", 1, HBNB_PURPOSE_SERVE});
    }

  private:
    std::string plugin_file_;
};

// A handler class behind the same border that its plugin exports.
template <class Handler>
class HandlerBench {
  public:
    // Status and, where it is no HBNB_OK, the host's error tell how load went.
    HandlerBench(BenchHost &host, const std::string &config)
        : plugin_(testing::table_of<Handler>(), config, &host), status_(plugin_.create_status()) {}

    hbnb_status status() const { return status_; }

    Answer call(const Call &asked) {
        testing::FakeExchange exchange(asked.method, {});
        exchange.with_path(asked.path).with_mount(asked.mount).with_request_id("r1");
        for (const auto &[name, value] : asked.params) exchange.with_param(name, value);
        exchange.with_body(asked.body, 7000);
        if (asked.body_end != HBNB_BODY_END) exchange.with_body_end(asked.body_end);
        status_ = plugin_.handle(exchange);
        return {exchange.status(), {exchange.headers().begin(), exchange.headers().end()}, exchange.body()};
    }
    Answer get(const std::string &path) { return call({.path = path}); }
    Answer send(const std::string &method, const std::string &path, const std::string &json) {
        return call({.method = method, .path = path, .body = json, .params = {{"CONTENT_TYPE", "application/json"}}});
    }

  private:
    testing::DrivenPlugin plugin_;
    hbnb_status status_;
};

}  // namespace hbnb
