// The pages over an SQLite file that is locked: no other database can lock out its readers.
#include "unit/handlers/pages_bench.hpp"

using namespace hbnb;

TEST_CASE("a database that somebody else keeps for himself is a page with status 503 that says when to come again") {
    PagesBench bench;
    bench.run("pragma journal_mode = delete");
    Connection other(bench.database.url(), Opening::existing, std::chrono::seconds(1));
    other.run("begin exclusive");
    const Answer answer = bench.pages.get("/states_list");
    CHECK(answer.status == 503);
    CHECK(answer.header("Retry-After") == "1");
    CHECK(has(answer.body, "<h1>Service Unavailable</h1>"));
    other.run("rollback");
    CHECK(bench.pages.get("/states_list").status == 200);
}
