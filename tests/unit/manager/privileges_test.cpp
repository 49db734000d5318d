#include "manager/host/privileges.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <functional>

#include "support/eventually.hpp"
#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

// The exit code of a child that ends with what `what` says.
int in_child(const std::function<int()> &what) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(what());
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

Capabilities capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    Capabilities sets{};
    ::syscall(SYS_capget, &header, sets.data());
    return sets;
}

bool has(unsigned capability) {
    return ((capabilities()[0].effective | capabilities()[0].permitted) >> capability) & 1U;
}

// As systemd's AmbientCapabilities= does.
bool give_ambient(unsigned capability) {
    Capabilities sets = capabilities();
    sets[0].effective |= sets[0].permitted & (1U << capability);
    sets[0].inheritable |= 1U << capability;
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    return ::syscall(SYS_capset, &header, sets.data()) == 0 &&
           ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0;
}

}  // namespace

TEST_CASE("a number needs no account: its group is the same number, or the one that is named") {
    if (!is_root()) return;
    const auto alone = find_identity("54321", "");
    REQUIRE(alone);
    CHECK(alone->uid == 54321);
    CHECK(alone->gid == 54321);
    CHECK(alone->name == "54321");
    CHECK(alone->groups == std::vector<gid_t>{54321});
    CHECK(alone->change);
    CHECK(find_identity("54321", "12345")->gid == 12345);
    CHECK(find_identity("0054321", "0")->gid == 0);
    CHECK(in_child([&] { return drop_privileges(*alone) && ::geteuid() == 54321 && ::getegid() == 54321 ? 0 : 1; }) ==
          0);
}

TEST_CASE("the number that means none to the kernel is refused, as user, group and owner of a socket") {
    const std::string none = "4294967295";
    CHECK(find_user(none).error().message == "unable to use user 4294967295: this number means none to the kernel");
    CHECK(find_group(none).error().message == "unable to use group 4294967295: this number means none to the kernel");
    CHECK(find_identity(none, "").error().message.starts_with("unable to use user 4294967295"));
    if (is_root()) CHECK(find_identity("root", none).error().message.starts_with("unable to use group 4294967295"));
}

TEST_CASE("an unknown user and an unknown group are refused by name") {
    CHECK(find_identity("no-such-user", "").error().message ==
          "unable to look up user no-such-user: there is no such user");
    if (is_root()) {
        CHECK(find_identity("root", "no-such-group").error().message ==
              "unable to look up group no-such-group: there is no such group");
    }
}

TEST_CASE("root without a user is refused, and so are handlers as root by accident") {
    if (!is_root()) return;
    CHECK(find_identity("", "").error().message ==
          "unable to start as root without `user`: handlers would run as root (`user: root` says that it is meant)");
    const auto meant = find_identity("root", "");
    REQUIRE(meant);
    CHECK_FALSE(meant->change);
}

TEST_CASE("who is not root stays who it is and cannot become another") {
    if (!is_root()) return;
    CHECK(as_somebody([] {
              const auto same = find_identity("", "");
              return same && same->uid == kSomebody && !same->change ? std::string("same") : std::string("other");
          }) == "same");
    CHECK(as_somebody([] { return find_identity("root", "").error().message; }) ==
          "unable to run as user root: only root can change the user, and this is uid 65534");
}

TEST_CASE("dropped privileges are gone for good: ids, groups, capabilities, and no new ones") {
    if (!is_root()) return;
    const auto identity = find_identity("nobody", "");
    REQUIRE(identity);
    CHECK(identity->change);
    CHECK(in_child([&] {
              int wrong = 0;
              if (!drop_privileges(*identity)) wrong |= 1;
              uid_t real = 0, effective = 0, saved = 0;
              ::getresuid(&real, &effective, &saved);
              if (real != identity->uid || effective != identity->uid || saved != identity->uid) wrong |= 2;
              if (::setuid(0) == 0) wrong |= 4;
              if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) wrong |= 8;
              if (::prctl(PR_CAPBSET_READ, 0, 0, 0, 0) != 0) wrong |= 16;
              if (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) wrong |= 32;
              return wrong;
          }) == 0);
}

TEST_CASE("who starts as an ordinary user loses the capabilities that a service manager gave it") {
    if (!is_root()) return;
    CHECK(in_child([] {
              if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || ::setgid(kSomebody) != 0 || ::setuid(kSomebody) != 0 ||
                  !give_ambient(CAP_NET_BIND_SERVICE) || !has(CAP_NET_BIND_SERVICE))
                  return 64;
              const auto identity = find_identity("", "");
              if (!identity || !drop_privileges(*identity)) return 1;
              int wrong = has(CAP_NET_BIND_SERVICE) ? 2 : 0;
              if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_BIND_SERVICE, 0, 0) != 0) wrong |= 4;
              if (give_ambient(CAP_NET_BIND_SERVICE)) wrong |= 8;
              return wrong;
          }) == 0);
}

TEST_CASE("its own user cannot read a manager, but still a program that it starts") {
    if (!is_root()) return;
    std::array<int, 2> ends{}, end{};
    REQUIRE(::pipe(ends.data()) == 0);
    REQUIRE(::pipe(end.data()) == 0);
    const pid_t manager = ::fork();
    REQUIRE(manager >= 0);
    if (manager == 0) {
        const auto identity = find_identity("nobody", "");
        const bool dropped = identity && drop_privileges(*identity);
        ::close(end[1]);
        const pid_t worker = ::fork();
        if (worker == 0) ::execl("/bin/sleep", "sleep", "1000", nullptr);
        char gone = 0;
        static_cast<void>(::write(ends[1], &worker, dropped ? sizeof worker : 1) && ::read(end[0], &gone, 1));
        ::kill(worker, SIGKILL);
        ::_exit(0);
    }
    pid_t worker = 0;
    REQUIRE(::read(ends[0], &worker, sizeof worker) == sizeof worker);
    const auto reads = [](pid_t pid) {
        return as_somebody([pid] {
            return ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY) < 0 ? std::strerror(errno)
                                                                                           : "yes";
        });
    };
    CHECK(reads(manager) == "Permission denied");
    CHECK(eventually([&] { return read_file("/proc/" + std::to_string(worker) + "/comm") == "sleep\n"; }));
    CHECK(reads(worker) == "yes");
    for (const int fd : {ends[0], ends[1], end[0], end[1]}) ::close(fd);
    CHECK(::waitpid(manager, nullptr, 0) == manager);
}

TEST_CASE("the limit of open files is lifted to what is allowed") {
    REQUIRE(lift_limits());
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(limit.rlim_cur == limit.rlim_max);
}
