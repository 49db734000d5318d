#include "storage/prepare.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <thread>

#include "storage/new_tables.hpp"
#include "storage/sample_data.hpp"
#include "storage/storage.hpp"
#include "unit/handlers/temporary_directory.hpp"

using namespace hbnb;
using namespace std::chrono_literals;

namespace {

std::string reason(const Checked<void> &checked) { return checked ? "" : checked.error().reason; }

bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// Size and moment of the last change of all that lies in the directory of `path`.
std::string state_beside(const std::string &path) {
    std::string state;
    const auto directory = std::filesystem::path(path).parent_path();
    std::error_code none;
    for (const auto &entry : std::filesystem::directory_iterator(directory, none)) {
        struct stat status {};
        ::lstat(entry.path().c_str(), &status);
        state += entry.path().filename().string() + " " + std::to_string(status.st_size) + " " +
                 std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + "\n";
    }
    return state;
}

// A look says what preparing says, but for a lock, which lasts only a while, and changes nothing.
std::string refusal_of(const DatabaseUrl &url) {
    const std::string before = state_beside(url.path);
    const std::string looked = reason(look_at_database(url));
    CHECK(state_beside(url.path) == before);
    const std::string prepared = reason(prepare_database(url));
    if (!has(prepared, "keeps it locked")) CHECK(looked == prepared);
    return prepared;
}

Connection opened(const DatabaseUrl &url) { return {url.path, Connection::Opening::creating, 1s}; }

std::int64_t states_in(const DatabaseUrl &url) { return Storage(url).count<State>(); }

std::int64_t samples() { return static_cast<std::int64_t>(make_sample_data().states.size()); }

std::vector<std::string> names_in(const std::string &directory) {
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

// What does not hold is said on standard error: this is another process than the test's.
bool is_whole_for_itself(const TemporaryDirectory &directory) {
    try {
        const Checked<void> prepared = prepare_database(directory.url());
        if (!prepared) std::cerr << prepared.error().reason << "\n";
        const bool is_filled_once = states_in(directory.url()) == samples();
        if (!is_filled_once) std::cerr << "not filled once\n";
        return prepared && is_filled_once;
    } catch (const std::exception &error) {
        std::cerr << error.what() << "\n";
        return false;
    }
}

}  // namespace

TEST_CASE("a missing database is made whole, in WAL mode, and leaves nothing else behind") {
    TemporaryDirectory directory;
    CHECK(refusal_of(directory.url()) == "");
    CHECK(names_in(directory.root()) == std::vector<std::string>{"hbnb.db"});
    CHECK(states_in(directory.url()) == samples());
    Connection connection = opened(directory.url());
    CHECK(connection.query("pragma journal_mode", std::array{Kind::text}) == std::vector<Row>{{std::string("wal")}});
    CHECK(query_number(connection, "pragma user_version") == kSchemaVersion);
}

TEST_CASE("a look changes nothing, whether the database is missing, at rest, or being written") {
    TemporaryDirectory directory;
    const DatabaseUrl url = directory.url();
    const auto look = [&] {
        const std::string before = state_beside(url.path);
        CHECK(reason(look_at_database(url)) == "");
        CHECK(state_beside(url.path) == before);
    };
    look();
    REQUIRE(reason(prepare_database(url)) == "");
    look();
    Connection writer(url.path, Connection::Opening::existing, 1s);
    writer.run("update states set name = 'Written'");
    REQUIRE(std::filesystem::file_size(url.path + "-wal") > 0);
    look();
    Transaction open_one(writer);
    writer.run("update states set name = 'Being written'");
    look();
    open_one.commit();
}

TEST_CASE("a path that a URI would take for more than a path is looked at all the same") {
    TemporaryDirectory directory;
    for (const char *name : {"a?mode=rw", "b#c", "d%41", "e f"}) {
        const DatabaseUrl url{.path = directory.path(name)};
        CHECK(refusal_of(url) == "");
        CHECK(refusal_of(url) == "");
    }
}

TEST_CASE("preparing leaves no descriptor open, so that a fork may follow") {
    TemporaryDirectory directory;
    const auto open_now = [] { return names_in("/proc/self/fd").size(); };
    const std::size_t before = open_now();
    CHECK(refusal_of(directory.url()) == "");
    CHECK(refusal_of(directory.url()) == "");
    CHECK(open_now() == before);
}

TEST_CASE("a database that has our tables is used as it is, and never filled again") {
    TemporaryDirectory directory;
    REQUIRE(refusal_of(directory.url()) == "");
    {
        Storage storage(directory.url());
        for (const State &state : storage.all<State>()) storage.remove<State>(state.id);
    }
    CHECK(refusal_of(directory.url()) == "");
    CHECK(states_in(directory.url()) == 0);
}

TEST_CASE("our tables without a version number, made by somebody else, are used as they are") {
    TemporaryDirectory directory;
    {
        Connection connection = opened(directory.url());
        make_tables(connection);
        connection.run("pragma user_version = 0");
    }
    CHECK(refusal_of(directory.url()) == "");
    CHECK(states_in(directory.url()) == 0);
}

TEST_CASE("a database with none of our tables gets them and keeps its own") {
    TemporaryDirectory directory;
    opened(directory.url()).run("create table recipes (name text)");
    CHECK(refusal_of(directory.url()) == "");
    CHECK(states_in(directory.url()) == samples());
    Connection connection = opened(directory.url());
    CHECK(query_number(connection, "select count(*) from recipes") == 0);
}

TEST_CASE("a database with some of our tables gets the others, empty, and keeps what it has") {
    TemporaryDirectory directory;
    {
        Connection connection = opened(directory.url());
        for (const char *table : {"states", "cities"}) {
            connection.run("create table " + std::string(table) +
                           " (id varchar(60) not null, created_at datetime, updated_at datetime, name varchar(128), "
                           "state_id varchar(60), primary key (id))");
        }
        connection.run("insert into states (id, name) values ('s', 'S')");
    }
    CHECK(refusal_of(directory.url()) == "");
    CHECK(states_in(directory.url()) == 1);
    CHECK(Storage(directory.url()).count<Amenity>() == 0);
    Connection connection = opened(directory.url());
    CHECK(query_number(connection, "select count(*) from sqlite_master where name like 'cities%'") == 1);
    CHECK(query_number(connection, "select count(*) from sqlite_master where name = 'reviews_user_id'") == 1);
}

TEST_CASE("a table that cannot be made, and a column that is not there, are no reason not to serve the others") {
    TemporaryDirectory directory;
    {
        Connection connection = opened(directory.url());
        make_tables(connection);
        connection.run("alter table users drop column last_name");
        connection.run("drop table reviews");
        connection.run("create table recipes (name text)");
        connection.run("create index reviews on recipes (name)");  // the table's name is taken
    }
    const Checked<Prepared> prepared = prepare_to_serve(directory.url());
    REQUIRE_MESSAGE(prepared.has_value(), prepared.error().reason);
    CHECK(prepared->is_done);
    CHECK_MESSAGE(has(prepared->lacks, "unable to use all of database " + directory.path("hbnb.db") +
                                           ": it has our tables, but lacks users.last_name; unable to make table "
                                           "reviews: "),
                  prepared->lacks);
    CHECK(reason(prepare_database(directory.url())) == prepared->lacks);
    CHECK(states_in(directory.url()) == 0);
}

TEST_CASE("a null where the table forbids it is no damage") {
    TemporaryDirectory directory;
    {
        Connection connection = opened(directory.url());
        make_tables(connection);
        connection.run("insert into states values ('s', '2017-03-25', '2017-03-25', 'S')");
        connection.run("pragma writable_schema = on");
        connection.run("update sqlite_master set sql = replace(sql, 'not null', '') where name = 'states'");
    }
    opened(directory.url()).run("update states set name = null");
    {
        Connection connection = opened(directory.url());
        connection.run("pragma writable_schema = on");
        connection.run(
            "update sqlite_master set sql = replace(sql, 'varchar(128) ', 'varchar(128) not null') where "
            "name = 'states'");
    }
    CHECK(query_number(*std::make_unique<Connection>(directory.url(), Opening::existing, 1s),
                       "select count(*) from pragma_quick_check where quick_check like 'NULL value in states.name'") ==
          1);
    CHECK(refusal_of(directory.url()) == "");
    CHECK(states_in(directory.url()) == 1);
}

TEST_CASE("a table without one of its columns is named with the column") {
    TemporaryDirectory directory;
    {
        Connection connection = opened(directory.url());
        make_tables(connection);
        connection.run("alter table users drop column last_name");
    }
    CHECK(has(reason(prepare_database(directory.url())), "lacks users.last_name"));
}

TEST_CASE("a newer schema and another application's database are refused") {
    TemporaryDirectory directory;
    REQUIRE(refusal_of(directory.url()) == "");
    opened(directory.url()).run("pragma user_version = 99");
    CHECK(has(refusal_of(directory.url()), "(user_version) is 99, this program knows 2"));
    {
        Connection other = opened(directory.url("other.db"));
        other.run("create table x (y int)");
        other.run("pragma user_version = 7");
    }
    CHECK(has(refusal_of(directory.url("other.db")), "it belongs to another application"));
}

TEST_CASE("a database of an older schema is migrated with what it holds") {
    TemporaryDirectory directory;
    REQUIRE(refusal_of(directory.url()) == "");
    {
        Connection connection = opened(directory.url());
        connection.run("drop index place_amenity_amenity_id");
        connection.run("create index place_amenity_amenity_id on place_amenity (amenity_id)");
        connection.run("pragma user_version = 1");
    }
    CHECK(refusal_of(directory.url()) == "");
    CHECK(states_in(directory.url()) == samples());
    Connection connection = opened(directory.url());
    CHECK(query_number(connection, "pragma user_version") == kSchemaVersion);
    CHECK(query_number(connection, "select count(*) from pragma_index_info('place_amenity_amenity_id')") == 2);
}

TEST_CASE("a migration that fails changes nothing") {
    TemporaryDirectory directory;
    {
        Connection connection = opened(directory.url());
        make_tables(connection);
        connection.run("drop index place_amenity_amenity_id");
        connection.run("create view place_amenity_amenity_id as select 1");  // the index's name is taken
        connection.run("pragma user_version = 1");
    }
    CHECK(reason(look_at_database(directory.url())) == "");  // only trying tells
    CHECK(has(reason(prepare_database(directory.url())), "unable to open database " + directory.path("hbnb.db")));
    Connection connection = opened(directory.url());
    CHECK(query_number(connection, "pragma user_version") == 1);
}

TEST_CASE("an empty file is refused and stays") {
    TemporaryDirectory directory;
    write_file(directory.path("hbnb.db"), "");
    CHECK(refusal_of(directory.url()) ==
          "unable to open database " + directory.path("hbnb.db") +
              ": the file is empty (0 bytes), not a database; remove it to begin with sample data");
    CHECK(read_file(directory.path("hbnb.db")).empty());
}

TEST_CASE("a file that is no database is refused by name and not changed") {
    TemporaryDirectory directory;
    for (const std::string &bytes : {std::string("x"), std::string("these are no tables\n"), std::string(8192, 'z'),
                                     std::string("SQLite format 3\0", 16)}) {
        write_file(directory.path("hbnb.db"), bytes);
        const std::string reason = refusal_of(directory.url());
        CHECK(has(reason, "unable to open database " + directory.path("hbnb.db") + ": it is no SQLite database"));
        CHECK(read_file(directory.path("hbnb.db")) == bytes);
    }
}

TEST_CASE("a damaged database is refused by name, wherever the damage is") {
    TemporaryDirectory directory;
    REQUIRE(refusal_of(directory.url()) == "");
    const std::string whole = read_file(directory.path("hbnb.db"));
    const auto reason_of = [&](const std::string &bytes) {
        write_file(directory.path("hbnb.db"), bytes);
        return refusal_of(directory.url());
    };
    const std::string name = "database " + directory.path("hbnb.db");
    CHECK(has(reason_of(whole.substr(0, whole.size() / 2)), name));
    CHECK(has(reason_of(std::string(whole).replace(whole.size() / 2, 4096, 4096, '\x5a')), name));
    CHECK(has(reason_of(std::string(whole).replace(100, 2000, 2000, '\0')), name));
    CHECK(reason_of(whole) == "");
}

TEST_CASE("a directory, a dangling link and a missing directory are refused by name") {
    TemporaryDirectory directory;
    std::filesystem::create_directory(directory.path("d"));
    CHECK(refusal_of(directory.url("d")) == "unable to open database " + directory.path("d") + ": it is a directory");
    std::filesystem::create_symlink("nowhere", directory.path("l"));
    CHECK(has(refusal_of(directory.url("l")), "symbolic link to a file that does not exist"));
    CHECK(refusal_of(directory.url("no/x.db")) == "unable to create database " + directory.path("no/x.db") +
                                                      ": the directory " + directory.path("no") + " does not exist");
    write_file(directory.path("f"), "x");
    CHECK(has(refusal_of(directory.url("f/x.db")), "unable to open database"));
}

TEST_CASE("without permission a sentence says where") {
    TemporaryDirectory directory;
    std::filesystem::create_directory(directory.path("d"));
    ::chmod(directory.root().c_str(), 0755);
    ::chmod(directory.path("d").c_str(), 0555);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        constexpr uid_t nobody = 65534;
        const bool is_ordinary = ::geteuid() != 0 || ::setuid(nobody) == 0;  // root may write anywhere
        const std::string reason = refusal_of(directory.url("d/x.db"));
        ::_exit(is_ordinary && has(reason, "the directory " + directory.path("d") + " is not writable") ? 0 : 1);
    }
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    ::chmod(directory.path("d").c_str(), 0755);
}

