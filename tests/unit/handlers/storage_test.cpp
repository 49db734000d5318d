#include "storage/storage.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "storage/new_tables.hpp"
#include "storage/prepare.hpp"
#include "storage/sample_data.hpp"
#include "storage/storage_error.hpp"
#include "unit/handlers/temporary_directory.hpp"

using namespace hbnb;
using namespace std::chrono_literals;

namespace {

// A database with our tables and nothing in them.
struct Bare {
    TemporaryDirectory directory;
    DatabaseUrl url = directory.url();
    Bare() {
        Connection connection(url.path, Connection::Opening::creating, 1s);
        make_tables(connection);
        connection.query("pragma journal_mode = wal", std::array{Kind::text});
    }
    std::int64_t number(const std::string &sql) {
        Connection connection(url.path, Connection::Opening::existing, 1s);
        return query_number(connection, sql);
    }
};

template <class T>
T stored(Storage &storage, T object) {
    REQUIRE(storage.insert(object));
    return object;
}

State state_named(const std::string &name) {
    State state;
    state.name = name;
    return state;
}

City city_of(const State &state, const std::string &name) {
    City city;
    city.state_id = state.id;
    city.name = name;
    return city;
}

User some_user() {
    User user;
    user.email = "a@example.com";
    user.password.assign(1, '!');
    return user;
}

Place place_of(const City &city, const User &user) {
    Place place;
    place.city_id = city.id;
    place.user_id = user.id;
    place.name = "Ünïcode 'quoted' \"name\"; drop table states --";
    place.latitude = 37.773972;
    place.longitude = -0.1;
    place.max_guest = 2147483647;
    return place;
}

Review review_of(const Place &place, const User &user) {
    Review review;
    review.place_id = place.id;
    review.user_id = user.id;
    review.text = "fine";
    return review;
}

Changes rename(const std::string &name) { return {{&Class<State>::kFields[3].column, name}}; }

template <class Work>
StorageFault fault_of(Work work) {
    try {
        work();
    } catch (const StorageError &error) {
        return error.fault();
    }
    FAIL("no StorageError");
    return {};
}

}  // namespace

TEST_CASE("an object comes back as it was stored, nulls and all digits included") {
    Bare bare;
    Storage storage(bare.url);
    const State state = stored(storage, state_named("Utah"));
    const City city = stored(storage, city_of(state, "Moab"));
    const User user = stored(storage, some_user());
    const Place place = stored(storage, place_of(city, user));
    CHECK(state.id.size() == 36);
    CHECK(state.created_at.size() == 26);
    CHECK(state.created_at == state.updated_at);
    CHECK(storage.get<State>(state.id) == state);
    CHECK(storage.get<User>(user.id) == user);
    CHECK(storage.get<Place>(place.id) == place);
    CHECK_FALSE(storage.get<Place>(place.id)->description.has_value());
    CHECK_FALSE(storage.get<State>("nobody").has_value());
    CHECK_FALSE(storage.get<State>("' or 1=1 --").has_value());
}

TEST_CASE("one statement stores a null first and a value after") {
    Bare bare;
    Storage storage(bare.url);
    const City city = stored(storage, city_of(stored(storage, state_named("Utah")), "Moab"));
    const User user = stored(storage, some_user());
    Place without = place_of(city, user);
    without.latitude.reset();
    without = stored(storage, without);
    const Place with = stored(storage, place_of(city, user));
    CHECK(storage.get<Place>(without.id) == without);
    CHECK(storage.get<Place>(with.id) == with);
}

TEST_CASE("lists come in ascending order of id") {
    Bare bare;
    Storage storage(bare.url);
    const State state = stored(storage, state_named("a"));
    for (int i = 0; i < 20; ++i) stored(storage, city_of(state, "c"));
    const auto by_id = [](const City &a, const City &b) { return a.id < b.id; };
    const std::vector<City> all = storage.all<City>();
    CHECK(all.size() == 20);
    CHECK(std::is_sorted(all.begin(), all.end(), by_id));
    CHECK(storage.all_of<City, State>(state.id) == all);
    CHECK(storage.all_of<City, State>("nobody").empty());
    CHECK(storage.count<City>() == 20);
}

TEST_CASE("an update changes what it names, moves updated_at and nothing else") {
    Bare bare;
    Storage storage(bare.url);
    const State before = stored(storage, state_named("a"));
    const std::optional<State> after = storage.update<State>(before.id, rename("b"));
    REQUIRE(after.has_value());
    CHECK(after->name == "b");
    CHECK(after->created_at == before.created_at);
    CHECK(after->updated_at > before.updated_at);
    CHECK(storage.get<State>(before.id) == after);
    CHECK_FALSE(storage.update<State>("nobody", rename("b")).has_value());
    CHECK(storage.update<State>(before.id, Changes{})->name == "b");
}

TEST_CASE("removing a state takes its cities, their places, reviews and links along, and no others") {
    Bare bare;
    Storage storage(bare.url);
    const User user = stored(storage, some_user());
    const State gone = stored(storage, state_named("gone")), kept = stored(storage, state_named("kept"));
    Place last;
    for (const State &state : {gone, kept}) {
        last = stored(storage, place_of(stored(storage, city_of(state, "c")), user));
        stored(storage, review_of(last, user));
        Amenity amenity;
        amenity.name = "Pool";
        amenity = stored(storage, amenity);
        Connection connection(bare.url.path, Connection::Opening::existing, 1s);
        insert_row(connection, kPlaceAmenity, {last.id, amenity.id});
    }
    CHECK(storage.remove<State>(gone.id));
    CHECK_FALSE(storage.remove<State>(gone.id));
    CHECK(storage.count<State>() == 1);
    CHECK(storage.count<City>() == 1);
    CHECK(storage.count<Place>() == 1);
    CHECK(storage.count<Review>() == 1);
    CHECK(storage.count<Amenity>() == 2);
    CHECK(bare.number("select count(*) from place_amenity") == 1);
    CHECK(storage.remove<User>(user.id));
    CHECK(storage.count<Place>() == 0);
    CHECK(bare.number("select count(*) from place_amenity") == 0);
    CHECK(bare.number("select count(*) from pragma_foreign_key_check") == 0);
}

