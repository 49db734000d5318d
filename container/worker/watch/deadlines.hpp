// The steward's part in deadlines (timeouts.request): what becomes of a request that is over its own, while the thread that
// has it in hand is still inside the handler.
//
//   at the deadline        nothing was sent: the client gets 504, whole, now. Something was, and kOwnWord later the rest has
//                          not been: its connection is cut, so that no half answer passes for a whole one. The thread is
//                          asked for its stack
//   kStackTime later at    one line in the error log: the request, and where its thread was
//   the latest
//   kComeBackTime later    the thread has not come back: it counts as stuck, and its worker wants to be replaced
//
// A thread that waits for its peer meanwhile (request_stream) comes back by itself, and has kOwnWord to answer, too.
// [steward]
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "symbols/code_names.hpp"
#include "worker/request/responder.hpp"

namespace hbnb::worker {

class Deadlines {
  public:
    static constexpr Duration kStackTime = std::chrono::milliseconds(100);
    static constexpr Duration kComeBackTime = std::chrono::milliseconds(100);
    static constexpr Duration kLook = std::chrono::milliseconds(2);  // while something of the above is awaited

    Deadlines(Application &application, unsigned threads);

    void look(Moment now);
    // When to look again at the latest. A request that begins in between is seen in time by whoever looks at least
    // every timeouts.request.
    std::optional<Moment> next(Moment now) const;
    unsigned stuck() const;  // threads

  private:
    // A request that was taken from its thread, until that comes back.
    struct Case {
        std::uint64_t serial = 0;
        Moment taken;
        bool asked = false;  // for its stack
        bool told = false, stuck = false;
        std::string sentence;  // about the request, as it was then
    };

    void take(unsigned thread, Moment now);
    void answer(const RequestWatch::Request &request);
    void follow(unsigned thread, Moment now);
    std::string describe(unsigned thread, const RequestWatch::Taken &taken) const;
    void tell(unsigned thread, const Case &one) const;

    Application &application_;
    symbols::CodeNames names_;
    std::vector<std::optional<Case>> cases_;  // by thread
};

}  // namespace hbnb::worker
