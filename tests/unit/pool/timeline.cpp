#include "unit/pool/timeline.hpp"

#include <algorithm>
#include <sstream>

namespace hbnb::pool {
namespace {

struct Describe {
    std::ostream &out;
    void operator()(const Spawn &c) { out << "Spawn " << c.worker << " of " << c.generation; }
    void operator()(const Drain &c) { out << "Drain " << c.worker << ' ' << to_string(c.reason); }
    void operator()(const Kill &c) { out << "Kill " << c.worker << ' ' << to_string(c.reason); }
    void operator()(const WorkerGone &c) {
        out << "WorkerGone " << c.worker << ' ' << to_string(c.reason) << ' ' << to_string(c.status) << ' '
            << c.sentence;
    }
    void operator()(const WorkerUnheard &c) { out << "WorkerUnheard " << c.worker; }
    void operator()(const TargetChanged &c) {
        out << "TargetChanged " << c.from << " to " << c.to << ' ' << to_string(c.reason);
    }
    void operator()(const BackingOff &c) { out << "BackingOff " << c.delay.count() << " ns"; }
    void operator()(const PoolReady &) { out << "PoolReady"; }
    void operator()(const StartFailed &c) { out << "StartFailed " << c.sentence; }
    void operator()(const ReloadProven &c) { out << "ReloadProven " << c.generation; }
    void operator()(const ReloadDone &c) { out << "ReloadDone " << c.generation; }
    void operator()(const ReloadFailed &c) { out << "ReloadFailed " << c.generation << ' ' << c.sentence; }
    void operator()(const ReloadSuperseded &c) { out << "ReloadSuperseded " << c.generation << " by " << c.by; }
    void operator()(const Stopped &) { out << "Stopped"; }
};

}  // namespace

std::ostream &operator<<(std::ostream &out, const Command &command) {
    std::visit(Describe{out}, command);
    return out;
}

Settings settings(unsigned min, unsigned max) {
    Settings settings;
    settings.min = min;
    settings.max = max;
    settings.spare = 0;
    settings.shrink_after = 10s;
    return settings;
}

Settings with_threads(Settings settings, unsigned threads) {
    settings.threads = threads;
    return settings;
}

Timeline::Timeline(const Settings &settings) : pool_(settings, now_) {}

Timeline Timeline::ready(const Settings &settings) {
    Timeline line(settings);
    line.tell(Start{kFirstGeneration});
    line.all_ready();
    line.pass(10s);
    line.forget();
    return line;
}

const Commands &Timeline::tell(const Event &event) {
    last_.clear();
    tell_pool(event);
    if (const auto proven = only<ReloadProven>(last_); commits_ && !proven.empty())
        tell_pool(CommitReload{proven.back().generation});
    log_.insert(log_.end(), last_.begin(), last_.end());
    return last_;
}

void Timeline::tell_pool(const Event &event) {
    Pool copy = pool_;
    const Commands commands = pool_.on(event, now_);
    CHECK(copy.on(event, now_) == commands);
    CHECK(pool_.broken_invariants() == std::vector<std::string>{});
    last_.insert(last_.end(), commands.begin(), commands.end());
}

void Timeline::pass(Duration time) {
    const Moment end = now_ + time;
    const Duration tick = std::clamp<Duration>(time / 100, 50ms, 1s);
    while (now_ < end) {
        Moment next = std::min(end, now_ + tick);
        if (const auto wakeup = pool_.next_wakeup()) next = std::min(next, *wakeup);
        REQUIRE(next > now_);
        now_ = next;
        tell(Tick{});
    }
}

void Timeline::jump(Duration time) { now_ = now_ + time; }

const Commands &Timeline::ready(WorkerId worker) { return tell(WorkerReady{worker, this->worker(worker).threads}); }

const Commands &Timeline::exits(WorkerId worker, int code) {
    return tell(WorkerExited{worker, {ExitStatus::Kind::exited, code}});
}

const Commands &Timeline::crashes(WorkerId worker, int signal) {
    return tell(WorkerExited{worker, {ExitStatus::Kind::signalled, signal}});
}

const Commands &Timeline::load(unsigned busy, unsigned waiting) {
    std::vector<WorkerSample> workers;
    for (const Worker &worker : pool_.view().workers) {
        if (worker.state != WorkerState::serving) continue;
        const unsigned here = std::min(busy, worker.threads);
        busy -= here;
        workers.push_back({worker.id, here, worker.requests + here, 0, now_});
    }
    return sample(workers, waiting);
}

const Commands &Timeline::sample(const std::vector<WorkerSample> &workers, unsigned waiting) {
    return tell(Sampled{{now_, waiting, workers}});
}

void Timeline::stay(Duration time, unsigned busy, unsigned waiting) {
    for (const Moment end = now_ + time; now_ < end;) {
        pass(50ms);
        all_ready();
        load(busy, waiting);
    }
}

void Timeline::all_ready() {
    while (count(WorkerState::starting) > 0) ready(in(WorkerState::starting).front());
}

std::vector<WorkerId> Timeline::in(WorkerState state) const {
    std::vector<WorkerId> ids;
    for (const Worker &worker : pool_.view().workers)
        if (worker.state == state) ids.push_back(worker.id);
    return ids;
}

const Worker &Timeline::worker(WorkerId id) const {
    view_ = pool_.view();
    const auto found =
        std::find_if(view_.workers.begin(), view_.workers.end(), [&](const Worker &w) { return w.id == id; });
    REQUIRE(found != view_.workers.end());
    return *found;
}

}  // namespace hbnb::pool

doctest::String doctest::StringMaker<hbnb::pool::Commands>::convert(const hbnb::pool::Commands &commands) {
    std::ostringstream out;
    for (const auto &command : commands) out << "\n    " << command;
    return out.str().c_str();
}
