#include "manager/deploy/plugin_store.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

const PluginTrust kTrust{::geteuid()};

std::string refusal(const std::string &file) {
    const auto copy = copy_plugin(file, kTrust);
    return copy ? "" : copy.error().message;
}

std::string content(const PluginCopy &copy) {
    std::string text(64, '\0');
    const ssize_t size = ::pread(copy.memfd.get(), text.data(), text.size(), 0);
    return text.substr(0, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
}

}  // namespace

TEST_CASE("a plugin is copied, hashed and sealed") {
    const Sandbox sandbox;
    const auto copy = copy_plugin(sandbox.write("a.so", "abc"), kTrust);
    REQUIRE(copy);
    CHECK(copy->file == sandbox / "a.so");
    CHECK(copy->hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, "abc"
    CHECK(content(*copy) == "abc");
    CHECK(::pwrite(copy->memfd.get(), "x", 1, 0) == -1);
    CHECK(::ftruncate(copy->memfd.get(), 0) == -1);
    CHECK((::fcntl(copy->memfd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a copy can be mapped executable, as dlopen does") {
    const Sandbox sandbox;
    const auto copy = copy_plugin(sandbox.write("a.so", std::string(5000, 'x')), kTrust);
    REQUIRE(copy);
    void *mapped = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, copy->memfd.get(), 0);
    CHECK(mapped != MAP_FAILED);
    if (mapped != MAP_FAILED) ::munmap(mapped, 4096);
}

TEST_CASE("what is done to the file later does not reach the copy") {
    const Sandbox sandbox;
    const auto copy = copy_plugin(sandbox.write("a.so", "before"), kTrust);
    REQUIRE(copy);
    sandbox.write("a.so", "after");
    CHECK(content(*copy) == "before");
}

TEST_CASE("a missing plugin, a directory and an empty file are refused") {
    const Sandbox sandbox;
    CHECK(refusal(sandbox / "no.so") == "unable to load plugin " + (sandbox / "no.so") + ": No such file or directory");
    REQUIRE(::mkdir((sandbox / "d.so").c_str(), 0755) == 0);
    CHECK(refusal(sandbox / "d.so") == "unable to load plugin " + (sandbox / "d.so") + ": it is not a regular file");
    CHECK(refusal(sandbox.write("e.so", "")) == "unable to load plugin " + (sandbox / "e.so") + ": it is empty");
}

TEST_CASE("a named pipe as a plugin is refused instead of waited for") {
    const Sandbox sandbox;
    REQUIRE(::mkfifo((sandbox / "p.so").c_str(), 0600) == 0);
    CHECK(refusal(sandbox / "p.so") == "unable to load plugin " + (sandbox / "p.so") + ": it is not a regular file");
}

TEST_CASE("a plugin that others can write is refused with its mode") {
    const Sandbox sandbox;
    CHECK(refusal(sandbox.write("a.so", "x", 0666)) ==
          "unable to load plugin " + (sandbox / "a.so") + ": it is writable by group or others (mode 0666)");
    CHECK(refusal(sandbox.write("b.so", "x", 0664)) ==
          "unable to load plugin " + (sandbox / "b.so") + ": it is writable by group or others (mode 0664)");
}

TEST_CASE("a plugin in a directory that others can write is refused with the directory, however deep it is") {
    const Sandbox sandbox;
    REQUIRE(::mkdir((sandbox / "open").c_str(), 0755) == 0);
    REQUIRE(::chmod((sandbox / "open").c_str(), 0777) == 0);
    REQUIRE(::mkdir((sandbox / "open/inner").c_str(), 0755) == 0);
    sandbox.write("open/inner/a.so", "x");
    CHECK(refusal(sandbox / "open/inner/a.so") == "unable to load plugin " + (sandbox / "open/inner/a.so") +
                                                      ": its directory " + (sandbox / "open") +
                                                      " is writable by group or others (mode 0777)");
    REQUIRE(::chmod((sandbox / "open").c_str(), 01777) == 0);  // sticky, as /tmp
    CHECK(refusal(sandbox / "open/inner/a.so").empty());
}

TEST_CASE("a plugin or a directory of a foreign user is refused with the uid") {
    if (!is_root()) return;
    const Sandbox sandbox;
    sandbox.write("a.so", "x");
    REQUIRE(::chown((sandbox / "a.so").c_str(), 1234, 0) == 0);
    CHECK(refusal(sandbox / "a.so") == "unable to load plugin " + (sandbox / "a.so") +
                                           ": it belongs to uid 1234, neither root nor the container's user");
    CHECK(copy_plugin(sandbox / "a.so", PluginTrust{1234}));
    REQUIRE(::chown(sandbox.path().c_str(), 1235, 0) == 0);
    CHECK(refusal(sandbox / "a.so") == "unable to load plugin " + (sandbox / "a.so") + ": its directory " +
                                           sandbox.path() +
                                           " belongs to uid 1235, neither root nor the container's user");
}

TEST_CASE("a plugin that the container's user cannot read is refused") {
    if (!is_root()) return;
    const Sandbox sandbox;
    sandbox.write("a.so", "x", 0600);
    CHECK(as_somebody([&] { return refusal(sandbox / "a.so"); }) ==
          "unable to load plugin " + (sandbox / "a.so") + ": Permission denied");
}

TEST_CASE("a plugin over the size limit is refused without being read") {
    const Sandbox sandbox;
    sandbox.write("a.so", "x");
    REQUIRE(::truncate((sandbox / "a.so").c_str(), static_cast<off_t>(kPluginBytesMax + 1)) == 0);
    CHECK(refusal(sandbox / "a.so") == "unable to load plugin " + (sandbox / "a.so") + ": it has " +
                                           std::to_string(kPluginBytesMax + 1) + " bytes, at most " +
                                           std::to_string(kPluginBytesMax));
}

TEST_CASE("a symbolic link is followed once, and what it names is checked") {
    const Sandbox sandbox;
    sandbox.write("real.so", "x", 0666);
    REQUIRE(::symlink("real.so", (sandbox / "link.so").c_str()) == 0);
    CHECK(refusal(sandbox / "link.so") ==
          "unable to load plugin " + (sandbox / "real.so") + ": it is writable by group or others (mode 0666)");
}

TEST_CASE("drop-ins are the *.so files that no mount names, sorted, without a mount of their own") {
    const Sandbox sandbox;
    for (const char *name : {"c.so", "a.so", "b.so", "notes.txt", ".hidden.so"}) sandbox.write(name, name);
    config::Pool pool;
    pool.handlers_directory = sandbox.path();
    config::Plugin mounted;
    mounted.file = sandbox / "b.so";
    mounted.mount = "/b";
    pool.plugins = {mounted};
    const auto stored = store_plugins(pool, kTrust);
    REQUIRE(stored);
    REQUIRE(stored->size() == 3);
    CHECK(stored->at(0).plugin.mount == "/b");
    CHECK(stored->at(1).copy->file == sandbox / "a.so");
    CHECK(stored->at(1).plugin.mount.empty());
    CHECK(stored->at(2).copy->file == sandbox / "c.so");
}

TEST_CASE("one bad drop-in refuses the generation; a missing directory too") {
    const Sandbox sandbox;
    sandbox.write("a.so", "x");
    sandbox.write("b.so", "x", 0666);
    config::Pool pool;
    pool.handlers_directory = sandbox.path();
    CHECK_FALSE(store_plugins(pool, kTrust));
    pool.handlers_directory = sandbox / "no";
    const auto stored = store_plugins(pool, kTrust);
    REQUIRE_FALSE(stored);
    CHECK(stored.error().message ==
          "unable to read handlers.directory " + (sandbox / "no") + ": No such file or directory");
}

TEST_CASE("a plugin that a mount names is refused with its place in the configuration") {
    config::Pool pool;
    config::Plugin plugin;
    plugin.file = "/nowhere/a.so";
    plugin.where = "hbnb.yaml:31:9";
    pool.plugins = {plugin};
    const auto stored = store_plugins(pool, kTrust);
    REQUIRE_FALSE(stored);
    CHECK(stored.error().message == "unable to load plugin /nowhere/a.so: No such file or directory (hbnb.yaml:31:9)");
}

TEST_CASE("a plugin mounted twice is copied once") {
    const Sandbox sandbox;
    config::Pool pool;
    config::Plugin plugin;
    plugin.file = sandbox.write("a.so", "x");
    pool.plugins = {plugin, plugin};
    const auto stored = store_plugins(pool, kTrust);
    REQUIRE(stored);
    CHECK(stored->at(0).copy == stored->at(1).copy);
}
