// What hbnb-data does, behind its command line. All errors are refusals with a whole sentence.
#pragma once

#include <iosfwd>
#include <string>

#include "model/refusal.hpp"
#include "storage/database_url.hpp"

namespace hbnb::data {

// Where progress goes.
struct Report {
    std::ostream &out;
    bool is_terminal;
};

struct Done {
    std::string sentence;  // for the operator; may be empty
};

enum class Existing { keep, replace };  // rows that the database has

// All of the file or nothing, in one transaction. A database that is not there yet is made, without sample data. The
// answer says what was imported.
Checked<Done> import_file(const DatabaseUrl &url, const std::string &file, Existing existing, Report report);

// All data, of one moment. "" is the standard output; a file appears whole or not at all.
Checked<Done> export_file(const DatabaseUrl &url, const std::string &file, std::ostream &standard_output);

Checked<Done> scale_database(const DatabaseUrl &url, std::size_t factor, Report report);

}  // namespace hbnb::data
