// hbnb-data: what it reads, writes and multiplies.
#include <doctest/doctest.h>

#include "data/data_json.hpp"
#include "data/progress.hpp"
#include "storage/prepare.hpp"
#include "storage/sample_data.hpp"
#include "storage/storage.hpp"
#include "unit/handlers/data_bench.hpp"

using namespace hbnb;
using namespace std::chrono_literals;
using Json = nlohmann::json;
using Bench = DataBench;

namespace {

std::string problem_of(const Json &document) {
    std::istringstream in(document.dump());
    const Checked<DataSet> data = data::read_data(in);
    return data ? "" : data.error().reason;
}

Json with(const std::string &list, const std::string &key, const Json &value) {
    Json document = small();
    document[list][0][key] = value;
    return document;
}

}  // namespace

TEST_CASE("a document is read whole, and a password that is no hash is hashed") {
    std::istringstream in(small().dump());
    const Checked<DataSet> data = data::read_data(in);
    REQUIRE_MESSAGE(data.has_value(), data.error().reason);
    CHECK(data->states.front().name == "S");
    CHECK(data->cities.front().state_id == "s");
    CHECK(data->places.front().latitude == 1.5);
    CHECK_FALSE(data->places.front().longitude.has_value());
    CHECK(data->users.front().password.find("$argon2id$") == 0);
    CHECK(data->place_amenities == decltype(data->place_amenities){{"p", "a"}});
}

TEST_CASE("what is wrong in a document is named with its row and column") {
    CHECK(problem_of(small()) == "");
    CHECK(problem_of(Json::array()) == "it is no JSON object");
    CHECK(problem_of({{"states", {5}}}) == "states[0] must be an object");
    CHECK(problem_of({{"states", 5}}) == "states must be an array of rows");
    CHECK(problem_of({{"states", {{"x", Json::object()}}}}) == "states must be an array of rows");
    CHECK(problem_of(Json::object()) == "it has none of the tables: users, states, cities …");
    CHECK(problem_of({{"State.x", Json::object()}}) == "it has none of the tables: users, states, cities …");
    CHECK(problem_of(with("places", "name", 5)) == "places[0].name must be a string");
    CHECK(problem_of(with("places", "max_guest", "x")) == "places[0].max_guest must be an integer");
    CHECK(problem_of(with("cities", "state_id", nullptr)) == "cities[0].state_id must not be null");
    CHECK(problem_of(with("cities", "state_id", "nobody")) == "cities[0].state_id refers to no row of states: nobody");
    CHECK(problem_of(with("place_amenity", "amenity_id", "p")) ==
          "place_amenity[0].amenity_id refers to no row of amenities: p");
    CHECK(problem_of(with("states", "id", "a b")) == "states[0].id is no id");
    Json document = small();
    document["states"].push_back(document["states"][0]);
    CHECK(problem_of(document) == "states[1].id is there twice: s");
    document = small();
    document["states"][0].erase("name");
    CHECK(problem_of(document) == "states[0].name is missing");
    std::istringstream broken("{\"states\":[");
    CHECK(data::read_data(broken).has_error());
}

TEST_CASE("a time may have a blank and no fraction, and must be one") {
    for (const char *time : {"2017-03-25 02:17:06", "2017-03-25T02:17:06.000001"}) {
        CHECK(problem_of(with("states", "created_at", time)) == "");
    }
    for (const Json &time :
         {Json("yesterday"), Json(5), Json("2017-13-25T02:17:06"), Json("2017-02-31T02:17:06"),
          Json("2017-02-29T02:17:06"), Json("2017-03-25T02:17:06.1"), Json("2017-03-25T02:17:06Z"), Json("")}) {
        CHECK(problem_of(with("states", "created_at", time)) ==
              "states[0].created_at must be a time, YYYY-MM-DDTHH:MM:SS.ffffff");
    }
}

TEST_CASE("what is exported is imported as it was, into a database that was not there") {
    Bench from, to;
    REQUIRE(prepare_database(from.url).has_value());
    const std::string all = from.exported();
    write_file(to.file, all);
    CHECK(to.import().find("imported 12 states, 36 cities") == 0);
    CHECK(to.told.str().find("(100 %)") != std::string::npos);
    CHECK(to.exported() == all);
    CHECK(Json::parse(all).at("places").size() == make_sample_data().places.size());
}

TEST_CASE("an import into a database with the same rows is refused whole, and replaces them when asked to") {
    Bench bench;
    write_file(bench.file, small().dump());
    CHECK(bench.import().find("imported 1 states") == 0);
    const std::string before = bench.exported();
    Json more = small();
    more["states"].insert(more["states"].begin(), row({{"id", "new"}, {"name", "N"}}));
    write_file(bench.file, more.dump());
    CHECK(bench.import().find("a row with the same id is there already") != std::string::npos);
    CHECK(bench.exported() == before);
    CHECK(bench.import(data::Existing::replace).find("imported 2 states") == 0);
    CHECK(Json::parse(bench.exported()).at("states").size() == 2);
}

TEST_CASE("scaling copies places with their reviews and amenities, and the same way twice") {
    Bench one, other;
    const auto scaled = [](Bench &bench, std::size_t factor) {
        return Bench::sentence_of(data::scale_database(bench.url, factor, bench.report));
    };
    for (Bench *bench : {&one, &other}) {
        write_file(bench->file, small().dump());
        bench->import();
        CHECK(scaled(*bench, 3) == "scaled to 3 places");
        CHECK(scaled(*bench, 2) == "scaled to 6 places");
        CHECK(scaled(*bench, 1) == "scaled to 6 places");
    }
    Storage storage(one.url);
    CHECK(storage.count<Place>() == 6);
    CHECK(storage.count<Review>() == 6);
    CHECK(storage.count<User>() == 1);
    CHECK(storage.search({{}, {"c"}, {"a"}}).size() == 6);
    for (const Place &place : storage.all<Place>()) CHECK(storage.all_of<Review, Place>(place.id).size() == 1);
    CHECK(storage.all<Place>() == Storage(other.url).all<Place>());
}

TEST_CASE("an export to a file appears whole or not at all") {
    Bench bench;
    REQUIRE(prepare_database(bench.url).has_value());
    std::ostringstream out;
    CHECK(Bench::sentence_of(data::export_file(bench.url, bench.file, out)) == "exported to " + bench.file);
    CHECK(read_file(bench.file) == bench.exported());
    CHECK(std::filesystem::status(bench.file).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));  // password hashes are in it
    const std::string away = bench.directory.path("no/data.json");
    CHECK(Bench::sentence_of(data::export_file(bench.url, away, out)).find("unable to export ") == 0);
    CHECK_FALSE(std::filesystem::exists(bench.file + ".new"));
}

TEST_CASE("progress is told in tenths, or in one line on a terminal") {
    std::ostringstream plain, terminal;
    {
        data::Progress first(plain, false, "rows", 40), second(terminal, true, "rows", 40);
        for (std::size_t i = 1; i <= 40; ++i) {
            first.to(i);
            second.to(i);
        }
    }
    const std::string lines = plain.str();
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 10);
    CHECK(lines.find("rows 40/40 (100 %)\n") != std::string::npos);
    const std::string line = terminal.str();
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    CHECK(std::count(line.begin(), line.end(), '\r') == 40);
}
