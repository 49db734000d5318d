#include "client/tally.hpp"

#include <nlohmann/json.hpp>

namespace hbnb::bench {
namespace {

using nlohmann::json;

json json_of(const LatencySummary &summary) {
    return {{"count", summary.count},   {"mean_us", summary.mean_us}, {"p50_us", summary.p50_us},
            {"p90_us", summary.p90_us}, {"p99_us", summary.p99_us},   {"p999_us", summary.p999_us},
            {"max_us", summary.max_us}};
}

}  // namespace

Tally::Tally(const Plan &plan)
    : skip_(duration_of(plan.skip_seconds)), length_(duration_of(plan.seconds)), targets_(plan.targets.size()) {
    for (const Target &target : plan.targets) names_.push_back(target.name);
}

void Tally::answered(const Arrival &arrival, Duration at, const HttpAnswer &answer) {
    OfTarget &target = targets_[arrival.target];
    const std::string name = std::to_string(answer.status());
    target.bytes += answer.bytes();
    ++target.all[name];
    last_ = std::max(last_, at);
    if (at >= skip_ && at <= length_) ++target.in_time[name];
    if (is_measured(arrival)) target.latencies[name].add(at - arrival.due);
}

void Tally::failed(const Arrival &arrival, const char *why) { ++targets_[arrival.target].all[why]; }

std::string Tally::report() const {
    const double measured = double((length_ - skip_).count()) / 1e9;
    json report{{"last_answer_s", double(last_.count()) / 1e9}, {"targets", json::object()}};
    std::map<std::string, std::uint64_t> all, in_time;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        json of_target{{"outcomes", targets_[i].all}, {"bytes", targets_[i].bytes}, {"latency", json::object()}};
        for (const auto &[status, latencies] : targets_[i].latencies)
            of_target["latency"][status] = json_of(latencies.summary());
        for (const auto &[outcome, number] : targets_[i].all) all[outcome] += number;
        for (const auto &[outcome, number] : targets_[i].in_time) in_time[outcome] += number;
        report["targets"][names_[i]] = std::move(of_target);
    }
    report["outcomes"] = all;
    report["per_second"] = json::object();
    for (const auto &[outcome, number] : in_time) report["per_second"][outcome] = double(number) / measured;
    report["client"] = {{"lateness", json_of(lateness_.summary())}, {"queue_max", queue_max_}};
    return report.dump(2);
}

}  // namespace hbnb::bench
