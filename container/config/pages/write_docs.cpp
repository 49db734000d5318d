// config-docs: writes the reference page and the JSON Schema that are made from the table of settings. Part of the
// build of whoever changed the table, never of the product.
#include <cstdio>
#include <fstream>
#include <string>

#include "config/pages/reference.hpp"

namespace {

bool write_file(const std::string &file, const std::string &text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text << std::flush;
    if (!out) std::fprintf(stderr, "unable to write %s\n", file.c_str());
    return static_cast<bool>(out);
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s PAGE.md SCHEMA.json\n", argv[0]);
        return 2;
    }
    const bool is_written =
        write_file(argv[1], hbnb::config::reference_markdown()) && write_file(argv[2], hbnb::config::schema_json());
    return is_written ? 0 : 1;
}
