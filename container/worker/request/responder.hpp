// Answers one request at a time on one handler thread: the head -> scoreboard -> mount -> handle() -> finish.
// What the container answers itself (400, 404, 413, 431, 500, 503 …) is decided here. Owned by its handler thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wire/scoreboard.hpp"
#include "wire/worker_setup.hpp"
#include "worker/error_log.hpp"
#include "worker/plugin/plugin.hpp"
#include "worker/plugin/router.hpp"
#include "worker/request/access_log.hpp"
#include "worker/request/exchange.hpp"
#include "worker/request/fastcgi_request.hpp"
#include "worker/request/queue_time.hpp"
#include "worker/request/request_stream.hpp"
#include "worker/watch/once_a_second.hpp"
#include "worker/watch/request_watch.hpp"

namespace hbnb::worker {

// What all handler threads of a worker share; outlives them.
struct Application {
    const wire::WorkerSetup &setup;
    std::vector<std::unique_ptr<Plugin>> plugins;
    Router router;
    AccessLog &access_log;
    const ErrorLog &error_log;
    wire::Scoreboard &board;
    wire::MountBoards mounts;
    OnceASecond head_problems = {}, large_heads = {}, broken_streams = {}, overloads = {};
    std::vector<RequestWatch> watches = std::vector<RequestWatch>(kThreadsMax + 1);  // by thread, as on the board
};

// [the page's one writer] By the answer's class; 499 and what is no status: as cut.
void count_response(wire::MountBoard &board, unsigned status);
// Where the worker ends itself: what its threads have begun to answer is shown as cut. No thread comes back from its
// request then.
void cut_begun_answers(std::vector<RequestWatch> &watches);

// What a control thread has for one peer that is to be refused: it has more to do than to wait for it.
inline constexpr Duration kShedTime = std::chrono::milliseconds(20);

class Responder {
  public:
    // instances: one a plugin, in the plugins' order.
    Responder(Application &application, unsigned thread, std::vector<void *> instances, RequestStream &stream);

    // The stream has framed a head. true: answered, and the connection can take another request.
    bool serve() { return serve(Purpose::answer); }
    // It has waited too long: 503, whatever it asks for.
    bool shed() { return serve(Purpose::shed); }
    // The head was over limits.params: 431, nothing of it is known.
    bool refuse_head();
    Moment ended() const { return ended_; }  // when it had done with the last one

  private:
    enum class Purpose { answer, shed };
    bool serve(Purpose purpose);
    struct Ended {
        bool in_step = false;
        unsigned status = 0;             // 499: the client had gone
        bool by_control_thread = false;  // which has told log and scoreboard
    };
    Ended answer_watched(const RequestHead &head, const Mount *mount, Moment begun);
    Ended dispatch(const RequestHead &head, const Mount *mount);
    Duration limit_of(const Mount *mount) const;  // 0: none
    Ended conclude(hbnb_status status, Plugin &plugin);
    Ended fail(Plugin &plugin, const std::string &reason);
    Ended answer(unsigned status, std::string_view text = {});
    Ended overloaded();
    void log_overload(Plugin &plugin, const std::string &reason);
    Ended finish();
    Ended cut();
    void show(const RequestHead &head, Moment begun);
    Ended refuse(HeadProblem problem, const RequestHead &head);
    void log_problem(HeadProblem problem, const RequestHead &head, unsigned unsaid);
    void log_duplicates(const fcgi::Request &request);
    void log_access(const RequestHead &head, unsigned status);
    std::string_view request_id(const RequestHead &head);

    Application &application_;
    wire::ThreadBoard &board_;
    RequestWatch &watch_;
    std::vector<void *> instances_;
    RequestStream &stream_;
    FastcgiRequest request_;
    Exchange exchange_;
    unsigned thread_;
    std::uint64_t sequence_ = 0;
    QueueTime queue_time_;
    Moment ended_;
    std::string made_request_id_;  // for requests that come without: worker, thread, and behind them the sequence
    std::size_t made_prefix_;      // bytes of it that stay
    std::string path_storage_, text_;
};

}  // namespace hbnb::worker
