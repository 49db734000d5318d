// The container without a container: a fake exchange, a fake host, and a plugin driven through its table as a worker drives
// it. Only the C ABI and the standard library; no process, no socket, no clock. One thread.
//
//   FakeExchange exchange("GET", "/hello");
//   exchange.with_query("ms=5").with_header("X-Name", "a");
//   LoadedPlugin plugin(*hbnb_handler_plugin(HBNB_ABI_MAJOR, HBNB_ABI_MINOR));
//   plugin.handle(exchange) == HBNB_OK; exchange.status() == 200; exchange.body() == "…"
#pragma once

#include <hbnb/handler.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hbnb::testing {

inline hbnb_text text_of(const std::string &text) { return {text.c_str(), text.size()}; }
inline std::string string_of(hbnb_text text) {
    return text.data == nullptr ? std::string() : std::string(text.data, text.size);
}

// One request, filled in by the test, and the response the handler gave to it. Refuses what handler.h says is refused.
class FakeExchange : private hbnb_exchange {
  public:
    FakeExchange(std::string method, std::string path)
        : hbnb_exchange{&kTable}, method_(std::move(method)), path_(std::move(path)) {
        with_param("REQUEST_METHOD", method_);
    }
    FakeExchange(const FakeExchange &) = delete;
    FakeExchange &operator=(const FakeExchange &) = delete;

    // The request.
    FakeExchange &with_mount(std::string mount) { return mount_ = std::move(mount), *this; }
    FakeExchange &with_request_id(std::string id) { return request_id_ = std::move(id), *this; }
    FakeExchange &with_param(std::string name, std::string value) {
        params_.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    FakeExchange &with_query(std::string query) { return with_param("QUERY_STRING", std::move(query)); }
    FakeExchange &with_header(std::string_view name, std::string value);
    FakeExchange &with_deadline(std::uint64_t ns) { return deadline_ns_ = ns, *this; }

    // The body, as long as CONTENT_LENGTH says; read in pieces of at most `piece` bytes.
    FakeExchange &with_body(std::string body, std::size_t piece = SIZE_MAX) {
        content_length_ = static_cast<std::int64_t>(body.size());
        return with_body_of_unknown_length(std::move(body), piece);
    }
    FakeExchange &with_body_of_unknown_length(std::string body, std::size_t piece = SIZE_MAX) {
        body_in_ = std::move(body);
        piece_ = piece;
        return *this;
    }
    FakeExchange &with_content_length(std::int64_t length) { return content_length_ = length, *this; }
    FakeExchange &with_body_end(std::int64_t end) {
        return body_end_ = end, *this;
    }  // HBNB_BODY_…, behind what with_body gave
    FakeExchange &with_peer_gone_after(std::size_t bytes) { return peer_gone_after_ = bytes, *this; }

    hbnb_exchange *get() { return this; }

    // The response.
    bool is_begun() const { return status_ != 0; }
    unsigned status() const { return status_; }             // 0: not begun
    const std::string &body() const { return body_out_; }   // what the client gets: empty for HEAD
    std::size_t body_bytes() const { return body_bytes_; }  // what the handler wrote
    std::size_t flushes() const { return flushes_; }
    const std::string &route() const { return route_; }
    const std::vector<std::pair<std::string, std::string>> &headers() const { return headers_; }
    std::optional<std::string> header(std::string_view name) const;  // the first of that name, ignoring case
    std::size_t body_bytes_read() const { return read_; }

  private:
    static FakeExchange &of(hbnb_exchange *exchange) { return *static_cast<FakeExchange *>(exchange); }
    static bool is_same_name(std::string_view a, std::string_view b) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
    }
    static bool is_allowed(const std::string &name, const std::string &value);

    hbnb_text param(const char *name) const;
    std::int64_t read(void *buffer, std::size_t size);
    hbnb_status begin(std::uint32_t status, const hbnb_pair *headers, std::size_t count);
    hbnb_status write(const void *data, std::size_t size);

    static const hbnb_exchange_table kTable;

