// hbnb-data and a database that is a file: made where it must be, and nowhere else.
#include "unit/handlers/data_bench.hpp"

using namespace hbnb;
using Bench = DataBench;
using Json = nlohmann::json;

TEST_CASE("a document that does not fit leaves no database behind, and one that is there as it was") {
    Bench bench;
    write_file(bench.file, R"({"states":[{"name":5}]})");
    CHECK(bench.import() == "unable to read " + bench.file + ": states[0].id is missing");
    CHECK_FALSE(std::filesystem::exists(bench.url.path));
    std::filesystem::remove(bench.file);
    CHECK(bench.import() == "unable to read " + bench.file + ": No such file or directory");
}

TEST_CASE("exporting and scaling a database that is not there makes none") {
    Bench bench;
    std::ostringstream out;
    const std::string reason = "unable to open database " + bench.url.path + ": No such file or directory";
    CHECK(Bench::sentence_of(data::export_file(bench.url, "", out)) == reason);
    CHECK(Bench::sentence_of(data::scale_database(bench.url, 2, bench.report)) == reason);
    CHECK_FALSE(std::filesystem::exists(bench.url.path));
}

TEST_CASE("a database that an import makes is its owner's only") {
    Bench bench;
    write_file(bench.file, small().dump());
    CHECK(bench.import().find("imported 1 states") == 0);
    using std::filesystem::perms;
    CHECK(std::filesystem::status(bench.url.path).permissions() == (perms::owner_read | perms::owner_write));
}
