// hbnb-data's commands over a database and with files of a test's own.
#pragma once

#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "data/commands.hpp"
#include "unit/handlers/test_database.hpp"

namespace hbnb {

struct DataBench {
    TemporaryDirectory directory;
    TestDatabase database;
    DatabaseUrl url = database.url();
    std::ostringstream told;
    data::Report report{told, false};
    std::string file = directory.path("data.json");

    std::string import(data::Existing existing = data::Existing::keep) {
        return sentence_of(data::import_file(url, file, existing, report));
    }
    std::string exported() {
        std::ostringstream out;
        CHECK(sentence_of(data::export_file(url, "", out)) == "");
        return out.str();
    }
    static std::string sentence_of(const Checked<data::Done> &done) {
        return done ? done->sentence : done.error().reason;
    }
};

inline const char *const kStamp = "2017-03-25T02:17:06.000000";

inline nlohmann::json row(std::initializer_list<std::pair<const std::string, nlohmann::json>> values) {
    nlohmann::json json{{"id", "x"}, {"created_at", kStamp}, {"updated_at", kStamp}};
    for (const auto &[key, value] : values) json[key] = value;
    return json;
}

// A document with one of each.
inline nlohmann::json small() {
    return {{"states", {row({{"id", "s"}, {"name", "S"}})}},
            {"cities", {row({{"id", "c"}, {"state_id", "s"}, {"name", "C"}})}},
            {"amenities", {row({{"id", "a"}, {"name", "A"}})}},
            {"users", {row({{"id", "u"}, {"email", "e"}, {"password", "secret"}, {"first_name", nullptr}})}},
            {"places",
             {row({{"id", "p"},
                   {"city_id", "c"},
                   {"user_id", "u"},
                   {"name", "P"},
                   {"number_rooms", 1},
                   {"number_bathrooms", 1},
                   {"max_guest", 2},
                   {"price_by_night", 80},
                   {"latitude", 1.5}})}},
            {"reviews", {row({{"id", "r"}, {"place_id", "p"}, {"user_id", "u"}, {"text", "T"}})}},
            {"place_amenity", {{{"place_id", "p"}, {"amenity_id", "a"}}}},
            {"other", {1, 2, 3}}};
}

}  // namespace hbnb
