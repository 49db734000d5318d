// What a worker may say over its channel, and how often. A value, one a worker, kept by the manager: no system call.
//
//   message       when                                     what it may carry
//   ready         once, and not after load_failed          threads: 1 to the setup's; its plugins, in its order: each
//                                                          with the file and hash that the worker was given, and the
//                                                          mount too where the setup has one; printable names
//   load_failed   once, instead of ready                   a sentence
//   draining      once, after the manager has said drain
//   overdue       once, after ready
//
// So a worker's messages are few by design: at most three are taken, and a kind that comes again is refused. What is
// refused is nonsense: it ends that worker. A descriptor that comes with one is closed.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "wire/messages.hpp"
#include "wire/worker_setup.hpp"

namespace hbnb::wire {

inline constexpr std::size_t kPluginTextBytesMax = 255;  // of a name, a version, a mount

class WorkerWords {
  public:
    explicit WorkerWords(const WorkerSetup &setup);

    void told_to_drain() { may_drain_ = true; }
    Result<void> take(const Message &message);  // the error says what is wrong with it

  private:
    struct Given {
        std::string file, hash, mount;  // mount: empty where the plugin has its default one
    };

    Result<void> check_ready(const Message &message) const;
    bool has_said(MessageKind kind) const { return said_[static_cast<std::size_t>(kind)]; }

    unsigned threads_;
    std::vector<Given> given_;  // as the setup names them
    std::array<bool, kMessageKinds> said_{};
    bool may_drain_ = false;
};

}  // namespace hbnb::wire
