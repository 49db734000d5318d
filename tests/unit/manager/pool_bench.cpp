#include "unit/manager/pool_bench.hpp"

namespace hbnb::test {
namespace {

class PlayedLink final : public manager::Link {
  public:
    PlayedLink(PlayedWorkers &all, pool::WorkerId id) : all_(all), id_(id) {}
    ~PlayedLink() override { all_.living.erase(id_); }

    void drain(bool hand_over) override { its().drains.push_back(hand_over); }
    void send_queues(const std::vector<int> &ends) override { its().queues.push_back(ends); }
    void kill() override { its().is_killed = true; }
    pid_t pid() const override { return static_cast<pid_t>(1000 + id_); }
    wire::ScoreboardSnapshot look(Moment) const override { return its().board; }
    std::vector<wire::MountStatus> note_mounts(Moment) override { return {}; }
    std::uint64_t memory() const override { return 4096 * ++its().memory_looks; }
    wire::ScoreboardSnapshot note(Moment) override {
        if (its().is_heard) ++its().board.beats;
        return its().board;
    }
    bool is_traced() const override { return its().is_traced; }
    bool is_stopped() const override { return its().is_stopped; }
    std::string last_words() const override { return ""; }
    void check_lost(Moment) override {}

  private:
    PlayedWorker &its() const { return all_.living.at(id_); }

    PlayedWorkers &all_;
    pool::WorkerId id_;
};

}  // namespace

Result<std::unique_ptr<manager::Link>> PlayedWorkers::start(const manager::PoolGeneration &generation,
                                                            pool::WorkerId worker, bool proves) {
    ++attempts;
    if (!refusal.empty()) return Error{refusal};
    PlayedWorker &played = living[worker];
    played.generation = generation.number;
    played.proves = proves;
    return std::unique_ptr<manager::Link>(std::make_unique<PlayedLink>(*this, worker));
}

manager::QueuesSeen PlayedQueues::look(Moment) {
    const manager::QueuesSeen now = seen;
    seen.damage.reset();
    seen.ends.reset();
    return now;
}

Result<void> PlayedQueues::start_over(Moment) {
    if (!start_over_refusal.empty()) return Error{start_over_refusal};
    return {};
}

std::shared_ptr<const manager::PoolGeneration> pool_generation(pool::Generation number, unsigned min, unsigned max,
                                                               const std::string &name) {
    manager::PoolGeneration generation;
    generation.number = number;
    generation.config.name = name;
    generation.config.rules.min = min;
    generation.config.rules.max = max;
    generation.config.rules.spare = 0;
    return std::make_shared<const manager::PoolGeneration>(std::move(generation));
}

PoolBench::PoolBench(std::shared_ptr<const manager::PoolGeneration> first)
    : driver({log, shared, workers, queues, [this](std::optional<Moment> moment) { wake_at = moment; },
              [this](const pool::Command &command) { outcomes.push_back(command); }},
             std::move(first), now) {
    REQUIRE(log.use(sandbox / "log", ::geteuid()));
}

void PoolBench::start_ready() {
    start();
    all_ready();
    REQUIRE(told<pool::PoolReady>().size() == 1);
    pass(2s);
}

void PoolBench::sample(Duration after) {
    now = now + after;
    ++shared.ticks;
    driver.sample(now);
}

void PoolBench::pass(Duration time) {
    const Moment end = now + time;
    while (now < end) {
        const Moment next = now + std::min<Duration>(50ms, end - now);
        while (wake_at && *wake_at <= next) {
            now = std::max(now, *wake_at);
            driver.tick(now);
        }
        sample(next - now);
    }
}

void PoolBench::says_ready(pool::WorkerId worker) {
    wire::Message message;
    message.kind = wire::MessageKind::ready;
    message.threads = 1;
    driver.said(worker, message, now);
}

void PoolBench::all_ready() {
    for (const auto &worker : driver.view().workers)
        if (worker.state == pool::WorkerState::starting) says_ready(worker.id);
}

void PoolBench::refuses(pool::WorkerId worker, const std::string &reason) {
    wire::Message message;
    message.kind = wire::MessageKind::load_failed;
    message.reason = reason;
    driver.said(worker, message, now);
}

void PoolBench::exits(pool::WorkerId worker, int code) {
    driver.exited(worker, {pool::ExitStatus::Kind::exited, code}, now);
}

void PoolBench::crashes(pool::WorkerId worker) { driver.exited(worker, {pool::ExitStatus::Kind::signalled, 11}, now); }

void PoolBench::leave() {
    std::vector<pool::WorkerId> leaving;
    for (const auto &[id, worker] : workers.living)
        if (worker.is_killed || !worker.drains.empty()) leaving.push_back(id);
    for (const pool::WorkerId id : leaving) exits(id);
}

}  // namespace hbnb::test
