#include "storage/prepare.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "model/identity.hpp"
#include "model/schema.hpp"
#include "storage/inventory.hpp"
#include "storage/migrations.hpp"
#include "storage/new_tables.hpp"
#include "storage/prepare_server.hpp"
#include "storage/sample_data.hpp"
#include "storage/storage_error.hpp"

namespace hbnb {

namespace {

constexpr std::chrono::milliseconds kPrepareTimeout{5000};  // another worker may be filling the database
constexpr std::chrono::milliseconds kPoll{10};
constexpr const char *kDanglingLink = "it is a symbolic link to a file that does not exist";
constexpr off_t kFullCheckMax = 16 << 20;  // bytes; a larger file is checked where it is read, not page by page

Refusal unable(const std::string &verb, const std::string &path, const std::string &reason) {
    return {"unable to " + verb + " database " + path + ": " + reason};
}

std::string reason_of(int code) { return std::strerror(code); }

std::string directory_of(const std::string &path) { return std::filesystem::path(path).parent_path().string(); }

std::string sentence_of(const StorageError &error) {
    switch (error.fault()) {
        case StorageFault::unreadable:
            return std::string("it is damaged, or no SQLite database (") + error.what() + ")";
        case StorageFault::busy: return "another process keeps it locked";
        default: return error.what();
    }
}

// SQLite writes its log beside the file, so the directory counts as much as the file.
Checked<void> check_directory(const std::string &path, const std::string &verb) {
    const std::string directory = directory_of(path);
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) {
        return unable(
            verb, path,
            errno == ENOENT ? "the directory " + directory + " does not exist" : directory + ": " + reason_of(errno));
    }
    if (!S_ISDIR(status.st_mode)) return unable(verb, path, directory + " is no directory");
    if (::access(directory.c_str(), W_OK | X_OK) != 0) {
        return unable(verb, path, "the directory " + directory + " is not writable: " + reason_of(errno));
    }
    return {};
}

// SQLite takes a file of less than one page for an empty database, and would write over it.
bool has_sqlite_header(const std::string &path) {
    constexpr std::string_view magic("SQLite format 3\0", 16);
    constexpr std::size_t kHeaderBytes = 100;
    std::array<char, kHeaderBytes> header{};
    std::ifstream file(path, std::ios::binary);
    return file.read(header.data(), header.size()) && std::string_view(header.data(), magic.size()) == magic;
}

Checked<void> check_file(const std::string &path, const struct stat &status) {
    if (S_ISDIR(status.st_mode)) return unable("open", path, "it is a directory");
    if (!S_ISREG(status.st_mode)) return unable("open", path, "it is no regular file");
    if (status.st_size == 0) {
        return unable("open", path, "the file is empty (0 bytes), not a database; remove it to begin with sample data");
    }
    if (::access(path.c_str(), R_OK | W_OK) != 0) return unable("open", path, reason_of(errno));
    if (!has_sqlite_header(path)) return unable("open", path, "it is no SQLite database");
    return check_directory(path, "open");
}

// What is to be done before the tables can be used.
struct Need {
    bool all_tables = false;
    std::vector<std::string> tables{};  // where some are there
    std::optional<std::int64_t> migration_from{};
    std::string lacks{};  // columns: nothing can be done about them
    bool is_met() const { return !all_tables && tables.empty() && !migration_from; }
};

Checked<Need> check_version(std::int64_t version, const std::string &path, const Inventory &inventory) {
    const std::string found = "its schema version (user_version) is " + std::to_string(version);
    if (!inventory.has_any_table && version != 0) {
        return unable("use", path, found + " and it has none of our tables: it belongs to another application");
    }
    if (version < 0 || version > kSchemaVersion) {
        return unable("use", path, found + ", this program knows " + std::to_string(kSchemaVersion));
    }
    if (!inventory.has_any_table) return Need{.all_tables = true};
    Need need{.tables = inventory.missing_tables, .lacks = inventory.which_columns_are_missing()};
    if (version > 0 && version < kSchemaVersion) need.migration_from = version;
    return need;
}

// The same look twice: before and inside the transaction.
Checked<Need> look(Connection &connection, const std::string &path) {
    const Inventory inventory = take_inventory(connection);
    return check_version(query_number(connection, "pragma user_version"), path, inventory);
}

Checked<void> check_pages(Connection &connection, const std::string &path, off_t size) {
    if (size > kFullCheckMax) return {};
    // "NULL value in states.name": a row that breaks a rule of its table is no damage, and is served.
    const auto is_value = [](const std::string &finding) { return finding.find(" value in ") != std::string::npos; };
    std::vector<std::string> findings = query_texts(connection, "pragma quick_check");
    if (findings == std::vector<std::string>{"ok"}) return {};
    std::erase_if(findings, is_value);
    if (findings.empty()) return {};
    return unable("open", path, "it is damaged (" + findings.front() + ")");
}

void fill(Connection &connection, Filling filling) {
    make_tables(connection);
    connection.run("pragma user_version = " + std::to_string(kSchemaVersion));
    if (filling == Filling::sample_data) insert_data(connection, make_sample_data());
}

// SQLite changes the journal mode only while nobody else reads or writes, and refuses at once instead of waiting for
// that.
void use_log(Connection &connection) {
    const auto until = std::chrono::steady_clock::now() + kPrepareTimeout;
    while (query_texts(connection, "pragma journal_mode") != std::vector<std::string>{"wal"}) {
        try {
            query_texts(connection, "pragma journal_mode = wal");  // says the old one where there can be none
            return;
        } catch (const StorageError &error) {
            if (error.fault() != StorageFault::busy || std::chrono::steady_clock::now() >= until) throw;
            std::this_thread::sleep_for(kPoll);
        }
    }
}

Checked<Prepared> prepare_existing(const std::string &path, const struct stat &status, Filling filling) {
    if (Checked<void> checked = check_file(path, status); !checked) return checked.error();
    Connection connection(path, Connection::Opening::existing, kPrepareTimeout);
    if (Checked<void> checked = check_pages(connection, path, status.st_size); !checked) return checked.error();
    Checked<Need> need = look(connection, path);
    if (!need) return need.error();
    std::string problems;
    if (!need->is_met()) {
        Transaction transaction(connection);
        need = look(connection, path);  // another worker may have been first
        if (!need) return need.error();
        if (need->all_tables) fill(connection, filling);
        problems = add_tables(connection, need->tables);
        if (need->migration_from) migrate(connection, *need->migration_from);
        transaction.commit();
    }
    use_log(connection);
    if (!need->lacks.empty()) problems.insert(0, need->lacks + (problems.empty() ? "" : "; "));
    if (problems.empty()) return Prepared{};
    return Prepared{.lacks = "unable to use all of database " + path + ": " + problems};
}

void sync_directory(const std::string &path) {
    const int directory = ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    ::fsync(directory);
    ::close(directory);
}

// A file of its own beside the final one, gone when this ends.
class Draft {
  public:
    // Password hashes will be in it: it is its owner's only, and what SQLite makes beside it likewise.
    explicit Draft(const std::string &path) : path_(path + ".new-" + new_id()) {
        const int made = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (made >= 0) ::close(made);  // where it cannot be made, SQLite will say why
    }
    ~Draft() {
        for (const char *suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((path_ + suffix).c_str());
    }
    Draft(const Draft &) = delete;
    Draft &operator=(const Draft &) = delete;
    const std::string &path() const { return path_; }

  private:
    std::string path_;
};

void write_new(const std::string &path, Filling filling) {
    Connection connection(path, Connection::Opening::creating, kPrepareTimeout);
    Transaction transaction(connection);
    fill(connection, filling);
    transaction.commit();
    query_texts(connection, "pragma journal_mode = wal");
}

// SQLite would replay such a log into the new file.
std::optional<std::string> leftover_log(const std::string &path) {
    for (const char *suffix : {"-wal", "-journal"}) {
        struct stat status {};
        if (::stat((path + suffix).c_str(), &status) == 0 && status.st_size > 0) return path + suffix;
    }
    return std::nullopt;
}

bool is_missing(const std::string &path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) != 0 && errno == ENOENT;
}

// Whether a file may be made there.
Checked<void> check_place(const std::string &path) {
    if (Checked<void> checked = check_directory(path, "create"); !checked) return checked;
    const std::optional<std::string> log = leftover_log(path);
    // Looked at in this order: a file that has just come into being may have a log of its own.
    if (log && is_missing(path)) return unable("create", path, *log + " is left over from another database; remove it");
    return {};
}

// link() never replaces: whoever comes second throws its draft away and uses what is there.
Checked<void> create(const std::string &path, Filling filling) {
    if (Checked<void> checked = check_place(path); !checked) return checked;
    const Draft draft(path);
    write_new(draft.path(), filling);
    if (::link(draft.path().c_str(), path.c_str()) != 0 && errno != EEXIST) {
        return unable("create", path, reason_of(errno));
    }
    sync_directory(path);
    return {};
}

Checked<Prepared> prepare(const std::string &path, Filling filling) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) return unable("open", path, reason_of(errno));
        if (!is_missing(path)) return unable("open", path, kDanglingLink);
        if (Checked<void> created = create(path, filling); !created) return created.error();
        if (::stat(path.c_str(), &status) != 0) return unable("open", path, reason_of(errno));
    }
    return prepare_existing(path, status, filling);
}

