// What happens to the API when its database server is away, killed, frozen or full of connections.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "storage/sample_data.hpp"
#include "unit/handlers/each_server.hpp"

using namespace hbnb;
using namespace std::chrono_literals;

namespace {

// Threads of one plugin that write states, each with a name of its own, until they are told to end.
class Writers {
  public:
    Writers(const DatabaseUrl &url, int count) : source_(url) {
        for (int i = 0; i < count; ++i) threads_.emplace_back([this, i] { write(i); });
    }
    ~Writers() { end(); }
    void end() {
        is_ending_ = true;
        for (std::thread &thread : threads_) {
            if (thread.joinable()) thread.join();
        }
    }
    int stored() const { return stored_; }
    int failed() const { return failed_; }
    // What was not a fault that passes; "" where all were.
    std::string surprise() const {
        const std::lock_guard lock(mutex_);
        return surprise_;
    }

  private:
    void write(int writer) {
        Storage storage = source_.make();
        for (int i = 0; !is_ending_; ++i) {
            State state;
            state.name = std::to_string(writer) + "-" + std::to_string(i);
            try {
                const Storage::Use use(storage);
                if (storage.insert(state)) ++stored_;
            } catch (const StorageError &error) {
                ++failed_;
                if (!error.is_temporary()) {
                    const std::lock_guard lock(mutex_);
                    surprise_ = error.what();
                }
                std::this_thread::sleep_for(1ms);  // refused at once: the numbers stay small
            }
        }
    }

    const StorageSource source_;
    std::atomic<bool> is_ending_ = false;
    std::atomic<int> stored_ = 0, failed_ = 0;
    mutable std::mutex mutex_;  // guards surprise_
    std::string surprise_;
    std::vector<std::thread> threads_;
};

// They write well, fail at least `failures` times while the server is away, and write well when it is back.
template <class Away, class Back>
void interrupt(const DatabaseServer &server, Writers &writers, int failures, Away away, Back back) {
    constexpr int kMany = 50;
    REQUIRE(test::eventually([&] { return writers.stored() >= kMany; }));
    away();
    REQUIRE(test::eventually([&] { return writers.failed() >= failures; }));
    const int until_then = writers.stored();
    back();
    CHECK_MESSAGE(test::eventually([&] { return writers.stored() >= until_then + kMany; }), server.log());
    writers.end();
    CHECK(writers.surprise() == "");
}

std::size_t most_of_one_name(const std::vector<State> &states) {
    std::map<std::string, std::size_t> counts;
    std::size_t most = 0;
    for (const State &state : states) most = std::max(most, ++counts[state.name]);
    return most;
}

}  // namespace

TEST_CASE("a server that is killed is a 503 with Retry-After where it is needed, and all is well when it is back") {
    on_each_server([](DatabaseServer &server) {
        ServerApi over(server);
        const std::string states = over.api.get("/states").body;
        server.kill();
        for (int i = 0; i < 3; ++i) {
            const Answer answer = over.api.get("/states");
            CHECK(answer.status == 503);
            CHECK(answer.header("Retry-After") == "1");
            CHECK(over.api.send("POST", "/states", R"({"name":"x"})").status == 503);
            CHECK(over.api.get("/status").status == 200);
        }
        CHECK(over.host.lines().size() <= 2);
        server.start();
        CHECK(test::eventually([&] { return over.api.get("/states").status == 200; }));
        CHECK(over.api.get("/states").body == states);
        CHECK(over.api.send("POST", "/states", R"({"name":"x"})").status == 201);
    });
}

TEST_CASE("a server that is away at the start is no reason not to start") {
    on_each_server([](DatabaseServer &server) {
        server.kill();
        ServerApi over(server);
        CHECK(over.api.get("/states").status == 503);
        CHECK(over.api.get("/status").status == 200);
        server.start();
        CHECK(test::eventually([&] { return over.api.get("/states").status == 200; }));
        CHECK(over.json("/states").size() == make_sample_data().states.size());
    });
}

TEST_CASE("a server killed under a load of writes has what it said it had, and nothing twice") {
    on_each_server([](DatabaseServer &server) {
        Storage reader(server.url());
        const auto before = static_cast<int>(reader.count<State>());
        Writers writers(server.url(), 4);
        interrupt(
            server, writers, 4, [&] { server.kill(); }, [&] { server.start(); });
        REQUIRE(test::eventually([&] {
            try {
                return reader.count<State>() > 0;
            } catch (const StorageError &) {
                return false;
            }
        }));
        const std::vector<State> states = reader.all<State>();
        CHECK(static_cast<int>(states.size()) >= before + writers.stored());
        // What was in the making when the server died may be there, too: one for each writer.
        CHECK(static_cast<int>(states.size()) <= before + writers.stored() + 4);
        CHECK(most_of_one_name(states) == 1);
    });
}

