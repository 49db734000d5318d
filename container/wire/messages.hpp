// What a worker and the manager say to each other over the channel: a SOCK_SEQPACKET pair, one JSON object a message,
// at most kMessageBytesMax. Low rate by design: nothing of a request passes here.
//
//   worker  -> manager   ready            plugins loaded, instances created, listening; carries what it serves
//                        load_failed      a sentence why; the worker exits with kExitLoadFailed after it
//                        draining         it has stopped taking new connections (answer to drain)
//                        overdue          a handler thread is stuck, in a request over its deadline or outside of one:
//                                         replace this worker
//   manager -> worker    drain            finish what you have, take nothing new, leave; what is at rest is handed
//                                         over where others of the pool go on
//                        queues           the pool's hand-off queues are others from now on: four descriptors come with
//                                         it, in HandOffSetup's order without its board; without any there is no
//                                         hand-off
//
// The manager treats what a worker says as untrusted: wrong JSON, an unknown message, an overlong one, or one that is
// not due (wire/worker_words.hpp) ends that worker.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace hbnb::wire {

inline constexpr std::size_t kMessageBytesMax = 64 << 10;
inline constexpr std::size_t kReasonBytesMax = 4 << 10;  // longer sentences are cut before they are sent

inline constexpr int kExitDrained = 0;     // left on purpose
inline constexpr int kExitLoadFailed = 3;  // said load_failed
inline constexpr int kExitBroken =
    4;  // could not go on: setup, epoll or a socket unusable, no descriptors, a thread ended; reason on kLog
inline constexpr int kExitManagerGone = 5;  // end of file on the channel: drained and left

enum class MessageKind { ready, load_failed, draining, overdue, drain, queues };
inline constexpr std::size_t kMessageKinds = 6;
std::string_view to_string(MessageKind kind);  // the enumerator's own word

// A loaded plugin in `ready`: name and version are its own words, file and hash those of the setup.
struct ServedPlugin {
    std::string name;
    std::string version;
    std::string mount;
    std::string file;
    std::string hash;
    bool operator==(const ServedPlugin &) const = default;
};

struct Message {
    MessageKind kind = MessageKind::ready;
    std::string reason;                 // load_failed
    std::vector<ServedPlugin> plugins;  // ready
    unsigned threads = 0;               // ready: handler threads in use (the strictest plugin decides)
    bool hand_over = false;             // drain: others of the pool read the hand-off queue
    bool operator==(const Message &) const = default;
};

std::string encode(const Message &message);
Result<Message> decode_message(std::string_view json);

struct Received {
    Message message;
    std::vector<Fd> descriptors;  // at most kPassedMax (wire/passing.hpp)
};

// Both ends of a channel: non-blocking, close-on-exec.
Result<std::pair<Fd, Fd>> make_channel();

// Never waits, whatever a plugin has done to its end. EAGAIN and a gone peer are failures like any other: the channel
// is never that full in a healthy system.
Result<void> send_message(int channel, const Message &message, std::span<const int> descriptors = {});

// nullopt: nothing there now. An error: a malformed message, or one that could not be received. The end of the channel
// is Message-less: see `closed`.
struct ReceiveResult {
    std::optional<Received> received;
    bool closed = false;
};
// Descriptors of what is malformed are closed.
Result<ReceiveResult> receive_message(int channel);

}  // namespace hbnb::wire
