#include <doctest/doctest.h>

#include <map>
#include <set>
#include <vector>

#include "unit/handlers/pages_bench.hpp"

using namespace hbnb;

namespace {

using Bench = PagesBench;

constexpr const char *kDynamicPages[] = {"0", "1", "2", "3", "4", "100", "101"};

std::string page_of(const std::string &n) { return "/" + n + "-hbnb"; }

std::size_t count(const std::string &text, const std::string &part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

// Every value of an attribute such as `href="`.
std::vector<std::string> values_of(const std::string &page, const std::string &attribute) {
    std::vector<std::string> values;
    for (std::size_t at = page.find(attribute); at != std::string::npos; at = page.find(attribute, at + 1)) {
        const std::size_t begin = at + attribute.size();
        values.push_back(page.substr(begin, page.find('"', begin) - begin));
    }
    return values;
}

// One place in apple, its owner, two amenities.
void insert_place(Bench &bench) {
    insert_regions(bench);
    bench.insert("amenities", "id, name", "'a1', 'wifi'");
    bench.insert("amenities", "id, name", "'a2', 'TV & \"more\"'");
    bench.insert("users", "id, email, password, first_name, last_name", "'u1', 'e', '!', 'Ann', 'O''Hara'");
    bench.insert("places",
                 "id, city_id, user_id, name, description, number_rooms, number_bathrooms, max_guest, price_by_night",
                 "'p1', 'c1', 'u1', 'Tent', 'Dry<br>', 1, 0, 2, 84");
}

}  // namespace

TEST_CASE("hbnb_filters has header, filter bar and footer, and no places") {
    Bench bench;
    insert_regions(bench);
    bench.insert("amenities", "id, name", "'a1', 'wifi'");
    bench.insert("amenities", "id, name", "'a2', 'TV & more'");
    const std::string body = without_empty_lines(bench.pages.get("/hbnb_filters").body);
    CHECK(has(body, "<title>HBnB</title>"));
    CHECK(has(
        body,
        "<div class=\"locations\" tabindex=\"0\">\n<h3>States</h3>\n<h4>&nbsp;</h4>\n<div class=\"popover\">\n<ul>\n"
        "<li>\n<h2>&lt;b&gt;&amp;&quot;:</h2>\n<ul>\n<li>&lt;i&gt;</li>\n</ul>\n</li>\n"));
    CHECK(has(
        body,
        "<li>\n<h2>apple:</h2>\n<ul>\n<li>B</li>\n<li>b</li>\n</ul>\n</li>\n</ul>\n</div>\n</div>\n"
        "<div class=\"amenities\" tabindex=\"0\">\n<h3>Amenities</h3>\n<h4>&nbsp;</h4>\n<div class=\"popover\">\n<ul>\n"
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

TEST_CASE(
    "each page N-hbnb is there on the site and on the dynamic front, with and without a slash, and nowhere else") {
    Bench bench;
    for (const std::string n : kDynamicPages) {
        for (const char *front : {"", "site", "dynamic"}) {
            for (const char *slash : {"", "/"}) {
                const Answer answer = bench.get(page_of(n) + slash, front);
                CHECK_MESSAGE(answer.status == 200, n);
                CHECK(answer.header("Content-Type") == "text/html; charset=utf-8");
                CHECK(answer.header("Content-Length") == std::to_string(answer.body.size()));
            }
        }
        for (const char *front : {"flask", "odd_even", "api"})
            CHECK_MESSAGE(bench.get(page_of(n), front).status == 404, n);
    }
    for (const char *path : {"/5-hbnb", "/102-hbnb", "/-hbnb", "/2-hbnb/x", "/02-hbnb", "/2-HBNB"}) {
        CHECK_MESSAGE(bench.pages.get(path).status == 404, path);
    }
}

TEST_CASE("every address of a style or script of ours ends in one uuid a page, and each page has another one") {
    Bench bench;
    std::set<std::string> seen;
    for (const std::string n : kDynamicPages) {
        const std::string body = bench.pages.get(page_of(n)).body;
        std::set<std::string> ids;
        for (const char *attribute : {"<link rel=\"stylesheet\" href=\"", "<script src=\""}) {
            for (const std::string &address : values_of(body, attribute)) {
                if (has(address, "jquery")) continue;
                REQUIRE_MESSAGE(has(address, "?"), address);
                ids.insert(address.substr(address.find('?') + 1));
            }
        }
        REQUIRE(ids.size() == 1);
        CHECK(ids.begin()->size() == 36);
        CHECK((*ids.begin())[14] == '4');
        seen.insert(*ids.begin());
    }
    CHECK(seen.size() == std::size(kDynamicPages));
    CHECK_FALSE(has(bench.pages.get("/hbnb").body, ".css?"));
}

TEST_CASE("each page N-hbnb has the part that is its own, and none of a later one") {
    Bench bench;
    insert_place(bench);
    struct Expected {
        bool script, dot, articles, state_boxes;
    };
    const std::map<std::string, Expected> table = {
        {"0", {false, false, true, false}}, {"1", {true, false, true, false}}, {"2", {true, true, true, false}},
        {"3", {true, true, false, false}},  {"4", {true, true, false, false}}, {"100", {true, true, false, true}},
        {"101", {true, true, false, true}},
    };
    for (const auto &row : table) {
        const std::string &n = row.first;
        const Expected &expected = row.second;
        CAPTURE(n);
        const std::string body = bench.pages.get(page_of(n)).body;
        const std::vector<std::string> scripts = values_of(body, "<script src=\"");
        REQUIRE(scripts.size() == (expected.script ? 3 : 0));
        if (expected.script) {
            CHECK(scripts[0] == "/static/scripts/jquery.min.js");
            CHECK(has(scripts[2], "/static/scripts/" + n + "-hbnb.js?"));
        }
        CHECK(has(body, "<header>\n<div class=\"logo\"></div>\n<div id=\"api_status\"></div>\n</header>") ==
              expected.dot);
        CHECK(has(body, "<article>") == expected.articles);
        CHECK(has(body, "<section class=\"places\">\n<h1>Places</h1>\n"));
        CHECK(count(body, "type=\"checkbox\"") == (expected.script ? 2u : 0u) + (expected.state_boxes ? 9u : 0u));
        CHECK(has(body, "data-id=\"3\" data-name=\"apple\"") == expected.state_boxes);
    }
}

TEST_CASE("a checkbox bears its object's id and name, escaped, in front of a label for it") {
    Bench bench;
    insert_place(bench);
    const std::string body = without_empty_lines(bench.pages.get("/100-hbnb").body);
    CHECK(has(body,
              "<li><input type=\"checkbox\" id=\"amenity-a2\" data-id=\"a2\" data-name=\"TV &amp; "
              "&quot;more&quot;\"><label for=\"amenity-a2\">TV &amp; &quot;more&quot;</label></li>\n"));
    CHECK(has(body,
              "<li>\n<h2><input type=\"checkbox\" id=\"state-3\" data-id=\"3\" data-name=\"apple\">"
              "<label for=\"state-3\">apple:</label></h2>\n<ul>\n"
              "<li><input type=\"checkbox\" id=\"city-c2\" data-id=\"c2\" data-name=\"B\">"
              "<label for=\"city-c2\">B</label></li>\n"));
}

TEST_CASE("the start of the site is the page 2-hbnb, and ends one tag a line") {
    Bench bench;
    insert_place(bench);
    const auto without_cache_id = [](std::string page) {
        for (std::size_t at; (at = page.find('?')) != std::string::npos;) page.erase(at, 37);
        return page;
    };
    const std::string start = bench.pages.get("/").body;
    CHECK(without_cache_id(start) == without_cache_id(bench.pages.get("/2-hbnb").body));
    const std::string end = "\n<footer>\n<p>Holberton School</p>\n</footer>\n</body>\n</html>\n";
    for (const char *path :
         {"/", "/hbnb", "/hbnb_filters", "/0-hbnb", "/1-hbnb", "/3-hbnb", "/4-hbnb", "/100-hbnb", "/101-hbnb"}) {
        const std::string body = bench.pages.get(path).body;
        CHECK_MESSAGE(body.substr(body.size() - end.size()) == end, path);
        CHECK_FALSE_MESSAGE(has(body, "{{"), path);
    }
}

TEST_CASE("every file of ours that a page names is there, and no page names another host's") {
    Bench bench;
    const std::string files = HBNB_TEST_FILES;
    for (const char *path : {"/", "/hbnb", "/hbnb_filters", "/0-hbnb", "/1-hbnb", "/3-hbnb", "/4-hbnb", "/100-hbnb",
                             "/101-hbnb", "/nowhere"}) {
        const std::string body = bench.pages.get(path).body;
        for (const char *attribute : {" href=\"", " src=\""}) {
            for (const std::string &address : values_of(body, attribute)) {
                if (address == "/" || address == "/static/scripts/jquery.min.js") continue;
                CHECK_MESSAGE(address.rfind("/static/", 0) == 0, address);
                CHECK_MESSAGE(std::filesystem::exists(files + address.substr(0, address.find('?'))), address);
            }
        }
    }
}

TEST_CASE(
    "a page says which scripts, styles and images may be used, has none within itself, and no page may be framed") {
    Bench bench;
    insert_place(bench);
    for (const char *path : {"/", "/101-hbnb", "/hbnb", "/states_list", "/airbnb-onepage", "/c/is_fun", "/nowhere"}) {
        const Answer answer = bench.pages.get(path);
        CHECK_MESSAGE(answer.header("Content-Security-Policy") ==
                          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                      path);
        for (const char *inline_code : {"<style", " style=", " onclick=", "<script>", "javascript:"}) {
            CHECK_FALSE_MESSAGE(has(answer.body, inline_code), path, inline_code);
        }
    }
    CHECK(bench.get("/nop", "api").header("Content-Security-Policy").empty());
}

TEST_CASE("every page shows what another process has written, from the next request on") {
    Bench bench;
    insert_place(bench);
    for (const char *path : {"/", "/hbnb", "/hbnb_filters", "/0-hbnb", "/1-hbnb", "/3-hbnb", "/100-hbnb", "/101-hbnb",
                             "/states_list", "/cities_by_states", "/states/3"}) {
        CHECK_MESSAGE(has(bench.pages.get(path).body, "apple"), path);
        CHECK_MESSAGE(has(bench.pages.get(path).body, "apple"), path);
        bench.run("update states set name = 'quince' where id = '3'");
        const std::string body = bench.pages.get(path).body;
        CHECK_MESSAGE(has(body, "quince"), path);
        CHECK_FALSE_MESSAGE(has(body, "apple"), path);
        bench.run("update states set name = 'apple' where id = '3'");
    }
}
