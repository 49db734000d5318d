// What happens to the API when its database is locked, full, read-only or damaged: a clear answer, nothing half
// written, and the routes that do not need it live on.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include "model/identity.hpp"
#include "unit/handlers/api_bench.hpp"

using namespace hbnb;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

const std::string kLong = "{\"name\":\"" + std::string(128, 'x') + "\"}";

std::int64_t number(ApiBench &bench, const std::string &sql) {
    Connection connection(bench.database.url(), Opening::existing, 1s);
    return query_number(connection, sql);
}

bool is_sound(ApiBench &bench) {
    Connection connection(bench.database.url(), Opening::existing, 1s);
    return connection.query("pragma integrity_check", std::array{Kind::text}) == std::vector<Row>{{std::string("ok")}};
}

// Runs `work` in a process of its own, as limits of a process cannot be taken back; its answer is its exit code.
template <class Work>
int in_child(Work work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// No file of this process grows beyond that: writing behaves as on a full disk (EFBIG for ENOSPC; SQLite takes both for
// an input or output error or a full disk).
void limit_files(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace

TEST_CASE("a writer waits for another one and then writes") {
    ApiBench bench;
    Storage storage(bench.database.url(), 60s);
    Connection writer(bench.database.url(), Opening::existing, 1s);
    auto transaction = std::make_unique<Transaction>(writer);
    State state;
    state.name = "x";
    std::atomic<bool> is_running = false;
    auto waiting = std::async(std::launch::async, [&] {
        is_running = true;
        return storage.insert(state);
    });
    while (!is_running) std::this_thread::yield();
    transaction.reset();
    CHECK(waiting.get());
}

TEST_CASE("a database that takes no more is a 507 that leaves nothing behind, and reading goes on") {
    ApiBench bench;
    Connection(bench.database.url(), Opening::existing, 1s).run("pragma wal_checkpoint(truncate)");
    // The limit is one of the connection's own, so the API gets one that is at it.
    Connection connection(bench.database.url(), Opening::existing, 1s);
    const std::int64_t pages = query_number(connection, "pragma page_count");
    CHECK(query_number(connection, "pragma max_page_count = " + std::to_string(pages)) == pages);
    State state;
    state.created_at = state.updated_at = now_stamp();
    state.name.assign(128, 'x');
    const std::int64_t before = query_number(connection, "select count(*) from states");
    const auto fill = [&] {
        Transaction transaction(connection);
        for (int i = 0; i < 1000; ++i) {
            state.id = new_id();
            insert_row(connection, kTableOf<State>, to_row(state));
        }
        transaction.commit();
    };
    StorageFault fault = StorageFault::other;
    try {
        fill();
    } catch (const StorageError &error) {
        fault = error.fault();
    }
    CHECK(fault == StorageFault::full);
    CHECK(query_number(connection, "select count(*) from states") == before);
    CHECK(is_sound(bench));
}

TEST_CASE("a disk that takes no more fails the write with a clear answer, undoes it, and reading goes on") {
    ApiBench bench;
    const std::int64_t before = bench.count("states");
    const int ended = in_child([&] {
        BenchHost host;
        HandlerBench<ImpatientApi> api(host, bench.database.config());
        if (api.get("/stats").status != 200) return 2;  // its log is there now, and short
        limit_files(16 << 10);
        Answer answer{201, {}, {}};
        for (int i = 0; i < 100 && answer.status == 201; ++i) answer = api.send("POST", "/states", kLong);
        if (answer.status != 507 && answer.status != 500) return 3;
        if (answer.header("Access-Control-Allow-Origin") != "*" || host.lines().empty()) return 4;
        if (api.get("/status").status != 200) return 5;
        return api.get("/states").status == 200 ? 0 : 6;
    });
    CHECK(ended == 0);
    CHECK(is_sound(bench));
    CHECK(bench.count("states") >= before);
    CHECK(bench.count("states") == number(bench, "select count(*) from states"));
    CHECK(bench.api.send("POST", "/states", kLong).status == 201);
}

TEST_CASE("a deletion that fails in the middle deletes nothing") {
    ApiBench bench;
    Connection(bench.database.url(), Opening::existing, 1s)
        .run("create trigger stop before delete on cities begin select raise(abort, 'stop'); end");
    const std::string before = bench.api.get("/stats").body;
    const Answer answer = bench.api.call({.method = "DELETE", .path = "/states/" + bench.first_state()});
    CHECK(answer.status == 400);  // a rule of the table's own
    CHECK(bench.api.get("/stats").body == before);
    CHECK(is_sound(bench));
}

TEST_CASE("a read-only database says so when it is written to, and is read as before") {
    TemporaryDirectory directory;
    ::chmod(directory.root().c_str(), 0777);
    const int ended = in_child([&] {
        constexpr uid_t nobody = 65534;
        BenchHost host;
        HandlerBench<ImpatientApi> api(host, "{\"database\":\"sqlite://" + directory.path("hbnb.db") + "\"}");
        ::chmod(directory.path("hbnb.db").c_str(), 0444);
        if (::geteuid() == 0 && ::setuid(nobody) != 0) return 2;  // root may write anywhere
        const Answer answer = api.send("POST", "/states", kLong);
        if (answer.status != 500 || error_in(answer) != "The database is read-only") return 3;
        if (host.lines().size() != 1) return 4;
        return api.get("/states").status == 200 ? 0 : 5;
    });
    CHECK(ended == 0);
}

TEST_CASE("a database damaged while it runs fails the routes that read the damage, with a line in the log") {
    ApiBench bench;
    Connection(bench.database.url(), Opening::existing, 1s).run("pragma wal_checkpoint(truncate)");
    BenchHost host;
    const std::string config = bench.database.config();
    HandlerBench<ImpatientApi> api(host, config);
    // All but the first page, where the header is.
    const std::string path = bench.database.url().path;
    std::string bytes = read_file(path);
    std::fill(bytes.begin() + 4096, bytes.end(), '\x5a');
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(file >= 0);
    REQUIRE(::pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    ::close(file);
    const Answer read = api.get("/states");
    CHECK(read.status == 500);
    CHECK(error_in(read) == "Internal error, request r1");
    CHECK(api.send("POST", "/states", kLong).status == 500);
    CHECK(api.get("/status").status == 200);
    CHECK(api.get("/nop").status == 404);
    CHECK(host.lines().size() == 2);
    CHECK(host.lines().front().text.find("malformed") != std::string::npos);
}
