// Everything the handlers ask of the database: objects in, objects out. One a handler thread, used on that thread only;
// connects at the first use, so that it may be made before a fork and a database that is away costs only the routes
// that need it. A file's connection is its own; one to a server comes from a pool that it shares with others
// (connection_pool.hpp). Nothing is tried twice. Every function throws StorageError where the database cannot do it;
// it has then changed nothing, but where the fault is `unavailable` while a change was being committed: that may have
// been done.
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
#include "model/refusal.hpp"
#include "model/schema.hpp"
#include "storage/byte_cache.hpp"
#include "storage/connection.hpp"
#include "storage/connection_pool.hpp"
#include "storage/database_url.hpp"
#include "storage/odd_values.hpp"

namespace hbnb {

inline constexpr std::chrono::milliseconds kBusyTimeout{2000};

class Storage {
  public:
    explicit Storage(DatabaseUrl url, std::chrono::milliseconds busy_timeout = kBusyTimeout);
    Storage(DatabaseUrl url, std::shared_ptr<ConnectionPool> pool, std::shared_ptr<OddValues> odd_values,
            bool is_to_prepare);
    ~Storage();
    Storage(Storage &&) noexcept;
    Storage &operator=(Storage &&) = delete;

    // One for each request: at its end a connection of a pool goes back there.
    class Use {
      public:
        explicit Use(Storage &storage) : storage_(storage) {}
        ~Use() { storage_.release(); }
        Use(const Use &) = delete;
        Use &operator=(const Use &) = delete;

      private:
        Storage &storage_;
    };

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

    // Applies the changes that `changes_of` makes of the object as it is, and moves updated_at; the object as it then
    // is, or nothing where there is none of that id. What changes_of throws comes out, and nothing is changed. Until it
    // returns nobody else writes the object.
    template <class T>
    using ChangesOf = std::function<Changes(const T &)>;
    template <class T>
    std::optional<T> update(const std::string &id, const ChangesOf<T> &changes_of);
    template <class T>
    std::optional<T> update(const std::string &id, const Changes &changes) {
        return update<T>(id, [&](const T &) { return changes; });
    }

    // Deletes the object and all that hangs on it, in one transaction. False: there is none of that id.
    template <class T>
    bool remove(const std::string &id);

    // What belongs to one owner: City of State, Place of City, Review of Place. Empty, too, where there is no owner.
    template <class T, class Owner>
    std::vector<T> all_of(const std::string &owner_id);

    std::vector<Amenity> amenities_of(const std::string &place_id);

    // In pieces of at most kPieceRows, which is how much of a long list is ever in memory; one query a piece, and
    // one for the states' cities, whatever is asked for. Inside finished() they are all of one moment.
    static constexpr std::size_t kPieceRows = 1000;
    void search(const PlaceSearch &asked, const std::function<void(std::vector<Place>)> &on_piece);
    std::vector<Place> search(const PlaceSearch &asked);

    enum class Linked { newly, already, to_nothing };
    Linked link(const std::string &place_id, const std::string &amenity_id);
    bool unlink(const std::string &place_id, const std::string &amenity_id);  // false: they were not linked

    // What `make` makes of the data, all of one moment, from the memory of this storage where nothing has been written
    // since, by whomever: the database is asked each time. `make` depends on nothing but the key and the data, and only
    // reads; where it makes nothing, which is then what is returned, nothing is kept. Nor is it for the key "". Valid
    // until the next call of finished.
    using Make = std::function<std::optional<std::string>()>;
    std::optional<std::string_view> finished(const std::string &key, const Make &make);

  private:
    template <class T>
    std::vector<T> to_objects(std::vector<Row> rows);
    template <class T>
    std::optional<T> find(Connection &connection, const std::string &sql, const std::string &id);
    std::vector<std::string> cities_of(const PlaceSearch &asked);
    Connection &connection();
    void release();
    void prepare();

    DatabaseUrl url_;
    std::chrono::milliseconds busy_timeout_ = kBusyTimeout;
    std::shared_ptr<ConnectionPool> pool_;    // nullptr: a file. Shared with the plugin's other threads
    std::shared_ptr<OddValues> odd_values_;   // nullptr: nobody is told
    std::unique_ptr<Connection> connection_;  // where there is a pool, on loan
    bool is_to_prepare_ = false;              // a file, at the first use
    bool is_in_snapshot_ = false;             // of finished(): the connection stays what it is
    ByteCache cache_;                         // of this connection
};

// What all storages of one plugin in one worker share; made before there are any.
class StorageSource {
  public:
    // unknown: a server's are seen to at its first connection. prepared: seen, or made; they are not made again where
    // they go. to_prepare: the process has only looked, and prepares them (prepare.hpp) at the first use, so when it
    // serves.
    enum class Tables { unknown, prepared, to_prepare };

    // connections_max: to a server, at once; 0: as many as there are threads. tell: of what rows hold that they should
    // not.
    explicit StorageSource(DatabaseUrl url, std::size_t connections_max = 0, Tables tables = Tables::unknown,
                           OddValues::Tell tell = {});
    // With a database that has been prepared, or, in a process that does not serve yet, looked at. Also tells what it
    // lacks.
    static Checked<StorageSource> open(const DatabaseUrl &url, std::size_t connections_max, bool serves,
                                       OddValues::Tell tell = {});
    const DatabaseUrl &url() const { return url_; }
    Storage make() const { return {url_, pool_, odd_values_, is_to_prepare_}; }

  private:
    DatabaseUrl url_;
    std::shared_ptr<ConnectionPool> pool_;
    bool is_to_prepare_ = false;  // where there is no pool: its connections are prepared as they are made
    std::shared_ptr<OddValues> odd_values_;
};

// Puts a row as it stands, id and times included: sample data and imports. Throws StorageError.
void insert_row(Connection &connection, const Table &table, const Row &row);

}  // namespace hbnb
