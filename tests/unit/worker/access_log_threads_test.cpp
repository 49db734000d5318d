#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <sstream>
#include <thread>
#include <vector>

#include "support/temp_dir.hpp"
#include "worker/access_log.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

TEST_CASE("lines of several threads are whole, and none is lost, while the log is flushed and opened anew") {
    constexpr int kThreads = 4, kLines = 1000;
    TempDir dir;
    const auto open = [&](const char *name) {
        return Fd(::open((dir / name).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    };
    wire::Scoreboard board;
    AccessLog log(open("old"), board);
    AccessEntry entry;
    entry.method = "GET";
    entry.uri = "/a";
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (int line = 0; line < kLines; ++line) log.add(entry);
        });
    }
    for (int i = 0; i < 20; ++i) log.flush();
    log.reopen(open("new"));
    for (auto &thread : threads) thread.join();
    log.flush();
    std::istringstream all(read_file(dir / "old") + read_file(dir / "new"));
    int lines = 0, broken = 0;
    for (std::string line; std::getline(all, line); ++lines)
        broken += line.starts_with("- - - [") && line.ends_with("] \"GET /a -\" 0 0 \"-\" \"-\"") ? 0 : 1;
    CHECK(lines == kThreads * kLines);
    CHECK(broken == 0);
    CHECK(board.log_lines_dropped == 0);
}
