// The control socket: HTTP and JSON for hbnbctl and `curl --unix-socket`. Every size, time and number of clients is
// bounded; nothing a client sends can do more than get an answer. The only file that includes Boost.Beast is this
// one's .cpp.
//
//   peer (SO_PEERCRED)             GET    what changes something
//   root, control_uids             yes    yes
//   the container's own user       yes    403, logged, where root started the container: handlers run as that user.
//                                         Where it started the container itself: yes, and so may each handler
//   any other                      its connection is closed
//
// A client asks once and has kControlTimeout for it. Of more than kControlClientsMax at once the user with the most
// loses its oldest one, so that no user takes the places of another, and none is kept out by its own half requests.
//
// What is there is a list of routes (control_api.hpp has the manager's). Another path is answered 404, another method
// 405, too long 431 or 413, not HTTP 400: each {"error": "sentence"}
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "manager/sockets/unix_socket.hpp"

namespace hbnb::manager {

class Loop;
class ErrorLog;

inline constexpr std::size_t kControlClientsMax = 64;
inline constexpr std::size_t kControlHeaderBytesMax = 8 << 10;
inline constexpr std::size_t kControlBodyBytesMax = 64 << 10;
inline constexpr std::chrono::seconds kControlTimeout{10};  // for a whole request, and for its answer to be taken

struct ControlAnswer {
    unsigned status = 200;
    std::string json;
};

ControlAnswer control_refusal(unsigned status, const std::string &sentence);  // {"error": sentence}

struct ControlRoute {
    std::string method, path;
    std::function<ControlAnswer(const std::string &body)> answer;  // in the loop
};

// Which users may do what. A value.
struct ControlRights {
    uid_t service = 0;                // the container's own user
    bool service_may_change = false;  // it started the container
    std::vector<uid_t> uids;          // control_uids

    bool may_change(uid_t uid) const;
    bool may_read(uid_t uid) const { return uid == service || may_change(uid); }
};

// Owned by Manager.
class ControlServer {
  public:
    // socket: bound, listening, of a mode that lets in each peer with a right.
    ControlServer(Loop &loop, ErrorLog &log, UnixSocket socket, ControlRights rights, std::vector<ControlRoute> routes);
    ControlServer(const ControlServer &) = delete;
    ControlServer &operator=(const ControlServer &) = delete;
    ~ControlServer();

    bool has_file() const;             // the socket's path still leads to it
    void serve_on(UnixSocket socket);  // instead of the one before; what waits in its queue is served first

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the clients being answered, which may outlive the server by a moment
};

}  // namespace hbnb::manager
