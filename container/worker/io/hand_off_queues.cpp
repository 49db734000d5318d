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
// Of age_max; the rest is for those who are let in until the door is seen shut.
constexpr int kDoorPercent = 80;

bool is_queue_end(const Fd &descriptor) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(descriptor.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

Rooms::Rooms(const wire::RoomSetup &setup, std::uint32_t worker)
    : setup_(setup),
      worker_(worker),
      waiting_(setup.waiting_in, setup.waiting_out),
      kept_(setup.kept_in, setup.kept_out) {}

Result<void> Rooms::open() {
    if (!are_on()) return {};
    auto board = wire::RoomBoardMapping::open(setup_.board);
    if (!board) return board.error();
    board_.emplace(std::move(*board));
    buffer_ = waiting_.buffer();
    return {};
}

Result<void> Rooms::register_all(const Epoll &epoll) const {
    if (!are_on()) return {};
    for (const RoomKind kind : {RoomKind::waiting, RoomKind::kept}) {
        if (of(kind).is_ended()) continue;
        if (!epoll.watch_shared(of(kind).readable(), kind == RoomKind::waiting ? kWaitingTag : kKeptTag))
            return os_error("wait for connections in the waiting room", errno);
    }
    return {};
}

void Rooms::unregister_all(const Epoll &epoll) const {
    if (!are_on()) return;
    for (const RoomKind kind : {RoomKind::waiting, RoomKind::kept}) epoll.forget(of(kind).readable());
}

void Rooms::unregister_ended(const Epoll &epoll) const {
    for (const RoomKind kind : {RoomKind::waiting, RoomKind::kept})
        if (of(kind).is_ended()) epoll.forget(of(kind).readable());
}

Result<void> Rooms::replace(const std::vector<Fd> &ends) const {
    const std::array<int, 4> numbers{setup_.waiting_in, setup_.waiting_out, setup_.kept_in, setup_.kept_out};
    const bool are_ends = std::all_of(ends.begin(), ends.end(), is_queue_end);
    if (!are_on() || ends.size() != numbers.size() || !are_ends)
        return Error{"unable to take new hand-off queues: what came is not four ends of such"};
    for (std::size_t i = 0; i < numbers.size(); ++i)
        if (::dup3(ends[i].get(), numbers[i], O_CLOEXEC) < 0) return os_error("take new hand-off queues", errno);
    buffer_ = waiting_.buffer();
    return {};
}

bool Rooms::send(RoomKind kind, int connection, wire::Room::Entry entry) const {
    entry.sender = worker_;
    return are_on() && of(kind).send(connection, entry);
}

bool Rooms::is_broken() const { return waiting_.is_shut() || waiting_.buffer() < buffer_; }

bool Rooms::door_is_shut(Moment now) const {
    const unsigned depth = waiting_.depth();
    const unsigned depth_max = board_->board().depth_max.load(std::memory_order_relaxed);
    if (depth <= depth_max / kFewPerDepthMax) return false;
    const auto head = waiting_.head(now);
    if (!head || *head == Moment{}) return false;  // rubbish is next, and how much of the rest is, too, is not known
    return depth >= depth_max || now - *head > setup_.age_max * kDoorPercent / 100;
}

}  // namespace hbnb::worker
