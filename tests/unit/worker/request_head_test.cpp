#include "worker/request/request_head.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "fcgi/client/client.hpp"

using namespace hbnb;
using namespace hbnb::worker;

namespace {

struct Read {
    explicit Read(const fcgi::Params &given) {
        params.append(fcgi::encode_params(given));
        REQUIRE(params.decode().verdict == fcgi::ParamsCheck::Verdict::good);
        RequestHead read;
        problem = read_request_head(params, storage, read);
        sentence = describe(problem, params, read);
        if (problem == HeadProblem::none) head = read;
    }
    Read(const Read &) = delete;
    Read &operator=(const Read &) = delete;

    fcgi::RequestParams params;
    std::string storage;
    std::optional<RequestHead> head;
    HeadProblem problem = HeadProblem::none;
    std::string sentence;
};

fcgi::Params with(const fcgi::Params &more) {
    fcgi::Params all{{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/a"}};
    for (const auto &param : more) {
        std::erase_if(all, [&](const auto &one) { return one.first == param.first; });
        all.push_back(param);
    }
    return all;
}

std::string path_of(const std::string &script_name, const std::string &path_info) {
    const Read read(with({{"SCRIPT_NAME", script_name}, {"PATH_INFO", path_info}}));
    return read.head ? std::string(read.head->path) : "refused";
}

}  // namespace

TEST_CASE("the path that routes is SCRIPT_NAME and PATH_INFO, as the web server decoded them") {
    CHECK(path_of("", "/x/y") == "/x/y");
    CHECK(path_of("/x", "/y") == "/x/y");
    CHECK(path_of("/x", "") == "/x");
    CHECK(path_of("", "/%2e%2e/a b") == "/%2e%2e/a b");
    CHECK(path_of("", "") == "refused");
    CHECK(path_of("", "x") == "refused");
}

TEST_CASE("REQUEST_URI is for logs and routes nothing") {
    const Read read(with({{"REQUEST_URI", "/elsewhere?q"}}));
    REQUIRE(read.head);
    CHECK(read.head->path == "/a");
    CHECK(read.head->uri == "/elsewhere?q");
}

TEST_CASE("a method is a word") {
    CHECK(Read(with({{"REQUEST_METHOD", "PROPFIND"}})).head);
    CHECK_FALSE(Read(with({{"REQUEST_METHOD", ""}})).head);
    CHECK_FALSE(Read(with({{"REQUEST_METHOD", "GET /"}})).head);
    CHECK_FALSE(Read(with({{"REQUEST_METHOD", std::string(33, 'A')}})).head);
    CHECK(Read(with({{"REQUEST_METHOD", "HEAD"}})).head->is_head);
}

TEST_CASE("a CONTENT_LENGTH is absent, or a number below 2^63") {
    CHECK(Read(with({})).head->content_length == kNoContentLength);
    CHECK(Read(with({{"CONTENT_LENGTH", ""}})).head->content_length == kNoContentLength);
    CHECK(Read(with({{"CONTENT_LENGTH", "0"}})).head->content_length == 0);
    CHECK(Read(with({{"CONTENT_LENGTH", "9223372036854775807"}})).head->content_length == INT64_MAX);
    for (const char *bad : {"-1", "+1", " 1", "1 ", "0x1", "1e3", "9223372036854775808"})
        CHECK_MESSAGE(!Read(with({{"CONTENT_LENGTH", bad}})).head, bad);
}

TEST_CASE("a request's id is taken where it can do no harm in a log") {
    CHECK(Read(with({{"REQUEST_ID", "aZ-09_"}})).head->request_id == "aZ-09_");
    CHECK(Read(with({{"REQUEST_ID", std::string(64, 'a')}})).head->request_id == std::string(64, 'a'));
    for (const std::string &bad : {std::string("a b"), std::string("a\nb"), std::string(65, 'a'), std::string()})
        CHECK_MESSAGE(Read(with({{"REQUEST_ID", bad}})).head->request_id.empty(), bad);
}

TEST_CASE("what a client sends as a header is never taken for what the web server says") {
    const Read read(with({{"HTTP_REQUEST_METHOD", "PUT"}, {"HTTP_PATH_INFO", "/b"}, {"HTTP_REMOTE_ADDR", "1.2.3.4"}}));
    REQUIRE(read.head);
    CHECK(read.head->method == "GET");
    CHECK(read.head->path == "/a");
    CHECK(read.head->remote_address.empty());
}

TEST_CASE("a head that is answered 400 says what is missing or wrong, and what it usually comes from") {
    const auto says = [](const fcgi::Params &params, const std::string &part) {
        const Read read(params);
        CHECK_MESSAGE(read.sentence.find(part) != std::string::npos, read.sentence);
    };
    CHECK(Read(with({})).sentence.empty());
    says({{"HBNB_FRONT", "flask"}},
         "it has no REQUEST_METHOD, and 1 parameters in all; in nginx, a location that has a fastcgi_param");
    says(with({{"PATH_INFO", ""}}), "it has neither SCRIPT_NAME nor PATH_INFO, hence no path; in nginx, a location");
    says(with({{"PATH_INFO", "moved/page"}}),
         "its path \"moved/page\" (SCRIPT_NAME and PATH_INFO) does not begin with '/'");
    says(with({{"PATH_INFO", "moved/page"}}), "`rewrite ^/x/(.*) /$1 break`");
    says(with({{"REQUEST_METHOD", "GET /"}}), "its REQUEST_METHOD \"GET /\" is no method");
    says(with({{"CONTENT_LENGTH", "-1"}}), "its CONTENT_LENGTH \"-1\" is no length");
}
