#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <thread>
#include <vector>

#include "unit/worker/read_ring.hpp"
#include "worker/request/access_log.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

TEST_CASE("lines of several threads are whole, and each is there or counted, while they are read") {
    constexpr int kThreads = 4, kLines = 20'000;
    ReadRing read;
    AccessLog log(read.workers_end());
    AccessEntry entry;
    entry.method = "GET";
    entry.uri = "/a";
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (int line = 0; line < kLines; ++line) log.add(entry);
        });
    }
    for (int i = 0; i < 20; ++i) read.text();
    for (auto &thread : threads) thread.join();
    std::istringstream all(read.text());
    std::uint64_t lines = 0, broken = 0;
    for (std::string line; std::getline(all, line); ++lines)
        broken += line.starts_with("- - - [") && line.ends_with("] \"GET /a -\" 0 0 \"-\" \"-\"") ? 0 : 1;
    CHECK(lines + read.dropped() == kThreads * kLines);
    CHECK(lines > 0);
    CHECK(broken == 0);
    CHECK(read.refused() == 0);
}
