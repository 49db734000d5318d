// Where each key was written, by its whole name ("pools.hbnb.workers.min"): for findings about several keys at once.
#pragma once

#include <map>
#include <string>

#include "config/language/findings.hpp"

namespace hbnb::config {

class Places {
  public:
    void remember(const std::string &key, const Place &place) { places_.emplace(key, place); }
    bool has(const std::string &key) const { return places_.contains(key); }

    // Of the key, or of the nearest thing round it that was written.
    Place of(std::string key) const {
        while (!key.empty()) {
            if (const auto found = places_.find(key); found != places_.end()) return found->second;
            const std::size_t end = key.find_last_of(".[");
            key.resize(end == std::string::npos ? 0 : end);
        }
        return {};
    }

  private:
    std::map<std::string, Place> places_;
};

}  // namespace hbnb::config
