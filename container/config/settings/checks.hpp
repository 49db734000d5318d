// What no single value can show: whether settings fit each other. Looks at values only; whether files, users and
// addresses exist is the manager's to see.
#pragma once

#include "config/language/findings.hpp"
#include "config/language/places.hpp"
#include "config/settings/config.hpp"

namespace hbnb::config {

// A rule is skipped where one of its keys is already a finding. `file` is for sentences that name a second place.
void check_together(const Config &config, const std::string &file, const Places &places, Findings &findings);

}  // namespace hbnb::config
