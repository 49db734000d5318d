// The request path of a worker inside the test: a listening socket, epoll set and connections, handler threads and
// demo.so at /demo, without a manager and without a process of its own, so that sanitizers and debuggers see all of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/fastcgi_client.hpp"
#include "support/temp_dir.hpp"
#include "unit/worker/read_ring.hpp"
#include "wire/scoreboard.hpp"
#include "worker/request/handler_thread.hpp"
#include "worker/watch/deadlines.hpp"

namespace hbnb::test {

class OneWorker {
  public:
    explicit OneWorker(unsigned threads = 1, const std::function<void(wire::WorkerSetup &)> &adjust = {});
    OneWorker(const OneWorker &) = delete;
    OneWorker &operator=(const OneWorker &) = delete;
    ~OneWorker();  // drains

    FastcgiConnection connect() const { return FastcgiConnection(dir_ / "s"); }
    void drain();
    void tick();            // what the control thread does about deadlines; of one thread at a time
    void look(Moment now);  // the same, as if it were then
    unsigned stuck() const { return deadlines_->stuck(); }  // threads; on tick's thread
    wire::Scoreboard &board() { return scoreboard_->board(); }
    wire::MountCounts counts(std::size_t mount = 1) { return scoreboard_->mounts().sums().at(mount); }  // 0: of none
    std::string error_log() const;
    std::string access_log() { return access_lines_.text(); }

  private:
    void run_thread(unsigned number);

    TempDir dir_;
    Fd listener_, plugin_, error_file_;
    wire::WorkerSetup setup_;
    ReadRing access_lines_;
    std::optional<wire::ScoreboardMapping> scoreboard_;
    std::optional<worker::ErrorLog> error_log_;
    std::optional<worker::AccessLog> access_log_;
    std::optional<worker::Application> application_;
    std::optional<worker::WorkerIo> io_;
    std::optional<worker::Deadlines> deadlines_;
    std::vector<std::thread> threads_;
};

}  // namespace hbnb::test
