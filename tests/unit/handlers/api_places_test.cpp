// The routes of users, places and reviews: what each of them has that the others have not.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "unit/handlers/api_bench.hpp"

using namespace hbnb;
using Bench = ApiBench;
using Json = nlohmann::json;

namespace {

std::string id_of(const Json &object) { return object.at("id"); }

// A city that has a place, a place that has reviews, and their people.
struct PlacesBench : Bench {
    Json city, place, review;
    std::string user = id_of(json("/users").at(0));

    PlacesBench() {
        for (const Json &state : json("/states")) {
            for (const Json &one : json("/states/" + id_of(state) + "/cities")) visit(one);
        }
        REQUIRE(review.is_object());
    }
    void visit(const Json &one_city) {
        for (const Json &one : json("/cities/" + id_of(one_city) + "/places")) {
            const Json reviews = json("/places/" + id_of(one) + "/reviews");
            if (!reviews.empty() && review.is_null()) {
                city = one_city;
                place = one;
                review = reviews.at(0);
            }
        }
    }
    std::string places() const { return "/cities/" + id_of(city) + "/places"; }
    std::string reviews() const { return "/places/" + id_of(place) + "/reviews"; }
    Json place_body() const { return {{"user_id", user}, {"name", "Tree house"}}; }
    Json review_body() const { return {{"user_id", user}, {"text", "High up"}}; }
};

std::set<std::string> keys_of(const Json &object) {
    std::set<std::string> keys;
    for (const auto &[key, value] : object.items()) keys.insert(key);
    return keys;
}

// Every pair is a body and what is wrong with it.
using Refusals = std::vector<std::pair<Json, std::string>>;

void check_refused(Bench &bench, const std::string &method, const std::string &path, const Refusals &refusals) {
    const std::string before = bench.api.get("/stats").body;
    for (const auto &refusal : refusals) {
        const Json &body = refusal.first;
        const std::string &reason = refusal.second;
        const Answer answer = bench.api.send(method, path, body.dump());
        CHECK_MESSAGE(answer.status == (reason == "Not found" ? 404 : 400), body.dump());
        CHECK_MESSAGE(error_in(answer) == reason, body.dump());
    }
    CHECK(bench.api.get("/stats").body == before);
}

}  // namespace

TEST_CASE("a user is created and shown without its password, and all columns are there") {
    Bench bench;
    const Answer created = bench.api.send("POST", "/users", R"({"email":"a@b","password":"secret"})");
    CHECK(created.status == 201);
    const Json user = Json::parse(created.body);
    CHECK(keys_of(user) ==
          std::set<std::string>{"__class__", "created_at", "email", "first_name", "id", "last_name", "updated_at"});
    CHECK(user.at("first_name").is_null());
    CHECK(created.body.find("secret") == std::string::npos);
    CHECK(bench.api.get("/users/" + id_of(user)).body == created.body);
    for (const Json &one : bench.json("/users")) CHECK_FALSE(one.contains("password"));
}

TEST_CASE("a password is kept as an argon2id string, after POST and after PUT") {
    Bench bench;
    const std::string id = id_of(Json::parse(bench.api.send("POST", "/users", R"({"email":"a","password":"!"})").body));
    Storage storage(bench.database.url());
    const std::string first = storage.get<User>(id)->password;
    CHECK(first.find("$argon2id$") == 0);
    CHECK(first.size() <= 128);
    CHECK(bench.api.send("PUT", "/users/" + id, R"({"password":"!"})").status == 200);
    const std::string second = storage.get<User>(id)->password;
    CHECK(second.find("$argon2id$") == 0);
    CHECK(second != first);
    CHECK(bench.api.send("PUT", "/users/" + id, R"({"first_name":"x"})").status == 200);
    CHECK(storage.get<User>(id)->password == second);
}

TEST_CASE("a user keeps its e-mail address, and the names can be taken away again") {
    Bench bench;
    const std::string path = "/users/" + id_of(bench.json("/users").at(0));
    const Json before = bench.json(path);
    const Json after = Json::parse(
        bench.api.send("PUT", path, R"({"email":"new","first_name":null,"last_name":"Ü","id":"x","places":[]})").body);
    CHECK(after.at("email") == before.at("email"));
    CHECK(after.at("id") == before.at("id"));
    CHECK(after.at("first_name").is_null());
    CHECK(after.at("last_name") == "Ü");
    CHECK(bench.json(path) == after);
}

