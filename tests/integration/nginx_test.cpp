// The files of nginx-fastcgi/, as they are.
#include <doctest/doctest.h>

#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

#include "support/container.hpp"
#include "support/load.hpp"
#include "support/nginx.hpp"

using namespace hbnb::test;

namespace {

std::string file(const std::string &name) { return read_file(nginx_fastcgi_directory() + "/" + name); }

void replace(std::string &text, const std::string &what, const std::string &with) {
    const auto at = text.find(what);
    REQUIRE_MESSAGE(at != std::string::npos, what << " is not in the file any more");
    text.replace(at, what.size(), with);
}

void replace_every(std::string &text, const std::string &what, const std::string &with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

// What differs from machine to machine, put to this test's: user, port, socket and where nginx writes.
std::string on_this_machine(const std::string &name, const std::string &listen, const std::string &socket) {
    std::string text = file(name);
    replace(text, "user www-data;", ::geteuid() == 0 ? "user root;" : "");
    replace(text, "error_log /var/log/nginx/error.log;", "error_log @DIR@/error.log;");
    replace(text, "pid /run/nginx-hbnb.pid;", "pid @DIR@/nginx.pid;");
    replace(text, listen,
            "listen 127.0.0.1:@PORT@;\nclient_body_temp_path @DIR@/body; fastcgi_temp_path @DIR@/fastcgi; "
            "proxy_temp_path @DIR@/proxy; scgi_temp_path @DIR@/scgi; uwsgi_temp_path @DIR@/uwsgi;");
    replace_every(text, "unix:/run/hbnb.sock", "unix:" + socket);
    for (const char *included :
         {"http.conf", "limits.conf", "upstream.conf", "params.conf", "errors.conf", "api.conf", "site.conf"}) {
        const std::string line = std::string("    include ") + included + ";";
        if (text.find(line) != std::string::npos)
            replace(text, line, "    include " + nginx_fastcgi_directory() + "/" + included + ";");
    }
    return text;
}

// nginx reads it whole and opens nothing but a log.
Outcome syntax_check(const TempDir &dir, const std::string &text) {
    write_file(dir / "nginx.conf", text);
    return run({"nginx", "-t", "-p", dir.path() + "/", "-c", dir / "nginx.conf", "-e", dir / "error.log"});
}

}  // namespace

TEST_CASE("minimal.conf says literally fastcgi_pass unix:/run/hbnb.sock, and serves") {
    const std::string text = file("minimal.conf");
    CHECK(text.find("fastcgi_pass unix:/run/hbnb.sock;") != std::string::npos);
    Container container({.mounts = {{"/", "pages"}, {"/demo", "demo"}}});
    Nginx nginx({.socket = {}, .text = on_this_machine("minimal.conf", "listen 127.0.0.1:8080;", container.socket())});
    CHECK(nginx.get("/airbnb-onepage/").body == "Hello HBNB!");
    CHECK(ask(nginx.endpoint(), {"POST", "/demo/sink", {}, "12345"}).body == "{\"bytes\":5}\n");
}

TEST_CASE("nginx.conf, the whole site, serves pages, API and files") {
    Container container({.mounts = {{"/", "pages"}, {"/api/v1", "api"}}});
    Nginx nginx({.socket = {}, .text = on_this_machine("nginx.conf", "listen 80;", container.socket())});
    CHECK(nginx.get("/").status == 200);
    CHECK(nginx.get("/api/v1/status").status == 200);
}

TEST_CASE(
    "a response's head up to limits.response_head passes nginx as shipped, and more is a 500 that the log explains") {
    bool keep = true, cache = false;
    SUBCASE("kept connections") {}
    SUBCASE("new connections") { keep = false; }
    SUBCASE("with the cache") { cache = true; }
    Container container({.mounts = {{"/cuts", test_plugin("cuts")}}});
    container.expect_in_log("limits.response_head allows 15360");
    container.expect_in_log("unable to begin a response");
    Nginx nginx({.socket = container.socket(), .cache = cache, .keep_connections = keep});
    const std::string query = "/cuts/head?with=" + std::string(400, 'q') + "&bytes=";
    const auto most = nginx.get(query + "15360");
    CHECK_MESSAGE(most.status == 200, most.failure << nginx.error_log());
    CHECK(most.body == "headed\n");
    const auto more = nginx.get(query + "15361");
    CHECK(more.status == 500);
    CHECK(more.body.find("request " + more.header("x-request-id")) != std::string::npos);
    const std::string line =
        "cuts: misuse of the exchange: the handler gave 15361 bytes of response headers; limits.response_head allows "
        "15360 "
        "(where it is raised, nginx's fastcgi_buffer_size is, too) (request " +
        more.header("x-request-id") + ")";
    const std::string last = "cuts: request " + more.header("x-request-id") + " failed: ";
    CHECK(eventually([&] { return container.error_log().find(last) != std::string::npos; }));
    const std::string log = container.error_log();
    CHECK_MESSAGE(log.find(line) != std::string::npos, log);
    CHECK(log.find("misuse") == log.rfind("misuse"));  // asked once, not twice
}

TEST_CASE(
    "a location whose parameters lack what the container needs is a 400, and the log says what is missing and why") {
    Container container;
    std::string location, target, says, logged;
    SUBCASE("one with a fastcgi_param of its own inherits none") {
        location = "location /own { fastcgi_param HBNB_FRONT flask; fastcgi_pass hbnb; }\n";
        target = "/own";
        says = "it has no REQUEST_METHOD, and ";
        logged = "\"- - -\" 400";
    }
    SUBCASE("one that moves a page to a path without its slash") {
        location = "location /own { rewrite ^/own/(.*) $1 break; fastcgi_pass hbnb; }\n";
        target = "/own/page";
        says = "its path \"page\" (SCRIPT_NAME and PATH_INFO) does not begin with '/'; in nginx, what `rewrite";
        logged = "\"GET /own/page HTTP/1.1\" 400";
    }
    container.expect_in_log(says);
    Nginx nginx({.socket = container.socket(), .server = location});
    const auto answer = nginx.get(target);
    CHECK(answer.status == 400);
    CHECK(eventually([&] { return container.error_log().find("answered 400: " + says) != std::string::npos; }));
    CHECK(eventually([&] { return container.access_log().find(logged) != std::string::npos; }));
}

TEST_CASE("what a handler throws is logged with its type, the request and the id that its client was told") {
    Container container;
    container.expect_in_log("thrown because");
    Nginx nginx({.socket = container.socket()});
    const auto answer = nginx.get("/demo/throw?a=1");
    CHECK(answer.status == 500);
    const std::string line =
        "demo: request " + answer.header("x-request-id") +
        " failed: std::runtime_error: thrown because /throw was asked for; GET /demo/throw?a=1, route /throw";
    CHECK_MESSAGE(eventually([&] { return container.error_log().find(line) != std::string::npos; }),
                  container.error_log());
}

TEST_CASE("requests that hash a password are limited for each client, as JSON, and no others are") {
    Container container({.mounts = {{"/", "pages"}, {"/api/v1", "api"}}});
    Nginx nginx({.socket = {}, .text = on_this_machine("nginx.conf", "listen 80;", container.socket())});
    constexpr int kMany = 60;  // three times the burst; what five a second add meanwhile is seen to
    const auto refused_of = [&](const std::string &method, const std::string &target) {
        int refused = 0;
        for (int i = 0; i < kMany; ++i) {
            const auto answer = ask(nginx.endpoint(), {method, target, {{"Content-Type", "application/json"}}, "{}"});
            refused += answer.status == 429;
            if (answer.status != 429) continue;
            CHECK(answer.body == "{\"error\":\"Too many requests, try again in a while\"}\n");
            CHECK(answer.header("content-type") == "application/json");
            CHECK(answer.header("retry-after") == "5");
        }
        return refused;
    };
    CHECK(refused_of("POST", "/api/v1/states") == 0);
    CHECK(refused_of("GET", "/api/v1/users") == 0);
    const int posts = refused_of("POST", "/api/v1/users");
    CHECK(posts > 0);
    CHECK(posts < kMany - 20);                                   // the burst was let in
    CHECK(refused_of("PUT", "/api/v1/users/nobody") > 0);        // the same share
    CHECK(refused_of("POST", "/api/v1//%75sers/?again=1") > 0);  // however it is written
    CHECK(nginx.get("/api/v1/status").status == 200);
    CHECK(nginx.get("/api/v1/status").header("retry-after").empty());
}

TEST_CASE("every file of nginx-fastcgi passes nginx -t as it stands") {
    const TempDir dir;
    for (const std::string name : {"minimal.conf", "nginx.conf"}) {
        std::string text =
            on_this_machine(name, name == "nginx.conf" ? "listen 80;" : "listen 127.0.0.1:8080;", "/run/hbnb.sock");
        replace_every(text, "@PORT@", std::to_string(free_port()));
        replace_every(text, "@DIR@", dir.path());
        const Outcome outcome = syntax_check(dir, text);
        CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
        CHECK_MESSAGE(outcome.output.find("[warn]") == std::string::npos, outcome.output);
    }
}

TEST_CASE("params.conf gives each parameter once") {
    const std::string text = file("params.conf");
    std::vector<std::string> names;
    for (auto at = text.find("\nfastcgi_param "); at != std::string::npos; at = text.find("\nfastcgi_param ", at + 1)) {
        const auto begin = at + std::string("\nfastcgi_param ").size();
        names.push_back(text.substr(begin, text.find(' ', begin) - begin));
    }
    CHECK(names.size() > 10);
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("answers of the site say who served them and how they are called") {
    Container container;
    Nginx nginx({.socket = container.socket()});
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    for (const char *target : {"/demo/hello", "/nowhere", "/static/nothing.css"}) {
        std::string expected = host;
        std::transform(expected.begin(), expected.end(), expected.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        CHECK(nginx.get(target).header("x-served-by") == expected);
        CHECK(nginx.get(target).header("x-request-id").size() == 32);
        CHECK(nginx.get(target).header("x-cache-status").empty());
    }
}

TEST_CASE("the site's files are nginx's: each of its type, in UTF-8, kept by browsers, and no worker hears of them") {
    Container container({.mounts = {{"/", "pages"}}});
    Nginx nginx({.socket = container.socket()});
    const std::map<std::string, std::string> types = {{".css", "text/css; charset=utf-8"},
                                                      {".html", "text/html; charset=utf-8"},
                                                      {".js", "text/javascript; charset=utf-8"},
                                                      {".png", "image/png"}};
    std::size_t files = 0;
    for (const char *root : {"static", "hbnb_static"}) {
        const auto dir = std::filesystem::canonical(nginx.dir() / root);
        for (const auto &entry : std::filesystem::recursive_directory_iterator(dir)) {
            if (!entry.is_regular_file()) continue;
            const std::string target = "/" + std::string(root) + "/" + entry.path().lexically_relative(dir).string();
            const auto answer = nginx.get(target + "?v=1");
            CHECK_MESSAGE(answer.status == 200, target);
            CHECK_MESSAGE(answer.header("content-type") == types.at(entry.path().extension()), target);
            CHECK_MESSAGE(answer.header("cache-control") == "max-age=3600", target);
            CHECK_MESSAGE(answer.body == read_file(entry.path()), target);
            ++files;
        }
    }
    CHECK(files > 40);
    for (const char *n : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "100", "101", "102", "103"}) {
        CHECK_MESSAGE(nginx.get("/hbnb_static/" + std::string(n) + "-index.html").status == 200, n);
    }
    const auto jquery = nginx.get("/static/scripts/jquery.min.js");
    CHECK(jquery.header("content-type") == "text/javascript; charset=utf-8");
    CHECK(jquery.body.find("jQuery") != std::string::npos);
    CHECK(nginx.get("/favicon.ico").header("content-type") == "image/png");
    CHECK(container.access_log().find("GET") == std::string::npos);
}

TEST_CASE("what is no file of the site is 404, folders and what lies above them too, raw and encoded") {
    Container container({.mounts = {{"/", "pages"}}});
    Nginx nginx({.socket = container.socket()});
    write_file(nginx.dir() / "secret", "no");
    for (const char *target :
         {"/static/nothing.css", "/static/", "/static/styles/", "/hbnb_static/styles/", "/hbnb_static/9-index.html",
          "/static/../secret", "/static/%2e%2e/secret", "/static..%2fsecret", "/static/..%2fsecret",
          "/static/styles/..%2f..%2f..%2fsecret", "/static/../../secret", "/static/%2e%2e/%2E%2E/etc/passwd",
          "/../secret", "/..%2f..%2fetc/passwd", "/hbnb_static/..%2f..%2fetc/passwd", "/hbnb_static/.%2e/secret"}) {
        const auto answer = nginx.get(target);
        CHECK_MESSAGE(answer.status == 404, target);
        CHECK_MESSAGE(answer.body.find("no") != 0, target);
        CHECK_MESSAGE(answer.header("cache-control").empty(), target);
    }
    CHECK(nginx.get("/%zz").status == 400);
    for (const char *target : {"/static/nothing.css", "/../secret", "/nowhere"}) {
        CHECK_MESSAGE(nginx.get(target).body.find("<h1>Not Found</h1>") != std::string::npos, target);
    }
}

TEST_CASE(
    "while the container is away nginx shows a page that says so, and keeps the status, and without files its own") {
    Container container({.mounts = {{"/", "pages"}}});
    Nginx nginx({.socket = container.socket()});
    Nginx bare({.socket = container.socket(), .site_files = false});
    CHECK(nginx.get("/states_list").status == 200);
    CHECK(bare.get("/static/nothing.css").status == 404);
    CHECK(bare.get("/../nothing").status == 404);
    for (Nginx *one : {&nginx, &bare}) one->expect_in_log("connect() to unix:");
    container.finish();
    for (const char *method : {"GET", "POST"}) {
        const auto answer = ask(nginx.endpoint(), {method, "/states_list", {}, {}});
        CHECK_MESSAGE(answer.status == 502, method);
        CHECK(answer.body.find("<h1>Away for a moment</h1>") != std::string::npos);
        CHECK(answer.header("content-type") == "text/html; charset=utf-8");
        CHECK(answer.header("cache-control").empty());
        CHECK(ask(bare.endpoint(), {method, "/states_list", {}, {}}).status == 502);
    }
}

TEST_CASE("a body over the container's limit gets the container's 413, one over nginx's gets nginx's") {
    Container container;
    Nginx nginx({.socket = container.socket()});
    const auto ours = ask(nginx.endpoint(), {"POST", "/demo/sink", {}, std::string((16 << 20) + 1, 'x')});
    CHECK(ours.status == 413);
    CHECK(ours.body.find("nginx") == std::string::npos);
    CHECK(ask(nginx.endpoint(), {"POST", "/demo/sink", {}, std::string(16 << 20, 'x')}).body ==
          "{\"bytes\":16777216}\n");
    CHECK(ask(nginx.endpoint(), {"POST", "/demo/sink", {}, std::string((17 << 20) + 1, 'x')}).status == 413);
}

TEST_CASE("below /api/ an error of nginx's own is JSON as the API's are") {
    Container container({.min = 1, .max = 1, .mounts = {{"/api/v1", "api"}, {"/api/gated", test_plugin("gated")}}});
    Nginx nginx({.socket = container.socket(), .server = "fastcgi_read_timeout 1s;\n"});
    const auto check = [&](const HttpRequest &request, int status, const std::string &words) {
        const auto answer = ask(nginx.endpoint(), request);
        CHECK(answer.status == status);
        CHECK(answer.body == "{\"error\":\"" + words + "\"}\n");
        CHECK(answer.header("content-type") == "application/json");
        CHECK(answer.header("access-control-allow-origin") == "*");
        CHECK_FALSE(answer.header("x-served-by").empty());
    };
    check({"POST", "/api/v1/states", {}, std::string((17 << 20) + 1, 'x')}, 413, "The body is too large");
    check({"TRACE", "/api/v1/status", {}, {}}, 405, "Method not allowed");
    check({"TRACE", "/api/v1/status?a=..", {}, {}}, 405, "Method not allowed");
    check({"GET", "/api/v1/%zz", {}, {}}, 400, "Bad request");
    check({"GET", "/api/v1/status?" + std::string(40'000, 'x'), {}, {}}, 414, "The URI is too long");
    check({"POST", "/api/v1/states", {{"Transfer-Encoding", "gzip"}}, {}}, 501, "Not supported");
    const std::string gate = nginx.dir() / "gate";
    check({"GET", "/api/gated/wait?file=" + gate, {}, {}}, 504, "No answer in time");
    write_file(gate, "");
    CHECK(nginx.get("/api/v1/status").status == 200);

    nginx.expect_in_log("connect() to unix:");
    container.finish();
    for (const char *method : {"GET", "POST"})
        check({method, "/api/v1/states", {}, {}}, 502, "Away for a moment, try again");
    CHECK(ask(nginx.endpoint(), {"TRACE", "/states_list", {}, {}}).status == 405);
    CHECK(nginx.get("/apiary").body.find("<h1>Away for a moment</h1>") != std::string::npos);
}

TEST_CASE("below /api/ what the container answers comes through as it is, its errors too") {
    Container container({.mounts = {{"/", "pages"}, {"/api/v1", "api"}, {"/api/demo", "demo"}, {"/demo", "demo"}}});
    container.expect_in_log("thrown because");
    Nginx nginx({.socket = container.socket()});
    const std::string too_large((16 << 20) + 1, 'x');
    for (const HttpRequest &request :
         {HttpRequest{"GET", "/demo/throw", {}, {}}, HttpRequest{"POST", "/demo/sink", {}, too_large},
          HttpRequest{"GET", "/demo/nothing", {}, {}}, HttpRequest{"POST", "/demo/hello", {}, {}}}) {
        HttpRequest below = request;
        below.target = "/api" + request.target;
        const auto elsewhere = ask(nginx.endpoint(), request), answer = ask(nginx.endpoint(), below);
        CHECK(answer.status >= 400);
        CHECK(answer.status == elsewhere.status);
        CHECK(answer.header("content-type") == elsewhere.header("content-type"));
        CHECK(answer.header("content-type") != "application/json");
        CHECK(answer.body.size() == elsewhere.body.size());
    }
    CHECK(nginx.get("/api/v1/nop").body == "{\"error\":\"Not found\"}\n");
    CHECK(ask(nginx.endpoint(), {"POST", "/api/v1/states", {}, std::string((1 << 20) + 1, 'x')}).body ==
          "{\"error\":\"The body is larger than 1048576 bytes\"}\n");
    CHECK(nginx.get("/api").status == 404);  // no redirect to /api/
}

TEST_CASE("tls.conf serves HTTPS, with HSTS, from version 1.2 on") {
    Container container;
    Nginx nginx({.socket = container.socket(), .tls = true});
    const std::string to = "127.0.0.1:" + std::to_string(nginx.tls_port());
    const auto over_tls = [&](const std::string &options) {
        return run({"sh", "-c",
                    "printf 'GET /demo/params HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -ign_eof -CAfile " +
                        (nginx.dir() / "tls/certificate.pem") + " " + options + " -connect " + to},
                   std::chrono::seconds(60));
    };
    const Outcome page = over_tls("-verify_return_error");
    CHECK_MESSAGE(page.output.find("HTTP/1.1 200 OK") != std::string::npos, page.output);
    CHECK(page.output.find("Strict-Transport-Security: max-age=86400") != std::string::npos);
    CHECK(page.output.find("\"HTTPS\":\"on\"") != std::string::npos);
    CHECK(page.output.find("\"REQUEST_SCHEME\":\"https\"") != std::string::npos);
    CHECK(over_tls("-tls1_2").output.find("HTTP/1.1 200 OK") != std::string::npos);
    CHECK(over_tls("-tls1_1 -cipher DEFAULT:@SECLEVEL=0").output.find("HTTP/1.1 200 OK") == std::string::npos);
    CHECK(nginx.get("/demo/hello").status == 200);
}

TEST_CASE("cache.conf keeps pages, and neither the API, nor errors, nor answers to somebody known") {
    Container container({.mounts = {{"/", "pages"}, {"/api/v1", "api"}, {"/demo", "demo"}}});
    container.expect_in_log("thrown because");
    Nginx nginx({.socket = container.socket(), .cache = true});
    const auto state_of = [&](const HttpRequest &request) {
        return ask(nginx.endpoint(), request).header("x-cache-status");
    };
    const auto state = [&](const std::string &target) { return state_of({"GET", target, {}, {}}); };

    CHECK(state("/states_list") == "MISS");
    CHECK(state("/states_list") == "HIT");
    CHECK(state_of({"HEAD", "/states_list", {}, {}}) == "MISS");  // its answer has no body
    CHECK(nginx.get("/states_list").body.find("<H1>States</H1>") != std::string::npos);
    CHECK(state("/states_list?other") == "MISS");
    CHECK(state_of({"GET", "/states_list", {{"Cookie", "session=1"}}, {}}) == "BYPASS");
    CHECK(state_of({"GET", "/states_list", {{"Authorization", "Basic eDp5"}}, {}}) == "BYPASS");
    CHECK(state("/api/v1/states") == "BYPASS");
    CHECK(state("/demo/hello") == "BYPASS");
    CHECK(state("/nowhere") == "MISS");
    CHECK(state("/nowhere") == "MISS");

    nginx.get("/states_list?stale");
    nginx.expect_in_log("connect() to unix:");
    container.finish();
    CHECK(
        eventually([&] { return state("/states_list?stale") == "STALE"; }));  // the container is away, the page is not
    CHECK(nginx.get("/states_list?stale").status == 200);
    CHECK(nginx.get("/api/v1/states").status == 502);
}
