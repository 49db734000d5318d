// The listening sockets of a pool. A socket outlives reloads that leave its address alone: the last close of a listener
// resets every connection that waits in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "config/settings/config.hpp"
#include "manager/sockets/unix_socket.hpp"
#include "wire/worker_setup.hpp"

namespace hbnb::manager {

class Listener {
  public:
    static Result<Listener> open(const config::Listener &wanted, const Claim &claim);
    static Result<void> look(const config::Listener &wanted, const Claim &claim);  // what `open` would refuse
    // One that another process has opened and left to us (inherited_sockets.hpp). Refused: no listening stream socket.
    static Result<Listener> adopt(Fd fd);

    const std::string &name() const { return name_; }  // "unix:/run/hbnb.sock", "tcp:127.0.0.1:9000", "tcp:[::1]:9000"
    int fd() const;
    unsigned waiting() const;  // TCP: connections in the kernel's queue; Unix: ask Backlog
    bool has_waiting() const;  // a connection is in the kernel's queue
    bool is_unix() const { return name_.starts_with("unix:"); }
    bool is_reachable() const;  // Unix: our file has not been removed or replaced, nor the socket shut
    // A listening socket is shared with all workers of its pool, and a plugin can change it for all of them: it is
    // looked at and put right again. The sentence says what had been done ("waited in accept"); nullopt: nothing that
    // shows. What cannot be undone, a Unix socket that was shut down, is not reachable any more. The backlog is set
    // again in any case.
    std::optional<std::string> put_right();
    // Whether `change` will be allowed. Which of IPv4 and IPv6 a bound socket takes cannot change.
    Result<void> check_change(const config::Listener &wanted) const;
    Result<void> change(const config::Listener &wanted);  // what can change without a new socket
    void remove_file();                                   // Unix: nobody new finds it

  private:
    Listener(std::string name, std::variant<UnixSocket, Fd> socket, int backlog, bool inherited = false)
        : name_(std::move(name)), socket_(std::move(socket)), backlog_(backlog), inherited_(inherited) {}

    bool is_shut() const;

    std::string name_;
    std::variant<UnixSocket, Fd> socket_;  // Fd: TCP, and what was inherited
    int backlog_;                          // 0: its maker's, and not known
    bool inherited_;                       // file, mode, owner, backlog: not ours to touch
    bool is_said_to_be_shut_ = false;
};

std::string name_of(const config::Listener &listener);  // one name an address, however it was written

// Who could connect if it were opened now, for people: "unix:/run/hbnb.sock: mode 0660, owner root, group www-data".
Result<std::string> describe(const config::Listener &listener);

// Shared by the generations that serve on them; with the last of these it is closed and its file removed.
using Listeners = std::vector<std::shared_ptr<Listener>>;

// Those of `before` whose address is wanted again, and new ones for the others, also for one whose file was removed
// under it. On an error nothing has changed; what of the kept ones changes (mode, owner, backlog) is for
// `apply_changes` once the reload is certain.
Result<Listeners> open_listeners(const std::vector<config::Listener> &wanted, const Listeners &before,
                                 const Claim &claim);
// Adds to both those of `before` that have lost their file but not those who wait in them: under a name that is wanted
// again, they are served beside the new socket.
void keep_queues(std::vector<config::Listener> &wanted, Listeners &listeners, const Listeners &before);
std::vector<std::string> apply_changes(const std::vector<config::Listener> &wanted, const Listeners &listeners);

std::vector<std::string> names_of(const Listeners &listeners);  // each once

// How workers are told of one.
wire::ListenerSetup setup_of(const config::Listener &listener, int descriptor);

}  // namespace hbnb::manager
