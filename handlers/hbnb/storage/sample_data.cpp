#include "storage/sample_data.hpp"

#include <cstdio>

namespace hbnb {

namespace {

struct Town {
    const char *name;
    double latitude, longitude;
};
struct Region {
    const char *name;
    Town towns[3];
};

constexpr Region kRegions[] = {
    {"Arizona", {{"Flagstaff", 35.1983, -111.6513}, {"Phoenix", 33.4484, -112.074}, {"Tucson", 32.2226, -110.9747}}},
    {"California",
     {{"Fresno", 36.7378, -119.7871}, {"Monterey", 36.6002, -121.8947}, {"San Francisco", 37.7749, -122.4194}}},
    {"Colorado", {{"Boulder", 40.015, -105.2705}, {"Denver", 39.7392, -104.9903}, {"Durango", 37.2753, -107.8801}}},
    {"Georgia", {{"Athens", 33.9519, -83.3576}, {"Atlanta", 33.749, -84.388}, {"Savannah", 32.0809, -81.0912}}},
    {"Hawaii", {{"Hilo", 19.7241, -155.0868}, {"Honolulu", 21.3069, -157.8583}, {"Lahaina", 20.8783, -156.6825}}},
    {"Louisiana",
     {{"Baton Rouge", 30.4515, -91.1871}, {"Lafayette", 30.2241, -92.0198}, {"New Orleans", 29.9511, -90.0715}}},
    {"Maine", {{"Bangor", 44.8016, -68.7712}, {"Bar Harbor", 44.3876, -68.2039}, {"Portland", 43.6591, -70.2568}}},
    {"Minnesota", {{"Duluth", 46.7867, -92.1005}, {"Minneapolis", 44.9778, -93.265}, {"Saint Paul", 44.9537, -93.09}}},
    {"New Mexico",
     {{"Albuquerque", 35.0844, -106.6504}, {"Santa Fe", 35.687, -105.9378}, {"Taos", 36.4072, -105.5731}}},
    {"Oregon", {{"Astoria", 46.1879, -123.8313}, {"Bend", 44.0582, -121.3153}, {"Eugene", 44.0521, -123.0868}}},
    {"Texas", {{"Austin", 30.2672, -97.7431}, {"Galveston", 29.3013, -94.7977}, {"San Antonio", 29.4241, -98.4936}}},
    {"Vermont", {{"Burlington", 44.4759, -73.2121}, {"Montpelier", 44.2601, -72.5754}, {"Stowe", 44.4654, -72.6874}}},
};

constexpr const char *kAmenities[] = {
    "Air conditioning", "Balcony",      "Bicycles", "Breakfast",     "Coffee maker", "Dishwasher",
    "Fireplace",        "Free parking", "Garden",   "Hair dryer",    "Heating",      "Hot tub",
    "Kitchen",          "Pets allowed", "Piano",    "Swimming pool", "Washer",       "Wireless internet"};

struct Person {
    const char *first, *last;
};
constexpr Person kPeople[] = {
    {"Amara", "Okafor"}, {"Bruno", "Keller"},    {"Chiara", "Lombardi"}, {"Dmitri", "Sokolov"}, {"Elena", "Vasquez"},
    {"Farid", "Haddad"}, {"Grace", "Whitfield"}, {"Hiroshi", "Tanabe"},  {"Ingrid", "Solberg"}, {"Jonas", "Petersen"}};

struct Home {
    const char *name, *description;
    int rooms, bathrooms, guests, price;
};
constexpr Home kHomes[] = {
    {"Sunny loft near the market",
     "High windows, a long table and a market two minutes away.<br>The lift is slow; the view is worth the wait.", 1, 1,
     2, 84},
    {"Quiet garden cottage",
     "A small house at the end of a garden, with its own door, a stove for cold evenings and birds at five.", 2, 1, 3,
     96},
    {"Family house with a porch",
     "Three bedrooms, a porch with a swing and a yard that forgives footballs.<br>Bring your dog.", 3, 2, 6, 158},
    {"Studio by the station", "Everything in one room, and the train at the corner. Good for a night, fine for a week.",
     0, 1, 2, 57},
    {"Old brick townhouse", "Built in 1911 and repaired ever since: thick walls, creaking stairs, a good kitchen.", 4,
     3, 8, 214},
    {"Cabin under the pines",
     "No neighbours in sight, stars above, firewood by the door.<br>Phones work on the hill only.", 2, 1, 4, 119},
    {"Bright room with a view",
     "A private room in a shared flat, with a desk at the window and quiet people next door.", 1, 1, 1, 43},
};

constexpr const char *kReviews[] = {
    "We slept well, ate better, and would come back tomorrow.",
    "Exactly as described. The host answered within minutes.",
    "A little noisy in the morning, but the place is lovely.",
    "Clean, warm and easy to find. The children asked to stay another week.",
    "Good value. The shower needs patience, everything else is fine.",
    "The best kitchen we have had on the road.",
    "Simple and honest, in the middle of everything.",
};

// One kind of object a letter, its number behind it: valid UUIDv4s that sort by kind and number.
std::string sample_id(unsigned kind, std::size_t number) {
    char id[37];
    std::snprintf(id, sizeof id, "%08x-5a3e-4b1d-9c07-%012zx", 0x5eed0000u + kind * 0x100u, number + 1);
    return id;
}

enum SampleKind : unsigned { kState = 1, kCity, kAmenity, kUser, kPlace, kReview };

template <class T>
T sample(SampleKind kind, std::size_t number) {
    T object;
    object.id = sample_id(kind, number);
    char stamp[40];
    std::snprintf(stamp, sizeof stamp, "2026-%02zu-%02zuT%02zu:%02zu:00.000000", number % 9 + 1, number % 27 + 1,
                  number % 14 + 8, number * 7 % 60);
    object.created_at = object.updated_at = stamp;
    return object;
}

void add_regions(SampleData &data) {
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

void add_amenities(SampleData &data) {
    for (const char *name : kAmenities) {
        data.amenities.push_back(sample<Amenity>(kAmenity, data.amenities.size()));
        data.amenities.back().name = name;
    }
}

std::string mailbox(const Person &person) {
    std::string box = std::string(person.first) + "." + person.last;
    for (char &c : box) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return box + "@example.com";
}

void add_users(SampleData &data) {
    for (const Person &person : kPeople) {
        data.users.push_back(sample<User>(kUser, data.users.size()));
        User &user = data.users.back();
        user.email = mailbox(person);
        user.password.assign(1, '!');  // no password opens these accounts
        user.first_name = person.first;
        user.last_name = person.last;
    }
}

const Town &town_of(std::size_t city) { return kRegions[city / 3].towns[city % 3]; }

Place make_place(const SampleData &data, std::size_t number, std::size_t city) {
    const Home &home = kHomes[(number * 3 + city) % std::size(kHomes)];
    auto place = sample<Place>(kPlace, number);
    place.city_id = data.cities[city].id;
    place.user_id = data.users[(number * 7 + 2) % data.users.size()].id;
    place.name = std::string(home.name) + ", " + town_of(city).name;
    place.description = home.description;
    place.number_rooms = home.rooms;
    place.number_bathrooms = home.bathrooms;
    place.max_guest = home.guests;
    place.price_by_night = home.price + static_cast<int>(city * 11 % 40);
    place.latitude = town_of(city).latitude + 0.001 * static_cast<double>(number % 9);
    place.longitude = town_of(city).longitude - 0.001 * static_cast<double>(number % 7);
    return place;
}

void add_places(SampleData &data) {
    for (std::size_t city = 0; city < data.cities.size(); ++city) {
        for (std::size_t i = 0; i < 1 + city % 3; ++i) {
            data.places.push_back(make_place(data, data.places.size(), city));
        }
    }
}

void add_place_amenities(SampleData &data) {
    for (std::size_t place = 0; place < data.places.size(); ++place) {
        for (std::size_t amenity = 0; amenity < data.amenities.size(); ++amenity) {
            if ((place * 5 + amenity * 3) % 7 < 3) {
                data.place_amenities.emplace_back(data.places[place].id, data.amenities[amenity].id);
            }
        }
    }
}

void add_reviews(SampleData &data) {
    for (std::size_t place = 0; place < data.places.size(); ++place) {
        for (std::size_t i = 0; i < place % 4; ++i) {
            const std::size_t number = data.reviews.size();
            auto review = sample<Review>(kReview, number);
            review.place_id = data.places[place].id;
            review.user_id = data.users[(number * 3 + 1) % data.users.size()].id;
            review.text = kReviews[(number + place) % std::size(kReviews)];
            data.reviews.push_back(std::move(review));
        }
    }
}

}  // namespace

SampleData make_sample_data() {
    SampleData data;
    add_regions(data);
    add_amenities(data);
    add_users(data);
    add_places(data);
    add_place_amenities(data);
    add_reviews(data);
    return data;
}

}  // namespace hbnb
