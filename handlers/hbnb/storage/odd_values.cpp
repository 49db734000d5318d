#include "storage/odd_values.hpp"

namespace hbnb {

namespace {

const char *kind_of(const Column &column) {
    switch (column.kind) {
        case Kind::integer: return "no integer of 64 bits";
        case Kind::real: return "no number";
        case Kind::time: return "no time";
        case Kind::text: break;
    }
    return "no text";
}

}  // namespace

void OddValues::found(const Table &table, const Column &column, const Value &id, const Value &value) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    auto &next = next_[{table.name, column.name}];
    if (now < next) return;
    next = now + kPause;
    const auto *text = std::get_if<std::string>(&id);
    const bool is_unreadable = std::holds_alternative<Unreadable>(value);
    tell_("the database has " + std::string(is_unreadable ? kind_of(column) : "null") + " in " +
          std::string(table.name) + "." + std::string(column.name) + " of the row with id " +
          (text == nullptr ? "null" : *text) + ", and perhaps in others: it is answered as null");
}

}  // namespace hbnb
