// The other end of NOTIFY_SOCKET: a datagram socket of the test's own, and what has been said to it so far.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace hbnb::test {

class NotifyListener {
  public:
    // name: a path, or "@name" for an abstract one.
    explicit NotifyListener(std::string name)
        : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name_.data(), std::min(name_.size(), sizeof address.sun_path - 1));
        if (name_.front() == '@') address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr *>(&address), size) != 0)
            throw std::runtime_error("unable to bind " + name_);
    }

    const std::string &name() const { return name_; }

    // Everything that came, oldest first; a message is "READY=1\nSTATUS=…".
    const std::vector<std::string> &messages() {
        std::array<char, 4096> buffer{};
        for (ssize_t got = 0; (got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0)) >= 0;)
            messages_.emplace_back(buffer.data(), static_cast<std::size_t>(got));
        return messages_;
    }

    std::size_t count(const std::string &start) {
        const auto &all = messages();
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [&](const auto &message) { return message.starts_with(start); }));
    }

    // The first words of the messages that tell a state: READY, RELOADING, STOPPING.
    std::vector<std::string> states() {
        std::vector<std::string> words;
        for (const auto &message : messages()) {
            const std::string word = message.substr(0, message.find('='));
            if (word != "STATUS" && word != "WATCHDOG") words.push_back(word);
        }
        return words;
    }

    // The last one that starts so; empty: none.
    std::string last(const std::string &start) {
        std::string found;
        for (const auto &message : messages()) {
            if (message.starts_with(start)) found = message;
        }
        return found;
    }

  private:
    std::string name_;
    Fd socket_;
    std::vector<std::string> messages_;
};

}  // namespace hbnb::test
