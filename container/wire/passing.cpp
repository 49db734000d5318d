#include "wire/passing.hpp"

#include <algorithm>
#include <cstring>

namespace hbnb::wire {
namespace {

constexpr int kScmPidfd = 4;  // SCM_PIDFD of newer kernels: a descriptor, too

}  // namespace

void Passing::prepare_to_receive(msghdr &header) {
    header.msg_control = bytes_.data();
    header.msg_controllen = bytes_.size();
}

void Passing::attach(msghdr &header, std::span<const int> descriptors) {
    if (descriptors.empty()) return;
    const std::size_t bytes = std::min(descriptors.size(), kPassedMax) * sizeof(int);
    header.msg_control = bytes_.data();
    header.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr *first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(first), descriptors.data(), bytes);
}

std::vector<Fd> passed_descriptors(const msghdr &received) {
    std::vector<Fd> descriptors;
    auto &header = const_cast<msghdr &>(received);  // CMSG_NXTHDR's signature only
    for (cmsghdr *part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || (part->cmsg_type != SCM_RIGHTS && part->cmsg_type != kScmPidfd)) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof descriptor, sizeof descriptor);
            Fd owned(descriptor);
            if (part->cmsg_type == SCM_RIGHTS) descriptors.push_back(std::move(owned));
        }
    }
    return descriptors;
}

}  // namespace hbnb::wire
