#include <doctest/doctest.h>

#include <set>
#include <string>

#include "pool/pool.hpp"

using namespace hbnb::pool;

TEST_CASE("every exit reason has a word of its own") {
    std::set<std::string_view> words;
    for (int i = 0; i <= static_cast<int>(ExitReason::superseded); ++i)
        words.insert(to_string(static_cast<ExitReason>(i)));
    CHECK(words.size() == static_cast<std::size_t>(ExitReason::superseded) + 1);
    CHECK(words.count("unknown") == 0);
    CHECK(to_string(ExitReason::drained_scale_down) == "drained_scale_down");
    CHECK(to_string(ExitReason::request_timeout) == "request_timeout");
}

TEST_CASE("every target reason has a word of its own") {
    std::set<std::string_view> words;
    for (int i = 0; i <= static_cast<int>(TargetReason::unchanged); ++i)
        words.insert(to_string(static_cast<TargetReason>(i)));
    CHECK(words.size() == static_cast<std::size_t>(TargetReason::unchanged) + 1);
    CHECK(words.count("unknown") == 0);
    CHECK(to_string(TargetReason::at_max) == "at_max");
    CHECK(to_string(TargetReason::recent_peak) == "recent_peak");
}

TEST_CASE("every worker state has a word of its own") {
    CHECK(to_string(WorkerState::starting) == "starting");
    CHECK(to_string(WorkerState::serving) == "serving");
    CHECK(to_string(WorkerState::draining) == "draining");
    CHECK(to_string(WorkerState::ending) == "ending");
}

TEST_CASE("an exit status says code or signal") {
    CHECK(to_string(ExitStatus{ExitStatus::Kind::exited, 3}) == "exit code 3");
    CHECK(to_string(ExitStatus{ExitStatus::Kind::signalled, 9}) == "signal 9");
    CHECK(is_clean({ExitStatus::Kind::exited, 0}));
    CHECK_FALSE(is_clean({ExitStatus::Kind::exited, 1}));
    CHECK_FALSE(is_clean({ExitStatus::Kind::signalled, 0}));
}

TEST_CASE("settings that contradict themselves are clamped to the nearest sense") {
    Settings odd;
    odd.min = 0;
    odd.max = 0;
    odd.threads = 0;
    odd.retire_jitter_percent = 250;
    const Settings sane = clamped(odd);
    CHECK(sane.min == 1);
    CHECK(sane.max == 1);
    CHECK(sane.threads == 1);
    CHECK(sane.retire_jitter_percent == 100);
    CHECK(clamped(Settings{}) == Settings{});
}
