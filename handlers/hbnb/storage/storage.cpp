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

    static const Sql &text() {
        static const Sql made;
        return made;
    }
};

// The ids have passed is_id(): only quotes and backslashes are escaped, and by every database in the same way.
std::string list_of(const Dialect &dialect, const std::vector<std::string> &ids) {
    std::string text = nlohmann::json(ids).dump();
    text.front() = dialect.list_brackets.front();
    text.back() = dialect.list_brackets.back();
    return text;
}

// What a column cannot even spell is in none of its rows: "nop" where the ids are of a type of their own.
template <class Work>
auto or_nothing(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const StorageError &error) {
        if (error.fault() != StorageFault::misfit) throw;
        return {};
    }
}

// Whether the query for an id finds that very one: a column's collation may take capital letters for small ones.
bool has_row(Connection &connection, const std::string &sql, const std::string &id) {
    const Value parameters[] = {id};
    const auto found = or_nothing([&] { return query_texts(connection, sql, parameters); });
    return !found.empty() && found.front() == id;
}

// The same, and until the transaction ends nobody else writes the row.
bool lock_row(Connection &connection, std::string_view table, const std::string &id) {
    return has_row(connection, sql::exists(table) + std::string(connection.dialect().for_update), id);
}

std::shared_ptr<ConnectionPool> make_pool(const DatabaseUrl &url, std::chrono::milliseconds busy_timeout,
                                          std::size_t connections_max, bool is_prepared) {
    if (url.is_file()) return nullptr;
    return std::make_shared<ConnectionPool>(url, busy_timeout, connections_max, is_prepared);
}

}  // namespace

StorageSource::StorageSource(DatabaseUrl url, std::size_t connections_max, Tables tables, OddValues::Tell tell)
    : url_(std::move(url)),
      pool_(make_pool(url_, kBusyTimeout, connections_max, tables == Tables::prepared)),
      is_to_prepare_(tables == Tables::to_prepare && !pool_),
      odd_values_(tell ? std::make_shared<OddValues>(std::move(tell)) : nullptr) {}

Checked<StorageSource> StorageSource::open(const DatabaseUrl &url, std::size_t connections_max, bool serves,
                                           OddValues::Tell tell) {
    if (!serves) {
        if (Checked<void> usable = look_at_database(url); !usable) return usable.error();
        return StorageSource(url, connections_max, Tables::to_prepare, std::move(tell));
    }
    const Checked<Prepared> prepared = prepare_to_serve(url);
    if (!prepared) return prepared.error();
    if (!prepared->lacks.empty() && tell) tell(prepared->lacks);
    const Tables tables = prepared->is_done ? Tables::prepared : Tables::unknown;
    return StorageSource(url, connections_max, tables, std::move(tell));
}

Storage::Storage(DatabaseUrl url, std::chrono::milliseconds busy_timeout)
    : url_(std::move(url)), busy_timeout_(busy_timeout), pool_(make_pool(url_, busy_timeout, 0, false)) {}

Storage::Storage(DatabaseUrl url, std::shared_ptr<ConnectionPool> pool, std::shared_ptr<OddValues> odd_values,
                 bool is_to_prepare)
    : url_(std::move(url)), pool_(std::move(pool)), odd_values_(std::move(odd_values)), is_to_prepare_(is_to_prepare) {}

Storage::Storage(Storage &&) noexcept = default;

Storage::~Storage() { release(); }

void Storage::release() {
    if (pool_ && connection_) pool_->give_back(std::move(connection_));
}

// Several threads may come to it at once, as several processes may.
void Storage::prepare() {
    if (!is_to_prepare_) return;
    if (const Checked<Prepared> prepared = prepare_to_serve(url_); !prepared)
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
std::vector<T> Storage::to_objects(std::vector<Row> rows) {
    std::vector<T> objects;
    objects.reserve(rows.size());
    std::uint32_t told = 0;  // of these rows: one for each column
    for (Row &row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const Field<T> &field = Class<T>::kFields[i];
            const bool is_odd = std::holds_alternative<Unreadable>(row[i]) ||
                                (std::holds_alternative<std::monostate>(row[i]) && !field.column.is_nullable);
            if (!is_odd || odd_values_ == nullptr || (told & bit_of(field)) != 0) continue;
            told |= bit_of(field);
            odd_values_->found(kTableOf<T>, field.column, row.front(), row[i]);
        }
        objects.push_back(from_row<T>(std::move(row)));
    }
    return objects;
}

