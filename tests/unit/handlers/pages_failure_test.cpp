#include <doctest/doctest.h>

#include <set>

#include "unit/handlers/pages_bench.hpp"

using namespace hbnb;

namespace {

using Bench = PagesBench;

}  // namespace

TEST_CASE("the start and /hbnb are texts on the flask fronts and pages on the site") {
    Bench bench;
    for (const char *front : {"flask", "odd_even"}) {
        CHECK(bench.get("/", front).body == "Hello HBNB!");
        CHECK(bench.get("/hbnb", front).body == "HBNB");
        CHECK(bench.get("/hbnb/", front).header("Content-Type") == "text/html; charset=utf-8");
    }
    for (const char *front : {"", "site"}) {
        CHECK(has(bench.get("/", front).body, "2-hbnb.js"));
        CHECK(has(bench.get("/hbnb", front).body, "<h1>Places</h1>"));
    }
    CHECK(has(bench.get("/", "dynamic").body, "2-hbnb.js"));
}

TEST_CASE("a front has its own paths and no other's") {
    Bench bench;
    const std::vector<std::string> plain = {"/",
                                            "/airbnb-onepage",
                                            "/hbnb",
                                            "/c/x",
                                            "/python",
                                            "/python/x",
                                            "/number/1",
                                            "/number_template/1",
                                            "/number_odd_or_even/1"};
    const std::vector<std::string> stored = {"/states_list", "/cities_by_states", "/states", "/states/x",
                                             "/hbnb_filters"};
    const auto statuses = [&](const std::vector<std::string> &paths, const char *front) {
        std::set<unsigned> found;
        for (const std::string &path : paths) found.insert(bench.get(path, front).status);
        return found;
    };
    for (const char *front : {"site", "flask", "odd_even"}) CHECK(statuses(plain, front) == std::set{200u});
    for (const char *front : {"site", "flask"}) CHECK(statuses(stored, front) == std::set{200u});
    for (const char *front : {"odd_even", "api", "dynamic"}) CHECK(statuses(stored, front) == std::set{404u});
    CHECK(statuses(plain, "api") == std::set{404u});
    CHECK(statuses({plain.begin() + 1, plain.end()}, "dynamic") == std::set{404u});  // its start is a page of places
    CHECK(has(bench.get("/states", "dynamic").body, "<h1>Not Found</h1>"));
}

TEST_CASE("on the API's front what is unknown is the API's 404") {
    Bench bench;
    for (const char *path : {"/", "/nop", "/states_list"}) {
        const Answer answer = bench.get(path, "api");
        CHECK(answer.status == 404);
        CHECK(answer.body == "{\"error\":\"Not found\"}\n");
        CHECK(answer.header("Content-Type") == "application/json");
    }
}

TEST_CASE("a front that nobody knows is a page with status 500, and the log names it") {
    Bench bench;
    const Answer answer = bench.get("/", "nginx");
    CHECK(answer.status == 500);
    CHECK(has(answer.body, "<h1>Internal Server Error</h1>"));
    CHECK(has(bench.last_logged(), "HBNB_FRONT is nginx"));
}

