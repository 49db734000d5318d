// Deployments over two pools, without a process: the drivers are real, their workers are played.
#include "manager/deploy/deployment.hpp"

#include <doctest/doctest.h>

#include "unit/manager/pool_bench.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

// Pools "a" and "b" of two workers each, ready, and a deployment that brings both anew, and "c" if the test wants it.
class TwoPools final : public DeployedPools {
  public:
    TwoPools() : deployment("shop.yaml", parts()) {
        REQUIRE(log.use(sandbox / "log", ::geteuid()));
        for (const std::string name : {"a", "b"})
            benches[name] = std::make_unique<PoolBench>(pool_generation(1, 2, 2, name));
        for (auto &[name, bench] : benches) {
            bench->start_ready();
            bench->outcomes.clear();
        }
        deployment.ready();
    }

    bool has(const std::string &pool) const override { return find(pool) != nullptr; }
    std::optional<pool::PoolStanding> standing(const std::string &pool, pool::Generation generation) const override {
        const PoolBench *bench = find(pool);
        if (bench == nullptr) return std::nullopt;
        return pool::PoolStanding{bench->driver.is_proven(generation), bench->driver.serves(generation)};
    }
    void reload(const std::string &pool, SharedGeneration generation, bool keeps_bounds) override {
        benches.at(pool)->driver.reload(std::move(generation), keeps_bounds, benches.at(pool)->now);
    }
    void commit(const std::string &pool, pool::Generation generation) override {
        benches.at(pool)->driver.commit(generation, benches.at(pool)->now);
    }
    void abandon(const std::string &pool, pool::Generation generation) override {
        benches.at(pool)->driver.abandon(generation, benches.at(pool)->now);
    }
    void stop(const std::string &pool) override { benches.at(pool)->driver.stop(benches.at(pool)->now); }
    void add(SharedGeneration generation) override {
        const std::string name = generation->config.name;
        benches[name] = std::make_unique<PoolBench>(std::move(generation));
        benches[name]->shared.unproven = unproven;
        if (name == "c") benches[name]->workers.refusal = refusal_of_c;
        benches[name]->start();
    }
    void set_unproven(std::optional<pool::Generation> generation) override {
        unproven = generation;
        for (auto &[name, bench] : benches) bench->shared.unproven = generation;
    }

    // What the pools have told reaches the deployment, as from the loop, until all is told.
    void settle() {
        for (bool told = true; told;) {
            told = false;
            for (auto &[name, bench] : benches)
                for (const auto &command : std::exchange(bench->outcomes, {})) told = tell(name, command) || told;
        }
    }
    // The workers that start become ready, and those that are to leave do, for so long.
    void go_on(Duration time = 3s) {
        for (Duration left = time; left > 0s; left -= 100ms) {
            for (auto &[name, bench] : benches) {
                bench->all_ready();
                bench->leave();
                bench->pass(100ms);
            }
            settle();
        }
    }
    PoolBench &pool(const std::string &name) { return *benches.at(name); }
    pool::WorkerId successor(const std::string &name) {
        for (const auto &[id, worker] : pool(name).workers.living)
            if (worker.generation == deployment.last().generation) return id;
        FAIL("pool has no worker of the generation");
        return 0;
    }
    bool all_serve(pool::Generation generation) const {
        return std::all_of(benches.begin(), benches.end(),
                           [&](const auto &entry) { return entry.second->driver.serves(generation); });
    }

    const Sandbox sandbox;
    ErrorLog log{LogLevel::debug};
    std::map<std::string, std::unique_ptr<PoolBench>> benches;
    std::optional<pool::Generation> unproven;
    std::string refusal_of_file, refusal_of_c;
    bool has_c = false;
    std::vector<std::string> taken;  // log.access of each configuration
    std::vector<bool> changes;
    std::vector<std::optional<std::string>> sockets;
    Deployment deployment;

