// The API over a MariaDB and over a PostgreSQL of its own: the same answers as over SQLite.
#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <thread>

#include "storage/inventory.hpp"
#include "storage/prepare_server.hpp"
#include "storage/sample_data.hpp"
#include "storage/sql.hpp"
#include "support/eventually.hpp"
#include "unit/handlers/api_bench.hpp"
#include "unit/handlers/each_server.hpp"

using namespace hbnb;
using namespace std::chrono_literals;
using Json = nlohmann::json;

TEST_CASE("an empty database on a server gets tables and sample data, and answers every list as SQLite does") {
    on_each_server([](DatabaseServer &server) {
        ServerApi over(server);
        ApiBench sqlite;
        for (const char *path : {"/stats", "/states", "/amenities", "/users"}) {
            CHECK_MESSAGE(over.api.get(path).body == sqlite.api.get(path).body, path);
        }
        const auto search = [](auto &api, const Json &body) {
            return api.send("POST", "/places_search", body.dump()).body;
        };
        const std::string state = id_of(sqlite.json("/states").at(1)),
                          city = id_of(sqlite.json("/states/" + state + "/cities").at(0));
        const std::string one = id_of(sqlite.json("/amenities").at(3)), two = id_of(sqlite.json("/amenities").at(4));
        for (const Json &body : {Json::object(), Json{{"states", {state}}}, Json{{"cities", {city, "nobody"}}},
                                 Json{{"amenities", {one, two}}}, Json{{"states", {state}}, {"amenities", {two}}},
                                 Json{{"states", {"nobody"}}}, Json{{"amenities", {"nobody", one}}}}) {
            CHECK_MESSAGE(search(over.api, body) == search(sqlite.api, body), body.dump());
        }
        const std::string place = id_of(Json::parse(search(sqlite.api, Json::object())).at(7));
        for (const char *what : {"", "/reviews", "/amenities"}) {
            CHECK(over.api.get("/places/" + place + what).body == sqlite.api.get("/places/" + place + what).body);
        }
        for (const char *path : {"/states/nobody",
                                 "/states/"
                                 "NO",
                                 "/places/nobody/reviews"})
            CHECK(over.api.get(path).body == kNotFound);
    });
}

TEST_CASE("what is written to a server comes back as it was, and the same mistakes are refused") {
    on_each_server([](DatabaseServer &server) {
        ServerApi over(server);
        const std::string state = id_of(over.json("/states").at(0)), user = id_of(over.json("/users").at(0));
        const Answer created =
            over.api.send("POST", "/states/" + state + "/cities", R"({"name":"Zoë 'x' \\ \" 𝄞 :p0"})");
        CHECK(created.status == 201);
        const Json city = Json::parse(created.body);
        CHECK(over.api.get("/cities/" + id_of(city)).body == created.body);
        const Json body{{"user_id", user},       {"name", "P"},     {"description", "a\nb<br>"},
                        {"latitude", 37.773972}, {"max_guest", -5}, {"number_rooms", 2147483647}};
        const Answer placed = over.api.send("POST", "/cities/" + id_of(city) + "/places", body.dump());
        CHECK(placed.status == 201);
        const std::string place = "/places/" + id_of(Json::parse(placed.body));
        CHECK(over.api.get(place).body == placed.body);
        const Answer changed = over.api.send("PUT", place, R"({"name":"Q","longitude":-1.25,"description":null})");
        CHECK(changed.status == 200);
        CHECK(over.api.get(place).body == changed.body);
        CHECK(over.api.send("PUT", place, "{}").status == 200);

        const std::string amenity = id_of(over.json("/amenities").at(0)), link = place + "/amenities/" + amenity;
        CHECK(over.api.send("POST", link, "").status == 201);
        CHECK(over.api.send("POST", link, "").status == 200);
        CHECK(over.search({{"cities", {id_of(city)}}, {"amenities", {amenity}}}).size() == 1);
        CHECK(over.api.call({.method = "DELETE", .path = link}).status == 200);
        CHECK(over.api.call({.method = "DELETE", .path = link}).status == 404);
        CHECK(over.api.send("POST", place + "/reviews", Json{{"user_id", user}, {"text", "T"}}.dump()).status == 201);
        CHECK(over.api.send("POST", place + "/reviews", Json{{"user_id", "nobody"}}.dump()).status == 404);
        CHECK(over.api.send("POST", "/states", R"({"name":5})").status == 400);
        CHECK(over.api.call({.method = "DELETE", .path = "/states/" + state}).body == "{}\n");
        CHECK(over.api.get(place).status == 404);
        CHECK(over.api.get("/cities/" + id_of(city)).status == 404);
        CHECK(over.host.lines().empty());
    });
}

