// The words that the sample data is made of: real towns, invented people and homes.
#pragma once

#include <array>
#include <cstdint>

namespace hbnb {

struct Town {
    const char *name;
    double latitude, longitude;
    int price_level;  // percent
};
struct Region {
    const char *name;
    std::array<Town, 3> towns;
};

// clang-format off
inline constexpr Region kRegions[] = {
    {"Arizona", {{{"Flagstaff", 35.1983, -111.6513, 95}, {"Phoenix", 33.4484, -112.074, 100}, {"Tucson", 32.2226, -110.9747, 85}}}},
    {"California", {{{"Fresno", 36.7378, -119.7871, 80}, {"Monterey", 36.6002, -121.8947, 150}, {"San Francisco", 37.7749, -122.4194, 180}}}},
    {"Colorado", {{{"Boulder", 40.015, -105.2705, 135}, {"Denver", 39.7392, -104.9903, 120}, {"Durango", 37.2753, -107.8801, 105}}}},
    {"Georgia", {{{"Athens", 33.9519, -83.3576, 80}, {"Atlanta", 33.749, -84.388, 100}, {"Savannah", 32.0809, -81.0912, 115}}}},
    {"Hawaii", {{{"Hilo", 19.7241, -155.0868, 115}, {"Honolulu", 21.3069, -157.8583, 160}, {"Lihue", 21.9811, -159.3711, 145}}}},
    {"Louisiana", {{{"Baton Rouge", 30.4515, -91.1871, 80}, {"Lafayette", 30.2241, -92.0198, 75}, {"New Orleans", 29.9511, -90.0715, 120}}}},
    {"Maine", {{{"Bangor", 44.8016, -68.7712, 75}, {"Bar Harbor", 44.3876, -68.2039, 130}, {"Portland", 43.6591, -70.2568, 115}}}},
    {"Minnesota", {{{"Duluth", 46.7867, -92.1005, 85}, {"Minneapolis", 44.9778, -93.265, 95}, {"Saint Paul", 44.9537, -93.09, 90}}}},
    {"New Mexico", {{{"Albuquerque", 35.0844, -106.6504, 80}, {"Santa Fe", 35.687, -105.9378, 125}, {"Taos", 36.4072, -105.5731, 110}}}},
    {"Oregon", {{{"Astoria", 46.1879, -123.8313, 100}, {"Bend", 44.0582, -121.3153, 120}, {"Eugene", 44.0521, -123.0868, 85}}}},
    {"Texas", {{{"Austin", 30.2672, -97.7431, 130}, {"Galveston", 29.3013, -94.7977, 105}, {"San Antonio", 29.4241, -98.4936, 90}}}},
    {"Vermont", {{{"Burlington", 44.4759, -73.2121, 110}, {"Montpelier", 44.2601, -72.5754, 90}, {"Stowe", 44.4654, -72.6874, 140}}}},
};

struct AmenityShare {
    const char *name;
    unsigned percent;  // of the places that have it
};
inline constexpr AmenityShare kAmenities[] = {
    {"Air conditioning", 55}, {"Balcony", 35},        {"Barbecue grill", 30}, {"Bathtub", 45},        {"Bed linens", 90},
    {"Bicycles", 20},         {"Board games", 40},    {"Books", 50},          {"Breakfast", 15},      {"Carbon monoxide alarm", 75},
    {"Coffee maker", 80},     {"Crib", 15},           {"Desk for work", 50},  {"Dishwasher", 45},     {"Dryer", 50},
    {"Elevator", 10},         {"Fire extinguisher", 65}, {"Fireplace", 25},   {"First aid kit", 60},  {"Free parking", 60},
    {"Garden", 40},           {"Hair dryer", 70},     {"Hammock", 15},        {"Heating", 85},        {"High chair", 15},
    {"Hot tub", 12},          {"Iron", 55},           {"Kayaks", 8},          {"Kitchen", 80},        {"Microwave", 60},
    {"Outdoor shower", 10},   {"Oven", 60},           {"Pets allowed", 30},   {"Piano", 6},           {"Record player", 12},
    {"Sauna", 7},             {"Self check-in", 50},  {"Smoke alarm", 90},    {"Step-free access", 15}, {"Swimming pool", 14},
    {"Television", 55},       {"Washer", 60},         {"Wireless internet", 95}, {"Wood stove", 15},
};

struct Person {
    const char *first, *last;
};
inline constexpr Person kPeople[] = {
    {"Amara", "Okafor"},    {"Bruno", "Keller"},   {"Chiara", "Lombardi"}, {"Dmitri", "Sokolov"},  {"Elena", "Vasquez"},
    {"Farid", "Haddad"},    {"Grace", "Whitfield"}, {"Hiroshi", "Tanabe"}, {"Ingrid", "Solberg"},  {"Jonas", "Petersen"},
    {"Keiko", "Mori"},      {"Liam", "O'Rourke"},  {"Marisol", "Aguilar"}, {"Naveen", "Rao"},      {"Odile", "Marchand"},
    {"Pilar", "Ibarra"},    {"Quentin", "Dubois"}, {"Rosa", "Delgado"},    {"Samuel", "Adeyemi"},  {"Tove", "Lindqvist"},
    {"Umar", "Farouk"},     {"Veronika", "Novak"}, {"Wesley", "Chambers"}, {"Ximena", "Paredes"},  {"Yusuf", "Demir"},
    {"Zoë", "Castellanos"}, {"Björn", "Ekström"},  {"Clara", "Nguyen"},    {"Daniel", "Katz"},     {"Esther", "Mbeki"},
};

struct Home {
    const char *name, *description;
    int rooms, bathrooms, guests, price;  // price: dollars a night at 100 percent
};
inline constexpr Home kHomes[] = {
    {"Sunny loft", "High windows, a long table and light from morning to night.<br>The lift is slow; the view is worth the wait.", 1, 1, 2, 98},
    {"Quiet garden cottage", "A small house at the end of a garden, with its own door, a stove for cold evenings and birds at five.", 2, 1, 3, 112},
    {"Family house with a porch", "Three bedrooms, a porch with a swing and a yard that forgives footballs.<br>Bring your dog.", 3, 2, 6, 168},
    {"Studio", "Everything in one room, and nothing too much. Good for a night, fine for a week.", 0, 1, 2, 64},
    {"Old brick townhouse", "Built in 1911 and repaired ever since: thick walls, creaking stairs, a good kitchen.", 4, 3, 8, 235},
    {"Cabin under the trees", "No neighbours in sight, stars above, firewood by the door.<br>Phones work on the hill only.", 2, 1, 4, 124},
    {"Bright room with a view", "A private room in a shared flat, with a desk at the window and quiet people next door.", 1, 1, 1, 47},
    {"Converted workshop", "Concrete floor, steel beams, soft beds. The old crane still moves, but please leave it where it is.", 2, 2, 4, 143},
    {"Top-floor apartment", "Four flights up and quiet for it. Two bedrooms face the yard, the living room faces the sunset.", 2, 1, 4, 119},
    {"Tiny house on wheels", "Eighteen square metres, a loft bed, a real oven. Everything has its place and so will you.", 1, 1, 2, 72},
    {"Artist's flat", "My paintings on the walls and my books on the shelves; both may be looked at. The north light is superb.", 1, 1, 3, 89},
    {"Farmhouse room", "One room of five in a working farmhouse. Breakfast at seven with whatever the hens have left.", 1, 1, 2, 68},
    {"Bungalow with a pool", "Single floor, wide doors, a pool of nine metres and chairs in the shade.<br>Children are welcome, glass at the pool is not.", 3, 2, 6, 198},
    {"Basement apartment", "Cool in summer, warm in winter, with a separate entrance and windows at garden height.", 1, 1, 3, 61},
    {"Lake-coloured houseboat", "Two cabins, a deck for breakfast, and the gentlest rocking you will ever sleep to.", 2, 1, 4, 156},
    {"Restored schoolhouse", "One big room where four classes sat, now with two bedrooms and the old blackboard.<br>Leave us a message on it.", 2, 1, 5, 138},
    {"Modern apartment", "New in every corner: induction, rain shower, blackout blinds. The bakery is downstairs.", 2, 2, 4, 149},
    {"Grandmother's house", "Flowered curtains, a piano slightly out of tune, and a kitchen that has fed generations.", 3, 1, 5, 104},
    {"Guest suite", "Bedroom, bath and a little terrace of your own, at the back of our house. We are there if you need us.", 1, 1, 2, 79},
    {"House on the hill", "You see the weather come in from every window. Four bedrooms, two decks, one very long table.", 4, 2, 8, 259},
    {"Railway carriage", "A carriage of 1948 on thirty metres of track: berths, a galley kitchen, and brass everywhere.", 1, 1, 2, 109},
    {"Writer's retreat", "No television, a good chair, a better lamp. Three books have been finished here; yours may be next.", 1, 1, 1, 83},
};

inline constexpr const char *kSpots[] = {
    "near the old market", "above the bakery", "by the park", "on the quiet side of town", "two streets from the centre",
    "at the edge of town", "behind the library", "next to the farmers' market", "on a street of old trees", "near the university",
    "by the water", "around the corner from the museum", "where the buses turn",
};

inline constexpr const char *kNeighbourhood[] = {
    "Groceries, coffee and a pharmacy are within five minutes on foot.",
    "The bus stops at the corner; the centre is ten minutes away.",
    "You will hear church bells on Sunday and otherwise very little.",
    "There are three good places to eat in the street, and one excellent one.",
    "Trails begin at the end of the road.",
    "Parking is easy after six and impossible before.",
    "Check-in is from three, and later is no problem at all.",
    "We live next door and are happy to say where the good bread is.",
};

inline constexpr const char *kReviewOpenings[] = {
    "We slept well, ate better, and would come back tomorrow.",
    "Exactly as described.",
    "A little noisy in the morning, but the place is lovely.",
    "Clean, warm and easy to find.",
    "Good value for what it is.",
    "The best kitchen we have had on the road.",
    "Simple and honest, in the middle of everything.",
    "The photographs do not do it justice.",
    "Smaller than I thought, and cosier for it.",
    "I came to work for a week and got everything done.",
    "Our third stay here, and it will not be the last.",
    "Perfect for two, a bit tight for more.",
    "A wonderful old house with a wonderful host.",
    "Not much to look at from outside, a treasure inside.",
    "We only stayed one night, sadly.",
    "The bed is the most comfortable I remember.",
};

inline constexpr const char *kReviewClosings[] = {
    "The host answered within minutes.",
    "The children asked to stay another week.",
    "The shower needs patience, everything else is fine.",
    "Walk to the market on Saturday morning, it is worth it.",
    "Bring slippers, the floor is cold.",
    "Coffee, tea and a note were waiting for us.",
    "We missed a second key, that is all.",
    "Even the dog was welcomed by name.",
    "Check-in took half a minute.",
    "Thank you for the tips, above all for the one about the pie.",
    "Next time we shall stay longer.",
};
// clang-format on

}  // namespace hbnb
