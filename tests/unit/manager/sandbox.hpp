// What the manager's tests need of the world: a directory of their own, and a child that is somebody else.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"

// Boost's own stream operator wants one of T and of Error.
template <class T>
struct doctest::StringMaker<boost::system::result<T, hbnb::Error>> {
    static String convert(const boost::system::result<T, hbnb::Error> &result) {
        return result ? String("a value") : String(result.error().message.c_str());
    }
};

namespace hbnb::test {

inline constexpr uid_t kSomebody = 65534;  // nobody

// A new directory, mode 0755, gone at the end of the test.
class Sandbox {
  public:
    Sandbox() {
        std::string pattern = "/tmp/hbnb-test-XXXXXX";
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
        REQUIRE(::chmod(path_.c_str(), 0755) == 0);
    }
    Sandbox(const Sandbox &) = delete;
    Sandbox &operator=(const Sandbox &) = delete;
    ~Sandbox() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string operator/(const std::string &name) const { return path_ + "/" + name; }
    const std::string &path() const { return path_; }

    std::string write(const std::string &name, const std::string &text, mode_t mode = 0644) const {
        const std::string path = *this / name;
        std::ofstream(path) << text;
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }

  private:
    std::string path_;
};

inline std::string read_file(const std::string &path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline bool is_root() { return ::geteuid() == 0; }

// What `say` returns when it is run by uid `somebody` in a child process. For root only.
inline std::string as_somebody(const std::function<std::string()> &say) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        if (::setgid(kSomebody) != 0 || ::setuid(kSomebody) != 0) ::_exit(9);
        const std::string text = say();
        ::_exit(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 8);
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::read(ends[0], piece.data(), piece.size())) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(got));
    ::close(ends[0]);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    return text;
}

inline sockaddr_un unix_address(const std::string &path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return address;
}

// Closed where the connection was refused; errno says why.
inline Fd connect_to(const std::string &path, int flags = SOCK_NONBLOCK) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    const sockaddr_un address = unix_address(path);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) return Fd();
    return fd;
}

// A bound socket at path; listening if asked. Its file stays.
inline Fd bind_at(const std::string &path, bool listening) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = unix_address(path);
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    if (listening) REQUIRE(::listen(fd.get(), 8) == 0);
    return fd;
}

inline constexpr Duration kGenerous = std::chrono::seconds(20);

}  // namespace hbnb::test
