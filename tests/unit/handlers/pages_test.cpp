#include "pages/pages.hpp"

#include <doctest/doctest.h>

#include <set>

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
    Bench() { REQUIRE_MESSAGE(pages.status() == HBNB_OK, host.error()); }
    void run(const std::string &sql) {
        Connection(directory.path("hbnb.db"), Connection::Opening::existing, 1s).run(sql);
    }
    void empty_tables() {
        for (const char *table : {"reviews", "place_amenity", "places", "cities", "states", "amenities", "users"}) {
            run(std::string("delete from ") + table);
        }
    }
    void insert(const std::string &table, const std::string &columns, const std::string &values) {
        run("insert into " + table + " (created_at, updated_at, " + columns + ") values ('c', 'u', " + values + ")");
    }
    Answer get(const std::string &path, const std::string &front) {
        return pages.call({.path = path, .params = {{"HBNB_FRONT", front}}});
    }
};

// Names in an order that neither their ids nor their case gives; one state without cities.
void insert_regions(Bench &bench) {
    bench.empty_tables();
    for (const char *row : {"'3', 'apple'", "'2', 'Zoo'", "'1', 'Zoo'", "'4', '<b>&\"'"}) {
        bench.insert("states", "id, name", row);
    }
    for (const char *row :
         {"'c1', '3', 'b'", "'c2', '3', 'B'", "'c3', '4', '<i>'", "'c5', '1', 'c'", "'c4', '1', 'c'"}) {
        bench.insert("cities", "id, state_id, name", row);
    }
}

std::string simple_page(const std::string &body) {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>HBNB</title>\n</head>\n<body>\n" + body +
           "</body>\n</html>\n";
}

// The template engine leaves an empty line where a section is; white space is free on these pages.
std::string without_empty_lines(std::string page) {
    for (std::size_t at; (at = page.find("\n\n")) != std::string::npos;) page.erase(at, 1);
    return page;
}

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

TEST_CASE("a number is a plain text without a newline, and a page") {
    Bench bench;
    const Answer answer = bench.pages.get("/number/0089");
    CHECK(answer.body == "89 is a number");
    CHECK(answer.header("Content-Type") == "text/html; charset=utf-8");
    CHECK(bench.pages.get("/number/89/").body == answer.body);
    CHECK(bench.pages.get("/number_template/0089").body == simple_page("<H1>Number: 89</H1>\n"));
    CHECK(has(bench.pages.get("/number_template/123456789012345678901234567890").body,
              "<H1>Number: 123456789012345678901234567890</H1>"));
    for (const std::string path : {"/number", "/number_template"}) {
        for (const char *rest : {"", "/", "/python", "/8.9", "/-1", "/+1", "/1x", "/1/2"}) {
            const Answer missing = bench.pages.get(path + rest);
            CHECK_MESSAGE(missing.status == 404, path, rest);
            CHECK(has(missing.body, "Not Found"));
        }
    }
}

TEST_CASE("/c and /python say what the path says, with blanks for underscores") {
    Bench bench;
    CHECK(bench.pages.get("/c/is_fun").body == "C is fun");
    CHECK(bench.pages.get("/c/is_fun/").body == "C is fun");
    CHECK(bench.pages.get("/c/cool").header("Content-Type") == "text/html; charset=utf-8");
    CHECK(bench.pages.get("/python").body == "Python is cool");
    CHECK(bench.pages.get("/python/").body == "Python is cool");
    CHECK(bench.pages.get("/python/is_magic+1").body == "Python is magic+1");
    for (const char *path : {"/c", "/c/", "/c/a/b", "/python/a/b", "/C/x"}) {
        CHECK_MESSAGE(bench.pages.get(path).status == 404, path);
    }
}

TEST_CASE("what a path says is text and never markup, and always UTF-8") {
    Bench bench;
    CHECK(bench.pages.get("/c/<b>&\"'").body == "C &lt;b&gt;&amp;&quot;&apos;");
    CHECK(bench.pages.get("/python/<script>").body == "Python &lt;script&gt;");
    CHECK(bench.pages.get("/c/{{x}}").body == "C {{x}}");
    CHECK(bench.pages.get("/c/\xFF").body == "C \xEF\xBF\xBD");
}

TEST_CASE("states_list and states are the exact markup, by name in byte order, escaped") {
    Bench bench;
    insert_regions(bench);
    const std::string page = simple_page(
        "<H1>States</H1>\n<UL>\n<LI>4: <B>&lt;b&gt;&amp;&quot;</B></LI>\n<LI>1: <B>Zoo</B></LI>\n"
        "<LI>2: <B>Zoo</B></LI>\n<LI>3: <B>apple</B></LI>\n</UL>\n");
    for (const char *path : {"/states_list", "/states", "/states/", "/states_list/"}) {
        const Answer answer = bench.pages.get(path);
        CHECK(answer.status == 200);
        CHECK_MESSAGE(answer.body == page, path);
    }
}

