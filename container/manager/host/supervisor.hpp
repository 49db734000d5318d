// The process that has started us and wants to hear how it goes: systemd, or another that speaks sd_notify(3).
// Where nobody does, every call here does nothing.
//
// Nothing waits, as nothing in the loop may: sd_notify() of libsystemd does, for ever, once a listener that reads no
// more has its queue full. What does not fit is said again later where it is the state, and is forgotten where it is a
// sign of life.
#pragma once

#include <sys/un.h>

#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/moment.hpp"

namespace hbnb::manager {

// Owned by Manager. `status` is one line for people.
class Supervisor {
  public:
    // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, which are taken out of the environment. An error where they
    // are there and of no use: then there is nobody.
    static Result<Supervisor> from_environment();
    Supervisor() = default;

    void ready(const std::string &status);  // at the start, and at the end of a reload, whether it was taken or not
    void reloading(Moment now, const std::string &status);
    void stopping(const std::string &status);
    void status(const std::string &status);  // where it has changed
    void say_again();                        // the last state, where it could not be said
    void alive();
    std::optional<Duration> alive_every() const;  // none: there is no watchdog
    std::optional<std::string> take_complaint();  // why nothing arrives; once, until something does

  private:
    void say_state(std::string message);
    bool send(const std::string &message);

    Fd socket_;  // closed: there is nobody
    sockaddr_un address_{};
    socklen_t address_size_ = 0;
    std::string name_;
    std::optional<Duration> alive_every_;
    std::string unsaid_;  // the last state, until it could be said
    std::string status_;  // said last
    std::string complaint_;
    bool complained_ = false;
};

}  // namespace hbnb::manager
