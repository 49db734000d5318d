// A worker's listening sockets: shared with the other workers of the pool, registered with EPOLLEXCLUSIVE so that the
// kernel wakes one free worker a connection. Taken out of epoll while the worker cannot take a connection (its table is
// full, no descriptors left) or will not (draining). accept_one: any handler thread; the others: any thread, serialised.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/moment.hpp"
#include "wire/worker_setup.hpp"
#include "worker/error_log.hpp"

namespace hbnb::worker {

class Listeners {
  public:
    Listeners(std::vector<wire::ListenerSetup> setups, const ErrorLog &log);

    // epoll's data.u64 of listener i is kListenerTag | i.
    static constexpr std::uint64_t kListenerTag = 1ull << 63;

    Result<void> register_all(int epoll);
    void pause(int epoll);           // out of epoll until resume()
    void resume(int epoll);          // back in, unless closed for good
    void close_for_good(int epoll);  // draining

    struct Accepted {
        Fd socket;  // closed: nothing there, or a peer that may not connect
        bool is_unix = false;
        bool out_of_descriptors = false;
        bool is_no_socket = false;  // a plugin has closed it
    };
    Accepted accept_one(std::size_t index);
    bool has_pending() const;  // some listener would accept at once

  private:
    bool is_allowed(const wire::ListenerSetup &setup, int socket, bool &is_unix) const;
    void say_out_of_descriptors(const std::string &name, int code);

    std::vector<wire::ListenerSetup> setups_;
    const ErrorLog &log_;
    std::mutex mutex_;
    bool registered_ = false;
    bool closed_ = false;
    std::optional<Moment> said_;  // that descriptors have run out
};

}  // namespace hbnb::worker
