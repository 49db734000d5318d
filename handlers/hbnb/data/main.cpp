// hbnb-data: brings data into a database of the application, out of it, and makes more of it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "data/commands.hpp"

namespace {

using namespace hbnb;
using namespace hbnb::data;

int tell(const Checked<Done> &result) {
    if (result && !result->sentence.empty()) std::cerr << result->sentence << '\n';
    if (!result) std::cerr << "hbnb-data: " << result.error().reason << '\n';
    return result ? 0 : 1;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Brings data into a database of the AirBnB clone, out of it, and makes more of it.", "hbnb-data");
    std::string url, file;
    std::size_t factor = 1;
    bool replace = false;
    app.add_option("--database", url, "the database's URL, such as sqlite:///var/lib/hbnb/hbnb.db")
        ->envname("HBNB_DATABASE")
        ->required();
    app.require_subcommand(1);
    auto *import = app.add_subcommand("import", "adds what a JSON file has: all of it or nothing");
    import->add_option("FILE", file, "as `export` writes it")->required();
    import->add_flag("--replace", replace, "deletes every row that is there first");
    auto *export_ = app.add_subcommand("export", "writes all data as JSON, password hashes included");
    export_->add_option("FILE", file, "default: the standard output");
    auto *scale = app.add_subcommand("scale", "copies every place with its reviews and amenities");
    scale->add_option("N", factor, "so many times as many places as now")->required()->check(CLI::Range(1, 100'000));
    CLI11_PARSE(app, argc, argv);

    const Checked<DatabaseUrl> database = parse_database_url(url);
    if (!database) return tell(database.error());
    const Report report{std::cerr, ::isatty(STDERR_FILENO) == 1};
    if (*import) return tell(import_file(*database, file, replace ? Existing::replace : Existing::keep, report));
    if (*export_) return tell(export_file(*database, file, std::cout));
    return tell(scale_database(*database, factor, report));
}