template <class T>
std::optional<T> Storage::find(Connection &connection, const std::string &sql, const std::string &id) {
    const Value parameters[] = {id};
    auto found = to_objects<T>(or_nothing([&] { return connection.query(sql, kKinds<T>, parameters); }));
    if (found.empty() || found.front().id != id) return std::nullopt;  // as in has_row()
    return std::move(found.front());
}

template <class T>
std::vector<T> Storage::all() {
    return to_objects<T>(connection().query(Sql<T>::text().select_all, kKinds<T>));
}

template <class T>
std::optional<T> Storage::get(const std::string &id) {
    return find<T>(connection(), Sql<T>::text().select_one, id);
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
std::optional<T> Storage::update(const std::string &id, const ChangesOf<T> &changes_of) {
    const std::string &select = Sql<T>::text().select_one;
    Connection &kept = connection();
    Transaction transaction(kept);
    const std::optional<T> before = find<T>(kept, select + std::string(kept.dialect().for_update), id);
    if (!before) return std::nullopt;
    std::vector<std::string_view> columns;
    std::vector<Value> parameters;
    for (const Change &change : changes_of(*before)) {
        columns.push_back(change.column->name);
        parameters.push_back(change.value);
    }
    columns.push_back("updated_at");
    parameters.emplace_back(now_stamp());  // not before the lock: who writes later has the later time
    parameters.emplace_back(id);
    kept.execute(sql::update(kTableOf<T>, columns), parameters);
    std::optional<T> updated = find<T>(kept, select, id);
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
        for (const std::string &statement : sql::remove(kept.dialect(), kSchema, kTableOf<T>)) {
            kept.execute(statement, parameters);
        }
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
    Connection &kept = connection();
    const std::string text =
        sql::select_linked(kept.dialect(), kTableOf<Amenity>, kPlaceAmenity, "amenity_id", "place_id");
    const Value parameters[] = {place_id};
    return to_objects<Amenity>(kept.query(text, kKinds<Amenity>, parameters));
}

// The cities asked for and those of the states asked for. (In one query with the places, no server would take the
// index.)
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
    const std::vector<std::string> cities = cities_of(asked);
    Connection &kept = connection();
    std::string last;
    do {  // the first piece has no place before it, even one without an id
        const std::string text = sql::search_places(kept.dialect(), by_city, by_amenity, !last.empty(), kPieceRows);
        std::vector<Value> parameters;
        if (by_city) parameters.emplace_back(list_of(kept.dialect(), cities));
        if (by_amenity) parameters.emplace_back(list_of(kept.dialect(), asked.amenities));
        if (by_amenity && !last.empty()) parameters.emplace_back(last);
        if (by_amenity) parameters.emplace_back(static_cast<std::int64_t>(asked.amenities.size()));
        if (!last.empty()) parameters.emplace_back(last);
        auto piece = to_objects<Place>(or_nothing([&] { return kept.query(text, kKinds<Place>, parameters); }));
        last = piece.size() == kPieceRows ? piece.back().id : "";
        on_piece(std::move(piece));
    } while (!last.empty());
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
    return or_nothing([&] { return connection().execute(text, parameters); }) > 0;
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

#define HBNB_STORAGE_OF(T)                                                                \
    template std::vector<T> Storage::all();                                               \
    template std::optional<T> Storage::get(const std::string &);                          \
    template std::int64_t Storage::count<T>();                                            \
    template bool Storage::insert(T &);                                                   \
    template std::optional<T> Storage::update(const std::string &, const ChangesOf<T> &); \
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