    std::string method_, path_, mount_ = "/test", request_id_ = "test-request", body_in_;
    std::vector<std::pair<std::string, std::string>> params_;
    std::int64_t content_length_ = -1, body_end_ = HBNB_BODY_END;
    std::uint64_t deadline_ns_ = 0;
    std::size_t piece_ = SIZE_MAX, read_ = 0, peer_gone_after_ = SIZE_MAX;

    unsigned status_ = 0;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::string body_out_, route_;
    std::size_t body_bytes_ = 0, flushes_ = 0;
};

inline FakeExchange &FakeExchange::with_header(std::string_view name, std::string value) {
    std::string key;
    for (const char c : name) key.push_back(c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c));
    return with_param(key == "CONTENT_TYPE" || key == "CONTENT_LENGTH" ? key : "HTTP_" + key, std::move(value));
}

inline std::optional<std::string> FakeExchange::header(std::string_view name) const {
    for (const auto &[key, value] : headers_) {
        if (is_same_name(key, name)) return value;
    }
    return std::nullopt;
}

inline hbnb_text FakeExchange::param(const char *name) const {
    for (const auto &[key, value] : params_) {
        if (key == name && key != "HTTP_PROXY") return text_of(value);
    }
    return {nullptr, 0};
}

inline std::int64_t FakeExchange::read(void *buffer, std::size_t size) {
    const std::size_t bytes = std::min({size, piece_, body_in_.size() - read_});
    if (bytes == 0) return size == 0 ? static_cast<std::int64_t>(HBNB_BODY_MISUSE) : body_end_;
    std::memcpy(buffer, body_in_.data() + read_, bytes);
    read_ += bytes;
    return static_cast<std::int64_t>(bytes);
}

inline bool FakeExchange::is_allowed(const std::string &name, const std::string &value) {
    for (const std::string_view forbidden :
         {"Status", "Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade"}) {
        if (is_same_name(name, forbidden)) return false;
    }
    constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
    const bool is_token = !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               kTokenMarks.find(c) != std::string_view::npos;
    });
    return is_token && value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos;
}

inline hbnb_status FakeExchange::begin(std::uint32_t status, const hbnb_pair *headers, std::size_t count) {
    if (is_begun() || status < 200 || status > 599) return HBNB_FAILED;
    std::vector<std::pair<std::string, std::string>> taken;
    for (std::size_t i = 0; i < count; ++i) {
        taken.emplace_back(string_of(headers[i].name), string_of(headers[i].value));
        if (!is_allowed(taken.back().first, taken.back().second)) return HBNB_FAILED;
    }
    headers_ = std::move(taken);
    status_ = status;
    return HBNB_OK;
}

inline hbnb_status FakeExchange::write(const void *data, std::size_t size) {
    if (!is_begun()) return HBNB_FAILED;
    if (body_bytes_ >= peer_gone_after_) return HBNB_PEER_GONE;
    body_bytes_ += size;
    if (method_ != "HEAD") body_out_.append(static_cast<const char *>(data), size);
    return HBNB_OK;
}

inline const hbnb_exchange_table FakeExchange::kTable{
    .struct_size = sizeof(hbnb_exchange_table),
    .method = [](hbnb_exchange *x) { return text_of(of(x).method_); },
    .mount = [](hbnb_exchange *x) { return text_of(of(x).mount_); },
    .path = [](hbnb_exchange *x) { return text_of(of(x).path_); },
    .request_id = [](hbnb_exchange *x) { return text_of(of(x).request_id_); },
    .param = [](hbnb_exchange *x, const char *name) { return of(x).param(name); },
    .param_count = [](hbnb_exchange *x) { return of(x).params_.size(); },
    .param_at =
        [](hbnb_exchange *x, std::size_t i) {
            const auto &params = of(x).params_;
            return i < params.size() ? hbnb_pair{text_of(params[i].first), text_of(params[i].second)} : hbnb_pair{};
        },
    .content_length = [](hbnb_exchange *x) { return of(x).content_length_; },
    .read_body = [](hbnb_exchange *x, void *buffer, std::size_t size) { return of(x).read(buffer, size); },
    .begin_response = [](hbnb_exchange *x, std::uint32_t status, const hbnb_pair *headers,
                         std::size_t count) { return of(x).begin(status, headers, count); },
    .write = [](hbnb_exchange *x, const void *data, std::size_t size) { return of(x).write(data, size); },
    .flush = [](hbnb_exchange *x) -> hbnb_status {
        if (!of(x).is_begun()) return HBNB_FAILED;
        ++of(x).flushes_;
        return HBNB_OK;
    },
    .deadline_ns = [](hbnb_exchange *x) { return of(x).deadline_ns_; },
    .peer_gone = [](hbnb_exchange *x) -> std::int32_t { return of(x).body_bytes_ >= of(x).peer_gone_after_ ? 1 : 0; },
    .set_route = [](hbnb_exchange *x, hbnb_text route) { of(x).route_ = string_of(route); },
};

