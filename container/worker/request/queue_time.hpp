// How long a request has waited before its begin, from the earliest moment that is known:
//
//   REQUEST_START    the web server's word: when it sent the request, in seconds since 1970, ten digits, a point and
//                    three digits (nginx: $msec, its cached clock). It sees the kernel's queue, the hand-off queue and
//                    held connections alike. It is a parameter: no client's header can set it. One of the future, or
//                    older than kQueueTimeMax, is ignored, as is one on a machine whose clock differs.
//   the queue        of a connection that came through the hand-off queue: since when it waited there
//   otherwise        0: it was read as soon as its worker saw it
//
// The wall clock is looked at once a second, not for each request: a step of it is seen late by so much. One object a
// thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/moment.hpp"

namespace hbnb::worker {

inline constexpr Duration kQueueTimeMax = std::chrono::hours(1);

// REQUEST_START's value, since 1970; nullopt: it is not written so. Remembers the second that it has read last.
class RequestStart {
  public:
    std::optional<Duration> read(std::string_view text);

  private:
    std::array<char, 11> second_{};  // with its point
    Duration seconds_{};
};

class QueueTime {
  public:
    // since: when it began to wait as far as the pool knows; Moment{}: not known.
    Duration of(std::string_view request_start, Moment since, Moment begun);

  private:
    Duration wall_at(Moment moment);

    RequestStart start_;
    std::optional<Moment> looked_;  // at the wall clock
    Duration offset_{};             // from the monotonic clock to it
};

// The rule itself. sent and begun: of the wall clock.
Duration queue_time(std::optional<Duration> sent, Duration begun, Duration known_wait);

}  // namespace hbnb::worker