TEST_CASE("an object that refers to nothing is not stored") {
    Bare bare;
    Storage storage(bare.url);
    City city = city_of(state_named("unstored"), "c");
    city.state_id = "nobody";
    CHECK_FALSE(storage.insert(city));
    CHECK(storage.count<City>() == 0);
}

TEST_CASE("while another connection writes, reads go on and a write is busy; afterwards it works again") {
    Bare bare;
    Storage storage(bare.url, 10ms);
    const State state = stored(storage, state_named("a"));
    State other = state_named("b");
    {
        Connection writer(bare.url.path, Connection::Opening::existing, 1s);
        Transaction transaction(writer);
        CHECK(storage.get<State>(state.id) == state);
        CHECK(fault_of([&] { (void)storage.insert(other); }) == StorageFault::busy);
        CHECK(fault_of([&] { storage.update<State>(state.id, rename("c")); }) == StorageFault::busy);
        CHECK(fault_of([&] { storage.remove<State>(state.id); }) == StorageFault::busy);
    }
    CHECK(storage.insert(other));
    CHECK(storage.remove<State>(state.id));
}

TEST_CASE("what a transaction did is undone unless it is committed") {
    Bare bare;
    {
        Connection connection(bare.url.path, Connection::Opening::existing, 1s);
        Transaction transaction(connection);
        insert_row(connection, kTableOf<State>, to_row(state_named("a")));
        CHECK(query_number(connection, "select count(*) from states") == 1);
    }
    CHECK(bare.number("select count(*) from states") == 0);
}

TEST_CASE("a read leaves no snapshot open: what another connection stores is seen at once") {
    Bare bare;
    Storage reader(bare.url), writer(bare.url);
    CHECK(reader.count<State>() == 0);
    CHECK(reader.all<State>().empty());
    const State state = stored(writer, state_named("a"));
    CHECK(reader.count<State>() == 1);
    CHECK(reader.get<State>(state.id) == state);
    REQUIRE(writer.update<State>(state.id, rename("b")).has_value());
    CHECK(reader.get<State>(state.id)->name == "b");
}

TEST_CASE("threads with a storage each write side by side and lose nothing") {
    Bare bare;
    constexpr int kThreads = 4, kEach = 10;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            Storage storage(bare.url, 60s);
            for (int n = 0; n < kEach; ++n) {
                State state = state_named("s");
                if (!storage.insert(state)) return;
                storage.update<State>(state.id, rename("t"));
            }
        });
    }
    for (std::thread &thread : threads) thread.join();
    CHECK(bare.number("select count(*) from states where name = 't'") == kThreads * kEach);
}

TEST_CASE("a file that is away is a fault of the request and not of the making, and none is left behind") {
    TemporaryDirectory directory;
    Storage storage(directory.url());
    CHECK(fault_of([&] { storage.count<State>(); }) == StorageFault::other);
    CHECK_FALSE(std::filesystem::exists(directory.path("hbnb.db")));
}

TEST_CASE("single rows, children and counts are found by an index and never by a scan of the table") {
    Bare bare;
    Connection connection(bare.url.path, Connection::Opening::existing, 1s);
    const auto plan = [&](const std::string &sql) {
        const std::array kinds{Kind::integer, Kind::integer, Kind::integer, Kind::text};
        std::string text;
        for (const Row &row : connection.query("explain query plan " + sql, kinds))
            text += std::get<std::string>(row[3]) + ";";
        return text;
    };
    CHECK(plan("select name from cities where id = 'x'").find("SEARCH cities USING INDEX") == 0);
    CHECK(plan("select name from cities where state_id = 'x' order by id") ==
          "SEARCH cities USING INDEX cities_state_id (state_id=?);");
    CHECK(plan("select count(*) from reviews").find("COVERING INDEX") != std::string::npos);
}

TEST_CASE("the sample data is whole: every reference is there, every text fits its column") {
    const DataSet data = make_sample_data();
    CHECK(data.states.size() >= 10);
    CHECK(data.cities.size() >= 30);
    CHECK(data.amenities.size() >= 40);
    CHECK(data.users.size() >= 20);
    CHECK(data.places.size() >= 150);
    CHECK(data.reviews.size() >= 500);
    CHECK(make_sample_data() == data);
    Bare bare;
    Connection connection(bare.url.path, Connection::Opening::existing, 1s);
    Transaction transaction(connection);
    insert_data(connection, data);
    transaction.commit();
    CHECK(bare.number("select count(*) from place_amenity") == static_cast<std::int64_t>(data.place_amenities.size()));
    CHECK(bare.number("select count(*) from states where length(id) = 36 and substr(id, 15, 1) = '4'") ==
          static_cast<std::int64_t>(data.states.size()));
    CHECK(bare.number("select count(*) from places where length(name) > 128 or length(description) > 1024") == 0);
    CHECK(bare.number("select count(distinct name) from places") > 145);
    CHECK(bare.number("select count(*) from reviews r join places p on p.id = r.place_id "
                      "where r.user_id = p.user_id") == 0);
}
