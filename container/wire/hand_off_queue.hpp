// A hand-off queue: connections on their way from one worker of a pool to another. A SOCK_SEQPACKET pair that the
// manager makes for a pool, and anew where a worker has broken it; all its workers inherit it. The manager keeps both
// ends, so that whichever process dies, what lies in a queue lies there still. Each pool has two: `waiting`, for
// connections with a request and for fresh ones, and `idle`, for those between two requests.
//
// A message is {since, sender, kind, version, due, is_fresh}, padded to 192 bytes, and exactly one descriptor: the
// connection. One of 8 bytes {since} is a wake token: the thread that takes it looks once at the whole intake (both
// queues, the listening sockets), as a thread that had been woken for one of them may have died or left instead. Wake
// tokens lie in the queue while all threads are busy, and count as nothing that waits. No byte of a user travels.
// First in, first out; the process that takes a message owns its connection. Any thread of any process may call any
// function; none of them waits.
//
// A queue's end. The socket pair is shared, so any worker can end it for all: shutdown(), a small SO_SNDBUF, a
// SO_PEEK_OFF. What lies in it is taken still; then take() says ended, and a sender still owns its connection. The
// manager looks for such damage (HandOffQueueEnds::damage) and makes another pair. A filter cannot be attached: it is
// locked from the beginning. What is neither of the two messages, such as an empty one, is rubbish without a moment,
// and no end.
//
// Limits. The sender's buffer is made for the depth asked for, at most kHandOffQueueMax messages (base/limits.hpp).
// Where it cannot be forced, net.core.wmem_max bounds it: 212992 is room for about 550. PoolBoard's limit comes first.
// Descriptors in flight count against RLIMIT_NOFILE of all the user's processes. Either refuses a message: the sender
// still owns the connection then.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/moment.hpp"
#include "base/shared_pages.hpp"

namespace hbnb::wire {

inline constexpr unsigned kWakeTokensMax = 16;  // fewer than would be counted as a connection

class HandOffQueue {
  public:
    HandOffQueue(int in, int out) : in_(in), out_(out) {}  // borrowed

    struct Entry {
        Moment since;              // when its request was first seen waiting, or since when it has been idle
        std::uint32_t sender = 0;  // worker's number
        bool is_unix = true;
        bool is_fresh = false;  // nothing was answered on it; else it is between two requests
        Moment due{};  // what it waits for has to be here then: no clock begins anew by moving. Moment{}: not said
        bool operator==(const Entry &) const = default;
    };

    // false: it is full, or too many descriptors are in flight; nothing has been sent.
    [[nodiscard]] bool send(int connection, const Entry &entry) const;
    // So many more, but no more than kWakeTokensMax lie in it: each of those who take one looks everywhere.
    void send_wake_tokens(Moment now, unsigned times = 1) const;

    enum class Taken { nothing, wake_token, connection, rubbish, ended };
    struct Take {
        Taken what = Taken::nothing;
        Fd connection;  // closed though `what` says connection: this process has no descriptor left for it, it is lost
        Entry entry;
    };
    // What a message says is any worker's word: its moments are clamped, `since` to at most now, and a descriptor that
    // is no stream connection is closed; then `what` says rubbish.
    Take take(Moment now) const;

    // Since when the message waits that would be taken next, be it a wake token; nullopt: nothing is there. Takes
    // nothing. Moment{}: it does not say, as rubbish may.
    std::optional<Moment> head(Moment now) const;
    bool has_connection() const;  // the message that would be taken next is no wake token
    bool is_empty() const;        // no message at all, and no end
    bool is_shut() const;         // nothing more goes in
    bool is_ended() const;        // nothing is there, and nothing will come any more
    unsigned depth() const;       // connections

    int buffer() const;                    // the sender's, as the kernel counts it
    int readable() const { return out_; }  // for epoll and poll

  private:
    int in_, out_;
};

// Both ends, owned. [manager]
struct HandOffQueueEnds {
    Fd in, out;
    unsigned capacity = 0;  // about so many messages fit; less than asked for where the buffer could not be forced
    int buffer = 0;         // SO_SNDBUF as made

    static Result<HandOffQueueEnds> make(unsigned depth);
    HandOffQueue queue() const { return {in.get(), out.get()}; }
    // What a process that shares the ends has done to them, so that messages do not pass as they should: "were shut
    // down".
    std::optional<std::string> damage() const;
    void end() const;  // for all who have an end: nothing more goes in
    // What lies in it, as far as it fits there; what does not is closed. Then one wake token. An ended room is empty
    // afterwards.
    void move_to(const HandOffQueue &other, Moment now) const;
};

// What the manager tells all workers of a pool about the queue: a page that it writes and they map read-only.
struct PoolBoard {
    std::atomic<std::uint32_t> depth_max{0};  // a request that would wait behind so many is answered 503 at once
};

class PoolBoardMapping {
  public:
    static Result<PoolBoardMapping> create(Fd &memfd);  // [manager] writable here, and nowhere else
    static Result<PoolBoardMapping> open(int memfd);    // [worker]
    const PoolBoard &board() const { return *board_; }
    void set_depth_max(std::uint32_t depth);  // [manager]

  private:
    explicit PoolBoardMapping(SharedPages page)
        : page_(std::move(page)), board_(static_cast<PoolBoard *>(page_.data())) {}
    SharedPages page_;
    PoolBoard *board_;
};

}  // namespace hbnb::wire
