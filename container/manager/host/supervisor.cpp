#include "manager/host/supervisor.hpp"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace hbnb::manager {
namespace {

constexpr std::uint64_t kAliveMax = 3'600'000'000;  // microseconds

std::string take(const char *name) {
    const char *value = ::getenv(name);
    std::string text = value == nullptr ? "" : value;
    ::unsetenv(name);
    return text;
}

std::string with_status(std::string message, std::string status) {
    std::replace(status.begin(), status.end(), '\n', ' ');  // a newline ends a variable
    return std::move(message) + "\nSTATUS=" + status;
}

}  // namespace

Result<Supervisor> Supervisor::from_environment() {
    std::uint64_t watchdog = 0;
    const int watched = ::sd_watchdog_enabled(1, &watchdog);
    const std::string name = take("NOTIFY_SOCKET");
    if (name.empty()) return Supervisor();
    Supervisor supervisor;
    const std::string unable_to = "tell the service manager at " + name;
    const bool is_abstract = name.front() == '@';
    if ((!is_abstract && name.front() != '/') || name.size() >= sizeof supervisor.address_.sun_path)
        return Error{"unable to " + unable_to + ": NOTIFY_SOCKET is neither a path nor an abstract name (@…)"};
    if (watched < 0) return os_error("use WATCHDOG_USEC and WATCHDOG_PID", -watched);

    supervisor.name_ = name;
    supervisor.address_.sun_family = AF_UNIX;
    std::memcpy(supervisor.address_.sun_path, name.data(), name.size());
    if (is_abstract) supervisor.address_.sun_path[0] = '\0';
    supervisor.address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + !is_abstract);
    supervisor.socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!supervisor.socket_.is_open()) return os_error(unable_to, errno);
    // Twice in the time allowed, so that one that comes late is no death.
    if (watched > 0)
        supervisor.alive_every_ = std::chrono::microseconds(std::clamp<std::uint64_t>(watchdog / 2, 1, kAliveMax));
    return supervisor;
}

void Supervisor::ready(const std::string &status) {
    say_state(with_status("READY=1\nMAINPID=" + std::to_string(::getpid()), status));
    status_ = status;
}

void Supervisor::reloading(Moment now, const std::string &status) {
    const auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(now.since_boot).count();
    say_state(with_status("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(since_boot), status));
}

void Supervisor::stopping(const std::string &status) { say_state(with_status("STOPPING=1", status)); }

void Supervisor::say_again() {
    if (!unsaid_.empty() && send(unsaid_)) unsaid_.clear();
}

void Supervisor::status(const std::string &status) {
    if (!unsaid_.empty() || status == status_) return;
    if (send(with_status("", status).substr(1))) status_ = status;
}

void Supervisor::alive() { send("WATCHDOG=1"); }

std::optional<Duration> Supervisor::alive_every() const { return alive_every_; }

std::optional<std::string> Supervisor::take_complaint() {
    if (complaint_.empty() || complained_) return std::nullopt;
    complained_ = true;
    return complaint_;
}

// Of several that could not be said only the last is still true.
void Supervisor::say_state(std::string message) { unsaid_ = send(message) ? std::string() : std::move(message); }

bool Supervisor::send(const std::string &message) {
    if (!socket_.is_open()) return true;
    const auto *address = reinterpret_cast<const sockaddr *>(&address_);
    const ssize_t sent =
        ::sendto(socket_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL, address, address_size_);
    if (sent >= 0) {
        complaint_.clear();
        complained_ = false;
        return true;
    }
    if (complaint_.empty()) complaint_ = os_error("tell the service manager at " + name_, errno).message;
    return false;
}

}  // namespace hbnb::manager
