// hbnb-worker: started by hbnb-container with the descriptors of wire/inherited.hpp, never by hand.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "base/fd.hpp"
#include "wire/inherited.hpp"
#include "wire/log_line.hpp"
#include "wire/messages.hpp"
#include "worker/worker.hpp"

namespace {

using namespace hbnb;

int fail(const std::string &sentence) {
    const std::string line = wire::encode_log_line(LogLevel::error, sentence);
    [[maybe_unused]] const ssize_t written = ::write(wire::kLog, line.data(), line.size());
    return wire::kExitBroken;
}

// Before there is a worker: the manager hears why, and takes it for no plugin's fault.
int refuse(const std::string &sentence) {
    wire::Message message;
    message.kind = wire::MessageKind::load_failed;
    message.reason = sentence;
    return wire::send_message(wire::kChannel, message) ? wire::kExitLoadFailed : fail(sentence);
}

Result<wire::WorkerSetup> read_setup() {
    struct stat status {};
    if (::fstat(wire::kSetup, &status) != 0) return os_error("read the worker's setup from descriptor 4", errno);
    if (status.st_size <= 0 || static_cast<std::size_t>(status.st_size) > wire::kSetupBytesMax) {
        return Error{"unable to read the worker's setup: its size is out of range"};
    }
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    if (::pread(wire::kSetup, text.data(), text.size(), 0) != status.st_size)
        return os_error("read the worker's setup", errno);
    return wire::decode_worker_setup(text);
}

// Nothing but what the setup names stays open, and nothing of it reaches a process that a handler might start.
Result<void> close_the_rest(const wire::WorkerSetup &setup) {
    int highest = wire::kLog;
    for (const int fd : setup.descriptors()) highest = std::max(highest, fd);
    if (auto closed = close_from(highest + 1); !closed) return closed;
    return keep_from_children(wire::kChannel);
}

// Its own /proc/self a process can always read; for others of its user memory, maps and descriptors are closed from
// here.
void confine() {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&blocked, fault);
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);  // inherited by every thread
}

void limit_memory(std::uint64_t bytes) {
#ifdef HBNB_SANITIZED
    static_cast<void>(bytes);  // a sanitizer's shadow is more than any limit
#else
    rlimit limit{};
    ::getrlimit(RLIMIT_DATA, &limit);
    limit.rlim_cur = limit.rlim_max = std::min<rlim_t>(bytes, limit.rlim_max);
    if (bytes != 0) ::setrlimit(RLIMIT_DATA, &limit);
#endif
}

}  // namespace

int main() try {
    confine();
    auto setup = read_setup();
    if (!setup) return fail(setup.error().message + "; hbnb-worker is started by hbnb-container, not by hand");
    if (setup->debuggable) ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (auto closed = close_the_rest(*setup); !closed) return refuse(closed.error().message);
    limit_memory(setup->limits.memory);
    auto scoreboard = wire::ScoreboardMapping::open(wire::kScoreboard,
                                                    wire::ScoreboardShape::of(setup->threads, setup->plugins.size()));
    if (!scoreboard) return refuse(scoreboard.error().message);
    scoreboard->board().begun = 1;
    std::optional<wire::LogRing> ring;
    if (setup->log_ring >= 0) {
        const Fd pages(std::exchange(setup->log_ring, -1));  // mapped, it is not needed any more
        auto opened = wire::LogRing::open(pages.get());
        if (!opened) return refuse(opened.error().message);
        ring.emplace(std::move(*opened));
    }
    // Never destroyed: hosts live as long as the process, and a thread that a handler has started may use its own to
    // the end.
    static auto *const worker =
        new worker::Worker(std::move(*setup), std::move(*scoreboard), std::move(ring), wire::kChannel);
    std::atexit([] { worker->on_exit(); });
    return worker->run();
} catch (const std::exception &error) {
    return fail(std::string("unable to go on: ") + error.what());
}
