// A database that the AirBnB clone's other programs have made: MySQL's latin1 tables without our indexes and without
// rules for deletions, times in whole seconds, coordinates as FLOAT. It works as it is, and stays as it is.
#include <doctest/doctest.h>

#include "unit/handlers/each_server.hpp"

using namespace hbnb;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

const char *const kKey =
    "id varchar(60) not null primary key, created_at datetime not null default current_timestamp, "
    "updated_at datetime not null default current_timestamp, ";

const std::vector<std::pair<std::string, std::string>> kTables{
    {"states", "name varchar(128) not null"},
    {"cities",
     "name varchar(128) not null, state_id varchar(60) not null, foreign key (state_id) references states (id)"},
    {"amenities", "name varchar(128) not null"},
    {"users",
     "email varchar(128) not null, password varchar(128) not null, first_name varchar(128), last_name "
     "varchar(128)"},
    {"places",
     "city_id varchar(60) not null, user_id varchar(60) not null, name varchar(128) not null, description "
     "varchar(1024), number_rooms int not null, number_bathrooms int not null, max_guest int not null, "
     "price_by_night int not null, latitude float, longitude float, foreign key (city_id) references cities "
     "(id), foreign key (user_id) references users (id)"},
    {"reviews",
     "place_id varchar(60) not null, user_id varchar(60) not null, text varchar(1024) not null, foreign key "
     "(place_id) references places (id), foreign key (user_id) references users (id)"}};

struct OlderTables {
    Connection connection;
    explicit OlderTables(const DatabaseServer &server) : connection(server.url(), Opening::existing, 30s) {
        for (const auto &[name, columns] : kTables) make(name, kKey + columns);
        make("place_amenity",
             "place_id varchar(60) not null, amenity_id varchar(60) not null, primary key (place_id, "
             "amenity_id), foreign key (place_id) references places (id), foreign key (amenity_id) "
             "references amenities (id)");
        connection.run("insert into states (id, name) values ('state-a', 'Maine'), ('state-b', 'Ohio')");
        connection.run("insert into cities (id, name, state_id) values ('city-a', 'Bangor', 'state-a')");
        connection.run("insert into users (id, email, password) values ('user-a', 'a@b', 'secret')");
        connection.run("insert into amenities (id, name) values ('amenity-a', 'Sauna')");
    }
    void make(const std::string &name, const std::string &columns) {
        connection.run("create table " + name + " (" + columns + ") engine = InnoDB default charset = latin1");
    }
    std::string shape() {
        std::string text;
        constexpr Kind two[] = {Kind::text, Kind::text};
        for (const Table &table : kSchema) {
            const auto rows = connection.query("show create table " + std::string(table.name), two);
            text += std::get<std::string>(rows.at(0).at(1));
        }
        return text;
    }
};

const std::vector<DatabaseKind> kMysqlOnly{DatabaseKind::mysql};

}  // namespace

TEST_CASE("tables that others have made are read and written, and not altered") {
    on_each_server(
        [](DatabaseServer &server) {
            OlderTables older(server);
            const std::string shape = older.shape();
            ServerApi over(server);
            CHECK(over.json("/stats") ==
                  Json{{"amenities", 1}, {"cities", 1}, {"places", 0}, {"reviews", 0}, {"states", 2}, {"users", 1}});
            const Json body{{"user_id", "user-a"}, {"name", "Zoë's"}, {"latitude", 37.773972}, {"longitude", nullptr}};
            const Answer made = over.api.send("POST", "/cities/city-a/places", body.dump());
            REQUIRE(made.status == 201);
            const std::string place = "/places/" + id_of(Json::parse(made.body));
            CHECK(over.json(place).at("name") == "Zoë's");
            CHECK(over.json(place).at("latitude") == 37.774);
            CHECK(over.json(place).at("created_at").get<std::string>().substr(19) == ".000000");
            for (int i = 0; i < 3; ++i) CHECK(over.api.send("PUT", place, "{}").status == 200);
            CHECK(over.api.send("POST", place + "/amenities/amenity-a", "").status == 201);
            CHECK(over.search({{"states", {"state-a"}}, {"amenities", {"amenity-a"}}}).size() == 1);
            CHECK(over.search({{"cities", {"city-a", "nobody"}}}).size() == 1);
            CHECK(over.search({{"states", {"state-b"}}}).empty());
            CHECK(over.api.send("POST", place + "/reviews", R"({"user_id":"user-a","text":"T"})").status == 201);
            CHECK(over.remove("/states/state-a").status == 200);
            CHECK(over.json("/stats") ==
                  Json{{"amenities", 1}, {"cities", 0}, {"places", 0}, {"reviews", 0}, {"states", 1}, {"users", 1}});
            CHECK(over.host.lines().empty());
            CHECK(older.shape() == shape);
        },
        kMysqlOnly);
}

TEST_CASE("what a table's character set cannot spell is a 400 that stores nothing") {
    on_each_server(
        [](DatabaseServer &server) {
            OlderTables older(server);
            ServerApi over(server);
            for (const char *name : {"𝄞", "Ω", "a 😀"}) {
                const Answer answer = over.api.send("POST", "/states", Json{{"name", name}}.dump());
                CHECK(answer.status == 400);
                CHECK(Json::parse(answer.body).at("error") == "A value does not fit its column");
                CHECK(over.api.send("PUT", "/states/state-a", Json{{"name", name}}.dump()).status == 400);
            }
            CHECK(over.json("/states").size() == 2);
            CHECK(over.json("/states/state-a").at("name") == "Maine");
        },
        kMysqlOnly);
}

TEST_CASE("an id in capital letters is nobody's, though the table's collation knows no capitals") {
    on_each_server(
        [](DatabaseServer &server) {
            OlderTables older(server);
            ServerApi over(server);
            CHECK(over.api.get("/states/STATE-A").status == 404);
            CHECK(over.api.get("/states/STATE-A/cities").status == 404);
            CHECK(over.api.send("PUT", "/states/State-a", R"({"name":"x"})").status == 404);
            CHECK(over.remove("/states/STATE-A").status == 404);
            CHECK(over.json("/states/state-a").at("name") == "Maine");
            CHECK(over.json("/stats").at("cities") == 1);
        },
        kMysqlOnly);
}