TEST_CASE("what a user's body lacks or has wrong is said in order") {
    Bench bench;
    const std::string too_long(129, 'x');
    check_refused(bench, "POST", "/users",
                  {{Json::array(), "Not a JSON"},
                   {Json::object(), "Missing email"},
                   {{{"password", "x"}}, "Missing email"},
                   {{{"email", nullptr}, {"password", "x"}}, "Missing email"},
                   {{{"email", "x"}}, "Missing password"},
                   {{{"email", 5}}, "Missing password"},
                   {{{"email", 5}, {"password", "x"}}, "email must be a string"},
                   {{{"email", "x"}, {"password", 5}}, "password must be a string"},
                   {{{"email", too_long}, {"password", "x"}}, "email must not be longer than 128 characters"},
                   {{{"email", "x"}, {"password", "x"}, {"last_name", too_long}},
                    "last_name must not be longer than 128 characters"}});
    check_refused(
        bench, "PUT", "/users/" + id_of(bench.json("/users").at(0)),
        {{{{"password", nullptr}}, "password must not be null"}, {{{"first_name", 1}}, "first_name must be a string"}});
}

TEST_CASE("deleting a user takes its places and reviews along") {
    PlacesBench bench;
    const std::string user =
        id_of(Json::parse(bench.api.send("POST", "/users", R"({"email":"a","password":"b"})").body));
    Json body = bench.place_body();
    body["user_id"] = user;
    const Json place = Json::parse(bench.api.send("POST", bench.places(), body.dump()).body);
    const std::string reviews = "/places/" + id_of(place) + "/reviews";
    CHECK(bench.api.send("POST", reviews, bench.review_body().dump()).status == 201);
    Json own = bench.review_body();
    own["user_id"] = user;
    CHECK(bench.api.send("POST", bench.reviews(), own.dump()).status == 201);
    const std::int64_t all = bench.count("reviews");
    CHECK(bench.api.call({.method = "DELETE", .path = "/users/" + user}).body == "{}\n");
    CHECK(bench.api.get("/places/" + id_of(place)).status == 404);
    CHECK(bench.api.get(reviews).status == 404);
    CHECK(bench.count("reviews") == all - 2);
}

TEST_CASE("a place is created in the city of the path, with null and 0 for what is not said") {
    PlacesBench bench;
    Json body = bench.place_body();
    body["city_id"] = body["id"] = "x";
    body["amenities"] = Json::array({"x"});
    const Answer created = bench.api.send("POST", bench.places() + "/", body.dump());
    CHECK(created.status == 201);
    const Json place = Json::parse(created.body);
    CHECK(place.size() == 14);
    CHECK(place.at("city_id") == bench.city.at("id"));
    CHECK(place.at("user_id") == bench.user);
    for (const char *key : {"description", "latitude", "longitude"}) CHECK(place.at(key).is_null());
    for (const char *key : {"number_rooms", "number_bathrooms", "max_guest", "price_by_night"})
        CHECK(place.at(key) == 0);
    CHECK(bench.api.get("/places/" + id_of(place)).body == created.body);
    const Json listed = bench.json(bench.places());
    CHECK(std::find(listed.begin(), listed.end(), place) != listed.end());
}

TEST_CASE("a place's values come back as they were written") {
    PlacesBench bench;
    Json body = bench.place_body();
    body.update({{"description", "two\nlines <br> \"quoted\" \\ \u2028 ü"},
                 {"number_rooms", 3},
                 {"number_bathrooms", 2.0},
                 {"max_guest", 2147483647},
                 {"price_by_night", 0},
                 {"latitude", 37.773972},
                 {"longitude", -122}});
    const Json place = Json::parse(bench.api.send("POST", bench.places(), body.dump()).body);
    for (const auto &member : body.items()) CHECK_MESSAGE(place.at(member.key()) == member.value(), member.key());
    CHECK(bench.json("/places/" + id_of(place)) == place);
}

