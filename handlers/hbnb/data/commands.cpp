#include "data/commands.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "data/data_json.hpp"
#include "data/progress.hpp"
#include "data/scale.hpp"
#include "storage/new_tables.hpp"
#include "storage/prepare.hpp"
#include "storage/storage_error.hpp"

namespace hbnb::data {

namespace {

constexpr std::chrono::seconds kBusyTimeout{10};  // a running container writes for moments only
constexpr std::chrono::hours kQueryTimeout{1};    // nobody waits for an answer here

std::string sentence_of(const StorageError &error) {
    if (error.fault() == StorageFault::duplicate)
        return "a row with the same id is there already; --replace empties it";
    if (error.fault() == StorageFault::busy) return "another process keeps it locked";
    return error.what();
}

// Runs `work` on the database; what it throws becomes the refusal "unable to VERB …: reason".
template <class Work>
Checked<Done> with_database(const std::string &unable_to, DatabaseUrl url, Work work) {
    url.timeout = kQueryTimeout;
    try {
        Connection connection(url, Opening::existing, kBusyTimeout);
        return work(connection);
    } catch (const StorageError &error) {
        return Refusal{unable_to + ": " + sentence_of(error)};
    }
}

std::size_t rows_of(const DataSet &data) {
    std::size_t rows = data.place_amenities.size();
    visit_lists(data, [&](const auto &list) { rows += list.size(); });
    return rows;
}

std::string counted(const DataSet &data) {
    std::string text;
    visit_lists(data, [&](const auto &list) {
        using T = typename std::decay_t<decltype(list)>::value_type;
        text += std::to_string(list.size()) + " " + std::string(kTableOf<T>.name) + ", ";
    });
    return text + std::to_string(data.place_amenities.size()) + " amenities of places";
}

Checked<DataSet> read_file(const std::string &file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return Refusal{"unable to read " + file + ": " + std::strerror(errno)};
    Checked<DataSet> data = read_data(in);
    if (!data) return Refusal{"unable to read " + file + ": " + data.error().reason};
    return data;
}

Checked<void> require_database(const DatabaseUrl &url) {
    struct stat status {};
    if (url.is_file() && ::stat(url.path.c_str(), &status) != 0) {
        return Refusal{"unable to open database " + url.shown() + ": " + std::strerror(errno)};
    }
    return prepare_database(url, Filling::nothing);
}

}  // namespace

Checked<Done> import_file(const DatabaseUrl &url, const std::string &file, Existing existing, Report report) {
    Checked<DataSet> data = read_file(file);
    if (!data) return data.error();
    if (Checked<void> prepared = prepare_database(url, Filling::nothing); !prepared) return prepared.error();
    return with_database("unable to import " + file + " into " + url.shown(), url, [&](Connection &connection) {
        Progress progress(report.out, report.is_terminal, "rows", rows_of(*data));
        Transaction transaction(connection);
        if (existing == Existing::replace) empty_tables(connection);
        insert_data(connection, *data, [&](std::size_t rows) { progress.to(rows); });
        transaction.commit();
        return Done{"imported " + counted(*data)};
    });
}

Checked<Done> export_file(const DatabaseUrl &url, const std::string &file, std::ostream &standard_output) {
    if (Checked<void> there = require_database(url); !there) return there.error();
    const std::string unable_to = "unable to export " + url.shown() + (file.empty() ? "" : " to " + file);
    return with_database(unable_to, url, [&](Connection &connection) -> Checked<Done> {
        if (file.empty()) {
            write_data(standard_output, connection);
            if (!standard_output.flush()) return Refusal{unable_to + ": the standard output takes no more"};
            return Done{};
        }
        // Password hashes are in it: nobody else may read it, and nothing that lies there already is followed.
        const std::string draft = file + ".new";
        ::unlink(draft.c_str());
        const int made = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (made >= 0) ::close(made);
        if (made < 0) return Refusal{unable_to + ": " + std::strerror(errno)};
        std::ofstream out(draft, std::ios::binary | std::ios::trunc);
        if (!out) return Refusal{unable_to + ": " + std::strerror(errno)};
        write_data(out, connection);
        out.close();
        if (!out || std::rename(draft.c_str(), file.c_str()) != 0) {
            const std::string reason = std::strerror(errno);
            std::remove(draft.c_str());
            return Refusal{unable_to + ": " + reason};
        }
        return Done{"exported to " + file};
    });
}

Checked<Done> scale_database(const DatabaseUrl &url, std::size_t factor, Report report) {
    if (Checked<void> there = require_database(url); !there) return there.error();
    return with_database("unable to scale " + url.shown(), url, [&](Connection &connection) {
        Progress progress(report.out, report.is_terminal, "copies", factor - 1);
        const std::size_t places = scale(connection, factor, [&](std::size_t copies) { progress.to(copies); });
        return Done{"scaled to " + std::to_string(places) + " places"};
    });
}

}  // namespace hbnb::data
