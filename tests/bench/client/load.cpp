#include "client/load.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace hbnb::bench {
namespace {

constexpr int kEventsMax = 256;
constexpr int kSentAtOnceMax = 64;  // before answers are looked at again
constexpr std::chrono::milliseconds kLongestWait{100};

}  // namespace

Load::Load(const Plan &plan)
    : plan_(plan),
      schedule_(plan.is_open() ? plan.rate : 1, plan.seconds, plan.requests),
      lot_(plan.targets),
      tally_(plan),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::runtime_error("unable to make an epoll descriptor");
    for (std::uint64_t i = 0; i < plan.connections; ++i)
        connections_.push_back(std::make_unique<Connection>(epoll_, plan.port));
    for (auto it = connections_.rbegin(); it != connections_.rend(); ++it) free_.push_back(it->get());
}

Load::~Load() { ::close(epoll_); }

std::string Load::run() {
    ::prctl(PR_SET_TIMERSLACK, 1);  // else the kernel wakes us up to 50 us late
    start_ = std::chrono::steady_clock::now();
    for (Duration at = now(); !is_over(at); at = now()) {
        send_what_is_due();
        wait(next_moment(now()));
    }
    for (const auto &connection : connections_)
        if (connection->is_busy()) tally_.failed(connection->arrival(), "unanswered");
    for (const Arrival &arrival : waiting_) tally_.failed(arrival, "unanswered");
    for (; plan_.is_open() && begun_ < schedule_.count();
         ++begun_)  // we were held up ourselves until patience was over
        tally_.failed({lot_.draw(), schedule_.at(begun_)}, "unanswered");
    return tally_.report();
}

bool Load::is_over(Duration now) const {
    const Duration end = duration_of(plan_.seconds);
    if (now >= end + duration_of(plan_.patience_seconds)) return true;
    const bool all_begun = plan_.is_open() ? begun_ == schedule_.count() : now >= end || begun_ >= plan_.requests;
    return all_begun && busy_ == 0 && waiting_.empty();
}

Duration Load::next_moment(Duration now) const {
    Duration next = now + kLongestWait;
    if (plan_.is_open() && begun_ < schedule_.count()) next = std::min(next, schedule_.at(begun_));
    return next;
}

void Load::wait(Duration until) {
    std::array<epoll_event, kEventsMax> events;
    const Duration left = std::max(until - now(), Duration(0));
    const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    const int ready = ::epoll_pwait2(epoll_, events.data(), kEventsMax, &timeout, nullptr);
    if (ready < 0 && errno != EINTR) throw std::runtime_error("unable to wait for events");
    for (int i = 0; i < ready; ++i) {
        on_event(*static_cast<Connection *>(events[i].data.ptr), events[i].events);
        send_what_is_due();  // at once, not after the others: the server shall not wait for us
    }
}

void Load::send_what_is_due() {
    if (plan_.is_open()) return send_scheduled(now());
    send_closed(now());
}

void Load::send_scheduled(Duration now) {
    for (int sent = 0; begun_ < schedule_.count() && schedule_.at(begun_) <= now && sent < kSentAtOnceMax; ++sent)
        waiting_.push_back({lot_.draw(), schedule_.at(begun_++)});
    tally_.queued(waiting_.size());
    while (!waiting_.empty() && send_on_free_connection(waiting_.front())) waiting_.pop_front();
}

void Load::send_closed(Duration now) {
    if (now >= duration_of(plan_.seconds)) return;
    for (std::uint64_t i = 0; i < plan_.connections && begun_ < plan_.requests && !free_.empty(); ++i, ++begun_)
        send_on_free_connection({lot_.draw(), this->now()});
}

bool Load::send_on_free_connection(const Arrival &arrival) {
    if (free_.empty()) return false;
    Connection &connection = *free_.back();
    free_.pop_back();
    ++busy_;
    const Target &target = plan_.targets[arrival.target];
    tally_.sent(arrival, now());
    const auto progress = connection.send(arrival, target.message, target.is_head);
    if (progress != Connection::Progress::going_on) finish(connection, progress);
    return true;
}

void Load::on_event(Connection &connection, std::uint32_t events) {
    const bool was_busy = connection.is_busy();
    const auto progress = connection.on_event(events);
    if (progress == Connection::Progress::going_on) return;
    if (was_busy) return finish(connection, progress);
    connection.close();  // a free one that the server does not keep any longer
}

void Load::finish(Connection &connection, Connection::Progress progress) {
    using enum Connection::Progress;
    const Arrival &arrival = connection.arrival();
    switch (progress) {
        case answered: tally_.answered(arrival, now(), connection.answer()); break;
        case refused: tally_.failed(arrival, "refused"); break;
        case malformed: tally_.failed(arrival, "malformed"); break;
        default: tally_.failed(arrival, "cut"); break;
    }
    if (progress != answered || !plan_.kept || connection.answer().closes()) connection.close();
    connection.set_free();
    --busy_;
    free_.push_back(&connection);
}

}  // namespace hbnb::bench
