// Makes sure, before a plugin serves, that there is a database to serve from. Called once a process, perhaps by several
// processes at once; leaves no connection open.
#pragma once

#include <string>

#include "model/refusal.hpp"
#include "storage/database_url.hpp"

namespace hbnb {

// What a database that has none of our tables begins with.
enum class Filling { sample_data, nothing };

// What has come of preparing a database.
struct Prepared {
    bool is_done = true;  // false: the server is away, or another process is at it
    std::string
        lacks{};  // what of ours it has not, and could not be given; a sentence for the operator, "" for nothing
};

// A file that is missing is made whole, with sample data, and appears at once or not at all. An existing file with none
// of our tables gets them and the sample data in one transaction; one with some of them gets the others, empty; one
// with all of them is used as it is; an older schema of ours is migrated, in one transaction. On a server what was
// begun by a process that was killed is made anew.
// Everything else (an empty file, no database, a damaged one, a newer schema, no permission) is refused with a sentence
// that names the file, and is not changed. What is lacking in the end is no refusal: the routes that need it say so
// (503).
Checked<Prepared> prepare_to_serve(const DatabaseUrl &url);

// The same for what needs all of it: that something is lacking is a refusal.
Checked<void> prepare_database(const DatabaseUrl &url, Filling filling = Filling::sample_data);

// What prepare_database would refuse now, with its sentences; changes nothing, also where it would refuse nothing. (An
// SQLite file whose log nobody has open is not read: only its next writer may put the log into it.)
Checked<void> look_at_database(const DatabaseUrl &url);

}  // namespace hbnb
