#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "model/identity.hpp"
#include "model/input.hpp"
#include "model/json.hpp"
#include "model/schema.hpp"
#include "settings/plugin_config.hpp"
#include "storage/stored_text.hpp"
#include "unit/handlers/temporary_directory.hpp"

using namespace hbnb;
using Json = nlohmann::json;

namespace {

std::string refusal_of(const Table &table, const Json &body, Purpose purpose = Purpose::post) {
    const Checked<Changes> changes = read_changes(table, body, purpose);
    return changes ? "" : changes.error().reason;
}

std::vector<std::string> names_of(const Changes &changes) {
    std::vector<std::string> names;
    for (const Change &change : changes) names.emplace_back(change.column->name);
    return names;
}

}  // namespace

TEST_CASE("an object is serialised compact, with sorted keys, its class and one final newline") {
    City city;
    city.id = "1da255c0";
    city.created_at = city.updated_at = "2017-03-25T02:17:06.000000";
    city.state_id = "2b9a4627";
    city.name = "New \"Orleans\" ü";
    CHECK(object_json(city) ==
          "{\"__class__\":\"City\",\"created_at\":\"2017-03-25T02:17:06.000000\",\"id\":\"1da255c0\","
          "\"name\":\"New \\\"Orleans\\\" "
          "ü\",\"state_id\":\"2b9a4627\",\"updated_at\":\"2017-03-25T02:17:06.000000\"}\n");
}

TEST_CASE("a password is never serialised and an empty nullable column is null") {
    User user;
    user.password = "secret";
    const Json json = Json::parse(object_json(user));
    CHECK_FALSE(json.contains("password"));
    CHECK(json["first_name"].is_null());
    CHECK(json.size() == 7);
}

TEST_CASE("a place has exactly the keys of the contract") {
    const Json json = Json::parse(object_json(Place{}));
    std::set<std::string> keys;
    for (const auto &[key, value] : json.items()) keys.insert(key);
    CHECK(keys == std::set<std::string>{"__class__", "city_id", "created_at", "description", "id", "latitude",
                                        "longitude", "max_guest", "name", "number_bathrooms", "number_rooms",
                                        "price_by_night", "updated_at", "user_id"});
}

TEST_CASE("text that is no UTF-8 in an existing database does not cost the answer") {
    State state;
    state.name = "caf\xe9";
    CHECK(object_json(state).find("caf\xEF\xBF\xBD") != std::string::npos);
}

TEST_CASE("an object survives the way to a row and back") {
    Place place;
    place.id = "p";
    place.description = "d";
    place.max_guest = 4;
    place.latitude = -1.5;
    CHECK(from_row<Place>(to_row(place)) == place);
}

TEST_CASE("only JSON media types are taken for JSON") {
    for (const char *type : {"application/json", "Application/JSON; charset=utf-8", " application/json ;x=y",
                             "application/merge-patch+json", "application/vnd.api+json;a=b"}) {
        CHECK_MESSAGE(is_json_type(type), type);
    }
    for (const char *type :
         {"", "text/json", "application/jsonx", "application/+json", "text/plain", "application/x-json",
          "xapplication/json", "multipart/form-data; boundary=application/json"}) {
        CHECK_MESSAGE(!is_json_type(type), type);
    }
}

TEST_CASE("what is no JSON object is Not a JSON") {
    for (const std::string body : {"", "null", "[]", "5", "\"x\"", "{", "{\"a\":1,}", "{} {}", "nop", "[1e999]",
                                   "1e999", "{\"a\":1e9", "{\"a\":\"\n\"}"}) {
        const Checked<Json> object = parse_object(body);
        CHECK_MESSAGE(object.has_error(), body);
        if (!object) CHECK(object.error().reason == "Not a JSON");
    }
}

