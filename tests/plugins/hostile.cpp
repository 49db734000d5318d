// A handler that turns what its worker has inherited against everybody else, a route for each: the scoreboard, the
// channel, the queues, the listening sockets, the logs, the control socket, the neighbours' processes. Each route
// answers with what came of it. It knows the layouts of wire/.
#include <hbnb/handler.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "wire/hand_off_queue.hpp"
#include "wire/inherited.hpp"
#include "wire/scoreboard.hpp"

namespace {

using namespace hbnb::sdk;
using namespace hbnb;
using enum hbnb::sdk::Method;

constexpr int kFloodMax = 20'000;  // messages
constexpr std::chrono::milliseconds kRestlessFor{400};
constexpr int kBombMax = 50;            // children
constexpr unsigned kBombSeconds = 300;  // that they live at most
constexpr const char *kForgedReady =
    R"({"message":"ready","threads":1,"plugins":[{"name":"honest","version":"9","mount":"/","file":"/honest.so","hash":"00"}]})";

std::string outcome(bool done) { return done ? "done\n" : std::string(std::strerror(errno)) + "\n"; }

std::string value(const Request &request, const char *name) { return request.query_value(name).value_or(""); }

// The scoreboard's file, mapped once more.
class Board {
  public:
    Board() {
        struct stat status {};
        if (::fstat(wire::kScoreboard, &status) != 0) return;
        size_ = static_cast<std::size_t>(status.st_size);
        void *const pages = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, wire::kScoreboard, 0);
        if (pages != MAP_FAILED) bytes_ = static_cast<unsigned char *>(pages);
    }
    Board(const Board &) = delete;
    Board &operator=(const Board &) = delete;
    ~Board() {
        if (bytes_ != nullptr) ::munmap(bytes_, size_);
    }
    bool is_mapped() const { return bytes_ != nullptr; }
    void fill(unsigned byte) { std::memset(bytes_, static_cast<int>(byte), size_); }
    void fill(std::mt19937 &random) {
        for (std::size_t i = 0; i < size_; ++i) bytes_[i] = static_cast<unsigned char>(random());
    }
    // All of one kind of number, in every thread.
    void claim(std::int64_t since, std::uint64_t requests, std::uint64_t busy_ns) {
        auto &board = *reinterpret_cast<wire::Scoreboard *>(bytes_);
        board.threads = kThreadsMax;
        board.accepted = board.shed = requests;
        for (wire::ThreadBoard &thread : board.thread) {
            thread.busy_since_ns = since;
            thread.requests = requests;
            thread.busy_ns = busy_ns;
        }
    }

  private:
    unsigned char *bytes_ = nullptr;
    std::size_t size_ = 0;
};

// For a while after the answer, from a thread of its own: up, down and anything between.
void be_restless() {
    std::thread([] {
        Board board;
        std::mt19937 random(3);
        const auto end = std::chrono::steady_clock::now() + kRestlessFor;
        while (board.is_mapped() && std::chrono::steady_clock::now() < end) {
            board.fill(0xff);
            board.fill(random);
            board.fill(0);
        }
    }).detach();
}

