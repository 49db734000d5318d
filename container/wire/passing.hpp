// Descriptors that travel with a message over a Unix socket (SCM_RIGHTS).
//
// The sender is not trusted: it may attach more descriptors than are expected, and any process that shares the
// receiving socket may switch on other control data (SO_PASSCRED and the like), which the kernel then puts first. So
// the space for receiving has room for both, and every descriptor that has come is owned, hence closed, by the
// receiver.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "base/fd.hpp"

namespace hbnb::wire {

inline constexpr std::size_t kPassedMax = 4;  // descriptors in one message

// The control data of one message; as long as the msghdr that refers to it.
class Passing {
  public:
    void prepare_to_receive(msghdr &header);
    void attach(msghdr &header, std::span<const int> descriptors);  // at most kPassedMax; borrowed

  private:
    static constexpr std::size_t kOtherBytes = 128;  // credentials, a pidfd, a short security label
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kPassedMax * sizeof(int)) + kOtherBytes> bytes_{};
};

// Of a message that was received: all of them, in order.
std::vector<Fd> passed_descriptors(const msghdr &received);

}  // namespace hbnb::wire
