#include "worker/io/epoll.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace hbnb::worker {
namespace {

void ring_bell(const Fd &bell) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(bell.get(), &one, sizeof one);
}

}  // namespace

Epoll::Epoll(unsigned threads) : turns_(threads) {}

Result<void> Epoll::open() {
    epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
    wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    bell_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll_.is_open() || !wake_.is_open() || !bell_.is_open())
        return os_error("make the worker's epoll set", errno);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kNothing;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
        return os_error("wait for the wake-up", errno);
    return {};
}

bool Epoll::watch(int descriptor, Tag tag, bool again) const {
    epoll_event event{};
    event.events = is_one_shot() ? EPOLLIN | EPOLLONESHOT : EPOLLIN;
    event.data.u64 = tag;
    if (::epoll_ctl(epoll_.get(), again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event) == 0) return true;
    return errno == EEXIST && ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event) == 0;
}

bool Epoll::watch_shared(int descriptor, Tag tag) const {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLEXCLUSIVE;
    event.data.u64 = tag;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Epoll::forget(int descriptor) const { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr); }

// Of one-shot descriptors one thread has one event: the others' would be nobody's while it is in a request.
int Epoll::wait_for_events(Turn &turn) {
    const int most = is_one_shot() ? 1 : static_cast<int>(turn.events.size());
    turn.value.store(turn.value.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    const int ready = ::epoll_wait(epoll_.get(), turn.events.data(), most, -1);
    const int code = ready < 0 ? errno : 0;
    turn.value.store(turn.value.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    if (tells_.load(std::memory_order_seq_cst) && tells_.exchange(false)) ring();
    turn.next = 0;
    turn.end = ready > 0 ? static_cast<std::size_t>(ready) : 0;
    return code == EINTR ? 0 : code;
}

std::vector<Tag> Epoll::look(std::size_t most) const {
    std::vector<epoll_event> events(most);
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(most), 0);
    std::vector<Tag> tags;
    for (int i = 0; i < ready; ++i) {
        const Tag tag = events[static_cast<std::size_t>(i)].data.u64;  // packed: nothing may refer to it
        tags.push_back(tag);
    }
    return tags;
}

bool Epoll::some_thread_waits() const {
    for (unsigned i = 0; i < turns_.size(); ++i)
        if (turn(i) % 2 == 0) return true;
    return false;
}

void Epoll::wake_all() const { ring_bell(wake_); }  // never read: level-triggered, for all threads

void Epoll::ring() const { ring_bell(bell_); }

void Epoll::close_in_child() {
    for (Fd *const one : {&epoll_, &wake_, &bell_}) one->reset();
}

}  // namespace hbnb::worker
