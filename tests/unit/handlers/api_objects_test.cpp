// The routes of cities and amenities, and what they and those of the states do alike.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "unit/handlers/api_bench.hpp"

using namespace hbnb;
using Bench = ApiBench;
using Json = nlohmann::json;

namespace {

const std::string kTooLong = "{\"name\":\"" + std::string(129, 'x') + "\"}";

std::set<std::string> keys_of(const Json &object) {
    std::set<std::string> keys;
    for (const auto &[key, value] : object.items()) keys.insert(key);
    return keys;
}

bool is_sorted_by_id(const Json &list) {
    return std::is_sorted(list.begin(), list.end(), [](const Json &a, const Json &b) { return a["id"] < b["id"]; });
}

std::string path_of(const char *collection, const Json &object) {
    return collection + ("/" + object.at("id").get<std::string>());
}

// Where objects are made, and one that is there.
struct Resource {
    std::string collection, object;
};

std::vector<Resource> resources_of(Bench &bench) {
    const std::string cities = "/states/" + bench.first_state() + "/cities";
    return {{"/states", "/states/" + bench.first_state()},
            {cities, path_of("/cities", bench.json(cities).at(0))},
            {"/amenities", path_of("/amenities", bench.json("/amenities").at(0))}};
}

}  // namespace

TEST_CASE("a state's cities are listed by id, each once and no other state's") {
    Bench bench;
    std::int64_t total = 0;
    for (const Json &state : bench.json("/states")) {
        const std::string path = path_of("/states", state) + "/cities";
        const Json cities = bench.json(path);
        CHECK(is_sorted_by_id(cities));
        for (const Json &city : cities) CHECK(city.at("state_id") == state.at("id"));
        CHECK(bench.api.get(path + "/").body == bench.api.get(path).body);
        total += static_cast<std::int64_t>(cities.size());
    }
    CHECK(total == bench.count("cities"));
}

TEST_CASE("a state without cities has an empty list, and a state that is not there none") {
    Bench bench;
    const Json state = Json::parse(bench.api.send("POST", "/states", R"({"name":"Yukon"})").body);
    const Answer answer = bench.api.get(path_of("/states", state) + "/cities");
    CHECK(answer.status == 200);
    CHECK(answer.body == "[]\n");
    CHECK(bench.api.get("/states/nobody/cities").status == 404);
    CHECK(bench.api.get("/states/nobody/cities").body == kNotFound);
}

TEST_CASE("a city is created in the state of the path, whatever its body says") {
    Bench bench;
    const std::string state = bench.first_state(), other = bench.json("/states").at(1).at("id");
    const Json body{{"name", "Oz"}, {"state_id", other}, {"id", "x"}, {"created_at", 1}, {"places", Json::array()}};
    const Answer created = bench.api.send("POST", "/states/" + state + "/cities", body.dump());
    CHECK(created.status == 201);
    CHECK(created.header("Content-Type") == "application/json");
    const Json city = Json::parse(created.body);
    CHECK(keys_of(city) == std::set<std::string>{"__class__", "created_at", "id", "name", "state_id", "updated_at"});
    CHECK(city.at("__class__") == "City");
    CHECK(city.at("name") == "Oz");
    CHECK(city.at("state_id") == state);
    CHECK(city.at("id") != "x");
    CHECK(bench.api.get(path_of("/cities", city)).body == created.body);
    const Json listed = bench.json("/states/" + state + "/cities");
    CHECK(std::find(listed.begin(), listed.end(), city) != listed.end());
}

