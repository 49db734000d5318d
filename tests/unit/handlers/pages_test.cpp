#include "pages/pages.hpp"

#include <doctest/doctest.h>

#include "storage/sql.hpp"
#include "unit/handlers/handler_bench.hpp"
#include "unit/handlers/temporary_directory.hpp"

using namespace hbnb;
using namespace std::chrono_literals;

namespace {

struct Bench {
    TemporaryDirectory directory;
    BenchHost host{directory.path("pages.so")};
    HandlerBench<pages::Pages> pages{host, config()};

    std::string config() {
        std::filesystem::copy(HBNB_TEST_TEMPLATES, directory.path("templates"));
        return "{\"database\":\"sqlite://" + directory.path("hbnb.db") + "\"}";
    }
    Bench() { REQUIRE_MESSAGE(pages.status() == HBNB_OK, host.error); }
    void run(const std::string &sql) {
        Connection(directory.path("hbnb.db"), Connection::Opening::existing, 1s).run(sql);
    }
};

bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("hello is eleven bytes of HTML, with and without a slash") {
    Bench bench;
    for (const char *path : {"/airbnb-onepage", "/airbnb-onepage/"}) {
        const Answer answer = bench.pages.get(path);
        CHECK(answer.status == 200);
        CHECK(answer.body == "Hello HBNB!");
        CHECK(answer.header("Content-Type") == "text/html; charset=utf-8");
        CHECK(answer.header("Content-Length") == "11");
    }
}

TEST_CASE("numbers of any length are odd or even, without leading zeros, and nothing else is a number") {
    Bench bench;
    const auto heading = [&](const std::string &n) { return bench.pages.get("/number_odd_or_even/" + n).body; };
    CHECK(has(heading("6"), "<H1>Number: 6 is even</H1>"));
    CHECK(has(heading("007/"), "<H1>Number: 7 is odd</H1>"));
    CHECK(has(heading("000"), "<H1>Number: 0 is even</H1>"));
    CHECK(has(heading("123456789012345678901234567891"), "<H1>Number: 123456789012345678901234567891 is odd</H1>"));
    for (const char *path :
         {"/number_odd_or_even/python", "/number_odd_or_even/8.9", "/number_odd_or_even/-1", "/number_odd_or_even"}) {
        const Answer answer = bench.pages.get(path);
        CHECK_MESSAGE(answer.status == 404, path);
        CHECK(has(answer.body, "Not Found"));
        CHECK(answer.header("Content-Type") == "text/html; charset=utf-8");
    }
}

TEST_CASE("states_list is the exact markup, by name in byte order, escaped") {
    Bench bench;
    bench.run("delete from reviews");
    bench.run("delete from place_amenity");
    bench.run("delete from places");
    bench.run("delete from cities");
    bench.run("delete from states");
    const std::string stamp = "'2026-01-01T00:00:00.000000'";
    for (const char *row : {"'3', 'apple'", "'2', 'Zoo'", "'1', 'Zoo'", "'4', '<b>&\"'"}) {
        const std::string values = row;
        const std::string id = values.substr(0, 3), name = values.substr(5);
        bench.run("insert into states (id, created_at, updated_at, name) values (" + id + ", " + stamp + ", " + stamp +
                  ", " + name + ")");
    }
    CHECK(bench.pages.get("/states_list").body ==
          "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>HBNB</title>\n</head>\n<body>\n<H1>States</H1>\n<UL>\n"
          "<LI>4: <B>&lt;b&gt;&amp;&quot;</B></LI>\n<LI>1: <B>Zoo</B></LI>\n<LI>2: <B>Zoo</B></LI>\n<LI>3: "
          "<B>apple</B></LI>\n"
          "</UL>\n</body>\n</html>\n");
}

TEST_CASE("the start page shows each state with its own cities, and links below its mount") {
    Bench bench;
    const Answer answer = bench.pages.call({.path = "/", .mount = "/site"});
    CHECK(answer.status == 200);
    CHECK(has(answer.body,
              "<h2>Louisiana</h2>\n<ul>\n<li>Baton Rouge</li>\n<li>Lafayette</li>\n<li>New Orleans</li>\n</ul>"));
    CHECK(answer.body.find("Arizona") < answer.body.find("Vermont"));
    CHECK(has(answer.body, "href=\"/site/states_list\""));
    CHECK_FALSE(has(answer.body, "{{"));
}

TEST_CASE("a state without cities shows an empty list and not another's name") {
    Bench bench;
    bench.run("insert into states (id, created_at, updated_at, name) values ('x', 'c', 'u', 'Nowhere')");
    const std::string body = bench.pages.get("/").body;
    const std::size_t at = body.find("<h2>Nowhere</h2>");
    REQUIRE(at != std::string::npos);
    CHECK(body.substr(at, body.find("</ul>", at) - at).find("<li>") == std::string::npos);
}

TEST_CASE("pages know GET, HEAD and OPTIONS") {
    Bench bench;
    const Answer post = bench.pages.call({.method = "POST", .path = "/states_list"});
    CHECK(post.status == 405);
    CHECK(post.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(post.header("Content-Type") == "text/html; charset=utf-8");
    CHECK(bench.pages.call({.method = "HEAD", .path = "/"}).headers == bench.pages.get("/").headers);
    CHECK(bench.pages.call({.method = "OPTIONS", .path = "/"}).status == 200);
}

TEST_CASE("a database that fails costs the pages that need it, and no others") {
    Bench bench;
    bench.run("alter table states rename to gone");
    bench.pages.get("/states_list");
    CHECK(bench.pages.status() == HBNB_FAILED);
    CHECK(has(bench.host.error, "no such table: states"));
    CHECK(bench.pages.get("/airbnb-onepage/").status == 200);
}

TEST_CASE("load refuses missing and broken templates by name") {
    TemporaryDirectory directory;
    BenchHost host(directory.path("pages.so"));
    const std::string database = "\"database\":\"sqlite://" + directory.path("hbnb.db") + "\"";
    CHECK(HandlerBench<pages::Pages>(host, "{" + database + "}").status() == HBNB_FAILED);
    CHECK(has(host.error, "unable to read template " + directory.path("templates/index.mustache") + ": No such file"));
    std::filesystem::copy(HBNB_TEST_TEMPLATES, directory.path("own"));
    const std::string config = "{" + database + ",\"templates\":\"" + directory.path("own") + "\"}";
    CHECK(HandlerBench<pages::Pages>(host, config).status() == HBNB_OK);
    write_file(directory.path("own/error.mustache"), "{{#open}}");
    CHECK(HandlerBench<pages::Pages>(host, config).status() == HBNB_FAILED);
    CHECK(has(host.error, "unable to read template " + directory.path("own/error.mustache") + ": "));
}
