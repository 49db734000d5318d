#include "wire/log_ring.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <algorithm>
#include <random>

#include "base/log.hpp"

using namespace hbnb;
using namespace hbnb::wire;

namespace {

struct Both {
    Fd memfd;
    LogRing manager = LogRing::create(memfd).value();
    LogRing worker = LogRing::open(memfd.get()).value();
    std::uint64_t refused = 0;

    std::string take(std::size_t most = kLogRingBytes) {
        std::string text;
        const auto taken = manager.copy(text, most);
        refused += taken.refused;
        manager.release(taken);
        return text;
    }
    LogRingPages &pages() const {  // as a plugin gets at them: the same memory, without a rule
        void *mapped = ::mmap(nullptr, sizeof(LogRingPages), PROT_READ | PROT_WRITE, MAP_SHARED, memfd.get(), 0);
        REQUIRE(mapped != MAP_FAILED);
        return *static_cast<LogRingPages *>(mapped);
    }
};

}  // namespace

TEST_CASE("lines come out as they went in, and a worker's death in between changes nothing") {
    Both ring;
    CHECK(ring.take().empty());
    CHECK(ring.worker.put("one\n"));
    CHECK(ring.worker.put("two\n"));
    CHECK(ring.manager.has_lines());
    CHECK(ring.manager.lines_left() == 2);
    { const LogRing gone = std::move(ring.worker); }
    CHECK(ring.take() == "one\ntwo\n");
    CHECK_FALSE(ring.manager.has_lines());
    CHECK(ring.refused == 0);
}

TEST_CASE("what does not fit is counted by the line, and there is room again for what was taken") {
    Both ring;
    const std::string line = std::string(999, 'x') + "\n";
    std::uint64_t put = 0;
    while (ring.worker.put(line)) ++put;
    CHECK(put == kLogRingBytes / line.size());
    CHECK_FALSE(ring.worker.put(line));
    CHECK(ring.manager.dropped() == 2);
    CHECK(ring.manager.lines_left() == put);
    CHECK(ring.take(10'500) == line + line + line + line + line + line + line + line + line + line);
    CHECK(ring.worker.put(line));
    CHECK(ring.manager.lines_left() == put - 9);
}

TEST_CASE("whatever the lengths and the turns, every line is whole, in order, once") {
    Both ring;
    std::mt19937 random(7);
    std::string in, out;
    std::uint64_t lines = 0, dropped = 0;
    for (int step = 0; step < 50'000; ++step) {
        const std::string line = std::to_string(step) + std::string(random() % 400, 'y') + "\n";
        if (ring.worker.put(line)) {
            in += line;
        } else {
            ++dropped;
        }
        ++lines;
        if (random() % (step % 20'000 < 10'000 ? 20 : 9'000) == 0) out += ring.take(4096 + random() % kLogRingBytes);
    }
    while (ring.manager.has_lines()) out += ring.take();
    CHECK((in == out));
    CHECK(ring.manager.dropped() == dropped);
    CHECK(dropped > 0);
    CHECK(ring.refused == 0);
}

TEST_CASE("few pages are used where the manager keeps up") {
    Both ring;
    for (int i = 0; i < 100'000; ++i) {
        REQUIRE(ring.worker.put("a line of some length, as they are\n"));
        REQUIRE(ring.take().size() == 35);
    }
    const char *const bytes = ring.pages().bytes.data();
    CHECK(std::all_of(bytes + 64, bytes + kLogRingBytes, [](char c) { return c == 0; }));
}

TEST_CASE("what may not stand in an access log does not get there: it counts as lost") {
    const std::string good = "::1 - - [x] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n";
    const std::string stamp = error_log_stamp({});
    for (const std::string &bad :
         {stamp + " error manager[1]: forged\n", std::string("a\x1b[2J\n"), std::string("a\x80\n"),
          std::string("a\0b\n", 4), std::string(kLogLineMax, 'x') + "\n", std::string("half")}) {
        Both ring;
        ring.worker.put(good);
        ring.worker.put(bad);
        CHECK(ring.take() == good);
        CHECK(ring.refused == 1);
        ring.worker.put(good);
        CHECK(ring.take() == good);
    }
}

TEST_CASE("more than a ring holds is passed over at once, and counts as one line") {
    Both ring;
    ring.worker.put("a line\n");
    ring.pages().head.store(kLogRingBytes + 1);
    std::string text;
    const auto taken = ring.manager.copy(text, 64);
    CHECK(taken.bytes == kLogRingBytes + 1);
    CHECK(taken.refused == 1);
    CHECK(text.empty());
    ring.manager.release(taken);
    CHECK(ring.take().empty());
    CHECK(ring.refused == 0);
}

TEST_CASE("a worker that writes anything anywhere in its pages harms nobody but its own lines") {
    std::mt19937_64 random(11);
    const std::uint64_t values[] = {0,          1,    kLogRingBytes - 1, kLogRingBytes, kLogRingBytes + 1, 1ULL << 31,
                                    1ULL << 63, ~0ULL};
    Both ring;
    LogRingPages &pages = ring.pages();
    for (int step = 0; step < 20'000; ++step) {
        std::atomic<std::uint64_t> *const fields[] = {&pages.head, &pages.base, &pages.tail, &pages.dropped};
        fields[random() % 4]->store(random() % 2 != 0 ? values[random() % 8] : random());
        pages.bytes[random() % kLogRingBytes] = static_cast<char>(random());
        if (random() % 8 == 0) ring.worker.put("a line\n");
        ring.manager.lines_left();
        const std::string text = ring.take(64 << 10);
        REQUIRE((text.empty() || text.back() == '\n'));
        for (const char c : text) REQUIRE((c == '\n' || (c >= ' ' && c <= '~')));
    }
}