TEST_CASE("a city is changed but for its state, and deleted with its places") {
    Bench bench;
    const std::string other = bench.json("/states").at(1).at("id");
    const Json city = bench.json("/states/" + bench.first_state() + "/cities").at(0);
    const std::string path = path_of("/cities", city);
    CHECK(bench.json(path) == city);

    Json edited = city;
    edited["name"] = "Oz";
    edited["state_id"] = other;
    edited["id"] = edited["created_at"] = edited["updated_at"] = "ignored";
    const Answer changed = bench.api.send("PUT", path + "/", edited.dump());
    CHECK(changed.status == 200);
    Json after = Json::parse(changed.body);
    CHECK(bench.api.get(path).body == changed.body);
    CHECK(after.at("name") == "Oz");
    CHECK(after.at("updated_at") > city.at("updated_at"));
    after["name"] = city["name"];
    after["updated_at"] = city["updated_at"];
    CHECK(after == city);

    const std::int64_t cities = bench.count("cities"), places = bench.count("places"), users = bench.count("users");
    const Answer deleted = bench.api.call({.method = "DELETE", .path = path});
    CHECK(deleted.status == 200);
    CHECK(deleted.body == "{}\n");
    CHECK(bench.api.get(path).body == kNotFound);
    CHECK(bench.count("cities") == cities - 1);
    CHECK(bench.count("places") < places);
    CHECK(bench.count("users") == users);
}

TEST_CASE("there is no list of all cities") {
    Bench bench;
    for (const char *method : {"GET", "POST", "OPTIONS"}) {
        const Answer answer = bench.api.call({.method = method, .path = "/cities"});
        CHECK(answer.status == 404);
        CHECK(answer.body == kNotFound);
    }
}

TEST_CASE("amenities are listed, created, shown, changed and deleted") {
    Bench bench;
    const Json list = bench.json("/amenities");
    CHECK(is_sorted_by_id(list));
    CHECK(static_cast<std::int64_t>(list.size()) == bench.count("amenities"));
    CHECK(bench.json(path_of("/amenities", list.at(0)) + "/") == list.at(0));

    const Answer created = bench.api.send("POST", "/amenities/", R"({"name":"Sauna","state_id":"x"})");
    CHECK(created.status == 201);
    const Json amenity = Json::parse(created.body);
    CHECK(keys_of(amenity) == std::set<std::string>{"__class__", "created_at", "id", "name", "updated_at"});
    CHECK(amenity.at("__class__") == "Amenity");
    const std::string path = path_of("/amenities", amenity);
    CHECK(bench.api.get(path).body == created.body);

    const Answer changed = bench.api.send("PUT", path, R"({"name":"Steam bath","created_at":"x"})");
    CHECK(changed.status == 200);
    const Json after = Json::parse(changed.body);
    CHECK(after.at("name") == "Steam bath");
    CHECK(after.at("created_at") == amenity.at("created_at"));
    CHECK(bench.api.get(path).body == changed.body);

    CHECK(bench.api.call({.method = "DELETE", .path = path}).body == "{}\n");
    CHECK(bench.api.get(path).body == kNotFound);
    CHECK(bench.json("/amenities") == list);
}

TEST_CASE("deleting an amenity that places have takes it from them and leaves them") {
    Bench bench;
    const std::string path = path_of("/amenities", bench.json("/amenities").at(0));
    const std::int64_t amenities = bench.count("amenities"), places = bench.count("places");
    CHECK(bench.api.call({.method = "DELETE", .path = path}).status == 200);
    CHECK(bench.count("amenities") == amenities - 1);
    CHECK(bench.count("places") == places);
}

TEST_CASE("whatever is made answers a body that does not fit in the same way, and stores nothing") {
    Bench bench;
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"", "Not a JSON"},
        {"nop", "Not a JSON"},
        {std::string("{\"name\":\"x\"}\0", 13), "Not a JSON"},
        {std::string("{\"name\":\"x\"}\0{}", 15), "Not a JSON"},
        {"[]", "Not a JSON"},
        {"null", "Not a JSON"},
        {"{}", "Missing name"},
        {R"({"name":null})", "Missing name"},
        {R"({"Name":"x"})", "Missing name"},
        {R"({"name":[]})", "name must be a string"},
        {kTooLong, "name must not be longer than 128 characters"}};
    for (const Resource &one : resources_of(bench)) {
        const std::string before = bench.api.get(one.collection).body;
        for (const auto &[body, reason] : rows) {
            const Answer answer = bench.api.send("POST", one.collection, body);
            CHECK_MESSAGE(answer.status == 400, one.collection);
            CHECK(error_in(answer) == reason);
        }
        Call untyped{.method = "POST", .path = one.collection, .body = R"({"name":"x"})"};
        CHECK(error_in(bench.api.call(untyped)) == "Not a JSON");
        CHECK(bench.api.get(one.collection).body == before);
    }
}

