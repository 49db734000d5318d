// A real debugger at a worker of another user.
#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/root.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

bool has_gdb_or_skipped() {
    if (!is_root_or_skipped()) return false;
    if (run({"sh", "-c", "command -v gdb"}).exit_code == 0) return true;
    MESSAGE("skipped: there is no gdb here (Debian: apt-get install gdb)");
    return false;
}

}  // namespace

TEST_CASE("gdb attaches to a worker of another user and shows the handler's file and line") {
    if (!has_gdb_or_skipped()) return;
    Container container({.min = 1, .max = 1, .mounts = {{"/gated", test_plugin("gated")}}, .user = "nobody"});
    const std::string gate = container.dir() / "gate";
    unsigned status = 0;
    std::thread client([&] {
        const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/gated/wait?file=" + gate, false));
        if (answer) status = answer->http_status();
    });
    const std::string pid = std::to_string(container.worker_pids().front());
    Outcome shown;
    CHECK(eventually([&] {
        shown = run(
            {"gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p", pid, "-ex", "thread apply all bt"});
        return shown.exit_code != 0 || shown.output.find("gated.cpp:") != std::string::npos;
    }));
    CHECK_MESSAGE(shown.exit_code == 0, shown.output);
    const auto place = shown.output.find("gated.cpp:");  // of the handler's frame, which has its name
    const auto frame = shown.output.rfind('\n', place) + 1;
    CHECK_MESSAGE(shown.output.substr(frame, place - frame).find("wait") != std::string::npos, shown.output);
    write_file(gate, "");
    client.join();
    CHECK(status == 200);
    const std::string maps = read_file("/proc/" + pid + "/maps");
    CHECK_MESSAGE(maps.find("/memfd:gated.so (deleted)") != std::string::npos, maps);
}
