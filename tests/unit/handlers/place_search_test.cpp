// The search: what the contract says of it, and the same answers as a model that reads like the contract.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "model/identity.hpp"
#include "storage/new_tables.hpp"
#include "unit/handlers/api_bench.hpp"

using namespace hbnb;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

struct SearchBench : ApiBench {
    Answer search(const Json &body) { return api.send("POST", "/places_search/", body.dump()); }
    std::size_t found(const Json &body) { return Json::parse(search(body).body).size(); }
    Json places_of(const std::string &city) { return json("/cities/" + city + "/places"); }
};

// A small world in which everything is near everything, so that chance finds the corners.
struct World {
    std::vector<State> states;
    std::vector<City> cities;
    std::vector<Amenity> amenities;
    std::vector<Place> places;
    std::set<std::pair<std::string, std::string>> links;
};

template <class T>
void add(Connection &connection, std::vector<T> &list, T object, const std::string &id) {
    object.id = id;
    object.created_at = object.updated_at = "2026-01-01T00:00:00.000000";
    insert_row(connection, kTableOf<T>, to_row(object));
    list.push_back(object);
}

std::size_t pick(std::mt19937 &random, std::size_t count) { return random() % count; }

World make_world(Connection &connection, std::mt19937 &random) {
    World world;
    std::vector<User> users;
    add(connection, users, User{}, "u");
    for (int i = 0; i < 3; ++i) add(connection, world.states, State{}, "s" + std::to_string(i));
    for (int i = 0; i < 6; ++i) {
        City city;
        city.state_id = world.states[pick(random, 2)].id;  // one state stays without cities
        add(connection, world.cities, city, "c" + std::to_string(i));
    }
    for (int i = 0; i < 4; ++i) add(connection, world.amenities, Amenity{}, "a" + std::to_string(i));
    for (int i = 0; i < 12; ++i) {
        Place place;
        place.user_id = "u";
        place.city_id = world.cities[pick(random, 5)].id;
        add(connection, world.places, place, "p" + std::to_string(i));
        for (const Amenity &amenity : world.amenities) {
            if (pick(random, 2) == 0) continue;
            insert_row(connection, kPlaceAmenity, {world.places.back().id, amenity.id});
            world.links.emplace(world.places.back().id, amenity.id);
        }
    }
    return world;
}

