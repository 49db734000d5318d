#include "storage/sample_data.hpp"

#include <cstdio>

#include "storage/sample_texts.hpp"

namespace hbnb {

namespace {

constexpr std::size_t kPlaces = 156, kTowns = std::size(kRegions) * 3;

// One kind of object a letter, its number behind it: valid UUIDv4s that sort by kind and number.
std::string sample_id(unsigned kind, std::size_t number) {
    char id[37];
    std::snprintf(id, sizeof id, "%08x-5a3e-4b1d-9c07-%012zx", 0x5eed0000u + kind * 0x100u, number + 1);
    return id;
}

enum SampleKind : unsigned { kState = 1, kCity, kAmenity, kUser, kPlace, kReview };

// Chance that is the same everywhere (splitmix64): a number below `count`, of its own for each subject and number.
enum class Subject : unsigned {
    place_town = 1,
    home,
    owner,
    spot,
    sentence,
    offset,
    has_amenity,
    reviews,
    opening,
    date
};

std::size_t chance(Subject subject, std::size_t number, std::size_t count) {
    std::uint64_t x = number * 0x9E3779B97F4A7C15u + static_cast<unsigned>(subject) * 0xD1B54A32D192ED03u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return static_cast<std::size_t>((x ^ (x >> 31)) % count);
}

template <class T>
T sample(SampleKind kind, std::size_t number) {
    T object;
    object.id = sample_id(kind, number);
    const std::size_t day = chance(Subject::date, number * 8 + kind, 900);
    char stamp[40];
    std::snprintf(stamp, sizeof stamp, "%zu-%02zu-%02zuT%02zu:%02zu:00.000000", 2024 + day / 336, day % 336 / 28 + 1,
                  day % 28 + 1, number % 14 + 8, number * 7 % 60);
    object.created_at = object.updated_at = stamp;
    return object;
}

void add_regions(DataSet &data) {
    for (const Region &region : kRegions) {
        data.states.push_back(sample<State>(kState, data.states.size()));
        data.states.back().name = region.name;
        for (const Town &town : region.towns) {
            data.cities.push_back(sample<City>(kCity, data.cities.size()));
            data.cities.back().state_id = data.states.back().id;
            data.cities.back().name = town.name;
        }
    }
}

void add_amenities(DataSet &data) {
    for (const AmenityShare &amenity : kAmenities) {
        data.amenities.push_back(sample<Amenity>(kAmenity, data.amenities.size()));
        data.amenities.back().name = amenity.name;
    }
}

void add_users(DataSet &data) {
    for (const Person &person : kPeople) {
        data.users.push_back(sample<User>(kUser, data.users.size()));
        User &user = data.users.back();
        user.email = "guest" + std::to_string(data.users.size()) + "@example.com";
        user.password.assign(1, '!');  // no password opens these accounts
        user.first_name = person.first;
        user.last_name = person.last;
    }
}

// Every town has its share; which homes are where, chance says.
Place make_place(const DataSet &data, std::size_t number) {
    const std::size_t city = number % kTowns;
    const Town &town = kRegions[city / 3].towns[city % 3];
    const Home &home = kHomes[(number / kTowns * 5 + city * 7 + chance(Subject::home, number, 3)) % std::size(kHomes)];
    const auto spread = [&](std::size_t which) {
        return 0.0005 * (static_cast<double>(chance(Subject::offset, number * 2 + which, 121)) - 60);
    };
    auto place = sample<Place>(kPlace, number);
    place.city_id = data.cities[city].id;
    place.user_id = data.users[chance(Subject::owner, number, data.users.size())].id;
    place.name =
        std::string(home.name) + " " + kSpots[chance(Subject::spot, number, std::size(kSpots))] + ", " + town.name;
    place.description = std::string(home.description) + "<br>" +
                        kNeighbourhood[chance(Subject::sentence, number, std::size(kNeighbourhood))];
    place.number_rooms = home.rooms;
    place.number_bathrooms = home.bathrooms;
    place.max_guest = home.guests;
    place.price_by_night = home.price * town.price_level / 100 + static_cast<int>(chance(Subject::offset, number, 15));
    place.latitude = town.latitude + spread(0);
    place.longitude = town.longitude + spread(1);
    return place;
}

void add_places(DataSet &data) {
    while (data.places.size() < kPlaces) data.places.push_back(make_place(data, data.places.size()));
}

void add_place_amenities(DataSet &data) {
    for (std::size_t place = 0; place < data.places.size(); ++place) {
        for (std::size_t amenity = 0; amenity < data.amenities.size(); ++amenity) {
            const std::size_t number = place * data.amenities.size() + amenity;
            if (chance(Subject::has_amenity, number, 100) >= kAmenities[amenity].percent) continue;
            data.place_amenities.emplace_back(data.places[place].id, data.amenities[amenity].id);
        }
    }
}

Review make_review(const DataSet &data, const Place &place, std::size_t number) {
    auto review = sample<Review>(kReview, number);
    review.place_id = place.id;
    const std::size_t user = chance(Subject::owner, number + 1000, data.users.size());
    const bool is_owner = data.users[user].id == place.user_id;
    review.user_id = data.users[(user + (is_owner ? 1 : 0)) % data.users.size()].id;
    const std::size_t texts = chance(Subject::opening, number, std::size(kReviewOpenings) * std::size(kReviewClosings));
    review.text = std::string(kReviewOpenings[texts % std::size(kReviewOpenings)]) + " " +
                  kReviewClosings[texts / std::size(kReviewOpenings)];
    return review;
}

// Some places have none, some a dozen.
void add_reviews(DataSet &data) {
    for (std::size_t place = 0; place < data.places.size(); ++place) {
        const std::size_t most = chance(Subject::reviews, place, 10) == 0 ? 13 : 8;
        for (std::size_t left = chance(Subject::reviews, place + 1000, most); left > 0; --left) {
            data.reviews.push_back(make_review(data, data.places[place], data.reviews.size()));
        }
    }
}

}  // namespace

DataSet make_sample_data() {
    DataSet data;
    add_regions(data);
    add_amenities(data);
    add_users(data);
    add_places(data);
    add_place_amenities(data);
    add_reviews(data);
    return data;
}

}  // namespace hbnb
