#include "manager/sockets/backlog.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace hbnb::manager {
namespace {

constexpr int kAnswersMax = 8;  // late answers to earlier questions that we gave up on
constexpr const char *kUnableTo = "ask for the connections that wait in a listening socket";

struct Question {
    nlmsghdr header;
    unix_diag_req request;
};

// The queue's length in one unix_diag answer; the sizes in it are the kernel's, checked all the same.
std::optional<unsigned> queue_in(const nlmsghdr &header) {
    if (header.nlmsg_len < NLMSG_LENGTH(sizeof(unix_diag_msg))) return std::nullopt;
    const char *at = reinterpret_cast<const char *>(&header) + NLMSG_LENGTH(sizeof(unix_diag_msg));
    auto left = static_cast<int>(header.nlmsg_len - NLMSG_LENGTH(sizeof(unix_diag_msg)));
    while (left >= static_cast<int>(sizeof(rtattr))) {
        rtattr attribute{};
        std::memcpy(&attribute, at, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > left) return std::nullopt;
        if (attribute.rta_type == UNIX_DIAG_RQLEN && attribute.rta_len >= RTA_LENGTH(sizeof(unix_diag_rqlen))) {
            unix_diag_rqlen queue{};
            std::memcpy(&queue, at + RTA_LENGTH(0), sizeof queue);
            return queue.udiag_rqueue;
        }
        const int step = static_cast<int>(RTA_ALIGN(attribute.rta_len));
        at += step;
        left -= step;
    }
    return std::nullopt;
}

}  // namespace

Result<Backlog> Backlog::open() {
    Fd netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink.is_open()) return os_error(kUnableTo, errno);
    return Backlog(std::move(netlink));
}

Result<void> Backlog::ask(unsigned inode, unsigned sequence) {
    Question question{};
    question.header.nlmsg_len = sizeof question;
    question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.header.nlmsg_flags = NLM_F_REQUEST;
    question.header.nlmsg_seq = sequence;
    question.request.sdiag_family = AF_UNIX;
    question.request.udiag_states = ~0U;
    question.request.udiag_ino = inode;
    question.request.udiag_show = UDIAG_SHOW_RQLEN;
    question.request.udiag_cookie[0] = ~0U;  // any
    question.request.udiag_cookie[1] = ~0U;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (::sendto(netlink_.get(), &question, sizeof question, MSG_DONTWAIT, reinterpret_cast<const sockaddr *>(&kernel),
                 sizeof kernel) < 0) {
        return os_error(kUnableTo, errno);
    }
    return {};
}

Result<std::optional<unsigned>> Backlog::read_answer(unsigned sequence) {
    alignas(nlmsghdr) std::array<char, 1024> buffer{};
    const ssize_t got = ::recv(netlink_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) return os_error(kUnableTo, errno);
    const auto &header = *reinterpret_cast<const nlmsghdr *>(buffer.data());
    if (got < static_cast<ssize_t>(sizeof header) || header.nlmsg_len > static_cast<std::size_t>(got)) {
        return Error{std::string("unable to ") + kUnableTo + ": the kernel's answer is cut short"};
    }
    if (header.nlmsg_seq != sequence) return std::optional<unsigned>{};
    if (header.nlmsg_type == NLMSG_ERROR) {
        nlmsgerr failure{};
        std::memcpy(&failure, buffer.data() + NLMSG_HDRLEN, sizeof failure);
        return os_error(kUnableTo, -failure.error);
    }
    if (const auto queue = queue_in(header)) return queue;
    return Error{std::string("unable to ") + kUnableTo + ": the kernel's answer does not say it"};
}

Result<unsigned> Backlog::waiting(int listening_unix_socket) {
    struct stat status {};
    if (::fstat(listening_unix_socket, &status) != 0) return os_error(kUnableTo, errno);
    const unsigned sequence = ++sequence_;
    if (auto asked = ask(static_cast<unsigned>(status.st_ino), sequence); !asked) return asked.error();
    for (int i = 0; i < kAnswersMax; ++i) {
        auto answer = read_answer(sequence);
        if (!answer) return answer.error();
        if (*answer) return **answer;
    }
    return Error{std::string("unable to ") + kUnableTo + ": no answer"};
}

}  // namespace hbnb::manager
