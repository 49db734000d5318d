#include "worker/request/response.hpp"

#include <doctest/doctest.h>
#include <hbnb/refusals.hpp>

#include <vector>

using namespace hbnb::worker;

namespace {

hbnb_text text(std::string_view value) { return {value.data(), value.size()}; }

// Why the head is refused; "" where it is taken.
std::string refusal(std::uint32_t status, const std::vector<std::pair<std::string, std::string>> &headers) {
    std::vector<hbnb_pair> pairs;
    for (const auto &[name, value] : headers) pairs.push_back({text(name), text(value)});
    ResponseHead head;
    const char *why = head.begin(status, pairs.data(), pairs.size());
    return why == nullptr ? "" : why;
}

}  // namespace

TEST_CASE("a head is written as CGI headers and an empty line") {
    ResponseHead head;
    const hbnb_pair headers[] = {{text("Content-Type"), text("text/css")}, {text("X-A"), text("b c")}};
    REQUIRE(head.begin(201, headers, 2) == nullptr);
    head.set_content_length(5);
    const std::string out(head.complete());
    CHECK(out.starts_with("Status: 201 Created\r\n"));
    CHECK(out.find("Content-Type: text/css\r\n") != std::string::npos);
    CHECK(out.find("X-A: b c\r\n") != std::string::npos);
    CHECK(out.find("Content-Length: 5\r\n") != std::string::npos);
    CHECK(out.ends_with("\r\n\r\n"));
}

TEST_CASE("a body of no named type is never sniffed: text/plain and nosniff") {
    ResponseHead head;
    REQUIRE(head.begin(200, nullptr, 0) == nullptr);
    const std::string out(head.complete());
    CHECK(out.find("Content-Type: text/plain; charset=utf-8\r\n") != std::string::npos);
    CHECK(out.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
}

TEST_CASE("statuses outside 200 to 599 are refused: a 1xx puts web servers out of step") {
    for (const std::uint32_t status : {0U, 100U, 103U, 199U, 600U, 4'000'000'000U}) CHECK(refusal(status, {}) != "");
    for (const std::uint32_t status : {200U, 204U, 304U, 404U, 599U}) CHECK(refusal(status, {}) == "");
}

TEST_CASE("what would split a response is refused in names and values") {
    for (const char *name : {"", "A B", "A:", "A\r\nB", "A\n", "\xC3\xA4"})
        CHECK_MESSAGE(refusal(200, {{name, "x"}}) != "", name);
    for (const char *value : {"a\r\nB: c", "a\nb", "a\rb"}) {
        CHECK_MESSAGE(refusal(200, {{"X-A", value}}) != "", value);
    }
    CHECK(refusal(200, {{"X-A", std::string("a\0b", 3)}}) != "");
    CHECK(refusal(200, {{"X-A", "a\tb \xC3\xA4"}}) == "");
}

TEST_CASE("headers that belong to the web server's connection are refused") {
    for (const char *name : {"Status", "connection", "Transfer-Encoding", "Upgrade", "Keep-Alive"})
        CHECK_MESSAGE(refusal(200, {{name, "x"}}) != "", name);
}

TEST_CASE("a Content-Length that is no number is refused, a good one is known") {
    for (const char *length : {"", "-1", "1x", " 1", "99999999999999999999"})
        CHECK_MESSAGE(refusal(200, {{"Content-Length", length}}) != "", length);
    ResponseHead head;
    const hbnb_pair headers[] = {{text("content-length"), text("12")}};
    REQUIRE(head.begin(200, headers, 1) == nullptr);
    CHECK(head.content_length() == 12);
}

TEST_CASE("of several Content-Lengths all must say the same, and it is said once") {
    CHECK(refusal(200, {{"Content-Length", "5"}, {"content-length", "6"}}) == "gave two different Content-Lengths");
    ResponseHead head;
    const hbnb_pair headers[] = {{text("Content-Length"), text("5")}, {text("content-length"), text("5")}};
    REQUIRE(head.begin(200, headers, 2) == nullptr);
    const std::string out(head.complete());
    const std::size_t first = out.find("Content-Length: 5\r\n");
    CHECK(first != std::string::npos);
    CHECK(out.find("ength", first) == out.rfind("ength"));
}

TEST_CASE("204 and 304 say nothing of a body: neither its length nor its type") {
    for (const std::uint32_t status : {204U, 304U}) {
        ResponseHead head;
        const hbnb_pair headers[] = {{text("Content-Length"), text("5")}, {text("ETag"), text("\"a\"")}};
        REQUIRE(head.begin(status, headers, 2) == nullptr);
        CHECK_FALSE(head.may_have_body());
        const std::string out(head.complete());
        CHECK(out.find("Content-") == std::string::npos);
        CHECK(out.find("ETag: \"a\"\r\n") != std::string::npos);
    }
}

TEST_CASE("headers of up to limits.response_head are taken, more are refused, with both numbers") {
    CHECK(refusal(200, {{"X-A", std::string(hbnb::sdk::kResponseHeadBytes - 7, 'x')}}) == "");
    CHECK(refusal(200, {{"X-A", std::string(hbnb::sdk::kResponseHeadBytes - 6, 'x')}})
              .starts_with("gave 15361 bytes of response headers; limits.response_head allows 15360 "));
    CHECK(refusal(200, {{"X-A", std::string(10'000, 'x')}, {"X-B", std::string(10'000, 'x')}}) != "");
    ResponseHead wide(100'000);
    const std::string much(90'000, 'x');
    const hbnb_pair header{text("X-A"), text(much)};
    REQUIRE(wide.begin(200, &header, 1) == nullptr);
    CHECK(wide.complete().size() > 90'000);
}

TEST_CASE("a head that was refused leaves nothing of itself in the next") {
    ResponseHead head;
    const hbnb_pair bad[] = {
        {text("X-First"), text("1")}, {text("Content-Length"), text("9")}, {text("A B"), text("2")}};
    REQUIRE(head.begin(200, bad, 3) != nullptr);
    CHECK_FALSE(head.is_begun());
    REQUIRE(head.begin(404, nullptr, 0) == nullptr);
    const std::string out(head.complete());
    CHECK(out.starts_with("Status: 404 Not Found\r\n"));
    CHECK(out.find("X-First") == std::string::npos);
    CHECK(out.find("Content-Length") == std::string::npos);
}

TEST_CASE("a head begins once") {
    ResponseHead head;
    REQUIRE(head.begin(200, nullptr, 0) == nullptr);
    CHECK(head.begin(200, nullptr, 0) != nullptr);
    head.clear();
    CHECK(head.begin(404, nullptr, 0) == nullptr);
}
