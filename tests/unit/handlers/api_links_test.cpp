// A place's amenities, linked and unlinked.
#include <doctest/doctest.h>

#include <algorithm>

#include "unit/handlers/api_bench.hpp"

using namespace hbnb;
using Json = nlohmann::json;

namespace {

struct LinksBench : ApiBench {
    Json amenity = json("/amenities").at(0);
    std::string place = Json::parse(search("{}").body).at(0).at("id");
    std::string list = "/places/" + place + "/amenities";
    std::string link = list + "/" + amenity.at("id").get<std::string>();

    Answer search(const std::string &body) { return api.send("POST", "/places_search", body); }
    Answer call(const std::string &method, const std::string &path) {
        return api.call({.method = method, .path = path});
    }
    bool is_linked() {
        const Json linked = json(list);
        return std::find(linked.begin(), linked.end(), amenity) != linked.end();
    }
};

}  // namespace

TEST_CASE(
    "linking an amenity is a 201 the first time and a 200 after, with the amenity each time and no look at the body") {
    LinksBench bench;
    if (bench.is_linked()) REQUIRE(bench.call("DELETE", bench.link).status == 200);
    const std::string amenity = bench.amenity.dump() + "\n";
    const Answer first = bench.api.send("POST", bench.link, "no JSON");
    CHECK(first.status == 201);
    CHECK(first.body == amenity);
    CHECK(bench.is_linked());
    const std::string listed = bench.api.get(bench.list).body;
    const Answer second = bench.call("POST", bench.link + "/");
    CHECK(second.status == 200);
    CHECK(second.body == amenity);
    CHECK(bench.api.get(bench.list).body == listed);
}

TEST_CASE("unlinking takes the amenity from that place only, once") {
    LinksBench bench;
    bench.call("POST", bench.link);
    const std::string body = "{\"amenities\":[" + bench.amenity.at("id").dump() + "]}";
    const std::size_t having = Json::parse(bench.search(body).body).size();
    const Answer first = bench.call("DELETE", bench.link + "/");
    CHECK(first.status == 200);
    CHECK(first.body == "{}\n");
    CHECK_FALSE(bench.is_linked());
    CHECK(Json::parse(bench.search(body).body).size() == having - 1);
    CHECK(bench.call("DELETE", bench.link).body == kNotFound);
    CHECK(bench.call("DELETE", bench.link).status == 404);
    CHECK(bench.api.get("/amenities/" + bench.amenity.at("id").get<std::string>()).status == 200);
}

TEST_CASE("neither a place nor an amenity that is not there is linked or unlinked") {
    LinksBench bench;
    const std::string amenity = bench.amenity.at("id");
    for (const std::string &path : {bench.list + "/nobody", "/places/nobody/amenities/" + amenity,
                                    std::string("/places/nobody/amenities/nobody"), bench.list + "/" + bench.place}) {
        for (const char *method : {"POST", "DELETE"}) {
            const Answer answer = bench.call(method, path);
            CHECK_MESSAGE(answer.status == 404, path);
            CHECK(answer.body == kNotFound);
        }
    }
}

TEST_CASE("a place's amenities are listed by id as the amenities they are") {
    LinksBench bench;
    bench.call("POST", bench.link);
    const Json linked = bench.json(bench.list);
    CHECK(std::is_sorted(linked.begin(), linked.end(), [](const Json &a, const Json &b) { return a["id"] < b["id"]; }));
    const Json all = bench.json("/amenities");
    for (const Json &one : linked) CHECK(std::find(all.begin(), all.end(), one) != all.end());
}
