#include "api/api.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "storage/inventory.hpp"
#include "unit/handlers/api_bench.hpp"

using namespace hbnb;
using namespace std::chrono_literals;
using Bench = ApiBench;
using Json = nlohmann::json;

TEST_CASE("status and stats answer as the contract writes them") {
    Bench bench;
    const Answer status = bench.api.get("/status");
    CHECK(status.status == 200);
    CHECK(status.body == "{\"status\":\"OK\"}\n");
    CHECK(status.header("Content-Type") == "application/json");
    CHECK(status.header("Content-Length") == "16");
    const Json stats = Json::parse(bench.api.get("/stats").body);
    CHECK(stats.size() == 6);
    for (const char *name : {"amenities", "cities", "places", "reviews", "states", "users"}) CHECK(stats.at(name) > 0);
}

TEST_CASE("states are listed and shown, and with a slash behind is the same") {
    Bench bench;
    const Json list = Json::parse(bench.api.get("/states").body);
    CHECK(list.size() == static_cast<std::size_t>(bench.count("states")));
    CHECK(bench.api.get("/states/").body == bench.api.get("/states").body);
    const std::string id = list.at(0).at("id");
    CHECK(Json::parse(bench.api.get("/states/" + id).body) == list.at(0));
    CHECK(Json::parse(bench.api.get("/states/" + id + "/").body) == list.at(0));
    CHECK(list.at(0).size() == 5);
    CHECK(list.at(0).at("__class__") == "State");
}

TEST_CASE("a state is created, changed and deleted with its cities") {
    Bench bench;
    const Answer created = bench.api.send("POST", "/states", R"({"name":"Yukon","id":"x","nonsense":1})");
    CHECK(created.status == 201);
    const Json state = Json::parse(created.body);
    const std::string path = "/states/" + state.at("id").get<std::string>();
    CHECK(state.at("name") == "Yukon");
    CHECK(state.at("id") != "x");
    CHECK(state.at("created_at") == state.at("updated_at"));
    CHECK(bench.api.get(path).body == created.body);

    Json edited = state;
    edited["name"] = "Nunavut";
    edited["id"] = edited["created_at"] = "ignored";
    const Answer changed = bench.api.send("PUT", path, edited.dump());
    CHECK(changed.status == 200);
    const Json after = Json::parse(changed.body);
    CHECK(after.at("name") == "Nunavut");
    CHECK(after.at("id") == state.at("id"));
    CHECK(after.at("created_at") == state.at("created_at"));
    CHECK(after.at("updated_at") > state.at("updated_at"));
    CHECK(bench.api.get(path).body == changed.body);

    const Answer deleted = bench.api.call({.method = "DELETE", .path = path});
    CHECK(deleted.status == 200);
    CHECK(deleted.body == "{}\n");
    CHECK(bench.api.get(path).status == 404);
    const std::int64_t cities = bench.count("cities");
    CHECK(bench.api.call({.method = "DELETE", .path = "/states/" + bench.first_state()}).status == 200);
    CHECK(bench.count("cities") == cities - 3);
}

TEST_CASE("PUT of an empty object moves updated_at only") {
    Bench bench;
    const std::string path = "/states/" + bench.first_state();
    Json before = Json::parse(bench.api.get(path).body);
    Json after = Json::parse(bench.api.send("PUT", path, "{}").body);
    CHECK(after.at("updated_at") > before.at("updated_at"));
    before.erase("updated_at");
    after.erase("updated_at");
    CHECK(before == after);
}

TEST_CASE("what is not there is the JSON 404, and comes before any look at the body") {
    Bench bench;
    for (const char *path :
         {"/", "/nop", "/states/nobody", "/states/nobody/cities", "/states//", "/STATES", "/status/x"}) {
        const Answer answer = bench.api.get(path);
        CHECK_MESSAGE(answer.status == 404, path);
        CHECK(answer.body == kNotFound);
        CHECK(answer.header("Content-Type") == "application/json");
    }
    CHECK(bench.api.send("PUT", "/states/nobody", "nop").body == kNotFound);
    CHECK(bench.api.call({.method = "DELETE", .path = "/states/nobody"}).body == kNotFound);
}