bool has_orphaned_log(const std::string &path) {
    struct stat log {
    }, index{};
    return ::stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0 &&
           ::stat((path + "-shm").c_str(), &index) != 0;
}

Checked<void> look_at_file(const std::string &path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) return unable("open", path, reason_of(errno));
        return is_missing(path) ? check_place(path) : unable("open", path, kDanglingLink);
    }
    if (Checked<void> checked = check_file(path, status); !checked) return checked;
    if (has_orphaned_log(path)) return {};
    Connection connection(path, Connection::Opening::looking, kPrepareTimeout);
    if (Checked<void> checked = check_pages(connection, path, status.st_size); !checked) return checked;
    const Checked<Need> need = look(connection, path);
    if (!need) return need.error();
    return {};
}

Checked<Prepared> prepare(const DatabaseUrl &url, Filling filling) {
    if (!url.is_file()) return prepare_server(url, filling);
    try {
        return prepare(url.path, filling);
    } catch (const StorageError &error) {
        return unable("open", url.path, sentence_of(error));
    }
}

}  // namespace

Checked<void> look_at_database(const DatabaseUrl &url) {
    if (!url.is_file()) return look_at_server(url);
    try {
        return look_at_file(url.path);
    } catch (const StorageError &error) {
        return unable("open", url.path, sentence_of(error));
    }
}

Checked<Prepared> prepare_to_serve(const DatabaseUrl &url) { return prepare(url, Filling::sample_data); }

Checked<void> prepare_database(const DatabaseUrl &url, Filling filling) {
    const Checked<Prepared> prepared = prepare(url, filling);
    if (!prepared) return prepared.error();
    if (!prepared->lacks.empty()) return Refusal{prepared->lacks};
    return {};
}

}  // namespace hbnb
