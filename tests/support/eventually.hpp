// Tests wait for a condition, never for a time: the deadline is only there to end a test that has failed anyway.
#pragma once

#include <chrono>
#include <thread>

namespace hbnb::test {

inline constexpr std::chrono::seconds kPatience{30};

// Whether the condition became true. Use: REQUIRE(eventually([&] { return ...; }));
template <class Condition>
bool eventually(Condition &&condition, std::chrono::milliseconds deadline = kPatience) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    for (;;) {
        if (condition()) return true;
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace hbnb::test
