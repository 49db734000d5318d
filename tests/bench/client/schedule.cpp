#include "client/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace hbnb::bench {

Schedule::Schedule(double rate, double seconds, std::uint64_t most)
    : rate_(rate), count_(std::min(most, static_cast<std::uint64_t>(std::ceil(rate * seconds)))) {}

Lot::Lot(const std::vector<Target> &targets) {
    std::vector<double> weights;
    for (const Target &target : targets) weights.push_back(target.weight);
    weights_ = {weights.begin(), weights.end()};
}

std::size_t Lot::draw() { return weights_(random_); }

}  // namespace hbnb::bench
