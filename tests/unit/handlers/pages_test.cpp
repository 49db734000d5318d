#include <doctest/doctest.h>

#include "unit/handlers/pages_bench.hpp"

using namespace hbnb;

namespace {

using Bench = PagesBench;

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
    CHECK(has(bench.pages.get("/airbnb-dynamic/number_odd_or_even/5").body, "<H1>Number: 5 is odd</H1>"));
    CHECK(bench.pages.get("/airbnb-dynamic/number_odd_or_even/8.9").status == 404);
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