TEST_CASE("a row that refers to nothing is not stored by a server either") {
    on_each_server([](DatabaseServer &server) {
        REQUIRE(prepare_database(server.url()).has_value());
        Storage storage(server.url());
        City city;
        city.state_id = "nobody";
        CHECK_FALSE(storage.insert(city));
        CHECK(storage.link("nobody", "nobody") == Storage::Linked::to_nothing);
        CHECK(storage.count<City>() == static_cast<std::int64_t>(make_sample_data().cities.size()));
    });
}

namespace {

std::int64_t sample_cities() { return static_cast<std::int64_t>(make_sample_data().cities.size()); }

// What a process leaves that is killed when it has made so many of the tables, the last one without its indexes.
void begin_tables(Connection &connection, std::size_t number) {
    connection.run("create table " + std::string(kUnfinishedTable) + " (id int primary key)");
    std::size_t made = 0;
    for (const Table &table : std::span(kSchema).first(number)) {
        connection.run(sql::create_table(table, connection.dialect()));
        if (++made == number) break;
        for (const std::string &index : sql::create_indexes(table)) connection.run(index);
    }
}

void drop_tables(Connection &connection) {
    for (auto table = std::rbegin(kSchema); table != std::rend(kSchema); ++table) {
        connection.run("drop table if exists " + std::string(table->name));
    }
}

// How many of the indexes that we make by name.
std::int64_t count_indexes(Connection &connection, DatabaseKind kind) {
    return query_number(connection,
                        kind == DatabaseKind::mysql
                            ? "select count(distinct table_name, index_name) from information_schema.statistics "
                              "where table_schema = database() and index_name like '%_id'"
                            : "select count(*) from pg_indexes where indexname like '%_id'");
}

// Another process that makes tables, and has come to the second, until its end.
std::unique_ptr<Connection> make_slowly(DatabaseServer &server) {
    auto other = std::make_unique<Connection>(server.url(), Opening::existing, 10s);
    REQUIRE(query_number(*other, std::string(other->dialect().lock_schema)) == 1);
    begin_tables(*other, 2);
    return other;
}

}  // namespace

TEST_CASE("who starts while another process makes the tables waits for it longer than a client would have to") {
    on_each_server([](DatabaseServer &server) {
        auto other = make_slowly(server);
        std::jthread end([&] {
            std::this_thread::sleep_for(1500ms);
            other.reset();
        });
        DatabaseUrl url = server.url();
        url.timeout = 1s;
        Connection connection(url, Opening::existing, 1s);
        const Checked<Prepared> prepared = prepare_server(connection, url, Filling::sample_data, 1min);
        end.join();
        REQUIRE_MESSAGE(prepared.has_value(), prepared.error().reason);
        CHECK(take_inventory(connection).is_whole());
        CHECK(Storage(server.url()).count<City>() == sample_cities());
    });
}

TEST_CASE("a process that makes the tables for long keeps nobody from starting: requests are told to come again") {
    on_each_server([](DatabaseServer &server) {
        auto other = make_slowly(server);
        ServerApi over(server);
        CHECK(over.api.get("/states").status == 503);
        const Checked<void> tool = prepare_database(server.url(), Filling::nothing);
        REQUIRE_FALSE(tool.has_value());
        CHECK_MESSAGE(tool.error().reason.find("another process is making its tables") != std::string::npos,
                      tool.error().reason);
        other.reset();
        CHECK(test::eventually([&] { return over.api.get("/states").status == 200; }));
        CHECK(Storage(server.url()).count<City>() == sample_cities());
    });
}

TEST_CASE("what a killed process has begun to make is finished, wherever it was") {
    on_each_server([](DatabaseServer &server) {
        Connection connection(server.url(), Opening::existing, 10s);
        REQUIRE(prepare_database(server.url()).has_value());
        const std::int64_t indexes = count_indexes(connection, server.kind());
        CHECK(indexes > 0);
        for (std::size_t tables = 0; tables <= std::size(kSchema); ++tables) {
            drop_tables(connection);
            begin_tables(connection, tables);
            const Checked<void> prepared = prepare_database(server.url());
            REQUIRE_MESSAGE(prepared.has_value(), prepared.error().reason);
            CHECK(query_number(connection, "select count(*) from cities") == sample_cities());
            CHECK(count_indexes(connection, server.kind()) == indexes);
            CHECK(take_inventory(connection).is_whole());
        }
        drop_tables(connection);
        Storage maker(server.url());
        CHECK(maker.count<City>() == sample_cities());
        CHECK(query_number(connection, std::string(connection.dialect().lock_schema)) == 1);
    });
}

