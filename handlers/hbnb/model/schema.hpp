// Every table of the application, a referred-to table before those that refer to it.
#pragma once

#include "model/amenity.hpp"
#include "model/city.hpp"
#include "model/place.hpp"
#include "model/review.hpp"
#include "model/state.hpp"
#include "model/user.hpp"

namespace hbnb {

// Which place has which amenity: no class of its own, its two columns are its key.
inline constexpr std::array<Column, 2> kPlaceAmenityColumns{id("place_id").of("places"),
                                                            id("amenity_id").of("amenities")};
inline constexpr Table kPlaceAmenity{"place_amenity", "", kPlaceAmenityColumns};

inline constexpr std::array<Table, 7> kSchema{kTableOf<State>, kTableOf<City>,   kTableOf<Amenity>, kTableOf<User>,
                                              kTableOf<Place>, kTableOf<Review>, kPlaceAmenity};

// The number of this shape of the tables; an SQLite file keeps it in PRAGMA user_version (0: made by somebody else).
// What leads from one to the next: storage/migrations.cpp.
inline constexpr std::int64_t kSchemaVersion = 2;

}  // namespace hbnb
