#include "ctl/report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace hbnb::ctl {
namespace {

using Row = std::vector<std::string>;

std::string with_unit(double value, int decimals, const char *unit) {
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.*f%s", decimals, value, unit);
    return {text.data(), static_cast<std::size_t>(std::clamp(size, 0, static_cast<int>(text.size()) - 1))};
}

// "4m05s"
std::string two_units(unsigned long large, const char *large_unit, unsigned long small, const char *small_unit) {
    return std::to_string(large) + large_unit + (small < 10 ? "0" : "") + std::to_string(small) + small_unit;
}

// Columns as wide as their widest cell; the last one is not padded.
std::string table(const std::vector<Row> &rows) {
    std::vector<std::size_t> widths;
    for (const Row &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const Row &row : rows) {
        text += "  ";
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += row[i];
            if (i + 1 < row.size()) text.append(widths[i] - row[i].size() + 2, ' ');
        }
        text += '\n';
    }
    return text;
}

// Texts of a worker come from requests: nothing of them may move a terminal's cursor.
std::string printable(const std::string &text) {
    std::string out;
    for (const char c : text) out += c < ' ' || c > '~' ? '?' : c;
    return out;
}

std::string with_blanks(std::string word) {
    std::replace(word.begin(), word.end(), '_', ' ');
    return word;
}

std::string current_of(const wire::WorkerStatus &worker) {
    std::string text;
    for (const auto &one : worker.current) {
        if (!text.empty()) text += ", ";
        text += printable(one.method + " " + one.uri) + " (" + std::to_string(one.since_ms) + " ms)";
    }
    return text.empty() ? "-" : text;
}

// All that is counted of a pool and is not 0, by its row's name.
std::string counted_of(const wire::PoolStatus &pool) {
    std::string text;
    const auto add = [&](const wire::CounterInfo &info, const std::uint64_t &number) {
        if (number == 0 || info.unit == wire::CounterUnit::nanoseconds) return;
        text += (text.empty() ? "  counted: " : ", ") + with_blanks(std::string(info.member)) + " " +
                std::to_string(number);
    };
    wire::each_worker_counter(add, pool);
    return text.empty() ? text : text + "\n";
}

// "412" of a class, "5.4M" of bytes.
std::string cell_of(const wire::CounterInfo &info, std::uint64_t number) {
    return info.unit == wire::CounterUnit::bytes ? describe_bytes(number) : std::to_string(number);
}

std::string upper(std::string_view word) {
    std::string out;
    for (const char c : word) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '_' ? ' ' : c;
    return out;
}

std::string describe_time(Duration time) {
    const double ms = std::chrono::duration<double, std::milli>(time).count();
    return ms < 1000 ? with_unit(ms, ms < 10 ? 1 : 0, "ms") : describe_seconds(ms / 1000);
}

std::string quantiles_of(const wire::Histogram &histogram) {
    if (wire::total(histogram) == 0) return "-";
    return describe_time(wire::quantile(histogram, 0.5)) + "/" + describe_time(wire::quantile(histogram, 0.99));
}

// One row a mount: what is counted there, and the half and 99 % of its times.
std::string mounts_of(const wire::PoolStatus &pool) {
    if (pool.mounts.empty()) return {};
    std::vector<Row> rows{{"MOUNT"}};
    wire::each_mount_counter(
        [&](const wire::CounterInfo &info, const std::uint64_t &) {
            rows[0].push_back(upper(info.label.empty() ? info.member : info.label_value()));
        },
        pool.mounts[0].counts);
    wire::each_mount_histogram([&](const wire::CounterInfo &info,
                                   const wire::Histogram &) { rows[0].push_back(upper(info.member) + " 50/99%"); },
                               pool.mounts[0].counts);
    for (const wire::MountStatus &one : pool.mounts) {
        Row &row = rows.emplace_back(Row{one.mount.empty() ? "(none)" : printable(one.mount)});
        wire::each_mount_counter(
            [&](const wire::CounterInfo &info, const std::uint64_t &number) { row.push_back(cell_of(info, number)); },
            one.counts);
        wire::each_mount_histogram([&](const wire::CounterInfo &,
                                       const wire::Histogram &histogram) { row.push_back(quantiles_of(histogram)); },
                                   one.counts);
    }
    return table(rows);
}

std::string ends_of(const wire::PoolStatus &pool) {
    std::string text;
    for (const auto &[reason, count] : pool.ends)
        text +=
            (text.empty() ? "  workers ended: " : ", ") + with_blanks(printable(reason)) + " " + std::to_string(count);
    if (wire::total(pool.start_time) > 0)
        text += (text.empty() ? "  " : "; ") + std::string("start-up 50/99%: ") + quantiles_of(pool.start_time);
    return text.empty() ? text : text + "\n";
}

