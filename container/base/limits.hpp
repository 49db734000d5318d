// Limits that more than one part of the container goes by, each once. What only one part needs stands with it; the
// ranges of single settings stand in the table of settings (config/settings/settings.cpp).
#pragma once

namespace hbnb {

inline constexpr unsigned kWorkersMax = 1024;       // of one pool
inline constexpr unsigned kThreadsMax = 64;         // handler threads of one worker: the scoreboard has so many places
inline constexpr unsigned kConnectionsMax = 65536;  // of one worker
inline constexpr unsigned kHandOffQueueMax =
    16384;  // requests in one pool's hand-off queue: its buffer is made for so many

}  // namespace hbnb