TEST_CASE("a log left over from a database that was deleted is refused, not replayed into a new one") {
    TemporaryDirectory directory;
    write_file(directory.path("hbnb.db-wal"), "old pages");
    CHECK(has(refusal_of(directory.url()), directory.path("hbnb.db-wal") + " is left over from another database"));
    CHECK_FALSE(std::filesystem::exists(directory.path("hbnb.db")));
}

TEST_CASE("processes that start at once make one database, filled once") {
    for (const bool is_there : {false, true, true, true}) {
        TemporaryDirectory directory;
        if (is_there) opened(directory.url()).run("create table recipes (name text)");
        std::vector<pid_t> children;
        for (int i = 0; i < 6; ++i) {
            const pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                ::_exit(is_whole_for_itself(directory) ? 0 : 1);
            }
            children.push_back(child);
        }
        for (const pid_t child : children) {
            int status = -1;
            CHECK(::waitpid(child, &status, 0) == child);
            CHECK(status == 0);
        }
        CHECK(states_in(directory.url()) == samples());
        for (const std::string &name : names_in(directory.root())) CHECK(name.starts_with("hbnb.db"));
        CHECK_FALSE(has(names_in(directory.root()).back(), ".new-"));
    }
}

TEST_CASE("threads that start at once make one database, filled once") {
    TemporaryDirectory directory;
    std::vector<std::thread> threads;
    std::array<std::string, 4> reasons;
    for (std::string &reason : reasons) threads.emplace_back([&] { reason = refusal_of(directory.url()); });
    for (std::thread &thread : threads) thread.join();
    for (const std::string &reason : reasons) CHECK(reason == "");
    CHECK(states_in(directory.url()) == samples());
}
