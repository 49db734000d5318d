// Limits of a pool and of a worker that more than one part of the container goes by, or that size its memory, each
// once. The ranges of single settings stand in the table of settings (config/settings/settings.cpp), which takes these.
#pragma once

namespace hbnb {

inline constexpr unsigned kWorkersMax = 1024;       // of one pool
inline constexpr unsigned kThreadsMax = 64;         // handler threads of one worker: the scoreboard has so many places
inline constexpr unsigned kConnectionsMax = 65536;  // of one worker
inline constexpr unsigned kHandOffQueueMax =
    16384;  // connections in one pool's hand-off queue: its buffer is made for waiting.length_max, at most so many

}  // namespace hbnb