TEST_CASE(
    "a number beyond a double, half a surrogate pair and bytes that are no UTF-8 are named with their key and byte") {
    const std::string many(400, '1');
    for (const auto &[body, reason] : std::vector<std::pair<std::string, std::string>>{
             {R"({"name":"x","y":1e999})", "y: the number 1e999 is out of range (byte 21)"},
             {"{\"y\":-" + many + "}",
              "y: the number -" + many.substr(0, 39) + "... (401 characters) is out of range (byte 406)"},
             {R"({"a":"\ud800"})", "a: half a surrogate pair in a string (byte 13)"},
             {R"({"a":"\udc00"})", "a: half a surrogate pair in a string (byte 12)"},
             {R"({"\ud800x":1})", "a key: half a surrogate pair in a string (byte 9)"},
             {R"({"a":{"b":[1,{"c":2},1e999]}})", "a.b[2]: the number 1e999 is out of range (byte 26)"},
             {"{\"a\":\"\xff\"}", "a: a string with bytes that are no UTF-8 (byte 7)"},
             {"{\"\xc3\":1}", "a key: a string with bytes that are no UTF-8 (byte 4)"}}) {
        const Checked<Json> object = parse_object(body);
        REQUIRE(object.has_error());
        CHECK(object.error().reason == reason);
    }
    const std::string deep = "{\"a\":" + std::string(400'000, '[') + "1e999";
    CHECK(parse_object(deep).error().reason.find("a[0][0]") == 0);
}

TEST_CASE("blanks and a byte order mark around an object are accepted and the last of a repeated key wins") {
    CHECK(parse_object(" \r\n{\"a\":1}\t ").has_value());
    CHECK(parse_object("\xEF\xBB\xBF{}").has_value());
    const Checked<Json> twice = parse_object(R"({"a":1,"a":2})");
    REQUIRE(twice.has_value());
    CHECK((*twice)["a"] == 2);
}

TEST_CASE("a body of a million brackets is refused and not a crash") {
    CHECK(parse_object(std::string(1 << 20, '[')).has_error());
    CHECK(parse_object(std::string(500'000, '[') + std::string(500'000, ']')).has_error());
}

TEST_CASE("a required key that is absent or null is missing, and an empty text is not") {
    constexpr Column name = text("name", 128).required();
    CHECK(check_present(name, Json::object()).error().reason == "Missing name");
    CHECK(check_present(name, {{"name", nullptr}}).error().reason == "Missing name");
    CHECK(check_present(name, {{"Name", "x"}}).error().reason == "Missing name");
    CHECK(check_present(name, {{"name", ""}}).has_value());
}

TEST_CASE("only the columns a body may write are taken from it") {
    const Json body{{"id", "x"},          {"created_at", 5}, {"updated_at", 5}, {"__class__", "Place"},
                    {"city_id", 5},       {"user_id", "u"},  {"name", "n"},     {"cities", Json::array()},
                    {"nonsense", nullptr}};
    CHECK(names_of(*read_changes(kTableOf<Place>, body, Purpose::post)) == std::vector<std::string>{"user_id", "name"});
    CHECK(names_of(*read_changes(kTableOf<Place>, body, Purpose::put)) == std::vector<std::string>{"name"});
}

TEST_CASE("a value of the wrong kind is refused with its column's name") {
    CHECK(refusal_of(kTableOf<State>, {{"name", 5}}) == "name must be a string");
    CHECK(refusal_of(kTableOf<State>, {{"name", Json::array()}}) == "name must be a string");
    CHECK(refusal_of(kTableOf<Place>, {{"max_guest", "4"}}) == "max_guest must be an integer");
    CHECK(refusal_of(kTableOf<Place>, {{"max_guest", 4.5}}) == "max_guest must be an integer");
    CHECK(refusal_of(kTableOf<Place>, {{"max_guest", true}}) == "max_guest must be an integer");
    CHECK(refusal_of(kTableOf<Place>, {{"latitude", "1"}}) == "latitude must be a number");
    CHECK(refusal_of(kTableOf<Place>, {{"latitude", 1}}) == "");
}

TEST_CASE("an integer may be written as a float without a fraction") {
    const Checked<Changes> changes = read_changes(kTableOf<Place>, {{"max_guest", 4.0}}, Purpose::put);
    REQUIRE(changes.has_value());
    CHECK(changes->front().value == Value(std::int64_t{4}));
}

TEST_CASE("null is refused but where the column takes it") {
    CHECK(refusal_of(kTableOf<State>, {{"name", nullptr}}, Purpose::put) == "name must not be null");
    CHECK(refusal_of(kTableOf<Place>, {{"max_guest", nullptr}}) == "max_guest must not be null");
    CHECK(refusal_of(kTableOf<Place>, {{"latitude", nullptr}, {"description", nullptr}}) == "");
}

TEST_CASE("lengths count characters, not bytes, and end at the column's width") {
    std::string umlauts;
    for (int i = 0; i < 128; ++i) umlauts += "ü";
    CHECK(refusal_of(kTableOf<State>, {{"name", umlauts}}) == "");
    CHECK(refusal_of(kTableOf<State>, {{"name", umlauts + "x"}}) == "name must not be longer than 128 characters");
    CHECK(refusal_of(kTableOf<State>, {{"name", std::string("a\0b", 3)}}) == "name must not contain a NUL character");
}

TEST_CASE("numbers end at the column's range") {
    CHECK(refusal_of(kTableOf<Place>, {{"max_guest", 2147483647}}) == "");
    CHECK(refusal_of(kTableOf<Place>, {{"max_guest", -2147483648}}) == "");
    for (const Json &number :
         {Json(2147483648), Json(-2147483649), Json(18446744073709551615u), Json(-9223372036854775807), Json(1e300)}) {
        CHECK(refusal_of(kTableOf<Place>, {{"max_guest", number}}) ==
              "max_guest must be between -2147483648 and 2147483647");
    }
    CHECK(refusal_of(kTableOf<Place>, {{"latitude", 120.12}, {"longitude", -1e300}}) == "");
    CHECK(refusal_of(kTableOf<Place>, {{"longitude", -180}}) == "");
}

TEST_CASE("new ids are distinct lower-case UUIDs of version 4") {
    std::set<std::string> ids;
    for (int i = 0; i < 200; ++i) {
        const std::string id = new_id();
        REQUIRE(id.size() == 36);
        CHECK(id.find_first_not_of("0123456789abcdef-") == std::string::npos);
        CHECK(id[14] == '4');
        CHECK(std::string("89ab").find(id[19]) != std::string::npos);
        CHECK((id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-'));
        ids.insert(id);
    }
    CHECK(ids.size() == 200);
}

TEST_CASE("a stamp has six digits of a second and no zone") {
    const std::string stamp = now_stamp();
    REQUIRE(stamp.size() == 26);
    CHECK((stamp[4] == '-' && stamp[10] == 'T' && stamp[13] == ':' && stamp[19] == '.'));
}

TEST_CASE("a plugin's configuration names its database and nothing unknown") {
    const auto reason = [](const char *json) {
        const Checked<PluginConfig> config = parse_plugin_config(json, {"database", "templates"});
        return config ? "" : config.error().reason;
    };
    CHECK(reason(R"({"database":"sqlite:///var/x.db"})") == "");
    CHECK(reason("{}") ==
          "unable to read config: key database is missing; it names the data, such as sqlite:///var/lib/hbnb/hbnb.db");
    CHECK(reason(R"({"databse":"x"})") ==
          "unable to read config: key databse is unknown; known: database, templates; did you mean database?");
    CHECK(reason(R"({"database":5})") == "unable to read config: key database must be a string, found 5");
    CHECK(reason("[]") == "unable to read config: no JSON object");
}

TEST_CASE("a database URL is absolute, and a refusal shows no other URL's password") {
    CHECK(parse_database_url("sqlite:///var/lib/hbnb/hbnb.db")->path == "/var/lib/hbnb/hbnb.db");
    CHECK(parse_database_url("sqlite:////var/a b.db")->path == "/var/a b.db");
    for (const char *bad :
         {"sqlite://hbnb.db", "sqlite:hbnb.db", "hbnb.db", "", "sqlite:///", "sqlite:///dir/", "sqlite:///x?mode=ro"}) {
        const Checked<DatabaseUrl> url = parse_database_url(bad);
        CHECK_MESSAGE(url.has_error(), bad);
        if (!url) CHECK(url.error().reason.find("unable to use database") == 0);
    }
    const std::string reason = parse_database_url("oracle://me:secret@host/db").error().reason;
    CHECK(reason.find("secret") == std::string::npos);
    CHECK(reason.find("oracle://") != std::string::npos);
}

TEST_CASE("a server's URL has user, place and database, each percent-decoded, and is shown without its password") {
    const DatabaseUrl url = *parse_database_url("mysql://me:s%40c%2Fr:t@db.example:3307/h%20b?socket=%2Frun%2Fdb");
    CHECK(url == DatabaseUrl{.kind = DatabaseKind::mysql,
                             .host = "db.example",
                             .port = 3307,
                             .user = "me",
                             .password = "s@c/r:t",
                             .database = "h b",
                             .socket = "/run/db"});
    CHECK(url.shown() == "mysql://me@db.example:3307/h b?socket=/run/db");
    CHECK(parse_database_url("postgresql://me@/db")->host == "localhost");
    CHECK(parse_database_url("postgresql://me@h/db")->kind == DatabaseKind::postgresql);
}

TEST_CASE("a server's password may be a file's first line, or the environment's where nothing else names one") {
    TemporaryDirectory directory;
    write_file(directory.path("password"), "from a file\nnot this\n");
    const std::string file = "mysql://me@h/db?password_file=" + directory.path("password");
    CHECK(parse_database_url(file)->password == "from a file");
    CHECK(parse_database_url("mysql://me@h/db")->password == "");
    REQUIRE(::setenv(kPasswordVariable, "from the environment", 1) == 0);
    CHECK(parse_database_url("mysql://me@h/db")->password == "from the environment");
    CHECK(parse_database_url("postgresql://me:mine@h/db")->password == "mine");
    CHECK(parse_database_url(file)->password == "from a file");
    CHECK(parse_database_url("mysql://me@h/db")->shown() == "mysql://me@h/db");
    ::unsetenv(kPasswordVariable);
}

TEST_CASE("a server's URL says how long a query may take, in seconds") {
    CHECK(parse_database_url("mysql://me@h/db")->timeout == std::chrono::seconds(5));
    CHECK(parse_database_url("mysql://me@h/db?timeout=60")->timeout == std::chrono::seconds(60));
    for (const char *bad : {"0", "-1", "x", "5s", "3601", "99999999999"})
        CHECK_MESSAGE(parse_database_url(std::string("mysql://me@h/db?timeout=") + bad).has_error(), bad);
}

TEST_CASE("a plugin may have a limit of connections, which is a number") {
    const auto connections = [](const char *value) {
        const std::string json = R"({"database":"sqlite:///x","connections":)" + std::string(value) + "}";
        const Checked<PluginConfig> config = parse_plugin_config(json, {"database", "connections"});
        return config ? static_cast<int>(config->connections) : -1;
    };
    CHECK(connections("3") == 3);
    for (const char *bad : {"0", "-1", "1.5", "\"3\"", "1001", "null"}) CHECK_MESSAGE(connections(bad) == -1, bad);
}

TEST_CASE("a server's URL that lacks something or has something unknown is refused without its password") {
    for (const std::string bad :
         {"mysql://h/db", "mysql://:secret@h/db", "mysql://me:secret@h", "mysql://me:secret@h/",
          "mysql://me:secret@h:x/db", "mysql://me:secret@h:0/db", "mysql://me:secret@h:65536/db", "mysql://me:%zz@h/db",
          "mysql://me:secret@h/db%00", "mysql://me:secret@h/db?tls=no",
          "mysql://me:secret@h/db?socket=", "mysql://me:secret@h/db?password_file=/no/file"}) {
        const Checked<DatabaseUrl> url = parse_database_url(bad);
        CHECK_MESSAGE(url.has_error(), bad);
        if (!url) CHECK(url.error().reason.find("secret") == std::string::npos);
    }
}

TEST_CASE("the origins of a plugin's configuration are named with their place where one is none") {
    const auto reason = [](const std::string &origins) {
        const Checked<PluginConfig> config = parse_plugin_config(
            R"({"database":"sqlite:///x","api_origins":)" + origins + "}", {"database", "api_origins"});
        return config ? "" : config.error().reason;
    };
    CHECK(reason("[]") == "");
    CHECK(reason(R"(["http://0.0.0.0:5001","https://api.example.org","http://*:5001","https://*.example.org:*"])") ==
          "");
    for (const char *wrong :
         {R"("localhost:5001")", R"("http://localhost:5001/")", R"("http://x/api/v1")", R"("http://x:0")",
          R"("http://x:65536")", R"("http://x:")", R"("http://")", R"("*")", R"("http://x; script-src *")",
          R"("http://x y")", R"("ftp://x")", R"("http://x\r\ny")", R"("http://[::1]:5001")", R"("http://a..b")", "5001",
          "null", R"("http://x,y")", R"("HTTP://x")", R"("http://a*b")"}) {
        const std::string found = reason(std::string(R"(["http://x",)") + wrong + "]");
        CHECK_MESSAGE(found.find("unable to read config: key api_origins[1] must be http:// or https://") == 0, found);
        CHECK_MESSAGE(found.find(std::string("found ") + wrong) != std::string::npos, found);
    }
    CHECK(reason(R"("http://x")") ==
          "unable to read config: key api_origins must be a list of at most 32 origins such as http://localhost:5001, "
          "found \"http://x\"");
}

TEST_CASE("what a database spells is read as the column's kind, or as nothing that could be read") {
    const auto time = [](const char *text) { return read_stored(text, Kind::time); };
    const Value stamp = std::string("2017-03-25T02:17:06.000000"), none = Unreadable{};
    for (const char *text : {"2017-03-25 02:17:06", "2017-03-25T02:17:06", "2017-03-25 02:17:06.0",
                             "2017-03-25T02:17:06Z", "2017-03-25 02:17:06+00", "2017-03-25 02:17:06.0000001+00:00"}) {
        CHECK_MESSAGE(time(text) == stamp, text);
    }
    CHECK(time("2017-03-25") == Value(std::string("2017-03-25T00:00:00.000000")));
    CHECK(time("2017-03-25 02:17") == Value(std::string("2017-03-25T02:17:00.000000")));
    CHECK(time("2017-03-25 02:17:06.12") == Value(std::string("2017-03-25T02:17:06.120000")));
    for (const char *text : {"", "0000-00-00 00:00:00", "2017-00-01", "2017-13-01", "2017-01-32", "infinity",
                             "1490408226", "12017-03-25 02:17:06", "2017-03-25 24:00:00", "2017-03-25 02:17:06+02",
                             "2017-03-25 02:17:06 BC", "2017-03-25 2:17", "2017-03-25x02:17:06"}) {
        CHECK_MESSAGE(time(text) == none, text);
    }
    const auto integer = [](const char *text) { return read_stored(text, Kind::integer); };
    for (const char *text : {"12", " 12 ", "12.00", "12.9", "1.2e1"})
        CHECK_MESSAGE(integer(text) == Value(std::int64_t{12}), text);
    for (const char *text : {"", "x", "12x", "0x10", "99999999999999999999", "1e999", "nan", "-inf", "1 2"}) {
        CHECK_MESSAGE(integer(text) == none, text);
    }
    CHECK(read_stored("-1.5", Kind::real) == Value(-1.5));
    for (const char *text : {"", "north", "nan", "inf", "1e999"})
        CHECK_MESSAGE(read_stored(text, Kind::real) == none, text);
    CHECK(read_stored("\xff", Kind::text) == Value(std::string("\xff")));
}