TEST_CASE("a body that does not fit is a 400 with its reason, and nothing is stored") {
    Bench bench;
    const std::int64_t states = bench.count("states");
    const std::string path = "/states/" + bench.first_state(), before = bench.api.get(path).body;
    struct Row {
        const char *method;
        std::string body, reason;
    };
    const std::string too_long = "{\"name\":\"" + std::string(129, 'x') + "\"}";
    for (const Row &row :
         {Row{"POST", "", "Not a JSON"}, Row{"POST", "nop", "Not a JSON"}, Row{"POST", "[]", "Not a JSON"},
          Row{"POST", "null", "Not a JSON"}, Row{"POST", "{}", "Missing name"},
          Row{"POST", R"({"name":null})", "Missing name"}, Row{"POST", R"({"name":5})", "name must be a string"},
          Row{"POST", too_long, "name must not be longer than 128 characters"}, Row{"PUT", "nop", "Not a JSON"},
          Row{"PUT", R"({"name":null})", "name must not be null"},
          Row{"PUT", too_long, "name must not be longer than 128 characters"}}) {
        const Answer answer = bench.api.send(row.method, row.method[1] == 'O' ? "/states" : path, row.body);
        CHECK_MESSAGE(answer.status == 400, row.body);
        CHECK(error_in(answer) == row.reason);
    }
    CHECK(bench.count("states") == states);
    CHECK(bench.api.get(path).body == before);
}

TEST_CASE("JSON under another content type, or under none, is Not a JSON") {
    Bench bench;
    Call call{.method = "POST", .path = "/states", .body = R"({"name":"x"})"};
    CHECK(error_in(bench.api.call(call)) == "Not a JSON");
    call.params["CONTENT_TYPE"] = "text/plain";
    CHECK(error_in(bench.api.call(call)) == "Not a JSON");
    call.params["CONTENT_TYPE"] = "application/json; charset=utf-8";
    CHECK(bench.api.call(call).status == 201);
}

TEST_CASE("a body of 1 MiB is read and one byte more is the API's 413") {
    Bench bench;
    std::string body = R"({"name":"x"})";
    body.resize(api::kBodyMax, ' ');
    CHECK(bench.api.send("POST", "/states", body).status == 201);
    const Answer answer = bench.api.send("POST", "/states", body + " ");
    CHECK(answer.status == 413);
    CHECK(error_in(answer) == "The body is larger than 1048576 bytes");
    CHECK(answer.header("Access-Control-Allow-Origin") == "*");
}

TEST_CASE("a body that is not as long as it said is not acted on") {
    Bench bench;
    const std::int64_t states = bench.count("states");
    Call call{.method = "POST",
              .path = "/states",
              .body = R"({"name":"x"})",
              .params = {{"CONTENT_TYPE", "application/json"}}};
    call.body_end = HBNB_BODY_SHORT;
    CHECK(bench.api.call(call).status == 400);
    call.body_end = HBNB_BODY_PEER_GONE;
    bench.api.call(call);
    CHECK(bench.api.status() == HBNB_PEER_GONE);
    CHECK(bench.count("states") == states);
}

TEST_CASE("a wrong method is the JSON 405 with Allow, and OPTIONS says the same without a body") {
    Bench bench;
    const Answer wrong = bench.api.call({.method = "PATCH", .path = "/states"});
    CHECK(wrong.status == 405);
    CHECK(wrong.body == "{\"error\":\"Method not allowed\"}\n");
    CHECK(wrong.header("Allow") == "GET, HEAD, OPTIONS, POST");
    const Answer options = bench.api.call({.method = "OPTIONS", .path = "/states/x"});
    CHECK(options.status == 200);
    CHECK(options.body.empty());
    CHECK(options.header("Allow") == "DELETE, GET, HEAD, OPTIONS, PUT");
}

TEST_CASE("HEAD has the headers of GET and no body") {
    Bench bench;
    const Answer get = bench.api.get("/states"), head = bench.api.call({.method = "HEAD", .path = "/states"});
    CHECK(head.status == 200);
    CHECK(head.headers == get.headers);
    CHECK(head.body.empty());
}

TEST_CASE("every answer may be read by any origin") {
    Bench bench;
    for (const Answer &answer :
         {bench.api.get("/status"), bench.api.get("/nop"), bench.api.send("POST", "/states", "nop"),
          bench.api.call({.method = "PATCH", .path = "/status"})}) {
        CHECK(answer.header("Access-Control-Allow-Origin") == "*");
    }
}