TEST_CASE("pages know GET, HEAD and OPTIONS") {
    Bench bench;
    const Answer post = bench.pages.call({.method = "POST", .path = "/states_list"});
    CHECK(post.status == 405);
    CHECK(post.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(post.header("Content-Type") == "text/html; charset=utf-8");
    for (const char *path : {"/", "/hbnb", "/states_list", "/nowhere"}) {
        CHECK(bench.pages.call({.method = "HEAD", .path = path}).headers == bench.pages.get(path).headers);
    }
    const Answer options = bench.pages.call({.method = "OPTIONS", .path = "/"});
    CHECK(options.status == 200);
    CHECK(options.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(options.header("Content-Type") == "");
}

TEST_CASE("a file that nginx passes on is a 404 that says what to write into its configuration, and so does the log") {
    Bench bench;
    for (const char *path : {"/static/styles/4-common.css", "/hbnb_static/index.html"}) {
        const Answer answer = bench.pages.get(path);
        CHECK(answer.status == 404);
        CHECK(has(answer.body, "location /static/ { alias"));
        CHECK(has(answer.body, "location /hbnb_static/ { alias"));
    }
    CHECK(bench.host.lines().size() == 1);  // one a second
    CHECK(has(bench.last_logged(),
              "unable to answer GET /static/styles/4-common.css, request r1: Files are served by "
              "nginx"));
    CHECK_FALSE(has(bench.pages.get("/static").body, "alias"));
    CHECK_FALSE(has(bench.pages.get("/nowhere").body, "alias"));
}

TEST_CASE("scripts may ask the page's own site, and the origins that the configuration names") {
    TemporaryDirectory directory;
    BenchHost host(directory.path("pages.so"));
    std::filesystem::copy(HBNB_TEST_TEMPLATES, directory.path("templates"), std::filesystem::copy_options::recursive);
    const auto policy_with = [&](const std::string &more) {
        HandlerBench<pages::Pages> pages(host,
                                         R"({"database":"sqlite://)" + directory.path("hbnb.db") + "\"" + more + "}");
        REQUIRE_MESSAGE(pages.status() == HBNB_OK, host.error());
        return pages.get("/hbnb").header("Content-Security-Policy");
    };
    CHECK(has(policy_with(""), "; connect-src 'self'; "));
    CHECK(has(policy_with(R"(,"api_origins":["http://0.0.0.0:5001","http://*:5002"])"),
              "; connect-src 'self' http://0.0.0.0:5001 http://*:5002; "));
}

TEST_CASE("a database that fails costs the pages that need it, and no others") {
    Bench bench;
    bench.run("alter table states rename to gone");
    for (const char *path : {"/", "/states_list", "/100-hbnb", "/hbnb"}) {
        const Answer answer = bench.pages.get(path);
        CHECK(answer.status == 503);
        CHECK(answer.header("Retry-After") == "1");
        CHECK(answer.header("Content-Type") == "text/html; charset=utf-8");
        CHECK_FALSE(has(answer.body, "gone"));
    }
    CHECK(has(bench.last_logged(), "unable to answer GET /, request r1: "));
    CHECK(has(bench.last_logged(), "states"));
    CHECK(bench.pages.get("/airbnb-onepage/").status == 200);
    bench.run("alter table gone rename to states");
    CHECK(bench.pages.get("/states_list").status == 200);
}

TEST_CASE("load refuses missing and broken templates by name") {
    TemporaryDirectory directory;
    BenchHost host(directory.path("pages.so"));
    const std::string database = "\"database\":\"sqlite://" + directory.path("hbnb.db") + "\"";
    CHECK(HandlerBench<pages::Pages>(host, "{" + database + "}").status() == HBNB_FAILED);
    CHECK(has(host.error(),
              "unable to read template " + directory.path("templates/number_template.mustache") + ": No such file"));
    std::filesystem::copy(HBNB_TEST_TEMPLATES, directory.path("own"), std::filesystem::copy_options::recursive);
    const std::string config = "{" + database + ",\"templates\":\"" + directory.path("own") + "\"}";
    CHECK(HandlerBench<pages::Pages>(host, config).status() == HBNB_OK);
    write_file(directory.path("own/parts/head.mustache"), "{{#open}}");
    CHECK(HandlerBench<pages::Pages>(host, config).status() == HBNB_FAILED);
    CHECK(has(host.error(), "unable to read template " + directory.path("own/parts/head.mustache") + ": "));
    std::filesystem::remove(directory.path("own/parts/head.mustache"));
    CHECK(HandlerBench<pages::Pages>(host, config).status() == HBNB_FAILED);
    CHECK(has(host.error(), "unable to read template " + directory.path("own/parts/head.mustache") + ": No such file"));
    std::filesystem::copy(std::string(HBNB_TEST_TEMPLATES) + "/parts/head.mustache", directory.path("own/parts"));
    write_file(directory.path("own/error.mustache"), "{{#open}}");
    CHECK(HandlerBench<pages::Pages>(host, config).status() == HBNB_FAILED);
    CHECK(has(host.error(), "unable to read template " + directory.path("own/error.mustache") + ": "));
}