TEST_CASE("what a place's body lacks or has wrong is said in order, an unknown user before a missing name") {
    PlacesBench bench;
    const auto with = [&](const char *key, const Json &value) {
        Json body = bench.place_body();
        body[key] = value;
        return body;
    };
    check_refused(
        bench, "POST", bench.places(),
        {{nullptr, "Not a JSON"},
         {Json::object(), "Missing user_id"},
         {{{"name", "x"}}, "Missing user_id"},
         {{{"user_id", nullptr}, {"name", "x"}}, "Missing user_id"},
         {{{"user_id", 5}, {"name", "x"}}, "user_id must be a string"},
         {{{"user_id", "nobody"}}, "Not found"},
         {{{"user_id", "nobody"}, {"name", "x"}}, "Not found"},
         {{{"user_id", "no body"}, {"name", "x"}}, "Not found"},
         {{{"user_id", bench.user}}, "Missing name"},
         {with("name", 5), "name must be a string"},
         {with("max_guest", "4"), "max_guest must be an integer"},
         {with("price_by_night", 2147483648), "price_by_night must be between -2147483648 and 2147483647"},
         {with("latitude", "north"), "latitude must be a number"},
         {with("number_rooms", nullptr), "number_rooms must not be null"},
         {with("description", std::string(1025, 'x')), "description must not be longer than 1024 characters"}});
    check_refused(bench, "POST", "/cities/nobody/places", {{nullptr, "Not found"}, {bench.place_body(), "Not found"}});
}

TEST_CASE("a place is changed but for its owner and its city") {
    PlacesBench bench;
    const std::string path = "/places/" + id_of(bench.place);
    Json edited = bench.place;
    edited["name"] = "Light house";
    edited["latitude"] = nullptr;
    edited["city_id"] = edited["user_id"] = edited["created_at"] = "ignored";
    edited["amenities"] = edited["reviews"] = Json::array();
    const std::string amenities = bench.api.get(path + "/amenities").body;
    Json after = Json::parse(bench.api.send("PUT", path, edited.dump()).body);
    CHECK(bench.json(path) == after);
    CHECK(after.at("name") == "Light house");
    CHECK(after.at("latitude").is_null());
    for (const char *key : {"city_id", "user_id", "created_at", "id"}) CHECK(after.at(key) == bench.place.at(key));
    CHECK(bench.api.get(path + "/amenities").body == amenities);
    CHECK(bench.json(path + "/reviews").size() > 0);
}

TEST_CASE("deleting a place takes its reviews along and leaves its people") {
    PlacesBench bench;
    const std::int64_t users = bench.count("users"), reviews = bench.count("reviews");
    const auto own = static_cast<std::int64_t>(bench.json(bench.reviews()).size());
    CHECK(bench.api.call({.method = "DELETE", .path = "/places/" + id_of(bench.place)}).body == "{}\n");
    CHECK(bench.count("reviews") == reviews - own);
    CHECK(bench.count("users") == users);
    CHECK(bench.api.get("/reviews/" + id_of(bench.review)).body == kNotFound);
    CHECK(bench.api.call({.method = "DELETE", .path = "/places/" + id_of(bench.place)}).body == kNotFound);
}

TEST_CASE("a review is created, shown, changed but for who wrote it and where, and deleted") {
    PlacesBench bench;
    Json body = bench.review_body();
    body["place_id"] = "x";
    const Answer created = bench.api.send("POST", bench.reviews(), body.dump());
    CHECK(created.status == 201);
    const Json review = Json::parse(created.body);
    CHECK(keys_of(review) ==
          std::set<std::string>{"__class__", "created_at", "id", "place_id", "text", "updated_at", "user_id"});
    CHECK(review.at("place_id") == bench.place.at("id"));
    const std::string path = "/reviews/" + id_of(review);
    CHECK(bench.api.get(path).body == created.body);
    const Json after =
        Json::parse(bench.api.send("PUT", path, R"({"text":"Higher","user_id":"x","place_id":"x","id":"x"})").body);
    CHECK(after.at("text") == "Higher");
    for (const char *key : {"id", "user_id", "place_id", "created_at"}) CHECK(after.at(key) == review.at(key));
    CHECK(bench.json(path) == after);
    CHECK(bench.api.call({.method = "DELETE", .path = path}).body == "{}\n");
    CHECK(bench.api.get(path).body == kNotFound);
}

