#include "storage/storage.hpp"

#include <iterator>

#include <nlohmann/json.hpp>

#include "model/identity.hpp"
#include "storage/inventory.hpp"
#include "storage/prepare.hpp"
#include "storage/sql.hpp"
#include "storage/storage_error.hpp"

namespace hbnb {

namespace {

template <class T>
constexpr auto kinds_of() {
    std::array<Kind, Class<T>::kFields.size()> kinds{};
    for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = Class<T>::kFields[i].column.kind;
    return kinds;
}

template <class T>
inline constexpr auto kKinds = kinds_of<T>();

// What does not change is made once a class, not once a request. (Constant after its first use.)
template <class T>
struct Sql {
    const std::string select_all = sql::select_all(kTableOf<T>);
    const std::string select_one = sql::select_one(kTableOf<T>);
    const std::string count = sql::count(kTableOf<T>);
    const std::vector<std::string> remove = sql::remove(kSchema, kTableOf<T>);

    static const Sql &text() {
        static const Sql made;
        return made;
    }
};

template <class T>
std::vector<T> to_objects(std::vector<Row> rows) {
    std::vector<T> objects;
    objects.reserve(rows.size());
    for (Row &row : rows) objects.push_back(from_row<T>(std::move(row)));
    return objects;
}

template <class T>
std::optional<T> find(Connection &connection, const std::string &id) {
    const Value parameters[] = {id};
    std::vector<Row> rows = connection.query(Sql<T>::text().select_one, kKinds<T>, parameters);
    if (rows.empty()) return std::nullopt;
    T found = from_row<T>(std::move(rows.front()));
    if (found.id != id) return std::nullopt;  // as in has_row()
    return found;
}

// The ids have passed is_id(): only quotes and backslashes are escaped, and by every database in the same way.
std::string list_of(const Dialect &dialect, const std::vector<std::string> &ids) {
    std::string text = nlohmann::json(ids).dump();
    text.front() = dialect.list_brackets.front();
    text.back() = dialect.list_brackets.back();
    return text;
}

// Whether the query for an id finds that very one: a column's collation may take capital letters for small ones.
bool has_row(Connection &connection, const std::string &sql, const std::string &id) {
    const Value parameters[] = {id};
    const std::vector<std::string> found = query_texts(connection, sql, parameters);
    return !found.empty() && found.front() == id;
}

// The same, and until the transaction ends nobody else writes the row.
bool lock_row(Connection &connection, std::string_view table, const std::string &id) {
    return has_row(connection, sql::exists(table) + std::string(connection.dialect().for_update), id);
}

std::shared_ptr<ConnectionPool> make_pool(const DatabaseUrl &url, std::chrono::milliseconds busy_timeout,
                                          std::size_t connections_max) {
    if (url.is_file()) return nullptr;
    return std::make_shared<ConnectionPool>(url, busy_timeout, connections_max);
}

}  // namespace

StorageSource::StorageSource(DatabaseUrl url, std::size_t connections_max, bool is_to_prepare)
    : url_(std::move(url)),
      pool_(make_pool(url_, kBusyTimeout, connections_max)),
      is_to_prepare_(is_to_prepare && !pool_) {}

Checked<StorageSource> StorageSource::open(const DatabaseUrl &url, std::size_t connections_max, bool serves) {
    if (Checked<void> usable = serves ? prepare_database(url) : look_at_database(url); !usable) return usable.error();
    return StorageSource(url, connections_max, !serves);
}

Storage::Storage(DatabaseUrl url, std::chrono::milliseconds busy_timeout)
    : url_(std::move(url)), busy_timeout_(busy_timeout), pool_(make_pool(url_, busy_timeout, 0)) {}

Storage::Storage(DatabaseUrl url, std::shared_ptr<ConnectionPool> pool, bool is_to_prepare)
    : url_(std::move(url)), pool_(std::move(pool)), is_to_prepare_(is_to_prepare) {}

Storage::Storage(Storage &&) noexcept = default;

Storage::~Storage() { release(); }

void Storage::release() {
    if (pool_ && connection_) pool_->give_back(std::move(connection_));
}

// Several threads may come to it at once, as several processes may.
void Storage::prepare() {
    if (!is_to_prepare_) return;
    if (Checked<void> prepared = prepare_database(url_); !prepared)
        throw StorageError(StorageFault::unavailable, prepared.error().reason);
    is_to_prepare_ = false;
}

// Also the first statement of every operation, which keeps to the connection it got.
Connection &Storage::connection() {
    if (is_in_snapshot_) return *connection_;
    if (pool_ && connection_ && connection_->is_broken()) release();
    if (!connection_) {
        prepare();
        cache_.clear();
        connection_ = pool_ ? pool_->take() : std::make_unique<Connection>(url_, Opening::existing, busy_timeout_);
    }
    return *connection_;
}

template <class T>
std::vector<T> Storage::all() {
    return to_objects<T>(connection().query(Sql<T>::text().select_all, kKinds<T>));
}

template <class T>
std::optional<T> Storage::get(const std::string &id) {
    return find<T>(connection(), id);
}

template <class T>
std::int64_t Storage::count() {
    return query_number(connection(), Sql<T>::text().count);
}

template <class T, class Owner>
std::vector<T> Storage::all_of(const std::string &owner_id) {
    static const std::string text = sql::select_of(kTableOf<T>, kReference<T, Owner>.column.name);
    const Value parameters[] = {owner_id};
    return to_objects<T>(connection().query(text, kKinds<T>, parameters));
}

template <class T>
bool Storage::insert(T &object) {
    object.id = new_id();
    object.created_at = object.updated_at = now_stamp();
    try {
        insert_row(connection(), kTableOf<T>, to_row(object));
        return true;
    } catch (const StorageError &error) {
        if (error.fault() == StorageFault::broken_reference) return false;
        throw;
    }
}

template <class T>
std::optional<T> Storage::update(const std::string &id, const Changes &changes) {
    std::vector<std::string_view> columns;
    std::vector<Value> parameters;
    for (const Change &change : changes) {
        columns.push_back(change.column->name);
        parameters.push_back(change.value);
    }
    Connection &kept = connection();
    Transaction transaction(kept);
    if (!lock_row(kept, kTableOf<T>.name, id)) return std::nullopt;
    columns.push_back("updated_at");
    parameters.emplace_back(now_stamp());  // not before the lock: who writes later has the later time
    parameters.emplace_back(id);
    kept.execute(sql::update(kTableOf<T>, columns), parameters);
    std::optional<T> updated = find<T>(kept, id);
    transaction.commit();
    return updated;
}

template <class T>
bool Storage::remove(const std::string &id) {
    const Value parameters[] = {id};
    Connection &kept = connection();
    Transaction transaction(kept);
    if (!lock_row(kept, kTableOf<T>.name, id)) return false;
    try {
        for (const std::string &statement : Sql<T>::text().remove) kept.execute(statement, parameters);
        transaction.commit();
    } catch (const StorageError &error) {
        // Somebody has hung something on it since its own were deleted.
        if (error.fault() != StorageFault::broken_reference) throw;
        throw StorageError(StorageFault::busy, error.what());
    }
    return true;
}

bool Storage::exists(std::string_view table, const std::string &id) {
    return has_row(connection(), sql::exists(table), id);
}

std::vector<Amenity> Storage::amenities_of(const std::string &place_id) {
    static const std::string text = sql::select_linked(kTableOf<Amenity>, kPlaceAmenity, "amenity_id", "place_id");
    const Value parameters[] = {place_id};
    return to_objects<Amenity>(connection().query(text, kKinds<Amenity>, parameters));
}

// The cities asked for and those of the states asked for. (In one query with the places, no server would take the index.)
std::vector<std::string> Storage::cities_of(const PlaceSearch &asked) {
    std::vector<std::string> cities = asked.cities;
    if (asked.states.empty()) return cities;
    Connection &kept = connection();
    const std::string text =
        sql::select_children(kept.dialect(), kTableOf<City>, kReference<City, hbnb::State>.column.name);
    const Value parameters[] = {list_of(kept.dialect(), asked.states)};
    for (std::string &id : query_texts(kept, text, parameters)) cities.push_back(std::move(id));
    return cities;
}

void Storage::search(const PlaceSearch &asked, const std::function<void(std::vector<Place>)> &on_piece) {
    const bool by_city = !asked.is_everywhere(), by_amenity = !asked.amenities.empty();
    std::string last;
    const std::vector<std::string> cities = cities_of(asked);
    Connection &kept = connection();
    const std::string text = sql::search_places(kept.dialect(), by_city, by_amenity, kPieceRows);
    for (std::size_t rows = kPieceRows; rows == kPieceRows;) {
        std::vector<Value> parameters;
        if (by_city) parameters.emplace_back(list_of(kept.dialect(), cities));
        if (by_amenity) {
            parameters.emplace_back(list_of(kept.dialect(), asked.amenities));
            parameters.emplace_back(last);
            parameters.emplace_back(static_cast<std::int64_t>(asked.amenities.size()));
        }
        parameters.emplace_back(last);
        std::vector<Place> piece = to_objects<Place>(kept.query(text, kKinds<Place>, parameters));
        rows = piece.size();
        if (rows > 0) last = piece.back().id;
        on_piece(std::move(piece));
    }
}

std::vector<Place> Storage::search(const PlaceSearch &asked) {
    std::vector<Place> found;
    search(asked, [&](std::vector<Place> piece) { std::move(piece.begin(), piece.end(), std::back_inserter(found)); });
    return found;
}

Storage::Linked Storage::link(const std::string &place_id, const std::string &amenity_id) {
    try {
        insert_row(connection(), kPlaceAmenity, {place_id, amenity_id});
        return Linked::newly;
    } catch (const StorageError &error) {
        if (error.fault() == StorageFault::duplicate) return Linked::already;
        if (error.fault() == StorageFault::broken_reference) return Linked::to_nothing;
        throw;
    }
}

bool Storage::unlink(const std::string &place_id, const std::string &amenity_id) {
    static const std::string text = sql::remove_link(kPlaceAmenity);
    const Value parameters[] = {place_id, amenity_id};
    return connection().execute(text, parameters) > 0;
}

std::optional<std::string_view> Storage::finished(const std::string &key, const Make &make) {
    Connection &kept = connection();
    const std::optional<DataVersion> now = kept.data_version();
    if (const std::string *found = now ? cache_.find(*now, key) : nullptr) return *found;
    Transaction snapshot(kept, Access::reading);
    const std::optional<DataVersion> version = kept.data_version();
    is_in_snapshot_ = true;
    std::optional<std::string> made;
    try {
        made = make();
    } catch (...) {
        is_in_snapshot_ = false;
        throw;
    }
    is_in_snapshot_ = false;
    snapshot.commit();
    if (!made) return std::nullopt;
    if (!version) cache_.clear();
    return cache_.keep(version.value_or(DataVersion{}), key, std::move(*made));
}

void insert_row(Connection &connection, const Table &table, const Row &row) {
    connection.execute(sql::insert(table), row);
}

#define HBNB_STORAGE_OF(T)                                                           \
    template std::vector<T> Storage::all();                                          \
    template std::optional<T> Storage::get(const std::string &);                     \
    template std::int64_t Storage::count<T>();                                       \
    template bool Storage::insert(T &);                                              \
    template std::optional<T> Storage::update(const std::string &, const Changes &); \
    template bool Storage::remove<T>(const std::string &);
HBNB_STORAGE_OF(State)
HBNB_STORAGE_OF(City)
HBNB_STORAGE_OF(Amenity)
HBNB_STORAGE_OF(User)
HBNB_STORAGE_OF(Place)
HBNB_STORAGE_OF(Review)
#undef HBNB_STORAGE_OF

template std::vector<City> Storage::all_of<City, State>(const std::string &);
template std::vector<Place> Storage::all_of<Place, City>(const std::string &);
template std::vector<Review> Storage::all_of<Review, Place>(const std::string &);

}  // namespace hbnb
