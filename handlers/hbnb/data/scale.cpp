#include "data/scale.hpp"

#include <sodium.h>

#include <array>
#include <unordered_map>
#include <unordered_set>

#include "model/identity.hpp"
#include "storage/new_tables.hpp"
#include "storage/sql.hpp"
#include "storage/storage.hpp"

namespace hbnb::data {

namespace {

// An id of its own for each copy: the same for the same original in a database of the same size.
std::string copied_id(const std::string &original, std::size_t places, std::size_t copy) {
    const std::string text = original + " " + std::to_string(places) + " " + std::to_string(copy);
    std::array<unsigned char, 16> digest;
    ::crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char *>(text.data()),
                         text.size(), nullptr, 0);
    return id_of(digest);
}

template <class T>
std::vector<T> load(Connection &connection) {
    constexpr std::size_t size = Class<T>::kFields.size();
    std::array<Kind, size> kinds;
    for (std::size_t i = 0; i < size; ++i) kinds[i] = Class<T>::kFields[i].column.kind;
    std::vector<T> objects;
    connection.each(sql::select_all(kTableOf<T>), kinds, {},
                    [&](Row row) { objects.push_back(from_row<T>(std::move(row))); });
    return objects;
}

// What hangs on no place is not copied.
DataSet load_originals(Connection &connection) {
    Transaction snapshot(connection, Access::reading);
    DataSet data;
    data.places = load<Place>(connection);
    data.reviews = load<Review>(connection);
    constexpr Kind pair[] = {Kind::text, Kind::text};
    std::unordered_set<std::string> places;
    for (const Place &place : data.places) places.insert(place.id);
    std::erase_if(data.reviews, [&](const Review &review) { return !places.contains(review.place_id); });
    connection.each(sql::select_all(kPlaceAmenity), pair, {}, [&](Row row) {
        const auto *place = std::get_if<std::string>(&row[0]), *amenity = std::get_if<std::string>(&row[1]);
        if (place == nullptr || amenity == nullptr || !places.contains(*place)) return;
        data.place_amenities.emplace_back(*place, *amenity);
    });
    snapshot.commit();
    return data;
}

DataSet copy_of(const DataSet &originals, std::size_t copy) {
    const std::size_t places = originals.places.size();
    DataSet data = originals;
    std::unordered_map<std::string, std::string> ids;
    for (Place &place : data.places) place.id = ids[place.id] = copied_id(place.id, places, copy);
    for (Review &review : data.reviews) {
        review.id = copied_id(review.id, places, copy);
        review.place_id = ids.at(review.place_id);
    }
    for (auto &[place, amenity] : data.place_amenities) place = ids.at(place);
    return data;
}

}  // namespace

std::size_t scale(Connection &connection, std::size_t factor, const std::function<void(std::size_t)> &on_copy) {
    const DataSet originals = load_originals(connection);
    for (std::size_t copy = 1; copy < factor; ++copy) {
        Transaction transaction(connection);
        insert_data(connection, copy_of(originals, copy));
        transaction.commit();
        on_copy(copy);
    }
    return originals.places.size() * factor;
}

}  // namespace hbnb::data