TEST_CASE("what a review's body lacks or has wrong is said in order, an unknown user before a missing text") {
    PlacesBench bench;
    check_refused(bench, "POST", bench.reviews(),
                  {{"text", "Not a JSON"},
                   {Json::object(), "Missing user_id"},
                   {{{"text", "x"}}, "Missing user_id"},
                   {{{"user_id", "nobody"}}, "Not found"},
                   {{{"user_id", bench.user}}, "Missing text"},
                   {{{"user_id", bench.user}, {"text", nullptr}}, "Missing text"},
                   {{{"user_id", bench.user}, {"text", 1}}, "text must be a string"},
                   {{{"user_id", bench.user}, {"text", std::string(1025, 'x')}},
                    "text must not be longer than 1024 characters"}});
    check_refused(bench, "POST", "/places/nobody/reviews",
                  {{nullptr, "Not found"}, {bench.review_body(), "Not found"}});
    check_refused(bench, "PUT", "/reviews/" + id_of(bench.review), {{{{"text", nullptr}}, "text must not be null"}});
}

TEST_CASE("a place without reviews has an empty list, and lists hold what belongs there") {
    PlacesBench bench;
    const Json place = Json::parse(bench.api.send("POST", bench.places(), bench.place_body().dump()).body);
    CHECK(bench.api.get("/places/" + id_of(place) + "/reviews").body == "[]\n");
    CHECK(bench.api.get("/places/" + id_of(place) + "/amenities").body == "[]\n");
    for (const Json &review : bench.json(bench.reviews())) CHECK(review.at("place_id") == bench.place.at("id"));
    for (const Json &one : bench.json(bench.places())) CHECK(one.at("city_id") == bench.city.at("id"));
}

TEST_CASE("there is no list of all places or reviews, and unknown ids are 404 whatever is sent") {
    PlacesBench bench;
    for (const char *path :
         {"/places", "/reviews", "/users/nobody", "/places/nobody", "/reviews/nobody", "/cities/nobody/places",
          "/places/nobody/reviews", "/places/nobody/amenities", "/places/n\xff/reviews", "/users/a b"}) {
        CHECK_MESSAGE(bench.api.get(path).body == kNotFound, path);
        CHECK(bench.api.get(path).status == 404);
    }
    for (const char *path : {"/users/nobody", "/places/nobody", "/reviews/nobody"}) {
        CHECK(bench.api.send("PUT", path, "nop").body == kNotFound);
        CHECK(bench.api.call({.method = "DELETE", .path = path}).body == kNotFound);
    }
}

TEST_CASE("every path of users, places and reviews says which methods it has") {
    Bench bench;
    const std::vector<std::pair<std::string, std::string>> rows = {{"/users", "GET, HEAD, OPTIONS, POST"},
                                                                   {"/users/x", "DELETE, GET, HEAD, OPTIONS, PUT"},
                                                                   {"/cities/x/places", "GET, HEAD, OPTIONS, POST"},
                                                                   {"/places/x", "DELETE, GET, HEAD, OPTIONS, PUT"},
                                                                   {"/places/x/reviews", "GET, HEAD, OPTIONS, POST"},
                                                                   {"/reviews/x", "DELETE, GET, HEAD, OPTIONS, PUT"},
                                                                   {"/places/x/amenities", "GET, HEAD, OPTIONS"},
                                                                   {"/places/x/amenities/y", "DELETE, OPTIONS, POST"},
                                                                   {"/places_search", "OPTIONS, POST"},
                                                                   {"/status", "GET, HEAD, OPTIONS"},
                                                                   {"/stats", "GET, HEAD, OPTIONS"}};
    for (const auto &row : rows) {
        const std::string path = row.first, methods = row.second;
        const Answer wrong = bench.api.call({.method = "PATCH", .path = path});
        CHECK_MESSAGE(wrong.status == 405, path);
        CHECK(wrong.body == "{\"error\":\"Method not allowed\"}\n");
        CHECK(wrong.header("Allow") == methods);
        const Answer options = bench.api.call({.method = "OPTIONS", .path = path + "/"});
        CHECK(options.status == 200);
        CHECK(options.body.empty());
        CHECK(options.header("Allow") == methods);
    }
    CHECK(bench.api.get("/places_search").status == 405);
}
