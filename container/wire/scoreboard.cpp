#include "wire/scoreboard.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace hbnb::wire {
namespace {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock in shared memory could be held by a dead process");

Result<Scoreboard *> map(int memfd) {
    void *pages = ::mmap(nullptr, sizeof(Scoreboard), PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
    if (pages == MAP_FAILED) return os_error("map a scoreboard", errno);
    return static_cast<Scoreboard *>(pages);
}

Moment clamped(std::int64_t moment_ns, Moment now) {
    return Moment{Duration(std::clamp<std::int64_t>(moment_ns, 0, now.since_boot.count()))};
}

ThreadSnapshot snapshot_thread(const ThreadBoard &board, Moment now, bool texts) {
    constexpr auto relaxed = std::memory_order_relaxed;
    ThreadSnapshot out;
    const std::int64_t since = board.busy_since_ns.load(std::memory_order_acquire);
    out.busy = since != 0;
    out.busy_since = clamped(since, now);
    out.requests = board.requests.load(relaxed);
    out.busy_ns = board.busy_ns.load(relaxed);
    if (out.busy && texts) {
        out.method = board.method.load();
        out.uri = board.uri.load();
        out.route = board.route.load();
        out.plugin = board.plugin.load();
        out.request_id = board.request_id.load();
    }
    return out;
}

}  // namespace

void ScoreboardMapping::Unmap::operator()(Scoreboard *board) const { ::munmap(board, sizeof(Scoreboard)); }

Result<ScoreboardMapping> ScoreboardMapping::create(Fd &memfd) {
    Fd made(::memfd_create("hbnb-scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!made.is_open()) return os_error("make a scoreboard", errno);
    if (::ftruncate(made.get(), sizeof(Scoreboard)) != 0) return os_error("size a scoreboard", errno);
    // A worker that could shrink the file could kill the manager with SIGBUS.
    if (::fcntl(made.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return os_error("seal a scoreboard", errno);
    }
    auto pages = map(made.get());
    if (!pages) return pages.error();
    memfd = std::move(made);
    return ScoreboardMapping(new (*pages) Scoreboard);
}

Result<ScoreboardMapping> ScoreboardMapping::open(int memfd) {
    struct stat status {};
    if (::fstat(memfd, &status) != 0) return os_error("open the scoreboard", errno);
    if (static_cast<size_t>(status.st_size) != sizeof(Scoreboard)) {
        return Error{"unable to open the scoreboard: its size is that of another build"};
    }
    auto pages = map(memfd);
    if (!pages) return pages.error();
    if ((*pages)->version.load() != kScoreboardVersion) {
        ::munmap(*pages, sizeof(Scoreboard));
        return Error{"unable to open the scoreboard: its version is that of another build"};
    }
    return ScoreboardMapping(*pages);
}

ScoreboardSnapshot ScoreboardMapping::snapshot(Moment now, bool texts) const {
    constexpr auto relaxed = std::memory_order_relaxed;
    const Scoreboard &from = *board_;
    ScoreboardSnapshot out;
    out.connections = from.connections.load(relaxed);
    out.draining = from.draining.load(relaxed) != 0;
    out.begun = from.begun.load(relaxed) != 0;
    out.held = from.held.load(relaxed);
    out.unmoved = from.unmoved.load(relaxed);
    out.held_since = clamped(from.held_since_ns.load(relaxed), now);
    out.unmoved_since = clamped(from.unmoved_since_ns.load(relaxed), now);
    out.accepted = from.accepted.load(relaxed);
    out.refused = from.refused.load(relaxed);
    out.handed_over = from.handed_over.load(relaxed);
    out.kept_back = from.kept_back.load(relaxed);
    out.shed = from.shed.load(relaxed);
    out.log_lines_dropped = from.log_lines_dropped.load(relaxed);
    for (size_t i = 0; i < out.responses.size(); ++i) out.responses[i] = from.responses[i].load(relaxed);
    if (texts) out.loading = from.loading.load();
    const unsigned threads = std::min(from.threads.load(relaxed), kThreadsMax);
    out.threads.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) {
        out.threads.push_back(snapshot_thread(from.thread[i], now, texts));
    }
    return out;
}

unsigned ScoreboardSnapshot::busy() const {
    return static_cast<unsigned>(std::count_if(threads.begin(), threads.end(), [](const auto &t) { return t.busy; }));
}

}  // namespace hbnb::wire
