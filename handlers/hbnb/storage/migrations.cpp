#include "storage/migrations.hpp"

#include "model/schema.hpp"

namespace hbnb {

namespace {

struct Step {
    std::int64_t to;
    std::string_view statement;
};

// In order; a version may take several. Workers of the program before may still be running: a step leaves them what
// they use.
constexpr Step kSteps[] = {
    // The search for an amenity reads this index and no row.
    {2, "drop index if exists place_amenity_amenity_id"},
    {2, "create index place_amenity_amenity_id on place_amenity (amenity_id, place_id)"},
};
static_assert(std::end(kSteps)[-1].to == kSchemaVersion);

}  // namespace

void migrate(Connection &connection, std::int64_t from) {
    for (const Step &step : kSteps) {
        if (step.to > from) connection.run(std::string(step.statement));
    }
    connection.run("pragma user_version = " + std::to_string(kSchemaVersion));
}

}  // namespace hbnb