TEST_CASE(
    "a frozen server is a 503 once the time of a query is up, for the next ones at once, and thawed all is well") {
    on_each_server([](DatabaseServer &server) {
        ServerApi over(server, "&timeout=1");
        const std::string states = over.api.get("/states").body;
        server.freeze();
        for (int i = 0; i < 3; ++i) {
            const Answer answer = over.api.get("/states");
            CHECK(answer.status == 503);
            CHECK(answer.header("Retry-After") == "1");
            CHECK(over.api.get("/status").status == 200);
        }
        CHECK(over.api.send("PUT", "/states/x", R"({"name":"x"})").status == 503);
        server.thaw();
        CHECK(test::eventually([&] { return over.api.get("/states").status == 200; }));
        CHECK(over.api.get("/states").body == states);
    });
}

TEST_CASE("threads that were writing when the server froze all come back, and nothing is there twice") {
    on_each_server([](DatabaseServer &server) {
        DatabaseUrl url = server.url();
        url.timeout = 1s;
        Storage reader(server.url());
        reader.count<State>();
        Writers writers(url, 4);
        interrupt(
            server, writers, 8, [&] { server.freeze(); }, [&] { server.thaw(); });
        CHECK(most_of_one_name(Storage(server.url()).all<State>()) == 1);
    });
}

TEST_CASE("a query that takes too long is given up and says so, and the next one finds a connection") {
    on_each_server([](DatabaseServer &server) {
        DatabaseUrl url = server.url();
        url.timeout = 1s;
        ConnectionPool pool(url, 1s, 0);
        auto connection = pool.take();
        const std::string sleep = server.kind() == DatabaseKind::mysql ? "do sleep(1000)" : "select pg_sleep(1000)";
        bool is_temporary = false;
        try {
            connection->run(sleep);
        } catch (const StorageError &error) {
            is_temporary = error.is_temporary();
        }
        CHECK(is_temporary);
        pool.give_back(std::move(connection));
        REQUIRE(test::eventually([&] {
            try {
                connection = pool.take();
                return true;
            } catch (const StorageError &) {
                return false;
            }
        }));
        CHECK(query_number(*connection, "select count(*) from states") > 0);
        pool.give_back(std::move(connection));
    });
}

TEST_CASE("a plugin's threads have no more connections than they may, wait for a while for one, and then say busy") {
    on_each_server([](DatabaseServer &server) {
        const StorageSource source(server.url(), 1);
        Storage one = source.make(), other = source.make();
        const auto fault_of = [](Storage &storage) -> std::optional<StorageFault> {
            try {
                const Storage::Use use(storage);
                storage.count<State>();
                return std::nullopt;
            } catch (const StorageError &error) {
                return error.fault();
            }
        };
        {
            const Storage::Use use(one);
            one.count<State>();
            CHECK(fault_of(other) == StorageFault::busy);
        }
        CHECK_FALSE(fault_of(other).has_value());
        std::atomic<int> done = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                Storage storage = source.make();
                for (int n = 0; n < 20; ++n) done += !fault_of(storage).has_value();
            });
        }
        for (std::thread &thread : threads) thread.join();
        CHECK(done == 80);
    });
}

TEST_CASE("a server that takes no more connections is a 503, and the first that becomes free serves") {
    for (const DatabaseKind kind : kServers) {
        if (!DatabaseServer::what_is_missing(kind).empty()) continue;  // said by the others
        const bool is_mysql = kind == DatabaseKind::mysql;
        DatabaseServer server(kind, is_mysql
                                        ? std::vector<std::string>{"--max-connections=10"}
                                        : std::vector<std::string>{"-c", "max_connections=4", "-c", "max_wal_senders=0",
                                                                   "-c", "superuser_reserved_connections=0"});
        std::vector<std::unique_ptr<Connection>> others;
        bool is_full = false;
        while (others.size() < 100 && !is_full) {
            try {
                others.push_back(std::make_unique<Connection>(server.url(), Opening::existing, 1s));
            } catch (const StorageError &error) {
                is_full = true;
                CHECK(error.fault() == StorageFault::unavailable);
            }
        }
        REQUIRE(is_full);
        ServerApi over(server);
        CHECK(over.api.get("/states").status == 503);
        CHECK(over.api.get("/status").status == 200);
        others.pop_back();
        CHECK(test::eventually([&] { return over.api.get("/states").status == 200; }));
    }
}