  private:
    const PoolBench *find(const std::string &pool) const {
        const auto found = benches.find(pool);
        return found == benches.end() || found->second->driver.is_leaving() ? nullptr : found->second.get();
    }
    bool tell(const std::string &name, const pool::Command &command) {
        if (const auto *reload = std::get_if<pool::ReloadFailed>(&command)) {
            deployment.pool_failed(reload->generation, "pool " + name + ": " + reload->sentence);
        } else if (const auto *start = std::get_if<pool::StartFailed>(&command)) {
            deployment.pool_failed(deployment.last().generation, "pool " + name + ": " + start->sentence);
        } else {
            deployment.pool_advanced();
        }
        return true;
    }
    DeploymentParts parts() {
        return {log,
                *this,
                [this](pool::Generation number) { return prepare(number); },
                [this](const config::Config &config, const Logs &) { taken.push_back(config.log.access); },
                [this](bool running) { changes.push_back(running); },
                [this](const std::optional<std::string> &failure) { sockets.push_back(failure); }};
    }
    Result<Prepared> prepare(pool::Generation number) {
        if (!refusal_of_file.empty()) return Error{refusal_of_file};
        Prepared prepared;
        prepared.config.log.access = "generation " + std::to_string(number);
        prepared.pools = {pool_generation(number, 2, 2, "a"), pool_generation(number, 2, 2, "b")};
        if (has_c) prepared.pools.push_back(pool_generation(number, 2, 2, "c"));
        return prepared;
    }
};

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a reload of two pools is taken once both have proven it, and done once both serve it alone") {
    TwoPools two;
    CHECK(two.deployment.ask() == 2);
    CHECK(two.deployment.last().result == "running");
    CHECK(two.unproven == pool::Generation{2});
    two.pool("a").all_ready();
    two.settle();
    CHECK_MESSAGE(two.taken.empty(), "b has not proven it");
    CHECK(two.pool("a").driver.in_force().number == 1);
    two.pool("b").all_ready();
    two.settle();
    CHECK(two.taken == std::vector<std::string>{"generation 2"});
    CHECK_FALSE(two.unproven);
    CHECK(two.deployment.in_force() == 2);
    CHECK(two.deployment.last().result == "running");
    two.go_on();
    CHECK(two.deployment.last().result == "ok");
    CHECK(two.all_serve(2));
    CHECK(two.deployment.is_idle());
    CHECK(two.changes == std::vector<bool>{true, false});
}

TEST_CASE("a reload of two pools with a failing second one changes nothing in either") {
    TwoPools two;
    two.deployment.ask();
    const auto first = two.successor("a");
    two.pool("a").says_ready(first);
    two.settle();
    two.pool("b").refuses(two.successor("b"), "the plugin is broken");
    two.settle();
    CHECK(two.deployment.last().result == "failed");
    CHECK(holds(two.deployment.last().sentence, "pool b: "));
    CHECK(holds(two.deployment.last().sentence, "the plugin is broken"));
    CHECK_MESSAGE(two.pool("a").workers.living.at(first).drains.size() == 1, "what was proven goes again");
    CHECK(two.taken.empty());
    two.go_on();
    CHECK(two.all_serve(1));
    CHECK(two.deployment.in_force() == 1);
    CHECK(two.changes == std::vector<bool>{true, false});
    two.deployment.ask();
    two.go_on();
    CHECK_MESSAGE(two.all_serve(3), "the next one is tried from the beginning");
}

TEST_CASE("a worker that dies while it proves fails the reload, before it is ready and after") {
    for (const bool is_ready : {false, true}) {
        CAPTURE(is_ready);
        TwoPools two;
        two.deployment.ask();
        const auto first = two.successor("a");
        if (is_ready) two.pool("a").says_ready(first);
        two.settle();
        two.pool("a").crashes(first);
        two.pool("b").all_ready();
        two.settle();
        CHECK(two.deployment.last().result == "failed");
        CHECK(holds(two.deployment.last().sentence, "pool a: unable to start worker"));
        CHECK(two.taken.empty());
        two.go_on();
        CHECK(two.all_serve(1));
    }
}

TEST_CASE("reloads that are asked for while one runs make one more after it") {
    TwoPools two;
    CHECK(two.deployment.ask() == 2);
    CHECK(two.deployment.ask() == 3);
    CHECK(two.deployment.ask() == 3);
    CHECK(two.deployment.last().generation == 2);
    two.go_on();
    CHECK(two.deployment.last().generation == 3);
    CHECK(two.deployment.last().result == "ok");
    CHECK(two.taken == std::vector<std::string>{"generation 2", "generation 3"});
    CHECK(two.all_serve(3));
}

