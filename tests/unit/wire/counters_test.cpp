#include "wire/counters.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/fd.hpp"
#include "wire/believed.hpp"
#include "wire/scoreboard.hpp"
#include "wire/status.hpp"

using namespace hbnb;
using namespace hbnb::wire;
using namespace std::chrono_literals;

namespace {

// A number of its own for each row.
constexpr auto number_each = [](std::uint64_t &number) {
    return [&number](const CounterInfo &, auto &one) { one = ++number; };
};

PoolStatus numbered_pool() {
    PoolStatus pool;
    WorkerStatus worker;
    std::uint64_t number = 100;
    each_thread_counter(number_each(number), pool);
    each_worker_counter(number_each(number), pool);
    each_thread_counter(number_each(number), worker);
    each_worker_counter(number_each(number), worker);
    each_worker_gauge(number_each(number), worker);
    each_mount_counter(number_each(number), pool);
    each_mount_counter(number_each(number), worker);
    MountStatus mount{"/a", {}};
    each_mount_number(number_each(number), mount.counts);
    pool.mounts = {{"", {}}, mount};
    pool.ends = {{"crashed", 2}, {"protocol", 1}};
    observe(pool.start_time, 120ms);
    pool.workers = {worker};
    return pool;
}

}  // namespace

TEST_CASE("each row has a name of its own, a sentence, and a label only where its name ends with the label's value") {
    std::set<std::string> names;
    const auto check = [&](const CounterInfo &info, const std::uint64_t &) {
        CHECK_MESSAGE(names.insert(std::string(info.member)).second, std::string(info.member));
        CHECK_MESSAGE(!info.help.empty(), std::string(info.member));
        CHECK(info.label.empty() == info.label_value().empty());
        CHECK(info.label.empty() == (info.name() == info.member));
    };
    const ScoreboardSnapshot all;
    each_thread_counter(check, all);
    each_worker_counter(check, all);
    each_worker_gauge(check, all);
    const MountCounts mount;
    each_mount_counter(check, mount);
    each_mount_histogram([&](const CounterInfo &info, const Histogram &) { check(info, 0); }, mount);
    CHECK(names.size() >= 10);
}

TEST_CASE("what a worker stores in any row's member arrives in the manager's copy of it") {
    Fd memory;
    auto pages = ScoreboardMapping::create(memory).value();
    Scoreboard &board = pages.board();
    board.threads = 1;
    std::uint64_t number = 0;
    each_thread_counter(number_each(number), board.thread[0]);
    each_worker_counter(number_each(number), board);
    each_worker_gauge(number_each(number), board);
    board.thread[0].busy_since_ns = 1;  // where a thread rests, nothing waits at a worker
    board.connections = 2 * number;     // and what waits are connections that it has
    const Moment now{1h};
    const auto counted = Believed({Moment{}, 1, 100}).note(pages.snapshot(now, false), now);
    const auto same = [](const CounterInfo &info, auto &stored, const std::uint64_t &copy) {
        CHECK_MESSAGE(stored.load() == copy, std::string(info.member));
    };
    each_thread_counter(same, board.thread[0], counted);
    each_worker_counter(same, board, counted);
    each_worker_gauge(same, board, counted);
}

TEST_CASE("each row is a key of the status, of the pool and of the worker, and survives its journey") {
    Status status;
    status.pools = {numbered_pool()};
    const std::string text = encode(status);
    CHECK(decode_status(text).value() == status);
    const auto json = nlohmann::json::parse(text).at("pools").at(0);
    const auto has = [](const nlohmann::json &object) {
        return [&object](const CounterInfo &info, const std::uint64_t &number) {
            CHECK_MESSAGE(object.at(info.member) == number, std::string(info.member));
        };
    };
    each_thread_counter(has(json), status.pools[0]);
    each_worker_counter(has(json), status.pools[0]);
    each_worker_gauge(has(json.at("workers").at(0)), status.pools[0].workers[0]);
    each_mount_counter(has(json), status.pools[0]);
    const auto &mount = json.at("mounts").at(1);
    each_mount_counter(has(mount), status.pools[0].mounts[1].counts);
    each_mount_histogram(
        [&](const CounterInfo &info, const Histogram &one) {
            CHECK(mount.at(info.member).at("count") == total(one));
            CHECK(mount.at(info.member).at("p50_ms") ==
                  std::chrono::duration<double, std::milli>(quantile(one, 0.5)).count());
        },
        status.pools[0].mounts[1].counts);
    CHECK(json.at("ends").at("protocol") == 1);
}

TEST_CASE("sums take each counter of what is added, and do not wrap") {
    CounterSums sums;
    const PoolStatus pool = numbered_pool();
    add_counters(sums, pool);
    add_counters(sums, pool);
    const auto doubled = [](const CounterInfo &info, const std::uint64_t &sum, const std::uint64_t &one) {
        CHECK_MESSAGE(sum == 2 * one, std::string(info.member));
    };
    each_thread_counter(doubled, sums, pool);
    each_worker_counter(doubled, sums, pool);
    CounterSums most;
    const auto fill = [](const CounterInfo &, std::uint64_t &one) { one = ~0ull; };
    each_thread_counter(fill, most);
    each_worker_counter(fill, most);
    for (int i = 0; i < 100'000; ++i) add_counters(sums, most);
    const auto is_bounded = [](const CounterInfo &, const std::uint64_t &sum) { CHECK(sum <= std::uint64_t{1} << 62); };
    each_thread_counter(is_bounded, sums);
    each_worker_counter(is_bounded, sums);
}
