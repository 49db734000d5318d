// Everything the handlers ask of the database: objects in, objects out. One a handler thread, used on that thread only;
// connects at the first use, so that it may be made before a fork and a database that is away costs only the routes
// that need it. A connection that broke is never used again; one that has been idle is asked first; nothing is tried twice. Every function throws StorageError where the database cannot do it, and has then changed nothing.
//
// T is one of the six classes. Lists come in ascending order of id.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/input.hpp"
#include "model/place_search.hpp"
#include "model/schema.hpp"
#include "storage/byte_cache.hpp"
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

    // Whether the table (of a class) has a row of that id.
    bool exists(std::string_view table, const std::string &id);

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

    std::vector<Amenity> amenities_of(const std::string &place_id);

    // One query, whatever is asked for.
    std::vector<Place> search(const PlaceSearch &asked);

    enum class Linked { newly, already, to_nothing };
    Linked link(const std::string &place_id, const std::string &amenity_id);
    bool unlink(const std::string &place_id, const std::string &amenity_id);  // false: they were not linked

    // What `make` makes of the data, all of one moment, from the memory of this storage where nothing has been written
    // since, by whomever: the database is asked each time. `make` depends on nothing but the key and the data, and only
    // reads. Valid until the next call of finished.
    std::string_view finished(const std::string &key, const std::function<std::string()> &make);

  private:
    using Clock = std::chrono::steady_clock;

    Connection &connection();
    void connect(Clock::time_point now);

    DatabaseUrl url_;
    std::chrono::milliseconds busy_timeout_;
    std::unique_ptr<Connection> connection_;
    bool is_in_snapshot_ = false;     // of finished(): the connection stays what it is
    Clock::time_point last_use_{};    // of the connection
    Clock::time_point not_before_{};  // no other attempt to connect
    std::chrono::milliseconds back_off_{};
    ByteCache cache_;  // of this connection
};

// Puts a row as it stands, id and times included: sample data and imports. Throws StorageError.
void insert_row(Connection &connection, const Table &table, const Row &row);

}  // namespace hbnb
