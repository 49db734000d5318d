// The descriptors a worker is born with. Everything else is closed. The manager puts them there when it starts a worker
// (manager/process/process), the worker takes them over once, at its start (worker/main).
#pragma once

namespace hbnb::wire {

//  0  /dev/null
//  1  a pipe (write end, non-blocking): what plugins print goes to the error log
//  2  another one, for the same
inline constexpr int kChannel =
    3;  // SOCK_SEQPACKET pair with the manager: wire/messages.hpp. End of file: the manager has died
inline constexpr int kSetup = 4;       // sealed memfd: WorkerSetup as JSON (wire/worker_setup.hpp)
inline constexpr int kScoreboard = 5;  // memfd of one Scoreboard and its mounts' pages, shared with the manager only
inline constexpr int kLog = 6;         // a pipe (write end, non-blocking): lines of the worker's own: wire/log_line.hpp
// The log ring, the hand-off queues', listening sockets and plugin memfds follow; WorkerSetup says which is which.
inline constexpr int kFirstFree = 7;

}  // namespace hbnb::wire
