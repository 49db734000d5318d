#include "manager/privileges.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

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
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int wrong = 0;
        if (!drop_privileges(*identity)) wrong |= 1;
        uid_t real = 0, effective = 0, saved = 0;
        ::getresuid(&real, &effective, &saved);
        if (real != identity->uid || effective != identity->uid || saved != identity->uid) wrong |= 2;
        if (::setuid(0) == 0) wrong |= 4;
        if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) wrong |= 8;
        if (::prctl(PR_CAPBSET_READ, 0, 0, 0, 0) != 0) wrong |= 16;
        ::_exit(wrong);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("the limit of open files is lifted to what is allowed") {
    REQUIRE(lift_limits());
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(limit.rlim_cur == limit.rlim_max);
}
