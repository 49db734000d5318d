#include <hbnb/router.hpp>
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;
using hbnb::testing::FakeExchange;

namespace {

// Answers with the row that was found, so that a test reads as a table.
struct Site {
    Response root() { return Response::text("root"); }
    Response states(Request &) { return Response::text("states"); }
    Response make(Request &request) { return Response::text("make " + std::string(request.method()), 201); }
    Response state(Request &, const PathParams &path) const {
        return Response::text("state " + std::string(path["id"]));
    }
    Response cities(Request &, const PathParams &path) {
        return Response::text("cities of " + std::string(path["state_id"]));
    }
    Response search() { return Response::text("search"); }
    Response number(Request &, const PathParams &path) { return Response::text("number " + std::string(path["n"])); }
    Response word(Request &, const PathParams &path) { return Response::text("word " + std::string(path["text"])); }
    Response pair(Request &, const PathParams &path) {
        return Response::text(std::string(path["a"]) + "+" + std::string(path["b"]) + " of " +
                              std::to_string(path.size()));
    }
    Response mistaken(Request &, const PathParams &path) { return Response::text(std::string(path["nobody"])); }
    Response json_missing(Request &request) { return Response::json("missing " + std::string(request.path()), 404); }
    Response json_method() { return Response::json("no", 405); }
    Response preflight() { return Response(200).set("X-Preflight", "yes"); }
    int calls = 0;
};

Response count_call(Site &site, Request &) { return Response::text("call " + std::to_string(++site.calls)); }

const Router<Site> &site_router() {
    static const Router<Site> router{
        {GET, "/", &Site::root},
        {GET, "/states", &Site::states},
        {POST, "/states", &Site::make},
        {GET, "/states/<id>", &Site::state},
        {DELETE | PUT, "/states/<id>", &Site::make},
        {GET, "/states/<state_id>/cities", &Site::cities},
        {POST, "/states/search", &Site::search},
        {GET, "/n/<int:n>", &Site::number},
        {GET, "/n/<text>", &Site::word},
        {GET, "/n/zero", &Site::root},
        {GET, "/only/<int:n>", &Site::number},
        {GET, "/p/<a>/<b>/", &Site::pair},
        {GET, "/mistaken/<id>", &Site::mistaken},
        {GET, "/call", &count_call},
        {GET, "/lambda",
         [](Site &, Request &request, const PathParams &) { return Response::text(std::string(request.path())); }},
    };
    return router;
}

struct Answer {
    unsigned status;
    std::string body, allow, route;
};

Answer ask(const std::string &method, const std::string &path, const Router<Site> &router = site_router()) {
    Site site;
    FakeExchange exchange(method, path);
    Request request(exchange.get());
    const Response response = router.answer(site, request);
    return {response.status(), std::string(response.body()), std::string(response.header("Allow")), exchange.route()};
}

std::string refusal(std::initializer_list<Route<Site>> table) {
    try {
        const Router<Site> router(table);
    } catch (const std::invalid_argument &why) {
        return why.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a path finds its row, with and without one slash at the end") {
    CHECK(ask("GET", "/states").body == "states");
    CHECK(ask("GET", "/states/").body == "states");
    CHECK(ask("GET", "/states/7").body == "state 7");
    CHECK(ask("GET", "/states/7/").body == "state 7");
    CHECK(ask("GET", "/states/7/cities").body == "cities of 7");
    CHECK(ask("GET", "/p/1/2").body == "1+2 of 2");
    CHECK(ask("GET", "/p/1/2/").body == "1+2 of 2");
    CHECK(ask("GET", "/").body == "root");
}

TEST_CASE("what is no row's path is 404") {
    for (const char *path : {"/state", "/statesx", "/states//", "//", "//states", "/states//cities", "/States", "/n",
                             "/n/", "/p/1", "/p/1/2/3", "", "states", "*", "/states/7/cities/8"}) {
        CAPTURE(path);
        CHECK(ask("GET", path).status == 404);
        CHECK(ask("GET", path).allow == "");
        CHECK(ask("OPTIONS", path).status == 404);
        CHECK(ask("GET", path).route == "");
    }
}

TEST_CASE("fixed text beats a number, a number beats any text") {
    CHECK(ask("GET", "/n/zero").body == "root");
    CHECK(ask("GET", "/n/007").body == "number 007");
    CHECK(ask("GET", "/n/zeros").body == "word zeros");
    CHECK(ask("GET", "/n/7a").body == "word 7a");
}

TEST_CASE("a number is digits of any length and nothing else") {
    const std::string thirty = "123456789012345678901234567890";
    CHECK(ask("GET", "/only/" + thirty).body == "number " + thirty);
    for (const char *text : {"-1", "+1", "1.0", "1 ", "0x1", "\xD9\xA1", "one"}) {
        CAPTURE(text);
        CHECK(ask("GET", std::string("/only/") + text).status == 404);
    }
}

TEST_CASE("fixed text that leads nowhere gives way to a parameter") {
    CHECK(ask("GET", "/states/search/cities").body == "cities of search");
    CHECK(ask("GET", "/states/search").body == "state search");
    CHECK(ask("POST", "/states/search").body == "search");
}

TEST_CASE("HEAD is answered as GET, and only where GET is") {
    CHECK(ask("HEAD", "/states").body == "states");
    CHECK(ask("HEAD", "/states").status == 200);
    const Router<Site> no_get{{POST, "/x", &Site::make}};
    CHECK(ask("HEAD", "/x", no_get).status == 405);
    const Router<Site> own{{GET, "/x", &Site::states}, {HEAD, "/x", &Site::search}};
    CHECK(ask("HEAD", "/x", own).body == "search");
    CHECK(ask("GET", "/x", own).body == "states");
}

TEST_CASE("another method of a known path is 405 and Allow names the path's own") {
    CHECK(ask("PATCH", "/states").status == 405);
    CHECK(ask("PATCH", "/states").allow == "GET, HEAD, OPTIONS, POST");
    CHECK(ask("POST", "/states/7").allow == "DELETE, GET, HEAD, OPTIONS, PUT");
    CHECK(ask("PROPFIND", "/states").status == 405);
    CHECK(ask("get", "/states").status == 405);
    CHECK(ask("POST", "/states/7/cities").allow == "GET, HEAD, OPTIONS");
}

TEST_CASE("Allow joins the rows of all patterns that have the path") {
    CHECK(ask("PATCH", "/states/search").allow == "DELETE, GET, HEAD, OPTIONS, POST, PUT");
}

TEST_CASE("OPTIONS of a known path is 200 with Allow and no body") {
    const Answer answer = ask("OPTIONS", "/states/");
    CHECK(answer.status == 200);
    CHECK(answer.body == "");
    CHECK(answer.allow == "GET, HEAD, OPTIONS, POST");
}

TEST_CASE("the pattern is told to the container, for wrong methods, too") {
    CHECK(ask("GET", "/states/7").route == "/states/<id>");
    CHECK(ask("HEAD", "/states/7/").route == "/states/<id>");
    CHECK(ask("PATCH", "/states/7").route == "/states/<id>");
}

TEST_CASE("functions and lambdas answer like members") {
    CHECK(ask("GET", "/call").body == "call 1");
    CHECK(ask("GET", "/lambda").body == "/lambda");
}

TEST_CASE("a plugin gives its own 404, 405 and OPTIONS, and Allow is added to them") {
    const Router<Site> router = Router<Site>({{GET, "/x", &Site::states}})
                                    .on_not_found(&Site::json_missing)
                                    .on_method_not_allowed(&Site::json_method)
                                    .on_options(&Site::preflight);
    CHECK(ask("GET", "/nop", router).body == "missing /nop");
    CHECK(ask("POST", "/x", router).body == "no");
    CHECK(ask("POST", "/x", router).allow == "GET, HEAD, OPTIONS");
    CHECK(ask("OPTIONS", "/x", router).allow == "GET, HEAD, OPTIONS");
}

TEST_CASE("asking for a parameter that the pattern has not is the programmer's mistake") {
    CHECK_THROWS_AS(ask("GET", "/mistaken/7"), std::logic_error);
}

TEST_CASE("a path of sixteen segments is routed, a deeper one is 404") {
    std::string pattern, path;
    for (int i = 0; i < 16; ++i) pattern += "/x";
    const Router<Site> router{{GET, pattern, &Site::states}};
    CHECK(ask("GET", pattern, router).status == 200);
    CHECK(ask("GET", pattern + "/x", router).status == 404);
    CHECK(ask("GET", std::string(100'000, '/'), router).status == 404);
}

TEST_CASE("eight parameters are taken, and given up again where the path goes on otherwise") {
    const Router<Site> router{{GET, "/<a>/<b>/<c>/<d>/<e>/<f>/<g>/<h>", &Site::pair},
                              {GET, "/<int:a>/<int:b>/<int:c>/<int:d>/<int:e>/<int:f>/<int:g>/<int:h>", &Site::pair}};
    CHECK(ask("GET", "/1/2/3/4/5/6/7/x", router).body == "1+2 of 8");
}

TEST_CASE("a mistake in the table is refused with a sentence that names the row") {
    CHECK(refusal({{GET, "states", &Site::states}}) ==
          "unable to add route GET \"states\": it does not start with '/'");
    CHECK(refusal({{GET, "/a//b", &Site::states}}) == "unable to add route GET \"/a//b\": it has an empty segment");
    CHECK(refusal({{GET | POST, "/a<id>", &Site::states}}) ==
          "unable to add route GET, POST \"/a<id>\": a parameter takes a whole segment");
    CHECK(refusal({{GET, "/<Id>", &Site::states}}).find("a parameter is <name> or <int:name>") != std::string::npos);
    CHECK(refusal({{GET, "/<>", &Site::states}}).find("a parameter is <name> or <int:name>") != std::string::npos);
    CHECK(refusal({{GET, "/<", &Site::states}}) == "unable to add route GET \"/<\": a parameter takes a whole segment");
    CHECK(refusal({{GET, "/<a>/<a>", &Site::states}}) ==
          "unable to add route GET \"/<a>/<a>\": two parameters are called a");
    CHECK(refusal({{GET, "/<a>/<b>/<c>/<d>/<e>/<f>/<g>/<h>/<i>", &Site::states}}).find("more than 8 parameters") !=
          std::string::npos);
}

TEST_CASE("two rows that answer the same are refused, whatever their parameters are called") {
    CHECK(refusal({{GET | POST, "/<a>", &Site::states}, {POST, "/<b>/", &Site::states}}) ==
          "unable to add route POST \"/<b>/\": \"/<a>\" answers POST already");
    CHECK(refusal({{GET, "/<a>", &Site::states}, {GET, "/<int:b>", &Site::states}, {POST, "/<c>", &Site::states}}) ==
          "accepted");
}
