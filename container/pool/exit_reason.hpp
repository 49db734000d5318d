// Why a worker ended, or is being ended, and how its process left.
#pragma once

#include <string>
#include <string_view>

namespace hbnb::pool {

enum class ExitReason {
    drained_scale_down,  // more workers than the target; of one that starts: killed
    drained_reload,      // another generation replaced it
    drained_stop,        // the pool stops; of one that starts: killed
    drained_requests,    // retired: it has answered enough
    drained_age,         // retired: it has lived long enough
    drained_memory,      // retired: it has grown too big
    drained_overdue,     // a thread of it is stuck, or nothing is heard of its control thread
    crashed,             // a signal or exit code that nobody asked for
    load_failed,         // it said why it cannot serve
    start_timeout,       // not ready within timeouts.start
    drain_timeout,       // still there after timeouts.drain
    request_timeout,     // a request over its deadline and the grace, and the worker does nothing about it
    suspended,           // a signal stopped it (SIGSTOP or the like), and nobody let it go on
    stopped_now,         // INT, or the pool could not be started
    protocol,            // it sent nonsense over its channel
    spawn_failed,        // could not be started at all
    superseded,          // first of a reload that was not taken: abandoned, or a newer one came
};

// The enumerator's own word: "drained_scale_down". For logs and JSON.
std::string_view to_string(ExitReason reason);

// What wait() said of the process.
struct ExitStatus {
    enum class Kind { exited, signalled };
    Kind kind = Kind::exited;
    int number = 0;  // exit code, or signal
    bool operator==(const ExitStatus &) const = default;
};

bool is_clean(ExitStatus status);          // exited with code 0
std::string to_string(ExitStatus status);  // "exit code 3", "signal 11"

}  // namespace hbnb::pool
