#include "worker/io/hand_off_queues.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace hbnb::worker {
namespace {

// A queue of up to a quarter of what the forecast allows may have an old head by chance: one long request.
constexpr unsigned kFewPerDepthMax = 4;
// Of age_max; the rest is for those who are let in until admission is seen closed.
constexpr int kAdmissionPercent = 80;

bool is_queue_end(const Fd &descriptor) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(descriptor.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

HandOffQueues::HandOffQueues(const wire::HandOffSetup &setup, std::uint32_t worker)
    : setup_(setup),
      worker_(worker),
      waiting_(setup.waiting_in, setup.waiting_out),
      idle_(setup.idle_in, setup.idle_out) {}

Result<void> HandOffQueues::open() {
    if (!are_on()) return {};
    auto board = wire::PoolBoardMapping::open(setup_.board);
    if (!board) return board.error();
    board_.emplace(std::move(*board));
    buffer_ = waiting_.buffer();
    return {};
}

Result<void> HandOffQueues::register_all(const Epoll &epoll) const {
    if (!are_on()) return {};
    for (const QueueKind kind : {QueueKind::waiting, QueueKind::idle}) {
        if (of(kind).is_ended()) continue;
        if (!epoll.watch_shared(of(kind).readable(), kind == QueueKind::waiting ? kWaitingTag : kIdleTag))
            return os_error("wait for connections in the hand-off queue", errno);
    }
    return {};
}

void HandOffQueues::unregister_all(const Epoll &epoll) const {
    if (!are_on()) return;
    for (const QueueKind kind : {QueueKind::waiting, QueueKind::idle}) epoll.forget(of(kind).readable());
}

void HandOffQueues::unregister_ended(const Epoll &epoll) const {
    for (const QueueKind kind : {QueueKind::waiting, QueueKind::idle})
        if (of(kind).is_ended()) epoll.forget(of(kind).readable());
}

Result<void> HandOffQueues::replace(const std::vector<Fd> &ends) const {
    const std::array<int, 4> numbers{setup_.waiting_in, setup_.waiting_out, setup_.idle_in, setup_.idle_out};
    const bool are_ends = std::all_of(ends.begin(), ends.end(), is_queue_end);
    if (!are_on() || ends.size() != numbers.size() || !are_ends)
        return Error{"unable to take new hand-off queues: what came is not four ends of such"};
    for (std::size_t i = 0; i < numbers.size(); ++i)
        if (::dup3(ends[i].get(), numbers[i], O_CLOEXEC) < 0) return os_error("take new hand-off queues", errno);
    buffer_ = waiting_.buffer();
    return {};
}

bool HandOffQueues::send(QueueKind kind, int connection, wire::HandOffQueue::Entry entry) const {
    entry.sender = worker_;
    return are_on() && of(kind).send(connection, entry);
}

bool HandOffQueues::is_broken() const { return waiting_.is_shut() || waiting_.buffer() < buffer_; }

bool HandOffQueues::is_admission_closed(Moment now) const {
    const unsigned depth = waiting_.depth();
    const unsigned depth_max = board_->board().depth_max.load(std::memory_order_relaxed);
    if (depth <= depth_max / kFewPerDepthMax) return false;
    const auto head = waiting_.head(now);
    if (!head || *head == Moment{}) return false;  // rubbish is next, and how much of the rest is, too, is not known
    return depth >= depth_max || now - *head > setup_.age_max * kAdmissionPercent / 100;
}

}  // namespace hbnb::worker
