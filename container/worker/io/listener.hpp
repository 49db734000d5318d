// A worker's listening sockets: shared with the other workers of the pool, registered with EPOLLEXCLUSIVE so that the
// kernel wakes one free worker a connection. accept_one, has_pending, may_wait: any thread; the others are serialised
// by the caller.
//
// Any worker can change them for all. Where one has made them wait (O_NONBLOCK), accept comes back all the same, as the
// manager has given them a time for it (SO_RCVTIMEO); it puts both right within a sample. One that was shut down is not
// waited for, or its end would be reported for ever; it is again once it listens again.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/moment.hpp"
#include "wire/worker_setup.hpp"
#include "worker/error_log.hpp"
#include "worker/io/epoll.hpp"
#include "worker/watch/once_a_second.hpp"

namespace hbnb::worker {

class Listeners {
  public:
    Listeners(std::vector<wire::ListenerSetup> setups, const ErrorLog &log);

    // epoll's tag of listener i is kListenerTag | i.
    static constexpr Tag kListenerTag = kNoConnection;

    Result<void> register_all(const Epoll &epoll) const;
    void unregister_all(const Epoll &epoll) const;
    void unregister_shut(const Epoll &epoll) const;
    Result<void> register_again(const Epoll &epoll) const;  // those that were shut and are not any more
    bool may_wait(std::size_t index) const;                 // accept_one; for a thread that must not
    std::size_t count() const { return setups_.size(); }

    struct Accepted {
        Fd socket;  // closed: nothing there, or a peer that may not connect
        bool is_unix = false;
        bool out_of_descriptors = false;
        bool is_no_socket = false;  // a plugin has closed it
        bool is_shut = false;       // and nobody is in its queue any more
    };
    Accepted accept_one(std::size_t index) const;
    bool has_pending() const;  // some listener would accept at once
    // In a process that was forked off: every connection that came in at one of these sockets, or at another of their
    // address, wherever in this process its number was kept. A thread that had one in hand has no other copy of that
    // number.
    void close_accepted_in_child() const;
    // Once a second: who wants to take one from there has no descriptor for it.
    void say_out_of_descriptors(const std::string &name, int code) const;

  private:
    // Once a second: who may not connect may try as often as it likes.
    void say_refused(const std::string &name, const std::string &peer) const;
    bool is_allowed(const wire::ListenerSetup &setup, int socket, bool &is_unix) const;

    struct Address {  // as the kernel tells it of a listening socket and of what is accepted there
        sockaddr_storage storage{};
        socklen_t size = 0;
        bool is_same(const Address &other) const;
    };
    static std::optional<Address> address_of(int socket);

    std::vector<wire::ListenerSetup> setups_;
    std::vector<Address> addresses_;  // of the same
    const ErrorLog &log_;
    mutable OnceASecond refusals_;
    mutable std::mutex mutex_;
    mutable std::optional<Moment> said_;  // that descriptors have run out
    mutable bool has_unregistered_ = false;
};

}  // namespace hbnb::worker
