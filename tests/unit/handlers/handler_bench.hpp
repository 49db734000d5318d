// A container in miniature for the route tests: a host that collects log lines, and one exchange per call. Single
// thread.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <hbnb/handler.hpp>

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

// Plays the container's part of the C ABI for one request.
class BenchExchange : public hbnb_exchange {
  public:
    explicit BenchExchange(const Call &asked) : hbnb_exchange{&kTable}, asked_(asked) {}
    Answer answer;
    std::string route;

  private:
    static BenchExchange &self(hbnb_exchange *exchange) { return *static_cast<BenchExchange *>(exchange); }
    static hbnb_text text(const std::string &held) { return {held.c_str(), held.size()}; }

    static hbnb_text method(hbnb_exchange *e) { return text(self(e).asked_.method); }
    static hbnb_text mount(hbnb_exchange *e) { return text(self(e).asked_.mount); }
    static hbnb_text path(hbnb_exchange *e) { return text(self(e).asked_.path); }
    static hbnb_text request_id(hbnb_exchange *) { return sdk::to_text("r1"); }
    static hbnb_text param(hbnb_exchange *e, const char *name) {
        const auto found = self(e).asked_.params.find(name);
        return found == self(e).asked_.params.end() ? hbnb_text{nullptr, 0} : text(found->second);
    }
    static size_t param_count(hbnb_exchange *) { return 0; }
    static hbnb_pair param_at(hbnb_exchange *, size_t) { return {}; }
    static int64_t content_length(hbnb_exchange *e) { return static_cast<int64_t>(self(e).asked_.body.size()); }
    static int64_t read_body(hbnb_exchange *e, void *buffer, size_t size) {
        BenchExchange &own = self(e);
        const size_t step = std::min({size, own.asked_.body.size() - own.read_, size_t{7000}});
        if (step == 0) return own.asked_.body_end;
        std::memcpy(buffer, own.asked_.body.data() + own.read_, step);
        own.read_ += step;
        return static_cast<int64_t>(step);
    }
    static hbnb_status begin_response(hbnb_exchange *e, uint32_t status, const hbnb_pair *headers, size_t count) {
        self(e).answer.status = status;
        for (size_t i = 0; i < count; ++i) {
            self(e).answer.headers.emplace(sdk::view(headers[i].name), sdk::view(headers[i].value));
        }
        return HBNB_OK;
    }
    static hbnb_status write(hbnb_exchange *e, const void *data, size_t size) {
        if (self(e).asked_.method != "HEAD") self(e).answer.body.append(static_cast<const char *>(data), size);
        return HBNB_OK;
    }
    static hbnb_status flush(hbnb_exchange *) { return HBNB_OK; }
    static uint64_t deadline_ns(hbnb_exchange *) { return 0; }
    static int32_t peer_gone(hbnb_exchange *) { return 0; }
    static void set_route(hbnb_exchange *e, hbnb_text route) { self(e).route = sdk::view(route); }

    static constexpr hbnb_exchange_table kTable{sizeof(hbnb_exchange_table),
                                                method,
                                                mount,
                                                path,
                                                request_id,
                                                param,
                                                param_count,
                                                param_at,
                                                content_length,
                                                read_body,
                                                begin_response,
                                                write,
                                                flush,
                                                deadline_ns,
                                                peer_gone,
                                                set_route};

    const Call &asked_;
    size_t read_ = 0;
};

class BenchHost : public hbnb_host {
  public:
    explicit BenchHost(std::string plugin_file = "/nowhere/x.so")
        : hbnb_host{sizeof(hbnb_host), HBNB_ABI_MAJOR, HBNB_ABI_MINOR, log_line, set_error_text, find_service},
          plugin_file_(std::move(plugin_file)),
          info_{sizeof(hbnb_info), 1, 1, "test", plugin_file_.c_str(), "00", 1} {}
    std::vector<std::string> lines;
    std::string error;

  private:
    static BenchHost &self(const hbnb_host *host) {
        return const_cast<BenchHost &>(static_cast<const BenchHost &>(*host));
    }
    static void log_line(const hbnb_host *host, hbnb_log_level, hbnb_text text) {
        self(host).lines.emplace_back(sdk::view(text));
    }
    static void set_error_text(const hbnb_host *host, hbnb_text text) { self(host).error = sdk::view(text); }
    static const void *find_service(const hbnb_host *host, const char *id) {
        return std::strcmp(id, HBNB_SERVICE_INFO) == 0 ? &self(host).info_ : nullptr;
    }

    std::string plugin_file_;
    hbnb_info info_;
};

// A handler class behind the same border that its plugin exports.
template <class Handler>
class HandlerBench {
    using Border = sdk::detail::Border<Handler>;

  public:
    // Status and, where it is no HBNB_OK, host.error tell how load went.
    HandlerBench(BenchHost &host, const std::string &config) : host_(host) {
        status_ = Border::load(&host_, sdk::to_text(config), &state_);
        if (status_ == HBNB_OK) status_ = Border::create(state_, &instance_);
    }
    ~HandlerBench() {
        if (instance_ != nullptr) Border::destroy(instance_);
        if (state_ != nullptr) Border::unload(state_);
    }
    HandlerBench(const HandlerBench &) = delete;
    HandlerBench &operator=(const HandlerBench &) = delete;

    hbnb_status status() const { return status_; }

    Answer call(const Call &asked) {
        BenchExchange exchange(asked);
        status_ = Border::handle(instance_, &exchange);
        return exchange.answer;
    }
    Answer get(const std::string &path) { return call({.path = path}); }
    Answer send(const std::string &method, const std::string &path, const std::string &json) {
        return call({.method = method, .path = path, .body = json, .params = {{"CONTENT_TYPE", "application/json"}}});
    }

  private:
    BenchHost &host_;
    void *state_ = nullptr;
    void *instance_ = nullptr;
    hbnb_status status_ = HBNB_FAILED;
};

}  // namespace hbnb
