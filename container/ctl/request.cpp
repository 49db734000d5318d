// `hbnbctl request`: one FastCGI request, as nginx would send it, without nginx.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cctype>
#include <cerrno>

#include "base/fd.hpp"
#include "ctl/commands.hpp"
#include "fcgi/client/client.hpp"
#include "wire/status.hpp"

namespace hbnb::ctl {
namespace {

constexpr int kSilenceMs = 60'000;  // longer than a container's own deadlines
constexpr int kFirstError = 400;

int complain(const std::string &sentence, int code) {
    std::fprintf(stderr, "hbnbctl: %s\n", sentence.c_str());
    return code;
}

// HTTP_ACCEPT_LANGUAGE for Accept-Language; Content-Type and Content-Length have names of their own (RFC 3875 4.1.18).
std::string param_of(std::string_view header) {
    std::string name;
    for (const char c : header) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name == "CONTENT_TYPE" || name == "CONTENT_LENGTH" ? name : "HTTP_" + name;
}

Result<fcgi::ClientRequest> to_fastcgi(const RequestCommand &command) {
    const auto mark = command.target.find('?');
    fcgi::ClientRequest request;
    request.body = command.body;
    request.params = {{"GATEWAY_INTERFACE", "CGI/1.1"},
                      {"REQUEST_METHOD", command.method},
                      {"SCRIPT_NAME", ""},
                      {"PATH_INFO", command.target.substr(0, mark)},
                      {"QUERY_STRING", mark == std::string::npos ? "" : command.target.substr(mark + 1)},
                      {"REQUEST_URI", command.target},
                      {"SERVER_PROTOCOL", "HTTP/1.1"},
                      {"SERVER_NAME", "localhost"},
                      {"REMOTE_ADDR", "127.0.0.1"},
                      {"HTTP_HOST", "localhost"},
                      {"HTTP_USER_AGENT", "hbnbctl"}};
    if (!command.body.empty()) request.params.emplace_back("CONTENT_LENGTH", std::to_string(command.body.size()));
    for (const auto &header : command.headers) {
        const auto colon = header.find(':');
        if (colon == std::string::npos || colon == 0)
            return Error{"-H: found '" + header + "', allowed is 'Name: value'"};
        const auto value = header.find_first_not_of(" \t", colon + 1);
        std::string name = param_of(std::string_view(header).substr(0, colon));
        std::erase_if(request.params, [&](const auto &param) { return param.first == name; });
        request.params.emplace_back(std::move(name), value == std::string::npos ? "" : header.substr(value));
    }
    return request;
}

Result<void> find_socket(const ControlClient &client, std::string &socket) {
    const auto answer = client.ask("GET", "/status");
    if (!answer) return answer.error();
    const auto status = wire::decode_status(answer->body);
    if (!status) return status.error();
    for (const auto &pool : status->pools) {
        for (const auto &listener : pool.listeners) {
            if (!listener.starts_with("unix:")) continue;
            socket = listener.substr(std::string_view("unix:").size());
            return {};
        }
    }
    return Error{"unable to find a Unix socket in the container's status; name one with --socket"};
}

Result<Fd> connect_to(const std::string &path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Error{"unable to connect to " + path + ": the path is too long"};
    path.copy(address.sun_path, path.size());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open() || ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return os_error("connect to " + path, errno);
    return fd;
}

// Sends and receives at the same time: an early answer to a long body must not stop either side.
Result<fcgi::ResponseGatherer> converse(const Fd &fd, std::string_view bytes) {
    fcgi::ResponseGatherer response;
    std::array<char, 64 << 10> piece{};
    while (!response.is_ended()) {
        pollfd one{fd.get(), static_cast<short>(bytes.empty() ? POLLIN : POLLIN | POLLOUT), 0};
        if (::poll(&one, 1, kSilenceMs) <= 0) return Error{"unable to read the answer: nothing came for a minute"};
        if ((one.revents & POLLOUT) != 0) {
            const ssize_t sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
            if (sent < 0 && errno != EAGAIN && errno != EINTR) bytes = {};  // an answer may be there all the same
        }
        if ((one.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
        const ssize_t got = ::recv(fd.get(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return Error{"unable to read the answer: the worker hung up before its end"};
        if (got > 0) response.feed({piece.data(), static_cast<std::size_t>(got)});
    }
    return response;
}

}  // namespace

int request(const ControlClient &client, const RequestCommand &command) {
    const auto wanted = to_fastcgi(command);
    if (!wanted) return complain(wanted.error().message, kUsage);
    std::string socket = command.socket;
    if (socket.empty()) {
        if (const auto found = find_socket(client, socket); !found)
            return complain(found.error().message, kNoContainer);
    }
    const auto fd = connect_to(socket);
    if (!fd) return complain(fd.error().message, kNoContainer);
    const auto response = converse(*fd, fcgi::encode_request(*wanted));
    if (!response) return complain(response.error().message, kRefused);
    if (!response->stderr_bytes().empty()) std::fprintf(stderr, "%s\n", response->stderr_bytes().c_str());
    const std::string shown = command.include ? response->stdout_bytes() : response->body();
    std::fwrite(shown.data(), 1, shown.size(), stdout);
    const int status = response->http_status();
    if (status >= kFirstError && !command.include) complain("status " + std::to_string(status), kRefused);
    return status == 0 || status >= kFirstError ? kRefused : kDone;
}

}  // namespace hbnb::ctl