bool contains(const std::vector<std::string> &ids, const std::string &id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// The contract in its own words, place by place.
std::vector<std::string> expected(const World &world, const PlaceSearch &asked) {
    std::vector<std::string> found;
    for (const Place &place : world.places) {
        const City &city = *std::find_if(world.cities.begin(), world.cities.end(),
                                         [&](const City &one) { return one.id == place.city_id; });
        const bool is_in_base = (asked.states.empty() && asked.cities.empty()) ||
                                contains(asked.states, city.state_id) || contains(asked.cities, city.id);
        const bool has_all = std::all_of(asked.amenities.begin(), asked.amenities.end(), [&](const std::string &id) {
            return world.links.count({place.id, id}) == 1;
        });
        if (is_in_base && has_all) found.push_back(place.id);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> some_of(std::mt19937 &random, const std::vector<std::string> &ids) {
    std::vector<std::string> some;
    for (std::size_t i = pick(random, 4); i > 0; --i) some.push_back(ids[pick(random, ids.size())]);
    return some;
}

}  // namespace

TEST_CASE("a search without criteria finds every place, however it says so") {
    SearchBench bench;
    const auto all = static_cast<std::size_t>(bench.count("places"));
    for (const Json &body : {Json::object(), Json{{"states", Json::array()}}, Json{{"amenities", nullptr}, {"x", 5}},
                             Json{{"states", Json::array()}, {"cities", nullptr}, {"amenities", Json::array()}}}) {
        const Answer answer = bench.search(body);
        CHECK(answer.status == 200);
        CHECK(answer.header("Content-Type") == "application/json");
        CHECK(Json::parse(answer.body).size() == all);
    }
    CHECK(bench.api.send("POST", "/places_search", "{}").body == bench.search(Json::object()).body);
}

TEST_CASE("a search answers plain places") {
    SearchBench bench;
    const Json place = Json::parse(bench.search(Json::object()).body).at(0);
    CHECK(place.size() == 14);
    CHECK(bench.json("/places/" + place.at("id").get<std::string>()) == place);
}

TEST_CASE("a state's places are those of its cities, and listing a city twice adds nothing") {
    SearchBench bench;
    const std::string state = bench.first_state();
    std::size_t total = 0;
    std::string city;
    for (const Json &one : bench.json("/states/" + state + "/cities")) {
        city = one.at("id");
        const std::size_t here = bench.places_of(city).size();
        CHECK(bench.found({{"cities", {city}}}) == here);
        total += here;
    }
    CHECK(bench.found({{"states", {state}}}) == total);
    CHECK(bench.found({{"states", {state, state}}, {"cities", {city, city}}}) == total);
}

TEST_CASE("unknown ids find nothing, never everything") {
    SearchBench bench;
    const std::string state = bench.first_state();
    for (const char *unknown : {"nobody", "", "no body", "\xC3\xBC", "' or 1=1 --"}) {
        for (const char *key : {"states", "cities", "amenities"})
            CHECK(bench.search({{key, {unknown}}}).body == "[]\n");
        CHECK(bench.found({{"states", {state, unknown}}}) == bench.found({{"states", {state}}}));
        CHECK(bench.found({{"states", {state}}, {"amenities", {unknown}}}) == 0);
    }
    CHECK(bench.search({{"states", {std::string("a\0", 2)}}}).body == "[]\n");
}

TEST_CASE("what is no search is a 400 with its reason") {
    SearchBench bench;
    for (const char *body : {"", "nop", "[]", "null", "\"x\"", "{"}) {
        const Answer answer = bench.api.send("POST", "/places_search", body);
        CHECK(answer.status == 400);
        CHECK(error_in(answer) == "Not a JSON");
    }
    CHECK(error_in(bench.api.call({.method = "POST", .path = "/places_search", .body = "{}"})) == "Not a JSON");
    for (const char *key : {"states", "cities", "amenities"}) {
        for (const Json &value :
             {Json("x"), Json(5), Json(false), Json::object(), Json{5}, Json{nullptr}, Json{{"x"}}}) {
            const Answer answer = bench.search({{key, value}});
            CHECK_MESSAGE(answer.status == 400, value.dump());
            CHECK(error_in(answer) == std::string(key) + " must be a list of ids");
        }
    }
}

TEST_CASE("a search for very many ids is one query, too") {
    SearchBench bench;
    Json ids = Json::array();
    for (int i = 0; i < 20'000; ++i) ids.push_back("x" + std::to_string(i));
    ids.push_back(bench.first_state());
    CHECK(bench.found({{"states", ids}}) == bench.found({{"states", {bench.first_state()}}}));
}

TEST_CASE("the search finds what the contract's words find, in worlds of chance") {
    std::mt19937 random(20261121);
    for (int round = 0; round < 12; ++round) {
        const TestDatabase database;
        Connection connection(database.url(), Opening::creating, 30s);
        make_tables(connection);
        const World world = make_world(connection, random);
        Storage storage(database.url());
        for (int i = 0; i < 60; ++i) {
            const Json body{{"states", some_of(random, {"s0", "s1", "s2", "nobody"})},
                            {"cities", some_of(random, {"c0", "c1", "c2", "c3", "c4", "c5", "nobody"})},
                            {"amenities", some_of(random, {"a0", "a1", "a2", "a3", "a0", "a1", "a2", "nobody"})}};
            const Checked<PlaceSearch> asked = read_place_search(body);
            REQUIRE(asked.has_value());
            std::vector<std::string> found;
            for (const Place &place : storage.search(*asked)) found.push_back(place.id);
            CHECK_MESSAGE(found == expected(world, *asked), body.dump());
        }
    }
}

TEST_CASE("an answer that is long goes out in pieces, and is the whole list, each place once, by id") {
    SearchBench bench;
    const Json original = Json::parse(bench.search(Json::object()).body).at(0);
    const auto before = static_cast<std::size_t>(bench.count("places"));
    constexpr std::size_t kMore = 2500;  // some pieces, the last of them not full
    {
        Connection connection(bench.database.url(), Opening::existing, 30s);
        Transaction transaction(connection);
        Place place;
        place.city_id = original.at("city_id");
        place.user_id = original.at("user_id");
        place.created_at = place.updated_at = "2026-01-01T00:00:00.000000";
        place.description = std::string(1000, 'x');
        for (std::size_t i = 0; i < kMore; ++i) {
            place.id = new_id();
            insert_row(connection, kTableOf<Place>, to_row(place));
        }
        transaction.commit();
    }
    const Answer answer = bench.search(Json::object());
    CHECK(answer.status == 200);
    CHECK(answer.header("Content-Length").empty());
    CHECK(answer.header("Content-Type") == "application/json");
    CHECK(answer.header("Access-Control-Allow-Origin") == "*");
    const Json list = Json::parse(answer.body);
    CHECK(list.size() == before + kMore);
    CHECK(std::is_sorted(list.begin(), list.end(), [](const Json &a, const Json &b) { return a["id"] < b["id"]; }));
    std::set<std::string> ids;
    for (const Json &one : list) ids.insert(one.at("id").get<std::string>());
    CHECK(ids.size() == list.size());
    CHECK(bench.search({{"cities", {original.at("city_id")}}}).body.size() > kMore * 1000);
    CHECK(bench.host.lines().empty());
}

TEST_CASE("an id may have quotes, backslashes and brackets in it, and is found as it is") {
    SearchBench bench;
    const Json original = Json::parse(bench.search(Json::object()).body).at(0);
    Connection connection(bench.database.url(), Opening::existing, 30s);
    for (const char *id : {R"(a"b)", R"(a\b)", "{a,b}", "[a]", "NULL", "a'b", ":p0"}) {
        City city;
        city.id = id;
        city.state_id = bench.first_state();
        city.created_at = city.updated_at = original.at("created_at");
        insert_row(connection, kTableOf<City>, to_row(city));
        Place place;
        place.id = std::string("place-") + id;
        place.city_id = id;
        place.user_id = original.at("user_id");
        place.created_at = place.updated_at = city.created_at;
        insert_row(connection, kTableOf<Place>, to_row(place));
        CHECK_MESSAGE(bench.found({{"cities", {id}}}) == 1, id);
        CHECK_MESSAGE(bench.found({{"cities", {id, "nobody"}}}) == 1, id);
    }
}
