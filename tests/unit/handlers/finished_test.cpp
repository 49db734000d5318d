// Answers kept finished: never older than the data, whoever writes.
#include <doctest/doctest.h>

#include "storage/byte_cache.hpp"
#include "unit/handlers/api_bench.hpp"

using namespace hbnb;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

// A storage that counts how often it had to make what it answers.
struct Reader {
    explicit Reader(const DatabaseUrl &url) : storage(url) {}
    Storage storage;
    int made = 0;
    std::string states() {
        return std::string(*storage.finished("states", [&] {
            ++made;
            return std::to_string(storage.count<State>());
        }));
    }
};

State some_state() {
    State state;
    state.name = "x";
    return state;
}

}  // namespace

TEST_CASE("what is finished is made once as long as nobody writes") {
    ApiBench bench;
    Reader reader(bench.database.url());
    const std::string first = reader.states();
    CHECK(reader.states() == first);
    CHECK(reader.storage.get<State>(bench.first_state()).has_value());
    CHECK(reader.states() == first);
    CHECK(reader.made == 1);
}

TEST_CASE("a write through one connection is seen by the next answer of every other, and of its own") {
    ApiBench bench;
    Reader one(bench.database.url()), other(bench.database.url());
    const int before = std::stoi(one.states());
    CHECK(other.states() == one.states());
    for (int i = 1; i <= 5; ++i) {
        State state = some_state();
        REQUIRE(one.storage.insert(state));
        CHECK(std::stoi(other.states()) == before + i);
        CHECK(std::stoi(one.states()) == before + i);
    }
    CHECK(other.made == 6);
}

TEST_CASE("a write that was undone leaves what is finished right") {
    ApiBench bench;
    Reader reader(bench.database.url());
    const std::string before = reader.states();
    {
        Connection writer(bench.database.url(), Opening::existing, 1s);
        Transaction transaction(writer);
        State state = some_state();
        state.id = "x";
        insert_row(writer, kTableOf<State>, to_row(state));
        CHECK(reader.states() == before);
    }
    CHECK(reader.states() == before);
}

TEST_CASE("each key has its own bytes") {
    ApiBench bench;
    Storage storage(bench.database.url());
    CHECK(storage.finished("a", [] { return std::string("A"); }) == "A");
    CHECK(storage.finished("b", [] { return std::string("B"); }) == "B");
    CHECK(storage.finished("a", [] { return std::string("?"); }) == "A");
}

TEST_CASE("what makes nothing, or has no key, is not kept") {
    ApiBench bench;
    Storage storage(bench.database.url());
    CHECK_FALSE(storage.finished("a", [] { return std::optional<std::string>(); }).has_value());
    CHECK(storage.finished("a", [] { return std::string("A"); }) == "A");
    CHECK(storage.finished("", [] { return std::string("A"); }) == "A");
    CHECK(storage.finished("", [] { return std::string("B"); }) == "B");
}

TEST_CASE("what could not be made is not kept, and the next one is") {
    ApiBench bench;
    Storage storage(bench.database.url());
    const auto fail = []() -> std::string { throw std::runtime_error("no"); };
    CHECK_THROWS(storage.finished("a", fail));
    CHECK(storage.finished("a", [] { return std::string("A"); }) == "A");
    State state = some_state();
    CHECK(storage.insert(state));
}

TEST_CASE("an answer of two workers is the same after a write through either") {
    ApiBench bench;
    BenchHost host;
    HandlerBench<ImpatientApi> other(host, bench.database.config());
    for (const char *path : {"/states", "/stats", "/amenities", "/users"})
        CHECK(other.get(path).body == bench.api.get(path).body);
    const auto search = [](auto &api) { return api.send("POST", "/places_search", "{}").body; };
    CHECK(search(other) == search(bench.api));
    const std::string place = Json::parse(search(other)).at(0).at("id");
    CHECK(other.send("PUT", "/places/" + place, R"({"name":"Renamed through the other"})").status == 200);
    CHECK(search(bench.api).find("Renamed through the other") != std::string::npos);
    CHECK(bench.api.send("POST", "/states", R"({"name":"Made through the first"})").status == 201);
    CHECK(other.get("/states").body.find("Made through the first") != std::string::npos);
    CHECK(other.get("/stats").body == bench.api.get("/stats").body);
}

TEST_CASE("the cache keeps a bounded number of bytes, and answers what it does not keep") {
    ByteCache cache;
    const DataVersion version{1, 1};
    const std::string large(ByteCache::kEntryMax, 'x'), half(ByteCache::kEntryMax / 2, 'y');
    CHECK(cache.keep(version, "large", large) == large);
    CHECK(cache.find(version, "large") == nullptr);
    for (int i = 0; i < 20; ++i) CHECK(cache.keep(version, std::to_string(i), half) == half);
    std::size_t kept = 0;
    for (int i = 0; i < 20; ++i) kept += cache.find(version, std::to_string(i)) == nullptr ? 0 : half.size();
    CHECK(kept > 0);
    CHECK(kept <= ByteCache::kBytesMax);
    CHECK(cache.find({2, 1}, "19") == nullptr);
    CHECK(cache.find(version, "19") == nullptr);  // gone with the version
}
