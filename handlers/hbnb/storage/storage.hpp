// Everything the handlers ask of the database: objects in, objects out. One a handler thread, used on that thread only;
// connects at the first use, so that it may be made before a fork and a database that is away costs only the routes
// that need it. Every function throws StorageError where the database cannot do it, and has then changed nothing.
//
// T is one of the six classes. Lists come in ascending order of id.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/input.hpp"
#include "model/schema.hpp"
#include "storage/connection.hpp"
#include "storage/database_url.hpp"

namespace hbnb {

inline constexpr std::chrono::milliseconds kBusyTimeout{2000};

class Storage {
  public:
    explicit Storage(DatabaseUrl url, std::chrono::milliseconds busy_timeout = kBusyTimeout);

    template <class T>
    std::vector<T> all();

    template <class T>
    std::optional<T> get(const std::string &id);

    template <class T>
    std::int64_t count();

    // Gives the object its id and its times. False: a row it refers to is not there; nothing was stored.
    template <class T>
    [[nodiscard]] bool insert(T &object);

    // Applies the changes and moves updated_at; the object as it then is, or nothing where there is none of that id.
    template <class T>
    std::optional<T> update(const std::string &id, const Changes &changes);

    // Deletes the object and all that hangs on it, in one transaction. False: there is none of that id.
    template <class T>
    bool remove(const std::string &id);

    // What belongs to one owner: City of State, Place of City, Review of Place. Empty, too, where there is no owner.
    template <class T, class Owner>
    std::vector<T> all_of(const std::string &owner_id);

  private:
    Connection &connection();

    DatabaseUrl url_;
    std::chrono::milliseconds busy_timeout_;
    std::unique_ptr<Connection> connection_;
};

// Puts a row as it stands, id and times included: sample data and imports. Throws StorageError.
void insert_row(Connection &connection, const Table &table, const Row &row);

}  // namespace hbnb
