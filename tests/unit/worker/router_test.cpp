#include "worker/plugin/router.hpp"

#include <doctest/doctest.h>

using namespace hbnb::worker;

namespace {

Router router(std::vector<Mount> mounts) { return *Router::build(std::move(mounts)); }

// Which plugin serves it; -1: none.
int served_by(const Router &router, std::string_view path) {
    const Mount *mount = router.find(path);
    return mount == nullptr ? -1 : static_cast<int>(mount->plugin);
}

}  // namespace

TEST_CASE("the longest mount wins, whatever order they were named in") {
    const Router all = router({{"", 0, "root"}, {"/a/b", 1, "ab"}, {"/a", 2, "a"}});
    CHECK(served_by(all, "/") == 0);
    CHECK(served_by(all, "/a") == 2);
    CHECK(served_by(all, "/a/x") == 2);
    CHECK(served_by(all, "/a/b") == 1);
    CHECK(served_by(all, "/a/b/c") == 1);
}

TEST_CASE("a mount takes whole segments") {
    const Router all = router({{"/demo", 0, "demo"}});
    CHECK(served_by(all, "/demo/") == 0);
    CHECK(served_by(all, "/demolition") == -1);
    CHECK(served_by(all, "/dem") == -1);
    CHECK(served_by(all, "/x/demo") == -1);
}

TEST_CASE("what no longer mount takes is the one's at '/', also what only begins like a longer one") {
    const Router all = router({{"", 0, "root"}, {"/demo", 1, "demo"}});
    CHECK(served_by(all, "/other/path") == 0);
    CHECK(served_by(all, "/demolition") == 0);
    CHECK(served_by(all, "//demo") == 0);
    CHECK(served_by(all, "/demo//x") == 1);
    CHECK(served_by(all, "/Demo") == 0);
}

TEST_CASE("nothing is found where nothing is mounted") {
    CHECK(served_by(router({}), "/") == -1);
    CHECK(served_by(router({{"/demo", 0, "demo"}}), "/") == -1);
}

TEST_CASE("two plugins at one mount are refused with both names") {
    const auto twice = Router::build({{"/x", 0, "one.so"}, {"", 2, "root.so"}, {"/x", 1, "two.so"}});
    REQUIRE_FALSE(twice.has_value());
    CHECK(twice.error().message == "unable to mount plugin two.so at /x: plugin one.so is mounted there already");
    const auto roots = Router::build({{"", 0, "one.so"}, {"", 1, "two.so"}});
    REQUIRE_FALSE(roots.has_value());
    CHECK(roots.error().message == "unable to mount plugin two.so at /: plugin one.so is mounted there already");
}
