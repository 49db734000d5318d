// What rows hold that their columns have no place for, told to the operator: a line for each column, at most once a
// minute. All threads; outlives the storages that tell it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "model/column.hpp"
#include "model/value.hpp"

namespace hbnb {

class OddValues {
  public:
    using Tell = std::function<void(const std::string &)>;  // from any thread, one at a time
    static constexpr std::chrono::minutes kPause{1};

    explicit OddValues(Tell tell) : tell_(std::move(tell)) {}

    // `value`: null where the column has none, or Unreadable. `id`: what the row has for its id.
    void found(const Table &table, const Column &column, const Value &id, const Value &value);

  private:
    std::mutex mutex_;  // guards next_, and is held while it tells
    std::map<std::pair<std::string_view, std::string_view>, std::chrono::steady_clock::time_point> next_;
    const Tell tell_;
};

}  // namespace hbnb
