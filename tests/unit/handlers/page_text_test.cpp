#include "pages/text.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "pages/front.hpp"

using namespace hbnb::pages;

TEST_CASE("underscores are blanks, and bytes that are no UTF-8 become replacement characters") {
    CHECK(words_of("is_fun") == "is fun");
    CHECK(words_of("__") == "  ");
    CHECK(words_of("caf\xC3\xA9_\xF0\x9F\x8F\xA0") == "caf\xC3\xA9 \xF0\x9F\x8F\xA0");
    CHECK(words_of("a\xFFz") == "a\xEF\xBF\xBDz");
    CHECK(words_of("a\xC3") == "a\xEF\xBF\xBD");
}

TEST_CASE("a number keeps all of its digits but leading zeros") {
    CHECK(plain_number("7") == "7");
    CHECK(plain_number("007") == "7");
    CHECK(plain_number("000") == "0");
    CHECK(plain_number("123456789012345678901234567890") == "123456789012345678901234567890");
    CHECK(is_even("10"));
    CHECK_FALSE(is_even("123456789012345678901234567891"));
}

TEST_CASE("only one of a thing has no plural s") {
    CHECK(counted(0, "Bathroom") == "0 Bathrooms");
    CHECK(counted(1, "Guest") == "1 Guest");
    CHECK(counted(2, "Bedroom") == "2 Bedrooms");
}

TEST_CASE("a description's line breaks pass and every other markup is escaped") {
    CHECK(description_html("") == "");
    CHECK(description_html("a & b") == "a &amp; b");
    CHECK(description_html("a<br>b<BR />c<Br/>d<bR  >e") == "a<br>b<br>c<br>d<br>e");
    CHECK(description_html("<br><br>") == "<br><br>");
    CHECK(description_html("<script>x</script>") == "&lt;script&gt;x&lt;/script&gt;");
    CHECK(description_html("<br onload=\"x\">") == "&lt;br onload=&quot;x&quot;&gt;");
    CHECK(description_html("<brx><b>1 < 2") == "&lt;brx&gt;&lt;b&gt;1 &lt; 2");
    CHECK(description_html("<<br>'") == "&lt;<br>&apos;");
}

TEST_CASE("what a cut has left of a line break at the end is dropped") {
    for (const char *rest : {"<", "<B", "<BR", "<BR ", "<BR /", "<br/"}) {
        CHECK_MESSAGE(description_html(std::string("text") + rest) == "text", rest);
    }
    CHECK(description_html("text<i") == "text&lt;i");
}

TEST_CASE("a front is known by its name, and nothing said is the site") {
    CHECK(front_of("") == Front::site);
    for (const FrontName &one : kFronts) CHECK(front_of(one.name) == one.front);
    CHECK_THROWS_WITH_AS(front_of("flask100"),
                         "unable to choose the routes: HBNB_FRONT is flask100; known: site, flask, odd_even, api, "
                         "dynamic",
                         std::runtime_error);
}

TEST_CASE("a cache id goes into a page's head, wherever its place is, and into nothing that was stored") {
    const std::string none(kNoCacheId), id = "12345678-1234-4234-8234-123456789012";
    CHECK(with_cache_id("<head>a?" + none + " b?" + none + "</head>" + none, id) ==
          "<head>a?" + id + " b?" + id + "</head>" + none);
    CHECK(with_cache_id("no head", id) == "no head");
}