std::string report_pool(const wire::PoolStatus &pool) {
    std::string text = "\npool " + pool.name + ": " + std::to_string(pool.serving) + " of " +
                       std::to_string(pool.target) + " workers serve (" + std::to_string(pool.min) + " to " +
                       std::to_string(pool.max) + (pool.overridden ? ", set by hand" : "") + "; " +
                       with_blanks(pool.reason) + " for " +
                       describe_seconds(static_cast<double>(pool.reason_since_ms) / 1000) + ")";
    const std::pair<const char *, unsigned> others[] = {
        {"start", pool.starting}, {"drain", pool.draining}, {"end", pool.ending}};
    for (const auto &[verb, count] : others)
        if (count > 0) text += ", " + std::to_string(count) + " " + verb;
    text +=
        "\n  threads: " + std::to_string(pool.busy) + " busy, " + std::to_string(pool.idle) +
        " idle; waiting: " + std::to_string(pool.waiting) +
        (pool.waiting_max > 0 ? " (room for " + std::to_string(pool.waiting_max) + ")" : std::string()) +
        (pool.hand_off == "off" ? " (HAND-OFF IS OFF until a reload)" : "") +
        (pool.queues_renewed > 0 ? " (queues made anew: " + std::to_string(pool.queues_renewed) + ")" : std::string()) +
        (pool.held > 0 ? ", held at busy workers: " + std::to_string(pool.held) : std::string()) +
        (pool.overloaded ? " (OVERLOADED)" : "") +
        (pool.shed > 0 ? "; answered 503: " + std::to_string(pool.shed) : std::string()) +
        "; requests: " + std::to_string(pool.requests) + "; started: " + std::to_string(pool.workers_started) +
        ", crashed: " + std::to_string(pool.workers_crashed) + "\n";
    text += counted_of(pool) + ends_of(pool);
    for (const auto &listener : pool.listeners) text += "  listens on " + listener + "\n";
    std::vector<Row> rows{{"WORKER", "PID", "STATE", "GEN", "AGE", "REQUESTS", "BUSY", "CONNS", "MEMORY", "CURRENT"}};
    for (const auto &worker : pool.workers) {
        rows.push_back({std::to_string(worker.id), std::to_string(worker.pid), worker.state,
                        std::to_string(worker.generation), describe_seconds(worker.age_s),
                        std::to_string(worker.requests),
                        std::to_string(worker.busy) + "/" + std::to_string(worker.threads),
                        std::to_string(worker.connections), describe_bytes(worker.memory), current_of(worker)});
    }
    return text + table(rows) + mounts_of(pool);
}

}  // namespace

std::string describe_seconds(double seconds) {
    const auto whole = static_cast<unsigned long>(std::max(seconds, 0.0));
    if (whole < 60) return with_unit(std::max(seconds, 0.0), 1, "s");
    if (whole < 3600) return two_units(whole / 60, "m", whole % 60, "s");
    if (whole < 86'400) return two_units(whole / 3600, "h", whole % 3600 / 60, "m");
    return two_units(whole / 86'400, "d", whole % 86'400 / 3600, "h");
}

std::string describe_bytes(std::uint64_t bytes) {
    constexpr double kKibi = 1024;
    const auto size = static_cast<double>(bytes);
    if (bytes == 0) return "-";
    if (size < kKibi * kKibi) return with_unit(size / kKibi, 0, "K");
    if (size < kKibi * kKibi * kKibi) return with_unit(size / kKibi / kKibi, 1, "M");
    return with_unit(size / kKibi / kKibi / kKibi, 1, "G");
}

std::string report_status(const wire::Status &status) {
    std::string text = "hbnb-container " + status.version + ", pid " + std::to_string(status.pid) + ", " +
                       status.state + ", up " + describe_seconds(status.uptime_s) + ", generation " +
                       std::to_string(status.generation) + "\n";
    const auto &reload = status.last_reload;
    if (reload.result != "none") {
        text += "last reload: generation " + std::to_string(reload.generation) + " " + reload.result +
                (reload.sentence.empty() ? "" : ": " + reload.sentence) + "\n";
    }
    if (status.access_lines_lost + status.log_lines_dropped > 0) {
        text += "lines lost: " + std::to_string(status.access_lines_lost) + " of the access log, " +
                std::to_string(status.log_lines_dropped) + " of the error log\n";
    }
    for (const auto &pool : status.pools) text += report_pool(pool);
    return text;
}

std::string report_plugins(const wire::Status &status) {
    std::vector<Row> rows{{"POOL", "MOUNT", "NAME", "VERSION", "HASH", "FILE"}};
    for (const auto &pool : status.pools) {
        for (const auto &plugin : pool.plugins) {
            rows.push_back({pool.name, plugin.mount, plugin.name, printable(plugin.version), plugin.hash.substr(0, 12),
                            plugin.file});
        }
    }
    return table(rows);
}

std::string report_reload(const wire::Status &status, std::uint64_t generation) {
    std::size_t there = 0, old = 0;
    for (const auto &pool : status.pools) {
        for (const auto &worker : pool.workers) {
            if (worker.generation == generation && worker.state == "serving") ++there;
            if (worker.generation < generation && worker.state != "ending") ++old;
        }
    }
    const std::string name = "generation " + std::to_string(generation);
    if (there == 0) return name + ": read; its first worker is starting";
    return name + ": " + std::to_string(there) + " workers serve, " + std::to_string(old) +
           " of older generations remain";
}

}  // namespace hbnb::ctl
