#include "wire/messages.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "wire/passing.hpp"

namespace hbnb::wire {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ServedPlugin, name, version, mount, file, hash)

namespace {

// In the order of the enumerators. Constant: a handler may end the process by exit() while the control thread says
// something, and what has a destructor would be gone by then.
constexpr std::array<std::string_view, kMessageKinds> kKinds{"ready",   "load_failed", "draining",
                                                             "overdue", "drain",       "queues"};
constexpr std::size_t kQuotedBytesMax = 64;

std::optional<MessageKind> kind_of(const nlohmann::json &name) {
    const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](std::string_view kind) { return name == kind; });
    if (found == kKinds.end()) return std::nullopt;
    return static_cast<MessageKind>(found - kKinds.begin());
}

std::string quoted(const nlohmann::json &value) {
    return value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace).substr(0, kQuotedBytesMax);
}

}  // namespace

std::string_view to_string(MessageKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

std::string encode(const Message &message) {
    nlohmann::json document{{"message", to_string(message.kind)}};
    if (message.kind == MessageKind::load_failed) document["reason"] = message.reason.substr(0, kReasonBytesMax);
    if (message.kind == MessageKind::ready) {
        document["plugins"] = message.plugins;
        document["threads"] = message.threads;
    }
    if (message.kind == MessageKind::drain) document["hand_over"] = message.hand_over;
    return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<Message> decode_message(std::string_view json) {
    try {
        const auto document = nlohmann::json::parse(json);
        const auto &kind = document.at("message");
        const auto known = kind_of(kind);
        if (!known) return Error{"unable to read a channel message: unknown message " + quoted(kind)};
        Message message;
        message.kind = *known;
        if (message.kind == MessageKind::load_failed) document.at("reason").get_to(message.reason);
        if (message.kind == MessageKind::ready) {
            document.at("plugins").get_to(message.plugins);
            const auto &threads = document.at("threads");
            if (!threads.is_number_unsigned() || threads > std::numeric_limits<unsigned>::max())
                return Error{"unable to read a channel message: threads is " + quoted(threads)};
            threads.get_to(message.threads);
        }
        if (message.kind == MessageKind::drain) document.at("hand_over").get_to(message.hand_over);
        return message;
    } catch (const nlohmann::json::exception &error) {
        return Error{std::string("unable to read a channel message: ") + error.what()};
    }
}

Result<std::pair<Fd, Fd>> make_channel() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return os_error("make a worker's channel", errno);
    }
    return std::pair{Fd(ends[0]), Fd(ends[1])};
}

Result<void> send_message(int channel, const Message &message, std::span<const int> descriptors) {
    std::string text = encode(message);
    if (text.size() > kMessageBytesMax) {
        return Error{"unable to send a channel message: " + std::to_string(text.size()) + " bytes, at most " +
                     std::to_string(kMessageBytesMax)};
    }
    iovec part{text.data(), text.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    Passing passing;
    passing.attach(header, descriptors);
    ssize_t sent = -1;
    do sent = ::sendmsg(channel, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) return os_error("send a channel message", errno);
    return {};
}

Result<ReceiveResult> receive_message(int channel) {
    std::string text(kMessageBytesMax + 1, '\0');
    iovec part{text.data(), text.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    Passing passing;
    passing.prepare_to_receive(header);
    ssize_t got = -1;
    do got = ::recvmsg(channel, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);

    ReceiveResult result;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return result;
    if (got < 0 && errno != ECONNRESET) return os_error("receive a channel message", errno);
    std::vector<Fd> descriptors = got < 0 ? std::vector<Fd>() : passed_descriptors(header);
    if (got <= 0) {
        result.closed = true;
        return result;
    }
    if (static_cast<size_t>(got) > kMessageBytesMax) {
        return Error{"unable to read a channel message: longer than " + std::to_string(kMessageBytesMax) + " bytes"};
    }
    auto message = decode_message(std::string_view(text).substr(0, static_cast<size_t>(got)));
    if (!message) return message.error();
    result.received = Received{std::move(*message), std::move(descriptors)};
    return result;
}

}  // namespace hbnb::wire
