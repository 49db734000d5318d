#include "manager/control/control_api.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace hbnb;
using namespace hbnb::manager;
using Json = nlohmann::json;

namespace {

// A manager that notes what it was told.
struct Told {
    std::optional<ScaleOrder> scale;
    int reloads = 0;
    std::optional<bool> stop_now;
    bool refuses = false;

    std::vector<ControlRoute> routes() {
        return control_routes({[] { return wire::Status(); }, [] { return std::string("user: x\n"); },
                               [this] { return static_cast<std::uint64_t>(++reloads + 4); },
                               [this](const ScaleOrder &order) -> Result<Bounds> {
                                   if (refuses) return Error{"unable to scale: it is stopping"};
                                   scale = order;
                                   return Bounds{"p", 2, 8};
                               },
                               [this](bool now) { stop_now = now; }});
    }

    ControlAnswer ask(const std::string &method, const std::string &path, const std::string &body = "") {
        for (const auto &route : routes())
            if (route.method == method && route.path == path) return route.answer(body);
        return {404, ""};
    }
};

std::string sentence(const ControlAnswer &answer) { return Json::parse(answer.json).value("error", ""); }

}  // namespace

TEST_CASE("scale takes both bounds, or a change, and answers what is in force") {
    Told told;
    const auto answer = told.ask("POST", "/scale", R"({"pool": "p", "min": 2, "max": 8})");
    CHECK(answer.status == 200);
    CHECK(Json::parse(answer.json) == Json{{"pool", "p"}, {"min", 2}, {"max", 8}});
    CHECK(told.scale->min == 2);
    CHECK(told.scale->max == 8);
    CHECK(told.scale->pool == "p");
    CHECK(told.ask("POST", "/scale", R"({"change": -1})").status == 200);
    CHECK(told.scale->change == -1);
    CHECK_FALSE(told.scale->min);
}

TEST_CASE("a scale order that is none is refused with a sentence, and changes nothing") {
    const std::pair<const char *, const char *> bad[] = {
        {"", "either min and max, or change"},
        {"{}", "either min and max, or change"},
        {"[]", "the body is not a JSON object"},
        {"{", "the body is not a JSON object"},
        {R"({"min": 1})", "either min and max, or change"},
        {R"({"min": 1, "max": 2, "change": 1})", "either min and max, or change"},
        {R"({"min": 0, "max": 2})", "workers.min: found \"0\"; allowed a whole number from 1 to 1024"},
        {R"({"min": 2, "max": 5000})", "workers.max: found \"5000\"; allowed a whole number from 1 to 1024"},
        {R"({"min": 1, "max": 1e9})", "workers.max: found \"1000000000.0\"; allowed a whole number from 1 to 1024"},
        {R"({"min": 1, "max": [2]})", "max: found a list"},
        {R"({"min": 3, "max": 2})", "workers.min: found 3; allowed at most workers.max (2)"},
        {R"({"change": 0})", "change: found \"0\"; allowed +N or -N, N a whole number from 1 to 1024"},
        {R"({"change": 1025})", "change: found \"+1025\"; allowed +N or -N, N a whole number from 1 to 1024"},
        {R"({"change": 1.5})", "change: found \"1.5\"; allowed +N or -N, N a whole number from 1 to 1024"},
        {R"({"change": "x"})", "change: found \"\"x\"\"; allowed +N or -N, N a whole number from 1 to 1024"},
        {R"({"pool": 7, "change": 1})", "pool: found 7; allowed is a pool's name"},
        {R"({"pool": ["p"], "change": 1})", "pool: found a list"},
        {R"({"change": {"by": 1}})", "change: found an object"},
        {R"({"chnge": 1})", "unknown key \"chnge\""},
    };
    for (const auto &[body, why] : bad) {
        Told told;
        const auto answer = told.ask("POST", "/scale", body);
        CHECK(answer.status == 400);
        CHECK(sentence(answer) == std::string("unable to scale: ") + why);
        CHECK_FALSE(told.scale);
    }
}

TEST_CASE("a body as deep as it may be long is refused without going down into it") {
    Told told;
    const std::size_t depth = kControlBodyBytesMax / 2 - 16;
    const std::string deep = std::string(depth, '[') + std::string(depth, ']');
    CHECK(sentence(told.ask("POST", "/scale", "{\"pool\": " + deep + "}")) == "unable to scale: pool: found a list");
    CHECK(sentence(told.ask("POST", "/scale", "{\"change\": " + deep + "}")) ==
          "unable to scale: change: found a list");
    CHECK(sentence(told.ask("POST", "/stop", "{\"now\": " + deep + "}")) == "unable to stop: now: found a list");
}

TEST_CASE("a body with a NUL in it is no JSON, whatever stands before it") {
    Told told;
    CHECK(sentence(told.ask("POST", "/stop", std::string("{}\0", 3))) ==
          "unable to stop: the body is not a JSON object");
    CHECK(sentence(told.ask("POST", "/scale", std::string("{\"change\": 1}\0x", 15))) ==
          "unable to scale: the body is not a JSON object");
    CHECK_FALSE(told.scale);
}

TEST_CASE("what the manager refuses is answered 409 with its sentence") {
    Told told;
    told.refuses = true;
    const auto answer = told.ask("POST", "/scale", R"({"change": 1})");
    CHECK(answer.status == 409);
    CHECK(sentence(answer) == "unable to scale: it is stopping");
}

TEST_CASE("reload answers the generation that is tried, and takes no keys") {
    Told told;
    const auto answer = told.ask("POST", "/reload");
    CHECK(answer.status == 202);
    CHECK(Json::parse(answer.json) == Json{{"generation", 5}});
    CHECK(told.ask("POST", "/reload", R"({"now": true})").status == 400);
    CHECK(told.reloads == 1);
}

TEST_CASE("stop drains unless it is told now, which is true or false") {
    Told told;
    CHECK(told.ask("POST", "/stop", R"({"now": 1})").status == 400);
    CHECK_FALSE(told.stop_now);
    CHECK(told.ask("POST", "/stop").status == 202);
    CHECK(told.stop_now == false);
    CHECK(told.ask("POST", "/stop", R"({"now": true})").status == 202);
    CHECK(told.stop_now == true);
}

TEST_CASE("config is the YAML in force") {
    Told told;
    CHECK(Json::parse(told.ask("GET", "/config").json) == Json{{"yaml", "user: x\n"}});
}
