// Who answers the request that a handler thread has in hand: that thread, or the control thread once its deadline has
// passed. One object a handler thread, and in it one atomic word {serial, holder}; the thread that moves it there has
// the client.
//
//   holder   meaning                                                  leaves by
//   nobody   no request here                                          begin -> open
//   open     nothing of an answer has been sent                       begin_sending -> sending · take -> control ·
//                                                                     end -> nobody
//   sending  the thread sends: a record may be out in part, and       end_sending -> handler
//            the control thread waits for it (it is bounded by itself)
//   handler  whole records of an answer may be out                    begin_sending -> sending · take -> control ·
//                                                                     end -> nobody
//   control  it answers 504 (from open), or cuts the connection       let_go -> done
//            (from handler); the request's end waits for it
//   done     the thread may come back whenever it likes: what it      end -> nobody
//            sends goes nowhere, and its connection is closed
//
// So no byte of the thread's comes before, between or behind those of the control thread, the connection's descriptor
// and the request's texts stay until the control thread has done with them, and nothing is ever answered twice. A small
// request takes two compare-and-swaps.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/moment.hpp"
#include "worker/request/request_head.hpp"
#include "worker/watch/thread_stack.hpp"

namespace hbnb::worker {

inline constexpr Moment kNoDeadline{Duration::max()};

class alignas(64) RequestWatch {
  public:
    // What the control thread needs to answer in the thread's place.
    struct Request {
        int socket = -1;
        std::uint16_t id = 0;
        const RequestHead *head = nullptr;
        Duration limit{};  // the deadline as it was set, from the request's begin
    };

    // ---- [handler]
    void adopt();                                         // once, by the thread whose it is: its stack can be asked for
    void begin(const Request &request, Moment deadline);  // kNoDeadline: none
    // Before bytes are sent; at the first of a request its deadline becomes `deadline`. false: the control thread was
    // first.
    bool begin_sending(Moment deadline);
    void end_sending();
    bool has_sent() const;
    bool is_lost() const;  // the control thread was first: nothing that is sent arrives
    void move_deadline(Moment deadline);
    enum class Ended {
        by_thread,
        answered,
        cut
    };  // what has ended it for the client: the others are the control thread's doings
    Ended end();
    // Around each wait for a peer, which has a limit of its own.
    void wait_for_peer(bool waits) { waits_for_peer_.store(waits, std::memory_order_relaxed); }

    // ---- [control]
    // The number of its last request, where its thread is in none now, and waits for no peer; nullopt: it is, or does,
    // or has not adopted it yet.
    std::optional<std::uint64_t> outside() const;
    std::optional<Moment> deadline() const;  // of a request that has one and has not been taken
    struct Taken {
        std::uint64_t serial = 0;
        Request request;
        bool begun = false;  // bytes of its answer may be out: it can only be cut
    };
    std::optional<Taken> take(
        Moment now);  // where the deadline has passed and the thread does not send; kNoDeadline: any
    void let_go();
    bool has_come_back(std::uint64_t serial) const;      // that request has ended
    ThreadStack *stack() const { return stack_.get(); }  // of a taken request's thread; nullptr: it has none
    pthread_t thread() const { return thread_; }

  private:
    enum class Holder : std::uint64_t { nobody, open, sending, handler, control, done };
    static constexpr std::uint64_t kHolderBits = 3;
    static std::uint64_t make_word(std::uint64_t serial, Holder holder);
    static Holder holder_of(std::uint64_t word);

    std::atomic<std::uint64_t> word_{0};  // serial << kHolderBits | holder
    std::atomic<std::int64_t> deadline_ns_{0};
    std::atomic<bool> waits_for_peer_{false};
    std::atomic<bool> is_adopted_{false};  // after that stack and thread do not change
    Request request_;                      // written by the thread while nobody holds
    bool begun_ = false;                   // the control thread's, from take to the end
    pthread_t thread_{};
    std::unique_ptr<ThreadStack> stack_;
};

}  // namespace hbnb::worker