// What a plugin said to its host.
class FakeHost : private hbnb_host {
  public:
    struct Line {
        hbnb_log_level level;
        std::string text;
    };

    FakeHost() : hbnb_host{sizeof(hbnb_host), HBNB_ABI_MAJOR, HBNB_ABI_MINOR, &take_line, &take_error, &find_service} {}
    FakeHost(const FakeHost &) = delete;
    FakeHost &operator=(const FakeHost &) = delete;

    FakeHost &with_info(const hbnb_info &info) { return info_ = info, *this; }
    const hbnb_host *get() const { return this; }
    const std::vector<Line> &lines() const { return lines_; }
    const std::string &error() const { return error_; }  // what set_error said last
    void forget_error() { error_.clear(); }

  private:
    // handler.h hands the host out as const: what it says lands in mutable members.
    static const FakeHost &of(const hbnb_host *host) { return *static_cast<const FakeHost *>(host); }
    static void take_line(const hbnb_host *host, hbnb_log_level level, hbnb_text text) {
        of(host).lines_.push_back({level, string_of(text)});
    }
    static void take_error(const hbnb_host *host, hbnb_text text) { of(host).error_ = string_of(text); }
    static const void *find_service(const hbnb_host *host, const char *id) {
        return std::string_view(id) == HBNB_SERVICE_INFO && of(host).info_ ? &*of(host).info_ : nullptr;
    }

    mutable std::vector<Line> lines_;
    mutable std::string error_;
    std::optional<hbnb_info> info_;
};

// A plugin between load and unload, with one instance: the calls in the order in which a worker makes them. Where load or
// create failed there is no instance, and handle answers HBNB_FAILED.
class LoadedPlugin {
  public:
    explicit LoadedPlugin(const hbnb_plugin &plugin, const std::string &config = "{}", const hbnb_info *info = nullptr)
        : plugin_(plugin) {
        if (info != nullptr) host_.with_info(*info);
        load_status_ = plugin_.load(host_.get(), text_of(config), &state_);
        if (load_status_ == HBNB_OK) create_status_ = plugin_.create(state_, &instance_);
    }
    ~LoadedPlugin() { end(); }
    LoadedPlugin(const LoadedPlugin &) = delete;
    LoadedPlugin &operator=(const LoadedPlugin &) = delete;

    hbnb_status load_status() const { return load_status_; }
    hbnb_status create_status() const { return create_status_; }
    FakeHost &host() { return host_; }

    hbnb_status handle(FakeExchange &exchange) {
        host_.forget_error();
        return create_status_ == HBNB_OK ? plugin_.handle(instance_, exchange.get()) : HBNB_FAILED;
    }

    // destroy and unload; what the destructor does otherwise.
    void end() {
        if (std::exchange(create_status_, HBNB_FAILED) == HBNB_OK) plugin_.destroy(instance_);
        if (std::exchange(load_status_, HBNB_FAILED) == HBNB_OK) plugin_.unload(state_);
    }

  private:
    const hbnb_plugin &plugin_;
    FakeHost host_;
    void *state_ = nullptr, *instance_ = nullptr;
    hbnb_status load_status_ = HBNB_FAILED, create_status_ = HBNB_FAILED;
};

}  // namespace hbnb::testing