TEST_CASE("cities_by_states has each state's cities in it, by name, and an empty list where there are none") {
    Bench bench;
    insert_regions(bench);
    CHECK(without_empty_lines(bench.pages.get("/cities_by_states").body) ==
          simple_page("<H1>States</H1>\n<UL>\n"
                      "<LI>4: <B>&lt;b&gt;&amp;&quot;</B>\n<UL>\n<LI>c3: <B>&lt;i&gt;</B></LI>\n</UL>\n</LI>\n"
                      "<LI>1: <B>Zoo</B>\n<UL>\n<LI>c4: <B>c</B></LI>\n<LI>c5: <B>c</B></LI>\n</UL>\n</LI>\n"
                      "<LI>2: <B>Zoo</B>\n<UL>\n</UL>\n</LI>\n"
                      "<LI>3: <B>apple</B>\n<UL>\n<LI>c2: <B>B</B></LI>\n<LI>c1: <B>b</B></LI>\n</UL>\n</LI>\n"
                      "</UL>\n"));
}

TEST_CASE("a state's page has its cities by name, and one that is not there says so with status 200") {
    Bench bench;
    insert_regions(bench);
    CHECK(without_empty_lines(bench.pages.get("/states/3").body) ==
          simple_page("<H1>State: apple</H1>\n<H3>Cities:</H3>\n<UL>\n<LI>c2: <B>B</B></LI>\n<LI>c1: <B>b</B></LI>\n"
                      "</UL>\n"));
    CHECK(without_empty_lines(bench.pages.get("/states/2/").body) ==
          simple_page("<H1>State: Zoo</H1>\n<H3>Cities:</H3>\n<UL>\n</UL>\n"));
    CHECK(has(bench.pages.get("/states/4").body, "<H1>State: &lt;b&gt;&amp;&quot;</H1>"));
    for (const char *path : {"/states/nobody", "/states/1'or'1", "/states/<b>"}) {
        const Answer answer = bench.pages.get(path);
        CHECK(answer.status == 200);
        CHECK(without_empty_lines(answer.body) == simple_page("<H1>Not found!</H1>\n"));
    }
}

TEST_CASE("hbnb_filters has header, filter bar and footer, and no places") {
    Bench bench;
    insert_regions(bench);
    bench.insert("amenities", "id, name", "'a1', 'wifi'");
    bench.insert("amenities", "id, name", "'a2', 'TV & more'");
    const std::string body = without_empty_lines(bench.pages.get("/hbnb_filters").body);
    CHECK(has(body, "<title>HBnB</title>"));
    CHECK(has(body,
              "<div class=\"locations\">\n<h3>States</h3>\n<h4>&nbsp;</h4>\n<div class=\"popover\">\n<ul>\n"
              "<li>\n<h2>&lt;b&gt;&amp;&quot;:</h2>\n<ul>\n<li>&lt;i&gt;</li>\n</ul>\n</li>\n"));
    CHECK(has(body,
              "<li>\n<h2>apple:</h2>\n<ul>\n<li>B</li>\n<li>b</li>\n</ul>\n</li>\n</ul>\n</div>\n</div>\n"
              "<div class=\"amenities\">\n<h3>Amenities</h3>\n<h4>&nbsp;</h4>\n<div class=\"popover\">\n<ul>\n"
              "<li>TV &amp; more</li>\n<li>wifi</li>\n</ul>\n</div>\n</div>\n"
              "<button type=\"button\">Search</button>\n</section>\n"));
    CHECK(has(body, "<footer>\n<p>Holberton School</p>\n</footer>\n</body>\n</html>"));
    CHECK(has(body, "href=\"/static/styles/6-filters.css\""));
    for (const char *absent : {"places", "<article>", "{{"}) CHECK_MESSAGE(!has(body, absent), absent);
}

TEST_CASE("hbnb shows places by name in byte order, with their owner, numbers and line breaks") {
    Bench bench;
    insert_regions(bench);
    bench.insert("users", "id, email, password, first_name, last_name", "'u1', 'e', '!', 'Ann', 'O''Hara'");
    bench.insert("users", "id, email, password, last_name", "'u2', 'e', '!', 'Solo'");
    const std::string columns =
        "id, city_id, user_id, name, description, number_rooms, number_bathrooms, max_guest, price_by_night";
    bench.insert("places", columns, "'p1', 'c1', 'u1', 'tent <b>', '<i>Cosy</i><BR />dry<BR', 1, 0, 2, 84");
    bench.insert("places", columns, "'p2', 'c1', 'u2', 'TENT', null, 2, 1, 1, 0");
    const std::string body = without_empty_lines(bench.pages.get("/hbnb").body);
    CHECK(has(body, "</section>\n<section class=\"places\">\n<h1>Places</h1>\n<article>\n"));
    CHECK(has(body,
              "<article>\n<div class=\"title_box\">\n<h2>tent &lt;b&gt;</h2>\n"
              "<div class=\"price_by_night\">$84</div>\n</div>\n<div class=\"information\">\n"
              "<div class=\"max_guest\">2 Guests</div>\n<div class=\"number_rooms\">1 Bedroom</div>\n"
              "<div class=\"number_bathrooms\">0 Bathrooms</div>\n</div>\n"
              "<div class=\"user\">\n<b>Owner:</b> Ann O&apos;Hara\n</div>\n"
              "<div class=\"description\">\n&lt;i&gt;Cosy&lt;/i&gt;<br>dry\n</div>\n</article>\n</section>\n"));
    CHECK(has(body, "<div class=\"max_guest\">1 Guest</div>"));
    CHECK(has(body, "<b>Owner:</b> Solo\n"));
    CHECK(body.find("<h2>TENT</h2>") < body.find("<h2>tent &lt;b&gt;</h2>"));
    CHECK(has(body, "href=\"/static/styles/8-places.css\""));
    CHECK_FALSE(has(body, "{{"));
}

