// The control thread's part in deadlines (timeouts.request): what becomes of a request that is over its own, while the
// thread that has it in hand is still inside the handler.
//
//   at the deadline        nothing was sent: the client gets 504, whole, now. Something was, and kOwnWord later the
//                          rest has not been: its connection is cut, so that no half answer passes for a whole one. The
//                          thread is asked for its stack
//   kStackTime later at    one line in the error log: the request, and where its thread was
//   the latest
//   kComeBackTime later    the thread has not come back: it counts as stuck, and its worker wants to be replaced
//
// A thread that waits for its peer meanwhile (request_stream) comes back by itself, and has kOwnWord to answer, too.
//
// Outside of requests a thread waits for events, or for a peer with a limit; all else that it does there, such as
// accept, waits for nobody. One that is at it for kOutsideWoken, and begins and ends nothing meanwhile, gets the signal
// that asks for a stack: a call that it interrupts begins anew, and accept then sees that the manager has put its
// socket right. After kOutsideTime it is told in the log, with its stack, and counts as stuck in the same way. The time
// in which nobody looked (kLookGap) does not count.
// [control]
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "symbols/code_names.hpp"
#include "worker/io/epoll.hpp"
#include "worker/request/responder.hpp"

namespace hbnb::worker {

class Deadlines {
  public:
    static constexpr Duration kStackTime = std::chrono::milliseconds(100);
    static constexpr Duration kComeBackTime = std::chrono::milliseconds(100);
    static constexpr Duration kLook = std::chrono::milliseconds(2);  // while something of the above is awaited
    static constexpr Duration kOutsideWoken = std::chrono::milliseconds(200);
    static constexpr Duration kOutsideTime = std::chrono::seconds(3);
    static constexpr Duration kLookGap = std::chrono::milliseconds(2500);  // an idle control thread looks every second

    Deadlines(Application &application, const Epoll &epoll, unsigned threads);

    void look(Moment now);
    // When to look again at the latest. A request that begins in between is seen in time by a thread that looks at
    // least every timeouts.request.
    std::optional<Moment> next(Moment now) const;
    unsigned stuck() const;  // threads

  private:
    // Where a thread is that neither is in a request nor waits: another one as soon as it has done anything.
    struct Outside {
        std::uint64_t turn = 0, request = 0;
        bool operator==(const Outside &) const = default;
    };
    struct Seen {
        std::optional<Outside> place;
        Moment since;
        bool woken = false;
    };
    // A request that was taken from its thread, or a thread that is `outside`, until it comes back.
    struct Case {
        std::optional<Outside> outside;
        std::uint64_t serial = 0;
        Moment taken;
        bool asked = false;  // for its stack
        bool told = false, stuck = false;
        std::string sentence;  // about the request, as it was then
    };

    void take(unsigned thread, Moment now);
    void answer(const RequestWatch::Request &request);
    std::optional<Outside> outside(unsigned thread) const;
    void note_outside(unsigned thread, Moment now);
    bool ask_for_stack(unsigned thread) const;
    bool has_come_back(unsigned thread, const Case &one) const;
    void follow(unsigned thread, Moment now);
    std::string describe(unsigned thread, const RequestWatch::Taken &taken) const;
    void tell(unsigned thread, const Case &one) const;

    Application &application_;
    const Epoll &epoll_;
    symbols::CodeNames names_;
    std::vector<std::optional<Case>> cases_;  // by thread
    std::vector<Seen> seen_;                  // by thread
    Moment looked_;
};

}  // namespace hbnb::worker
