// The channel between manager and worker as bytes: what a worker may send that is no message.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <string>

#include "wire/messages.hpp"

using namespace hbnb;
using namespace hbnb::wire;

namespace {

void send_bytes(int channel, const std::string &bytes, std::array<int, 2> descriptors = {-1, -1}) {
    iovec part{const_cast<char *>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptors)> control{};
    if (descriptors[0] >= 0) {
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr *const first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(sizeof descriptors);
        std::memcpy(CMSG_DATA(first), descriptors.data(), sizeof descriptors);
    }
    REQUIRE(::sendmsg(channel, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

std::string refusal(const std::string &bytes) {
    auto channel = make_channel().value();
    send_bytes(channel.second.get(), bytes);
    const auto received = receive_message(channel.first.get());
    REQUIRE(!received.has_value());
    return received.error().message;
}

std::size_t count_open() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

}  // namespace

TEST_CASE("what is no message is refused with a sentence, and quoted in part only") {
    CHECK(refusal("{").starts_with("unable to read a channel message: "));
    CHECK(refusal("[]").starts_with("unable to read a channel message: "));
    CHECK(refusal("{}").starts_with("unable to read a channel message: "));
    CHECK(refusal(R"({"message":"obey"})") == "unable to read a channel message: unknown message \"obey\"");
    CHECK(refusal(R"({"message":")" + std::string(60'000, 'x') + "\"}").size() < 200);
    CHECK(refusal("{\"message\":\"\x1b[2J\xff\"}").find('\x1b') == std::string::npos);
    CHECK(refusal(std::string(60'000, '[')).starts_with("unable to read a channel message: "));
    CHECK(refusal(std::string(kMessageBytesMax + 1, ' ')) ==
          "unable to read a channel message: longer than 65536 bytes");
    for (const std::string threads : {"-1", "1e300", "4294967296", "\"4\"", "null"})
        CHECK(refusal(R"({"message":"ready","plugins":[],"threads":)" + threads + "}") ==
              "unable to read a channel message: threads is " + (threads == "1e300" ? "1e+300" : threads));
}

TEST_CASE("descriptors that come with a message are closed or handed on, never left open") {
    auto channel = make_channel().value();
    const std::size_t before = count_open();
    for (int i = 0; i < 20; ++i) {
        send_bytes(channel.second.get(), R"({"message":"draining"})", {0, 1});
        const auto received = receive_message(channel.first.get());
        REQUIRE(received.has_value());
        CHECK(received->received->descriptors.size() == 2);
    }
    send_bytes(channel.second.get(), "", {0, 1});
    CHECK(receive_message(channel.first.get())->closed);
    CHECK(count_open() == before);
}

TEST_CASE("four descriptors travel with a message, in their order") {
    auto channel = make_channel().value();
    Message queues;
    queues.kind = MessageKind::queues;
    const int out = channel.second.get(), in = channel.first.get();
    REQUIRE(send_message(out, queues, std::array{0, in, 0, out}).has_value());
    REQUIRE(send_message(out, queues).has_value());
    const auto four = receive_message(in), none = receive_message(in);
    REQUIRE((four.has_value() && four->received && none.has_value() && none->received));
    CHECK(four->received->message == queues);
    REQUIRE(four->received->descriptors.size() == 4);
    struct stat sent {
    }, came{};
    REQUIRE((::fstat(in, &sent) == 0 && ::fstat(four->received->descriptors[1].get(), &came) == 0));
    CHECK(sent.st_ino == came.st_ino);
    CHECK(none->received->descriptors.empty());
}

TEST_CASE("a full channel is never waited for, whatever was done to its end") {
    auto channel = make_channel().value();
    for (const int end : {channel.first.get(), channel.second.get()}) REQUIRE(::fcntl(end, F_SETFL, 0) == 0);
    const std::string filling(1024, 'x');
    while (::send(channel.first.get(), filling.data(), filling.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    }
    Message message;
    message.kind = MessageKind::load_failed;
    message.reason = filling;
    const auto sent = send_message(channel.first.get(), message);
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().message == "unable to send a channel message: Resource temporarily unavailable");
    CHECK_FALSE(receive_message(channel.first.get())->received.has_value());
}