bool say(const std::string &message) {
    return ::send(wire::kChannel, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

// With two descriptors, where the manager expects none.
bool say_with_descriptors(std::string message) {
    const std::array<int, 2> descriptors{0, 0};
    iovec part{message.data(), message.size()};
    msghdr header{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptors)> control{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr *const first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof descriptors);
    std::memcpy(CMSG_DATA(first), descriptors.data(), sizeof descriptors);
    return ::sendmsg(wire::kChannel, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

// Both ends of the hand-off queues, as the worker has inherited them: waiting's in and out, kept's in and out.
std::vector<int> queue_ends() {
    std::vector<int> ends;
    for (int fd = wire::kFirstFree; fd < 64; ++fd) {
        int type = 0;
        socklen_t size = sizeof type;
        if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET) ends.push_back(fd);
    }
    return ends;
}

bool set_option(int fd, int name, int to) { return ::setsockopt(fd, SOL_SOCKET, name, &to, sizeof to) == 0; }

bool drop_all_messages(int fd) {
    sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &nothing};
    return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

void send_many(int in, std::size_t bytes, int count) {
    const std::string message(bytes, 'x');
    for (int i = 0; i < count; ++i) ::send(in, message.data(), bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// A connection that blocks, and whose other end, which stays open for good, says nothing.
bool send_silent(int in, int out) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return false;
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const Moment since{std::chrono::seconds(now.tv_sec)};
    const bool sent = wire::HandOffQueue(in, out).send(pair[0], {since, 0, true, true, since + std::chrono::hours(1)});
    ::close(pair[0]);
    return sent;
}

// What its pool listens on.
std::vector<int> listening_sockets() {
    std::vector<int> found;
    for (int fd = wire::kFirstFree; fd < 64; ++fd) {
        int listening = 0;
        socklen_t size = sizeof listening;
        if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0) found.push_back(fd);
    }
    return found;
}

bool make_wait(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

bool wait_for_ever(int fd) {
    const timeval for_ever{};
    return make_wait(fd) && ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever) == 0;
}

// For a while after the answer, from a thread of its own, whatever is put right meanwhile.
void keep_waiting_for_ever() {
    std::thread([] {
        const std::vector<int> all = listening_sockets();
        const auto end = std::chrono::steady_clock::now() + kRestlessFor;
        while (std::chrono::steady_clock::now() < end)
            for (const int fd : all) wait_for_ever(fd);
    }).detach();
}

// So that everybody who shares them looks at all of the intake: 8 bytes are a wake token (wire/hand_off_queue.hpp).
void wake_all_shared() {
    const std::vector<int> ends = queue_ends();
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    if (ends.size() == 4)
        wire::HandOffQueue(ends[0], ends[1])
            .send_wake_tokens(Moment{std::chrono::seconds(now.tv_sec)}, wire::kWakeTokensMax);
}

std::string read_all(int from) {
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::read(from, piece.data(), piece.size())) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(got));
    return text;
}

std::string line(const char *what, bool done) { return std::string(what) + ": " + outcome(done); }

class Hostile {
  public:
    static constexpr PluginInfo info{.name = "hostile", .version = "1.0", .default_mount = "/hostile"};

    Response handle(Request &request) { return router_.answer(*this, request); }

  private:
    Response hello() { return Response::text("hello\n"); }
    Response board(Request &request);
    Response channel(Request &request);
    Response control(Request &request);
    Response queue(Request &request);
    Response listeners(Request &request);
    Response held();
    Response logs(Request &request);
    Response child();
    Response bomb();
    Response control_thread();
    Response neighbour(Request &request);
    Response itself();

    const Router<Hostile> router_{
        {GET, "/hello", &Hostile::hello},
        {GET, "/board", &Hostile::board},          // ?with=: what its scoreboard is filled with
        {GET, "/channel", &Hostile::channel},      // ?say=: a message, or a kind of abuse
        {GET, "/control", &Hostile::control},      // ?socket=&method=&path=: the control socket's status line
        {GET, "/queue", &Hostile::queue},          // ?what=: is done to the hand-off queues
        {GET, "/listeners", &Hostile::listeners},  // ?what=: is done to the listening sockets
        {GET, "/held", &Hostile::held},            // all that it holds waits from now on
        {GET, "/logs", &Hostile::logs},            // ?line=: put into all that it holds; what could be cut off
        {GET, "/child", &Hostile::child},          // its pid: of a child that comes back
        {GET, "/bomb", &Hostile::bomb},            // how many children it has got, that stay
        {GET, "/control_thread", &Hostile::control_thread},  // its worker's first thread does nothing from now on
        {GET, "/neighbour", &Hostile::neighbour},            // ?pid=: what it may do to that process
        {GET, "/itself", &Hostile::itself},                  // its pid, and whether others may look into it
    };
};

Response Hostile::board(Request &request) {
    const std::string with = value(request, "with");
    Board board;
    std::mt19937 random(11);
    if (!board.is_mapped()) return Response::text(outcome(false));
    if (with == "zeros") board.fill(0);
    if (with == "ones") board.fill(0xff);
    if (with == "sevens") board.fill(0x7f);
    if (with == "eights") board.fill(0x80);
    if (with == "random") board.fill(random);
    if (with == "restless") be_restless();
    if (with == "slow") board.claim(1, 0, ~0ull);       // all threads busy for ever, and for nothing
    if (with == "idle") board.claim(0, 1ull << 40, 0);  // all idle, and quick
    if (with == "busy") board.claim(1, 1, 0x3fffffffffffffff);
    return Response::text(outcome(true));
}

Response Hostile::channel(Request &request) {
    const std::string what = value(request, "say");
    if (what == "ready") return Response::text(outcome(say(kForgedReady)));
    if (what == "huge") return Response::text(outcome(say(std::string(100'000, ' '))));
    if (what == "nothing") return Response::text(outcome(say("")));
    if (what == "deep") return Response::text(outcome(say(std::string(60'000, '['))));
    if (what == "descriptors") return Response::text(outcome(say_with_descriptors(R"({"message":"overdue"})")));
    if (what == "flood") {
        int sent = 0;
        for (int i = 0; i < kFloodMax; ++i) sent += say(R"({"message":"overdue"})");
        return Response::text(std::to_string(sent) + "\n");
    }
    return Response::text(outcome(say(R"({"message":")" + what + R"(","reason":"\u001b[2J","hand_over":true})")));
}

Response Hostile::queue(Request &request) {
    const std::string what = value(request, "what");
    const std::vector<int> ends = queue_ends();
    if (ends.size() != 4) return Response::text("no queues\n");
    bool done = true;
    if (what == "silent")
        return Response::text(outcome(send_silent(ends[0], ends[1]) && send_silent(ends[0], ends[1])));
    for (std::size_t i = 0; i < ends.size(); i += 2) {
        const int in = ends[i], out = ends[i + 1];
        if (what == "shut") done = ::shutdown(in, SHUT_RDWR) == 0 && done;
        if (what == "shut_in") done = ::shutdown(in, SHUT_WR) == 0 && done;
        if (what == "shut_out") done = ::shutdown(out, SHUT_RD) == 0 && done;
        if (what == "sndbuf") done = set_option(in, SO_SNDBUF, 1) && done;
        if (what == "peek") done = set_option(out, SO_PEEK_OFF, 1 << 20) && done;
        if (what == "lowat") done = set_option(out, SO_RCVLOWAT, 1 << 20) && done;
        if (what == "block") done = ::fcntl(in, F_SETFL, 0) == 0 && ::fcntl(out, F_SETFL, 0) == 0 && done;
        if (what == "filter") done = drop_all_messages(out) && done;
        if (what == "zero") send_many(in, 0, 64);
        if (what == "flood")
            for (const std::size_t bytes : {0, 1, 8, 191, 192, 4000}) send_many(in, bytes, kFloodMax / 6);
    }
    return Response::text(outcome(done));
}

Response Hostile::listeners(Request &request) {
    const std::string what = value(request, "what");
    const std::vector<int> all = listening_sockets();
    const linger reset{1, 0}, long_one{1, 600};
    bool done = !all.empty();
    if (what == "insist") keep_waiting_for_ever();
    for (const int fd : all) {
        if (what == "wait") done = make_wait(fd) && done;
        if (what == "wait_for_ever") done = wait_for_ever(fd) && done;
        if (what == "backlog") done = ::listen(fd, 0) == 0 && done;
        if (what == "shut") done = ::shutdown(fd, SHUT_RDWR) == 0 && done;
        if (what == "reset") done = ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0 && done;
        if (what == "linger") done = ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &long_one, sizeof long_one) == 0 && done;
    }
    wake_all_shared();
    return Response::text(outcome(done));
}

Response Hostile::held() {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += make_wait(fd);
    wake_all_shared();
    return Response::text(std::to_string(count) + "\n");
}

// Sockets take no line and are no log; a memfd is its worker's alone, or sealed.
Response Hostile::logs(Request &request) {
    const std::string text = value(request, "line") + "\n";
    std::string cut;
    for (int fd = 0; fd < 1024; ++fd) {
        struct stat status {};
        if (::fstat(fd, &status) != 0 || S_ISSOCK(status.st_mode)) continue;
        [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
        if (::ftruncate(fd, 0) == 0) cut += std::to_string(fd) + " ";
    }
    return Response::text(cut + "\n");
}

// The parent answers; the child comes back from its plugin, as if it were the worker.
Response Hostile::child() {
    const pid_t child = ::fork();
    return Response::text(std::to_string(child) + "\n");
}

Response Hostile::bomb() {
    int count = 0;
    for (int i = 0; i < kBombMax; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::alarm(kBombSeconds);
            for (;;) ::pause();
        }
        count += child > 0;
    }
    return Response::text(std::to_string(count) + "\n");
}

// By a signal that a worker's threads do not block, as it tells of a fault.
Response Hostile::control_thread() {
    struct sigaction action {};
    action.sa_handler = [](int) {
        for (;;) ::pause();
    };
    ::sigaction(SIGTRAP, &action, nullptr);
    return Response::text(outcome(::syscall(SYS_tgkill, ::getpid(), ::getpid(), SIGTRAP) == 0));
}

Response Hostile::control(Request &request) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    value(request, "socket").copy(address.sun_path, sizeof address.sun_path - 1);
    const std::string head =
        value(request, "method") + " " + value(request, "path") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    std::string answer;
    if (::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        answer = outcome(false);
    else if (::send(fd, head.data(), head.size(), MSG_NOSIGNAL) >= 0)
        answer = read_all(fd);
    ::close(fd);
    return Response::text(answer);
}

Response Hostile::neighbour(Request &request) {
    const pid_t pid = static_cast<pid_t>(std::strtol(value(request, "pid").c_str(), nullptr, 10));
    const std::string directory = "/proc/" + std::to_string(pid);
    std::string text = line("ptrace", ::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0);
    ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
    for (const char *name : {"/mem", "/maps", "/environ", "/fd/4"}) {
        const int fd = ::open((directory + name).c_str(), O_RDONLY | O_CLOEXEC);
        text += line(name + 1, fd >= 0);
        if (fd >= 0) ::close(fd);
    }
    DIR *const descriptors = ::opendir((directory + "/fd").c_str());
    text += line("fd", descriptors != nullptr);
    if (descriptors != nullptr) ::closedir(descriptors);
    // Nothing is at that address: whether it may is asked first.
    std::array<char, 16> bytes{};
    const iovec here{bytes.data(), bytes.size()}, there{reinterpret_cast<void *>(16), bytes.size()};
    text += line("process_vm_readv", ::process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT);
    text += line("process_vm_writev", ::process_vm_writev(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT);
    return Response::text(text);
}

Response Hostile::itself() { return Response::text(std::to_string(::getpid()) + "\n"); }

}  // namespace

HBNB_EXPORT_HANDLER(Hostile)