TEST_CASE("rows that somebody has put into tables that a killed process has left are kept, and get no sample data") {
    on_each_server([](DatabaseServer &server) {
        Connection connection(server.url(), Opening::existing, 10s);
        const auto insert = [&] {
            State state;
            state.id = "one";
            state.created_at = state.updated_at = "2017-03-25T02:17:06.000000";
            state.name = "One";
            insert_row(connection, kTableOf<State>, to_row(state));
        };
        for (const std::size_t tables : {std::size_t{2}, std::size(kSchema)}) {
            drop_tables(connection);
            begin_tables(connection, tables);
            insert();
            const Checked<void> prepared = prepare_database(server.url());
            REQUIRE_MESSAGE(prepared.has_value(), prepared.error().reason);
            CHECK(query_number(connection, "select count(*) from states") == 1);
            CHECK(take_inventory(connection).is_whole());
        }
        // Columns are nobody's unfinished work.
        begin_tables(connection, 0);
        connection.run("alter table users drop column last_name");
        const Checked<void> refused = prepare_database(server.url());
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().reason.find("but lacks users.last_name") != std::string::npos);
    });
}

TEST_CASE("who may make tables and drop none has a whole database all the same") {
    on_each_server(
        [](DatabaseServer &server) {
            server.run("create user maker");
            server.run("grant select, insert, update, delete, create, index, references on hbnb.* to maker");
            DatabaseUrl url = server.url();
            url.user = "maker";
            for (int i = 0; i < 2; ++i) {
                const Checked<void> prepared = prepare_database(url);
                REQUIRE_MESSAGE(prepared.has_value(), prepared.error().reason);
                CHECK(Storage(url).count<City>() == sample_cities());
            }
        },
        {DatabaseKind::mysql});
}

TEST_CASE("what a user may not make or read costs the routes that need it, and no others") {
    on_each_server([](DatabaseServer &server) {
        const bool is_mysql = server.kind() == DatabaseKind::mysql;
        Connection owner(server.url(), Opening::existing, 10s);
        for (const Table &table : kSchema) {
            if (table.name == "states" || table.name == "cities" || table.name == "users")
                owner.run(sql::create_table(table, owner.dialect()));
        }
        owner.run("create user reader");
        for (const char *table : {"states", "cities"}) {
            owner.run(std::string("grant select, insert on ") + (is_mysql ? "hbnb." : "") + table + " to reader");
        }
        BenchHost host;
        const std::string url = server.text_url(), maker = is_mysql ? "root@" : "hbnb@";
        const std::string theirs = std::string(url).replace(url.find(maker), maker.size(), "reader@");
        HandlerBench<api::Api> api(host, Json{{"database", theirs}}.dump());
        REQUIRE_MESSAGE(api.status() == HBNB_OK, host.error());
        CHECK(host.has_line_with("unable to use all of database "));
        CHECK(host.has_line_with("unable to make table places: "));
        CHECK(api.get("/states").body == "[]\n");
        CHECK(api.send("POST", "/states", R"({"name":"x"})").status == 201);
        CHECK(api.get("/users").status == 503);
        CHECK(api.get("/amenities").status == 503);
        CHECK(api.send("POST", "/places_search", "{}").status == 503);
        CHECK(api.get("/status").status == 200);
    });
}

// MariaDB's `key` and PostgreSQL's text name the index; a scan of the places names none.
TEST_CASE("a search for a few cities finds its places by the index, as soon as there are many") {
    on_each_server([](DatabaseServer &server) {
        REQUIRE(prepare_database(server.url()).has_value());
        Connection connection(server.url(), Opening::existing, 10s);
        Storage storage(server.url());
        const Place original = storage.all<Place>().front();
        {
            Transaction transaction(connection);
            City city = *storage.get<City>(original.city_id);
            Place place = original;
            for (int i = 0; i < 5000; ++i) {
                if (i % 50 == 0) {
                    city.id = "city-" + std::to_string(i);
                    insert_row(connection, kTableOf<City>, to_row(city));
                }
                place.id = "place-" + std::to_string(i);
                place.city_id = city.id;
                insert_row(connection, kTableOf<Place>, to_row(place));
            }
            transaction.commit();
        }
        const bool is_mysql = server.kind() == DatabaseKind::mysql;
        connection.run(is_mysql ? "optimize table places" : "analyze");
        std::string text = sql::search_places(connection.dialect(), true, false, true, 1000);
        for (const auto &[parameter, value] : std::vector<std::pair<std::string, std::string>>{
                 {":p0", is_mysql ? R"('["city-0"]')" : R"('{"city-0"}')"}, {":p1", "''"}}) {
            text.replace(text.find(parameter), parameter.size(), value);
        }
        std::string plan;
        const std::vector<Kind> columns(is_mysql ? 10 : 1, Kind::text);
        for (const Row &row : connection.query("explain " + text, columns)) {
            for (const Value &value : row)
                plan += std::holds_alternative<std::string>(value) ? std::get<std::string>(value) + " " : "";
        }
        CHECK_MESSAGE(plan.find("places_city_id") != std::string::npos, plan);
        CHECK(storage.search({{}, {"city-0"}, {}}).size() == 50);
    });
}
