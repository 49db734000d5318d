// The least a FastCGI responder can do that has libfcgi decode each request and frame each answer: the limit responder
// (limit_responder.cpp) with libfcgi in between, through the worker's own platform layer and memory. What the container
// costs beside it is what the container does: checks, deadlines, scoreboard, plugins.
//
//   ./libfcgi_responder /tmp/libfcgi.sock 2        (socket path, number of processes, at most 64)
//
// As its model it expects a request to arrive in one read, and answers all with the same small JSON. Nothing is
// checked.
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "fcgi/record.hpp"
#include "worker/request/fastcgi_request.hpp"

namespace {

using namespace hbnb;

constexpr std::string_view kResponse = "Status: 200 OK\r\nContent-Type: application/json\r\n\r\n{\"status\": \"OK\"}\n";
constexpr int kProcessesMax = 64;

// One request from memory, its answer into memory.
class InMemory final : public worker::RequestIo {
  public:
    void begin(std::string_view records) {
        left_ = records;
        answer_.clear();
    }
    int read_records(char *buffer, std::size_t size) override {
        const std::size_t bytes = std::min(size, left_.size());
        std::memcpy(buffer, left_.data(), bytes);
        left_.remove_prefix(bytes);
        return static_cast<int>(bytes);
    }
    int write_records(const char *data, std::size_t size) override {
        answer_.append(data, size);
        return static_cast<int>(size);
    }
    const std::string &answer() const { return answer_; }

  private:
    std::string_view left_;
    std::string answer_;
};

class Responder {
  public:
    void answer(int connection) {
        const ssize_t got = ::read(connection, in_.data(), in_.size());
        if (got <= 0) {
            ::close(connection);
            return;
        }
        const std::string_view records(in_.data(), static_cast<std::size_t>(got));
        bool keep = false;
        if (!is_whole(records, keep)) return;
        io_.begin(records);
        const bool answered = request_.begin(io_) && request_.write(kResponse) && request_.finish();
        request_.release();
        const std::string &out = io_.answer();
        if (!answered || ::write(connection, out.data(), out.size()) < 0 || !keep) ::close(connection);
    }

  private:
    static bool is_whole(std::string_view records, bool &keep) {
        bool whole = false;
        while (records.size() >= fcgi::kHeaderBytes) {
            const fcgi::RecordHeader header = fcgi::decode_header(records.data());
            const std::size_t bytes = fcgi::kHeaderBytes + header.content + header.padding;
            if (header.type == fcgi::RecordType::begin_request && records.size() > fcgi::kHeaderBytes + 2)
                keep = (records[fcgi::kHeaderBytes + 2] & fcgi::kKeepConnection) != 0;
            if (header.type == fcgi::RecordType::stdin_stream && header.content == 0) whole = true;
            records.remove_prefix(std::min(bytes, records.size()));
        }
        return whole;
    }

    std::array<char, 65536> in_;
    InMemory io_;
    worker::FastcgiRequest request_;
};

[[noreturn]] void serve(int listener) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGPIPE, SIG_IGN);
    if (!worker::prepare_libfcgi()) ::_exit(1);
    static Responder responder;
    const int epoll = ::epoll_create1(0);
    const auto watch = [epoll](int fd, std::uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    };
    watch(listener, EPOLLIN | EPOLLEXCLUSIVE);
    std::array<epoll_event, 64> events;
    for (;;) {
        const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd != listener) {
                responder.answer(fd);
                continue;
            }
            const int connection = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
            if (connection >= 0) watch(connection, EPOLLIN);
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    const int processes = argc == 3 ? std::atoi(argv[2]) : 0;
    sockaddr_un address{};
    if (processes < 1 || processes > kProcessesMax || std::strlen(argv[1]) >= sizeof address.sun_path) {
        std::fprintf(stderr, "usage: libfcgi_responder SOCKET PROCESSES (1 to %d)\n", kProcessesMax);
        return 2;
    }
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, argv[1]);
    ::unlink(argv[1]);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (::bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 || ::chmod(argv[1], 0666) != 0 ||
        ::listen(listener, 4096) != 0) {
        std::perror("libfcgi_responder");
        return 1;
    }
    for (int i = 0; i < processes; ++i)
        if (::fork() == 0) serve(listener);  // never returns
    ::pause();
    return 0;
}