TEST_CASE("whatever is changed answers a body that does not fit in the same way, and stays as it was") {
    Bench bench;
    for (const Resource &one : resources_of(bench)) {
        const std::string before = bench.api.get(one.object).body;
        for (const auto &[body, reason] : {std::pair<std::string, std::string>{"nop", "Not a JSON"},
                                           {"[]", "Not a JSON"},
                                           {R"({"name":null})", "name must not be null"},
                                           {R"({"name":5})", "name must be a string"},
                                           {kTooLong, "name must not be longer than 128 characters"}}) {
            const Answer answer = bench.api.send("PUT", one.object, body);
            CHECK_MESSAGE(answer.status == 400, one.object);
            CHECK(error_in(answer) == reason);
        }
        CHECK(bench.api.get(one.object).body == before);
    }
}

TEST_CASE("an empty object changes nothing but updated_at") {
    Bench bench;
    for (const Resource &one : resources_of(bench)) {
        Json before = bench.json(one.object);
        Json after = Json::parse(bench.api.send("PUT", one.object, "{}").body);
        CHECK(after.at("updated_at") > before.at("updated_at"));
        after["updated_at"] = before["updated_at"];
        CHECK(after == before);
    }
}

TEST_CASE("an unknown id is 404 before any look at the body") {
    Bench bench;
    const std::int64_t cities = bench.count("cities");
    for (const char *path : {"/states/nobody", "/cities/nobody", "/amenities/nobody"}) {
        for (const Answer &answer :
             {bench.api.get(path), bench.api.call({.method = "DELETE", .path = path}),
              bench.api.send("PUT", path, "nop"), bench.api.send("PUT", path, R"({"name":"x"})")}) {
            CHECK_MESSAGE(answer.status == 404, path);
            CHECK(answer.body == kNotFound);
        }
    }
    for (const char *body : {"nop", "{}", R"({"name":"x"})"}) {
        const Answer answer = bench.api.send("POST", "/states/nobody/cities", body);
        CHECK(answer.status == 404);
        CHECK(answer.body == kNotFound);
    }
    CHECK(bench.count("cities") == cities);
}

TEST_CASE("every path says which methods it has") {
    Bench bench;
    const std::vector<std::pair<std::string, std::string>> rows = {{"/states/x/cities", "GET, HEAD, OPTIONS, POST"},
                                                                   {"/cities/x", "DELETE, GET, HEAD, OPTIONS, PUT"},
                                                                   {"/amenities", "GET, HEAD, OPTIONS, POST"},
                                                                   {"/amenities/x", "DELETE, GET, HEAD, OPTIONS, PUT"}};
    for (const auto &[path, methods] : rows) {
        const Answer wrong = bench.api.call({.method = "PATCH", .path = path});
        CHECK(wrong.status == 405);
        CHECK(wrong.body == "{\"error\":\"Method not allowed\"}\n");
        CHECK(wrong.header("Allow") == methods);
        const Answer options = bench.api.call({.method = "OPTIONS", .path = path + "/"});
        CHECK(options.status == 200);
        CHECK(options.body.empty());
        CHECK(options.header("Content-Type") == "");
        CHECK(options.header("Allow") == methods);
        for (const char *unknown : {"patch", "get", "PROPFIND"}) {
            const Answer answer = bench.api.call({.method = unknown, .path = path});
            CHECK(answer.status == 405);
            CHECK(answer.body == "{\"error\":\"Method not allowed\"}\n");
        }
        CHECK(options.header("Access-Control-Allow-Origin") == "*");
    }
    CHECK(bench.api.call({.method = "DELETE", .path = "/amenities"}).status == 405);
    CHECK(bench.api.call({.method = "POST", .path = "/cities/x"}).status == 405);
}

TEST_CASE("HEAD of a list or an object has the headers of GET and no body") {
    Bench bench;
    for (const Resource &one : resources_of(bench)) {
        for (const std::string &path : {one.collection, one.object}) {
            const Answer head = bench.api.call({.method = "HEAD", .path = path});
            CHECK(head.status == 200);
            CHECK(head.headers == bench.api.get(path).headers);
            CHECK(head.body.empty());
        }
    }
}
