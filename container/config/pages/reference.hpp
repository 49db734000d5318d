// What people and editors read about the settings, made from the table. conf/hbnb.schema.json and
// container/docs/configuration.md are these texts; a test holds them equal, the target config-docs writes them anew.
#pragma once

#include <string>

namespace hbnb::config {

std::string reference_markdown();  // container/docs/configuration.md
std::string reference_text();      // for a terminal: hbnb-container --help-config
std::string schema_json();         // conf/hbnb.schema.json, JSON Schema draft 7

}  // namespace hbnb::config
