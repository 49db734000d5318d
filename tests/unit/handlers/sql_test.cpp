#include "storage/sql.hpp"

#include <doctest/doctest.h>

#include "model/schema.hpp"

using namespace hbnb;

TEST_CASE("a table's definition states its columns, key and references") {
    CHECK(sql::create_table(kTableOf<City>, kSqlite) ==
          "create table if not exists cities (id varchar(60) not null, created_at datetime not null, updated_at "
          "datetime not null, "
          "state_id varchar(60) not null, name varchar(128) not null, primary key (id), "
          "foreign key (state_id) references states (id))");
    CHECK(sql::create_table(kPlaceAmenity, kSqlite).find("primary key (place_id, amenity_id)") != std::string::npos);
}

TEST_CASE("every reference has an index that leads with it") {
    CHECK(sql::create_indexes(kTableOf<Review>) ==
          std::vector<std::string>{"create index if not exists reviews_place_id on reviews (place_id, id)",
                                   "create index if not exists reviews_user_id on reviews (user_id, id)"});
    CHECK(sql::create_indexes(kPlaceAmenity) ==
          std::vector<std::string>{
              "create index if not exists place_amenity_amenity_id on place_amenity (amenity_id, place_id)"});
    CHECK(sql::create_indexes(kTableOf<State>).empty());
}

TEST_CASE("removing a state removes all that hangs on it, leaves first") {
    const std::string cities = "state_id in (select id from states where id = :p0)";
    const std::string places = "city_id in (select id from cities where " + cities + ")";
    const std::string of_places = "place_id in (select id from places where " + places + ")";
    CHECK(sql::remove(kSqlite, kSchema, kTableOf<State>) ==
          std::vector<std::string>{"delete from reviews where " + of_places,
                                   "delete from place_amenity where " + of_places, "delete from places where " + places,
                                   "delete from cities where " + cities, "delete from states where id = :p0"});
}

TEST_CASE("removing a user removes places and reviews, and an amenity its links") {
    CHECK(sql::remove(kSqlite, kSchema, kTableOf<User>).size() == 5);
    CHECK(sql::remove(kSqlite, kSchema, kTableOf<Amenity>) ==
          std::vector<std::string>{
              "delete from place_amenity where amenity_id in (select id from amenities where id = :p0)",
              "delete from amenities where id = :p0"});
}

TEST_CASE("an update names its columns and the row last") {
    const std::string_view columns[] = {"name", "updated_at"};
    CHECK(sql::update(kTableOf<State>, columns) == "update states set name = :p0, updated_at = :p1 where id = :p2");
}