TEST_CASE("a preflight hears the methods and the headers it asked for, but no header of its own making") {
    Bench bench;
    Call call{.method = "OPTIONS", .path = "/states"};
    CHECK(bench.api.call(call).header("Access-Control-Allow-Methods") == "");
    call.params = {{"HTTP_ORIGIN", "http://a"},
                   {"HTTP_ACCESS_CONTROL_REQUEST_METHOD", "POST"},
                   {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "content-type"}};
    const Answer answer = bench.api.call(call);
    CHECK(answer.status == 200);
    CHECK(answer.header("Access-Control-Allow-Methods") == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
    CHECK(answer.header("Access-Control-Allow-Headers") == "content-type");
    call.params["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"] = "x\r\nSet-Cookie: a=b";
    CHECK(bench.api.call(call).header("Access-Control-Allow-Headers") == "");
}

TEST_CASE("what another writer keeps locked is a 503 with Retry-After, and reading goes on") {
    Bench bench;
    const std::string path = "/states/" + bench.first_state();
    Connection writer(bench.database.url(), Opening::existing, 30s);
    Transaction transaction(writer);
    writer.execute("update states set name = 'x'");
    const Answer answer = bench.api.send("PUT", path, R"({"name":"y"})");
    CHECK(answer.status == 503);
    CHECK(answer.header("Retry-After") == "1");
    CHECK(answer.header("Access-Control-Allow-Origin") == "*");
    CHECK(bench.api.get("/states").status == 200);
    CHECK(bench.api.get(path).status == 200);
}

TEST_CASE("a failure is a 500 without its reason, which the log has") {
    Bench bench;
    const bool is_sqlite = TestDatabase::kind() == DatabaseKind::sqlite;
    if (!is_sqlite) return;  // each has failures of its own
    bench.database.run("alter table states rename to gone");
    bench.database.run(
        "create view states as select abs(-9223372036854775807 - 1) as id, 1 as created_at, 1 as updated_at, "
        "1 as name");
    const Answer answer = bench.api.get("/states");
    CHECK(answer.status == 500);
    CHECK(answer.body == "{\"error\":\"Internal error, request r1\"}\n");
    REQUIRE(bench.host.lines().size() == 1);
    CHECK(bench.host.lines().front().text.find("unable to answer GET /states, request r1: ") == 0);
    CHECK(bench.host.lines().front().text.find("integer overflow") != std::string::npos);
    CHECK(bench.api.get("/status").status == 200);
}

TEST_CASE(
    "loaded for a check or a proof it changes nothing, and one that is proven makes its tables as it first serves") {
    for (const hbnb_purpose purpose : {HBNB_PURPOSE_CHECK, HBNB_PURPOSE_PROVE}) {
        TestDatabase database;
        const auto is_untouched = [&] {
            const DatabaseUrl url = database.url();
            if (url.is_file()) return !std::filesystem::exists(url.path);
            Connection connection(url, Opening::existing, std::chrono::seconds(30));
            return !take_inventory(connection).has_any_table;
        };
        BenchHost host;
        host.loading_for(purpose);
        HandlerBench<api::Api> bench(host, database.config());
        REQUIRE(bench.status() == HBNB_OK);
        CHECK(is_untouched());
        if (purpose == HBNB_PURPOSE_CHECK) continue;
        CHECK(bench.get("/status").status == 200);
        CHECK(is_untouched());
        CHECK(bench.get("/states").status == 200);
        CHECK(bench.get("/states").body.find("California") != std::string::npos);
        CHECK_FALSE(is_untouched());
    }
}

TEST_CASE("load refuses with the sentence that names what is wrong") {
    TemporaryDirectory directory;
    const auto refusal_of = [](const std::string &config) {
        BenchHost host;
        const HandlerBench<api::Api> bench(host, config);
        return bench.status() == HBNB_OK ? "" : host.error();
    };
    CHECK(refusal_of("{}").find("key database is missing") != std::string::npos);
    CHECK(
        refusal_of(R"({"database":"sqlite:///x","templates":"y"})").find("key templates is unknown; known: database") !=
        std::string::npos);
    write_file(directory.path("e.db"), "");
    CHECK(
        refusal_of("{\"database\":\"sqlite://" + directory.path("e.db") + "\"}").find("the file is empty (0 bytes)") !=
        std::string::npos);
}
