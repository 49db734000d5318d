#include "worker/rooms.hpp"

#include <sys/epoll.h>

#include <cerrno>

namespace hbnb::worker {
namespace {

// A queue of up to a quarter of what the forecast allows may have an old head by chance: one long request.
constexpr unsigned kFewPerDepthMax = 4;
// Of age_max; the rest is for those who are let in until the door is seen shut.
constexpr int kDoorPercent = 80;

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
    return {};
}

Result<void> Rooms::register_all(int epoll) const {
    if (!are_on()) return {};
    for (const RoomKind kind : {RoomKind::waiting, RoomKind::kept}) {
        epoll_event event{};
        event.events = EPOLLIN | EPOLLEXCLUSIVE;
        event.data.u64 = kind == RoomKind::waiting ? kWaitingTag : kKeptTag;
        if (::epoll_ctl(epoll, EPOLL_CTL_ADD, of(kind).readable(), &event) != 0)
            return os_error("wait for connections in the waiting room", errno);
    }
    return {};
}

void Rooms::unregister_all(int epoll) const {
    if (!are_on()) return;
    for (const RoomKind kind : {RoomKind::waiting, RoomKind::kept})
        ::epoll_ctl(epoll, EPOLL_CTL_DEL, of(kind).readable(), nullptr);
}

bool Rooms::send(RoomKind kind, int connection, wire::Room::Entry entry) const {
    entry.sender = worker_;
    return are_on() && of(kind).send(connection, entry);
}

bool Rooms::door_is_shut(Moment now) const {
    const unsigned depth = waiting_.depth();
    const unsigned depth_max = board_->board().depth_max.load(std::memory_order_relaxed);
    if (depth >= depth_max) return true;
    if (depth <= depth_max / kFewPerDepthMax) return false;
    const auto head = waiting_.head(now);
    return head && now - *head > setup_.age_max * kDoorPercent / 100;
}

}  // namespace hbnb::worker
