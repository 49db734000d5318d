// What is said of rows that break the rules, and of tables that go. On each database.
#include <filesystem>

#include <nlohmann/json.hpp>

#include "api/api.hpp"
#include "pages/pages.hpp"
#include "storage/new_tables.hpp"
#include "unit/handlers/handler_bench.hpp"
#include "unit/handlers/odd_schema.hpp"

using namespace hbnb;
using Json = nlohmann::json;

namespace {

// The plugin's own handler, as a worker has it.
struct ApiOver {
    BenchHost host;
    HandlerBench<api::Api> api;
    explicit ApiOver(const TestDatabase &database) : api(host, database.config()) {
        REQUIRE_MESSAGE(api.status() == HBNB_OK, host.error());
    }
};

void drop_tables(const TestDatabase &database) {
    for (auto table = kSchema.rbegin(); table != kSchema.rend(); ++table) {
        database.run("drop table " + std::string(table->name));
    }
}

}  // namespace

TEST_CASE("what is answered as null is in the log with table, column and row, once for each column") {
    TestDatabase database;
    const Shape shape{
        .name = "text",
        .type = [](const Table &,
                   const Column &column) { return std::string(column.kind == Kind::integer ? "varchar(20)" : ""); },
        .is_nullable = true,
        .odd = [](const Table &table, const Column &column) -> std::vector<std::string> {
            if (table.name == "users" && column.name == "created_at") return {"null", "null"};
            if (column.name == "max_guest") return {"'many'"};
            return {};
        }};
    const OddDatabase odd(database, shape);
    ApiOver over(database);
    for (int i = 0; i < 3; ++i) {
        const Json users = Json::parse(over.api.get("/users").body);
        CHECK(users.size() == odd.rows_of("users"));
        CHECK(users.at(1).at("created_at").is_null());
        CHECK(users.at(1).at("first_name") == "abc");
        const Json places = Json::parse(over.api.send("POST", "/places_search", "{}").body);
        CHECK(places.back().at("max_guest").is_null());
        CHECK(places.back().at("number_rooms") == 2);
    }
    REQUIRE(over.host.lines().size() == 2);
    CHECK(over.host.lines()[0].text == "the database has null in users.created_at of the row with id " +
                                           OddDatabase::row_id("users", 1) +
                                           ", and perhaps in others: it is answered as null");
    CHECK(over.host.lines()[1].text ==
          "the database has no integer of 64 bits in places.max_guest of the row with id " +
              OddDatabase::row_id("places", odd.rows_of("places") - 1) +
              ", and perhaps in others: it is answered as null");
}

TEST_CASE("an object that no request could make is fetched, edited and put back, and only what was edited is written") {
    TestDatabase database;
    const Shape shape{.name = "wide",
                      .type =
                          [](const Table &, const Column &column) {
                              if (column.kind == Kind::integer) return std::string("bigint");
                              return std::string(column.name == "description" ? "varchar(3000)" : "");
                          },
                      .is_nullable = true};
    const OddDatabase odd(database, shape);
    database.run(
        "update places set name = null, number_rooms = 9007199254740993, max_guest = null, created_at = null, "
        "description = '" +
        std::string(2000, 'd') + "'");
    ApiOver over(database);
    const std::string path = "/places/" + OddDatabase::row_id("places", 0);
    Json place = Json::parse(over.api.get(path).body);
    CHECK(place.at("name").is_null());
    place["number_rooms"] = 9007199254740992;  // as JavaScript reads it
    place["price_by_night"] = 77;
    const Answer put = over.api.send("PUT", path, place.dump());
    REQUIRE_MESSAGE(put.status == 200, put.body);
    const Json after = Json::parse(put.body);
    CHECK(after.at("price_by_night") == 77);
    CHECK(after.at("number_rooms") == 9007199254740993);
    CHECK(after.at("description") == std::string(2000, 'd'));
    // What is edited is held to the rules.
    for (const auto &[key, value] :
         std::vector<std::pair<std::string, Json>>{{"number_rooms", 9007199254740999}, {"price_by_night", nullptr}}) {
        Json edited = after;
        edited[key] = value;
        CHECK(over.api.send("PUT", path, edited.dump()).status == 400);
    }
}

TEST_CASE(
    "tables that go while it serves are a 503 with Retry-After until they are back, and come with no sample data") {
    TestDatabase database;
    ApiOver over(database);
    TemporaryDirectory directory;
    BenchHost host(directory.path("pages.so"));
    std::filesystem::copy(HBNB_TEST_TEMPLATES, directory.path("templates"), std::filesystem::copy_options::recursive);
    HandlerBench<pages::Pages> pages(host, database.config());
    REQUIRE_MESSAGE(pages.status() == HBNB_OK, host.error());
    for (int i = 0; i < 2; ++i) {
        CHECK(over.api.get("/states").status == 200);
        CHECK(pages.get("/hbnb").status == 200);
        drop_tables(database);
        for (const auto &asked : std::vector<std::pair<std::string, std::string>>{{"GET", "/states"},
                                                                                  {"GET", "/stats"},
                                                                                  {"POST", "/states"},
                                                                                  {"POST", "/places_search"},
                                                                                  {"PUT", "/users/x"},
                                                                                  {"DELETE", "/places/x"}}) {
            const Answer answer = over.api.send(asked.first, asked.second, R"({"name":"x"})");
            CHECK_MESSAGE(answer.status == 503, asked.first << " " << asked.second << " " << answer.body);
            CHECK(answer.header("Retry-After") == "1");
        }
        CHECK(pages.get("/hbnb").status == 503);
        CHECK(pages.get("/hbnb").header("Retry-After") == "1");
        CHECK(over.api.get("/status").status == 200);
        CHECK(pages.get("/number/7").status == 200);
        Connection connection(database.url(), Opening::existing, std::chrono::seconds(30));
        make_tables(connection);
        const Answer back = over.api.get("/states");
        CHECK(back.status == 200);
        CHECK(back.body == "[]\n");
        CHECK(pages.get("/hbnb").status == 200);
    }
    CHECK(over.host.has_line_with("unable to answer GET /states, request r1: "));
}

TEST_CASE("a value that the table has already and wants once is a 409") {
    TestDatabase database;
    ApiOver over(database);
    database.run("create unique index once on amenities (name)");
    CHECK(over.api.send("POST", "/amenities", R"({"name":"Once"})").status == 201);
    CHECK(over.api.send("POST", "/amenities", R"({"name":"Once"})").status == 409);
}

TEST_CASE("a column of others that a new row would have to fill is a 400, and reading goes on") {
    TestDatabase database;
    ApiOver over(database);
    database.run("delete from reviews");
    database.run("alter table reviews add column stars int not null" +
                 std::string(TestDatabase::kind() == DatabaseKind::sqlite ? " default 0" : ""));
    database.run("delete from place_amenity");
    const std::string amenity = Json::parse(over.api.get("/amenities").body).at(0).at("id");
    const std::string place = Json::parse(over.api.send("POST", "/places_search", "{}").body).at(0).at("id");
    const std::string user = Json::parse(over.api.get("/users").body).at(0).at("id");
    const Answer answer =
        over.api.send("POST", "/places/" + place + "/reviews", Json{{"user_id", user}, {"text", "x"}}.dump());
    CHECK(answer.status == (TestDatabase::kind() == DatabaseKind::sqlite ? 201 : 400));
    CHECK(over.api.get("/places/" + place + "/reviews").status == 200);
    CHECK(over.api.send("POST", "/places/" + place + "/amenities/" + amenity, "").status == 201);
}
