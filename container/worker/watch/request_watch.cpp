#include "worker/watch/request_watch.hpp"

namespace hbnb::worker {

std::uint64_t RequestWatch::make_word(std::uint64_t serial, Holder holder) {
    return serial << kHolderBits | static_cast<std::uint64_t>(holder);
}

RequestWatch::Holder RequestWatch::holder_of(std::uint64_t word) {
    return static_cast<Holder>(word & ((1u << kHolderBits) - 1));
}

// ---- [handler]

void RequestWatch::adopt() {
    thread_ = ::pthread_self();
    stack_ = std::make_unique<ThreadStack>();
    stack_->attach();
    is_adopted_.store(true, std::memory_order_release);
}

void RequestWatch::begin(const Request &request, Moment deadline) {
    request_ = request;
    deadline_ns_.store(deadline.since_boot.count(), std::memory_order_relaxed);
    const std::uint64_t serial = (word_.load(std::memory_order_relaxed) >> kHolderBits) + 1;
    word_.store(make_word(serial, Holder::open), std::memory_order_release);
}

bool RequestWatch::begin_sending(Moment deadline) {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    switch (holder_of(word)) {
        case Holder::nobody:
        case Holder::sending: return true;
        case Holder::open: move_deadline(deadline); [[fallthrough]];  // before the word: who sees that sees this, too
        case Holder::handler: {
            const std::uint64_t sending = make_word(word >> kHolderBits, Holder::sending);
            return word_.compare_exchange_strong(word, sending, std::memory_order_acq_rel);
        }
        case Holder::control:
        case Holder::done: break;
    }
    return false;
}

void RequestWatch::end_sending() {
    const std::uint64_t word = word_.load(std::memory_order_relaxed);
    if (holder_of(word) != Holder::sending) return;  // of no request: nobody holds it
    word_.store(make_word(word >> kHolderBits, Holder::handler), std::memory_order_release);
}

bool RequestWatch::has_sent() const {
    const Holder holder = holder_of(word_.load(std::memory_order_relaxed));
    return holder == Holder::sending || holder == Holder::handler;
}

bool RequestWatch::is_lost() const {
    const Holder holder = holder_of(word_.load(std::memory_order_acquire));
    return holder == Holder::control || holder == Holder::done;
}

void RequestWatch::move_deadline(Moment deadline) {
    deadline_ns_.store(deadline.since_boot.count(), std::memory_order_relaxed);
}

RequestWatch::Ended RequestWatch::end() {
    for (;;) {
        std::uint64_t word = word_.load(std::memory_order_acquire);
        const std::uint64_t ended = make_word(word >> kHolderBits, Holder::nobody);
        switch (holder_of(word)) {
            case Holder::nobody: return Ended::by_thread;
            case Holder::open:
            case Holder::sending:
            case Holder::handler:
                if (word_.compare_exchange_strong(word, ended, std::memory_order_acq_rel)) return Ended::by_thread;
                break;
            case Holder::control: word_.wait(word, std::memory_order_acquire); break;
            case Holder::done:
                word_.store(ended, std::memory_order_release);
                return begun_ ? Ended::cut : Ended::answered;
        }
    }
}

// ---- [control]

std::optional<std::uint64_t> RequestWatch::outside() const {
    if (!is_adopted_.load(std::memory_order_acquire)) return std::nullopt;
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    if (holder_of(word) != Holder::nobody || waits_for_peer_.load(std::memory_order_relaxed)) return std::nullopt;
    return word >> kHolderBits;
}

std::optional<Moment> RequestWatch::deadline() const {
    const Holder holder = holder_of(word_.load(std::memory_order_acquire));
    if (holder != Holder::open && holder != Holder::sending && holder != Holder::handler) return std::nullopt;
    const Moment deadline{Duration(deadline_ns_.load(std::memory_order_relaxed))};
    return deadline == kNoDeadline ? std::nullopt : std::optional(deadline);
}

std::optional<RequestWatch::Taken> RequestWatch::take(Moment now) {
    for (;;) {
        std::uint64_t word = word_.load(std::memory_order_acquire);
        const Holder holder = holder_of(word);
        if (holder != Holder::open && holder != Holder::handler) return std::nullopt;
        if (deadline_ns_.load(std::memory_order_relaxed) > now.since_boot.count()) return std::nullopt;
        const std::uint64_t serial = word >> kHolderBits;
        if (!word_.compare_exchange_strong(word, make_word(serial, Holder::control), std::memory_order_acq_rel))
            continue;  // claimed or ended that instant
        begun_ = holder == Holder::handler;
        return Taken{serial, request_, begun_};
    }
}

void RequestWatch::let_go() {
    const std::uint64_t serial = word_.load(std::memory_order_relaxed) >> kHolderBits;
    word_.store(make_word(serial, Holder::done), std::memory_order_release);
    word_.notify_one();
}

bool RequestWatch::has_come_back(std::uint64_t serial) const {
    return word_.load(std::memory_order_acquire) != make_word(serial, Holder::done);
}

}  // namespace hbnb::worker