TEST_CASE("a reload does not wait for the last workers of one that is committed") {
    TwoPools two;
    two.deployment.ask();
    for (const char *name : {"a", "b"}) two.pool(name).all_ready();
    two.settle();
    REQUIRE(two.deployment.in_force() == 2);
    REQUIRE_FALSE(two.deployment.is_idle());
    CHECK(two.deployment.ask() == 3);
    CHECK(two.deployment.last().generation == 3);
    two.go_on();
    CHECK(two.all_serve(3));
    CHECK(two.deployment.last().result == "ok");
}

TEST_CASE("a stop in the middle of a reload drops it, and nothing begins after it") {
    TwoPools two;
    two.deployment.ask();
    two.deployment.ask();
    two.pool("a").all_ready();
    two.settle();
    two.deployment.stop();
    CHECK(two.deployment.last().result == "failed");
    CHECK(two.deployment.last().sentence == "the container is stopping");
    CHECK(two.deployment.last().generation == 2);
    two.go_on();
    CHECK(two.taken.empty());
    CHECK(two.all_serve(1));
    two.deployment.ask();
    CHECK(two.deployment.last().generation == 2);
}

TEST_CASE("a stop after the commit leaves what is in force") {
    TwoPools two;
    two.deployment.ask();
    for (const char *name : {"a", "b"}) two.pool(name).all_ready();
    two.settle();
    two.deployment.stop();
    CHECK(two.deployment.in_force() == 2);
    CHECK(two.pool("a").driver.in_force().number == 2);
}

TEST_CASE("a file that is wrong touches no pool, and each of its problems is a line") {
    TwoPools two;
    two.refusal_of_file = "line 3: this\nline 4: that";
    CHECK(two.deployment.ask() == 2);
    CHECK(two.deployment.last() == wire::ReloadStatus{"failed", "line 3: this\nline 4: that", 2});
    CHECK(two.changes == std::vector<bool>{true, false});
    CHECK(two.pool("a").workers.living.size() == 2);
    const std::string text = read_file(two.sandbox / "log");
    CHECK(holds(text, "reload failed, what ran before goes on: line 3: this\n"));
    CHECK(holds(text, "reload failed, what ran before goes on: line 4: that\n"));
    CHECK(two.deployment.is_idle());
}

TEST_CASE("a pool that is new and cannot start makes the reload fail, and goes again") {
    TwoPools two;
    two.has_c = true;
    two.refusal_of_c = "unable to start a worker: no memory";
    two.deployment.ask();
    two.settle();
    CHECK(two.deployment.last().result == "failed");
    CHECK(holds(two.deployment.last().sentence, "pool c: "));
    CHECK(two.pool("c").driver.is_leaving());
    two.go_on();
    CHECK(two.pool("a").driver.serves(1));
    CHECK(two.pool("b").driver.serves(1));
}

TEST_CASE("a pool that is new is started with the reload, proves, and serves with the others") {
    TwoPools two;
    two.has_c = true;
    two.deployment.ask();
    CHECK(two.pool("c").workers.living.begin()->second.proves);
    two.go_on();
    CHECK(two.all_serve(2));
    CHECK(two.deployment.last().result == "ok");
}

TEST_CASE(
    "new sockets are taken as a reload that nobody asked for: bounds by hand stay, and status does not tell of it") {
    TwoPools two;
    REQUIRE(two.pool("a").driver.scale({"a", 1, 5, 0}, two.pool("a").now));
    two.deployment.bring_sockets({pool_generation(two.deployment.next(), 2, 2, "a")});
    CHECK_FALSE(two.deployment.is_idle());
    two.go_on();
    CHECK(two.sockets == std::vector<std::optional<std::string>>{std::nullopt});
    CHECK(two.pool("a").driver.serves(2));
    CHECK(two.pool("b").driver.serves(1));
    CHECK(two.pool("a").status().max == 5);
    CHECK(two.deployment.last().result == "none");
    CHECK(two.taken.empty());
}

TEST_CASE("new sockets that a worker cannot take are told as a failure, and a reload that was asked for follows") {
    TwoPools two;
    const auto generation = two.deployment.next();
    two.deployment.bring_sockets({pool_generation(generation, 2, 2, "a")});
    CHECK(two.deployment.ask() == 3);
    two.pool("a").refuses(3, "no descriptor left");
    two.settle();
    REQUIRE(two.sockets.size() == 1);
    REQUIRE(two.sockets[0]);
    CHECK(holds(*two.sockets[0], "no descriptor left"));
    CHECK(two.deployment.last().generation == 3);
    two.go_on();
    CHECK(two.all_serve(3));
}
