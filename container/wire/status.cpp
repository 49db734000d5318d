#include "wire/status.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hbnb::wire {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ServedPlugin, name, version, mount, file, hash)  // word for word as in messages.cpp
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CurrentRequest, method, uri, route, plugin, request_id, since_ms)

namespace {

using Json = nlohmann::json;

constexpr auto put_number = [](Json &object) {
    return [&object](const CounterInfo &info, const std::uint64_t &number) { object[info.member] = number; };
};
constexpr auto take_number = [](const Json &object) {
    return [&object](const CounterInfo &info, std::uint64_t &number) { number = object.value(info.member, number); };
};

}  // namespace

// {"count", "p50_ms", "p90_ms", "p99_ms", "buckets": [[where it begins in us, how many], ...]}; empty ones are left
// out.
void to_json(Json &json, const Histogram &histogram) {
    const auto milliseconds = [&](double part) {
        return std::chrono::duration<double, std::milli>(quantile(histogram, part)).count();
    };
    json = {{"count", total(histogram)},
            {"p50_ms", milliseconds(0.5)},
            {"p90_ms", milliseconds(0.9)},
            {"p99_ms", milliseconds(0.99)},
            {"buckets", Json::array()}};
    for (std::size_t i = 0; i < kHistogramBuckets; ++i)
        if (histogram.counts[i] != 0) json["buckets"].push_back({bucket_begin(i).count() / 1000, histogram.counts[i]});
}

void from_json(const Json &json, Histogram &histogram) {
    for (const auto &[begin_us, count] : json.value("buckets", std::vector<std::pair<std::int64_t, std::uint64_t>>()))
        histogram.counts[bucket_of(std::chrono::microseconds(std::clamp<std::int64_t>(begin_us, 0, kHistogramMost)))] +=
            count;
}

void to_json(Json &json, const MountStatus &status) {
    json = {{"mount", status.mount}};
    each_mount_counter(put_number(json), status.counts);
    each_mount_histogram([&](const CounterInfo &info, const Histogram &one) { json[info.member] = one; },
                         status.counts);
}

void from_json(const Json &json, MountStatus &status) {
    status.mount = json.value("mount", std::string());
    each_mount_counter(take_number(json), status.counts);
    each_mount_histogram([&](const CounterInfo &info, Histogram &one) { one = json.value(info.member, Histogram()); },
                         status.counts);
}

// What is no counter. The library's macros take these names for its own parameters.
#define HBNB_WORKER_FIELDS id, pid, state, generation, age_s, busy, threads, memory, start_ms, current
#define HBNB_POOL_FIELDS                                                                                           \
    name, generation, target, min, max, overridden, reason, reason_since_ms, starting, serving, draining, ending,  \
        busy, idle, waiting, held, waiting_max, hand_off, queues_renewed, waiting_ms, overloaded, workers_started, \
        workers_crashed, ends, start_time, mounts, listeners, plugins, workers
#define HBNB_PUT(...) NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))
#define HBNB_TAKE(...) NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_FROM_WITH_DEFAULT, __VA_ARGS__))

void to_json(Json &nlohmann_json_j, const WorkerStatus &nlohmann_json_t) {
    HBNB_PUT(HBNB_WORKER_FIELDS)
    each_thread_counter(put_number(nlohmann_json_j), nlohmann_json_t);
    each_worker_counter(put_number(nlohmann_json_j), nlohmann_json_t);
    each_mount_counter(put_number(nlohmann_json_j), nlohmann_json_t);
    each_worker_gauge(put_number(nlohmann_json_j), nlohmann_json_t);
}

void from_json(const Json &nlohmann_json_j, WorkerStatus &nlohmann_json_t) {
    const WorkerStatus nlohmann_json_default_obj;
    HBNB_TAKE(HBNB_WORKER_FIELDS)
    each_thread_counter(take_number(nlohmann_json_j), nlohmann_json_t);
    each_worker_counter(take_number(nlohmann_json_j), nlohmann_json_t);
    each_mount_counter(take_number(nlohmann_json_j), nlohmann_json_t);
    each_worker_gauge(take_number(nlohmann_json_j), nlohmann_json_t);
}

void to_json(Json &nlohmann_json_j, const PoolStatus &nlohmann_json_t) {
    HBNB_PUT(HBNB_POOL_FIELDS)
    each_thread_counter(put_number(nlohmann_json_j), nlohmann_json_t);
    each_worker_counter(put_number(nlohmann_json_j), nlohmann_json_t);
    each_mount_counter(put_number(nlohmann_json_j), nlohmann_json_t);
}

void from_json(const Json &nlohmann_json_j, PoolStatus &nlohmann_json_t) {
    const PoolStatus nlohmann_json_default_obj;
    HBNB_TAKE(HBNB_POOL_FIELDS)
    each_thread_counter(take_number(nlohmann_json_j), nlohmann_json_t);
    each_worker_counter(take_number(nlohmann_json_j), nlohmann_json_t);
    each_mount_counter(take_number(nlohmann_json_j), nlohmann_json_t);
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ReloadStatus, result, sentence, generation)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Status, version, pid, uptime_s, state, generation, last_reload,
                                                access_lines_lost, log_lines_dropped, pools)

std::string encode(const Status &status) {
    // Texts of a worker may hold any bytes.
    return nlohmann::json(status).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<Status> decode_status(std::string_view json) {
    try {
        return nlohmann::json::parse(json).get<Status>();
    } catch (const nlohmann::json::exception &error) {
        return Error{std::string("unable to read the container's status: ") + error.what()};
    }
}

}  // namespace hbnb::wire
