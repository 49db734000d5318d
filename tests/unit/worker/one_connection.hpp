// One connection of a worker inside the test, over a socket pair and on the test's own thread: the bytes a test has
// sent are served when it says so, by a handler that is a function of the test. So what comes when is the test's to
// decide.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "fcgi/client/client.hpp"
#include "given_plugin.hpp"
#include "support/fastcgi_client.hpp"
#include "support/temp_dir.hpp"
#include "unit/worker/read_ring.hpp"
#include "wire/scoreboard.hpp"
#include "worker/request/responder.hpp"

namespace hbnb::test {

inline hbnb_text text_of(std::string_view value) { return {value.data(), value.size()}; }
inline std::string string_of(hbnb_text text) {
    return text.data == nullptr ? "absent" : std::string(text.data, text.size);
}

// What a handler of a test calls most.
hbnb_status begin(hbnb_exchange *exchange, unsigned status, const fcgi::Params &headers = {});
hbnb_status write(hbnb_exchange *exchange, std::string_view bytes);
hbnb_status answer(hbnb_exchange *exchange, std::string_view body, unsigned status = 200);
struct BodyRead {
    std::string bytes;
    std::int64_t end = 1;  // HBNB_BODY_…
};
BodyRead read_body(hbnb_exchange *exchange, std::size_t piece = 4096);

// What came of a turn.
enum class Turn { incomplete, in_step, closed };

class OneConnection {
  public:
    using Handler = std::function<hbnb_status(hbnb_exchange *)>;
    using Adjust = std::function<void(wire::WorkerSetup &)>;
    explicit OneConnection(Handler handler, const std::string &mount = "/m", const Adjust &adjust = {});
    OneConnection(const OneConnection &) = delete;
    OneConnection &operator=(const OneConnection &) = delete;
    ~OneConnection();

    // ---- the peer
    bool send(std::string_view bytes);              // at once, or it fails
    std::size_t send_some(std::string_view bytes);  // what there is room for
    void hang_up() { peer_.reset(); }
    std::string receive_now();                                               // what is there, without waiting
    std::string receive_all();                                               // until the worker closes; may wait
    std::optional<fcgi::ResponseGatherer> response(std::string_view bytes);  // nullopt: no END_REQUEST in it

    // ---- the worker
    Turn turn();  // reads what is there, and serves at most one request; closes when it is not in step
    // A whole request sent, served and received.
    std::optional<fcgi::ResponseGatherer> ask(const fcgi::ClientRequest &request);

    void make_blocking();  // its descriptor, as another process that has it could
    void narrow();         // leaves little room between worker and peer

    const hbnb_host *host() const { return host_; }
    wire::Scoreboard &board() { return scoreboard_->board(); }
    wire::MountCounts counts(std::size_t mount = 1) { return scoreboard_->mounts().sums().at(mount); }  // 0: of none
    wire::ThreadBoard &thread() { return scoreboard_->board().thread[0]; }
    const std::string &problem() const { return stream_->problem(); }
    std::string error_log() const { return read_file(dir_ / "errors"); }
    std::string access_log() { return access_lines_.text(); }

  private:
    hbnb_plugin table();
    static hbnb_status load(const hbnb_host *host, hbnb_text config, void **state);
    static hbnb_status handle(void *instance, hbnb_exchange *exchange);

    Handler handler_;
    TempDir dir_;
    Fd peer_, error_file_;
    wire::WorkerSetup setup_;
    const hbnb_host *host_ = nullptr;
    std::optional<wire::ScoreboardMapping> scoreboard_;
    std::optional<worker::ErrorLog> error_log_;
    ReadRing access_lines_;
    std::optional<worker::AccessLog> access_log_;
    std::optional<worker::Application> application_;
    std::optional<worker::ConnectionTable> connections_;
    worker::Connection *connection_ = nullptr;
    std::optional<worker::RequestStream> stream_;
    std::optional<worker::Responder> responder_;
};

}  // namespace hbnb::test