TEST_CASE("hbnb without places still has their heading") {
    Bench bench;
    bench.empty_tables();
    CHECK(has(without_empty_lines(bench.pages.get("/hbnb").body),
              "<section class=\"places\">\n<h1>Places</h1>\n</section>\n"));
}

TEST_CASE("the start and /hbnb are texts on the flask fronts and pages on the site") {
    Bench bench;
    for (const char *front : {"flask", "odd_even"}) {
        CHECK(bench.get("/", front).body == "Hello HBNB!");
        CHECK(bench.get("/hbnb", front).body == "HBNB");
        CHECK(bench.get("/hbnb/", front).header("Content-Type") == "text/html; charset=utf-8");
    }
    for (const char *front : {"", "site"}) {
        CHECK(bench.get("/", front).body == bench.pages.get("/").body);
        CHECK(has(bench.get("/hbnb", front).body, "<h1>Places</h1>"));
    }
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
    for (const char *front : {"api", "dynamic"}) CHECK(statuses(plain, front) == std::set{404u});
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

TEST_CASE("a front that nobody knows fails with a sentence that names it") {
    Bench bench;
    bench.get("/", "nginx");
    CHECK(bench.pages.status() == HBNB_FAILED);
    CHECK(has(bench.host.error(), "HBNB_FRONT is nginx"));
}

TEST_CASE("the start page shows each state with its own cities, and links below its mount") {
    Bench bench;
    const Answer answer = bench.pages.call({.path = "/", .mount = "/site"});
    CHECK(answer.status == 200);
    CHECK(has(answer.body,
              ">Louisiana</a></h2>\n<ul>\n<li>Baton Rouge</li>\n<li>Lafayette</li>\n<li>New Orleans</li>\n</ul>"));
    CHECK(answer.body.find("Arizona") < answer.body.find("Vermont"));
    CHECK(has(answer.body, "href=\"/site/states_list\""));
    CHECK(has(bench.pages.get("/").body, "href=\"/states_list\""));
    CHECK_FALSE(has(answer.body, "{{"));
}

TEST_CASE("every link of the start page that is ours leads to a page") {
    Bench bench;
    const std::string body = bench.pages.get("/").body, link = "href=\"";
    std::set<std::string> paths;
    for (std::size_t at = body.find(link); at != std::string::npos; at = body.find(link, at + 1)) {
        const std::size_t begin = at + link.size();
        const std::string path = body.substr(begin, body.find('"', begin) - begin);
        if (path.find("/api/") != 0) paths.insert(path);
    }
    CHECK(paths.size() > 20);
    for (const std::string &path : paths) CHECK_MESSAGE(bench.pages.get(path).status == 200, path);
    for (const char *path : {"/hbnb", "/hbnb_filters", "/states", "/states_list", "/cities_by_states", "/c/is_fun",
                             "/python/is_cool", "/number/6", "/number_template/6", "/number_odd_or_even/6"}) {
        CHECK_MESSAGE(paths.contains(path), path);
    }
}

TEST_CASE("a state without cities shows an empty list and not another's name") {
    Bench bench;
    bench.run("insert into states (id, created_at, updated_at, name) values ('x', 'c', 'u', 'Nowhere')");
    const std::string body = bench.pages.get("/").body;
    const std::size_t at = body.find("<h2><a href=\"/states/x\">Nowhere</a></h2>");
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
    CHECK(has(bench.host.error(), "no such table: states"));
    CHECK(bench.pages.get("/airbnb-onepage/").status == 200);
}

TEST_CASE("load refuses missing and broken templates by name") {
    TemporaryDirectory directory;
    BenchHost host(directory.path("pages.so"));
    const std::string database = "\"database\":\"sqlite://" + directory.path("hbnb.db") + "\"";
    CHECK(HandlerBench<pages::Pages>(host, "{" + database + "}").status() == HBNB_FAILED);
    CHECK(
        has(host.error(), "unable to read template " + directory.path("templates/index.mustache") + ": No such file"));
    std::filesystem::copy(HBNB_TEST_TEMPLATES, directory.path("own"));
    const std::string config = "{" + database + ",\"templates\":\"" + directory.path("own") + "\"}";
    CHECK(HandlerBench<pages::Pages>(host, config).status() == HBNB_OK);
    write_file(directory.path("own/error.mustache"), "{{#open}}");
    CHECK(HandlerBench<pages::Pages>(host, config).status() == HBNB_FAILED);
    CHECK(has(host.error(), "unable to read template " + directory.path("own/error.mustache") + ": "));
}
