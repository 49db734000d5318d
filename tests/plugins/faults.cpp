// A handler that does to its own process what handlers in the field do, a route for each.
#include <hbnb/handler.hpp>

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;

constexpr int kDescriptors = 256;

// What a signal does by itself; a sanitizer's handler would make an exit of it.
void unhandled(int signal) { ::signal(signal, SIG_DFL); }

// Deep enough for any stack, and not a loop for the compiler.
unsigned deeper(volatile unsigned char *above, unsigned depth) {
    volatile unsigned char here[4096];
    here[0] = static_cast<unsigned char>(above[0] + depth);
    if (depth == 0) return here[0];
    const unsigned below = deeper(here, depth - 1);
    return below + here[0];
}

bool is_socket(int fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

class Faults {
  public:
    static constexpr PluginInfo info{.name = "faults", .version = "1.0", .default_mount = "/faults"};

    Response handle(Request &request) { return router_.answer(*this, request); }

  private:
    Response divide() {
        unhandled(SIGFPE);
        ::raise(SIGFPE);  // as a division by zero does, on every machine
        return Response::text("divided\n");
    }
    Response overflow() {
        unhandled(SIGSEGV);
        volatile unsigned char top[1] = {1};
        return Response::text(std::to_string(deeper(top, 1U << 20)));
    }
    Response exit() { std::exit(0); }
    Response exit_at_once() { ::_exit(0); }
    Response end_thread() { ::pthread_exit(nullptr); }
    Response close_all() {
        for (int fd = 0; fd < kDescriptors; ++fd) ::close(fd);
        return Response::text("closed\n");
    }
    Response close_listeners() {
        for (int fd = 0; fd < kDescriptors; ++fd)
            if (is_socket(fd)) ::close(fd);
        return Response::text("closed\n");
    }
    Response pid() { return Response::text(std::to_string(::getpid())); }
    Response fork_returns() { return told(::fork()); }
    Response raw_fork_returns() { return told(raw_fork()); }
    Response fork_throws();
    Response fork_ends_thread();
    Response fork_exits();
    Response fork_sleeps() { return asleep(::fork()); }
    Response raw_fork_sleeps() { return asleep(raw_fork()); }
    Response shell() { return Response::text(std::to_string(std::system("sleep 1000 > /dev/null 2>&1 &"))); }
    // As fork(2) does it, and without what the C library does beside it.
    static pid_t raw_fork() { return static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }
    static Response told(pid_t child) { return Response::text(std::to_string(child)); }
    static Response asleep(pid_t child) {
        while (child == 0) ::pause();
        return told(child);
    }
    Response raw_fork_exits(Request &request);
    Response child();
    Response orphan();

    const Router<Faults> router_{
        {GET, "/divide", &Faults::divide},
        {GET, "/overflow", &Faults::overflow},
        {GET, "/exit", &Faults::exit},
        {GET, "/exit_at_once", &Faults::exit_at_once},
        {GET, "/end_thread", &Faults::end_thread},
        {GET, "/close_all", &Faults::close_all},
        {GET, "/close_listeners", &Faults::close_listeners},
        {GET, "/pid", &Faults::pid},
        {GET, "/fork_returns", &Faults::fork_returns},
        {GET, "/raw_fork_returns", &Faults::raw_fork_returns},
        {GET, "/fork_throws", &Faults::fork_throws},
        {GET, "/fork_ends_thread", &Faults::fork_ends_thread},
        {GET, "/fork_exits", &Faults::fork_exits},
        {GET, "/raw_fork_exits", &Faults::raw_fork_exits},  // in the middle of an answer
        {GET, "/fork_sleeps", &Faults::fork_sleeps},
        {GET, "/raw_fork_sleeps", &Faults::raw_fork_sleeps},
        {GET, "/shell", &Faults::shell},
        {GET, "/child", &Faults::child},    // leaves a child that holds every descriptor for ten seconds
        {GET, "/orphan", &Faults::orphan},  // leaves a child's child, which ends when its parent has
    };
};

Response Faults::fork_throws() {
    const pid_t child = ::fork();
    if (child == 0) throw std::runtime_error("thrown in a child");
    return told(child);
}

Response Faults::fork_ends_thread() {
    const pid_t child = ::fork();
    if (child == 0) ::pthread_exit(nullptr);
    return told(child);
}

Response Faults::fork_exits() {
    const pid_t child = ::fork();
    if (child == 0) std::exit(0);
    return told(child);
}

Response Faults::raw_fork_exits(Request &request) {
    auto out = request.begin(200, {{"Content-Type", "text/plain"}});
    out.write("begun, ").flush();
    const pid_t child = raw_fork();
    if (child == 0) std::exit(0);
    ::waitpid(child, nullptr, 0);
    out.write("whole").flush();
    return out.end();
}

Response Faults::child() {
    const pid_t parent = ::getpid();
    if (::fork() == 0) {
        for (int i = 0; i < 1000 && ::getppid() == parent; ++i) ::usleep(10'000);
        ::_exit(0);
    }
    return Response::text("left a child\n");
}

Response Faults::orphan() {
    const pid_t child = ::fork();
    if (child == 0) {
        const pid_t parent = ::getpid();
        if (::fork() == 0) {
            while (::getppid() == parent) ::usleep(1000);
            ::_exit(7);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return Response::text("orphaned\n");
}

}  // namespace

HBNB_EXPORT_HANDLER(Faults)
