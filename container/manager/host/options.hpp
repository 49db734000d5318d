// The command line of hbnb-container. A value.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "config/settings/config.hpp"

namespace hbnb::manager {

struct Options {
    std::string config;
    std::vector<config::Override> overrides;
    bool check = false;
    bool print_config = false;
    std::string pid_file;  // absolute; empty: none
    std::string worker;    // absolute path of hbnb-worker
};

// The program is to end: what to print and with what exit code (usage errors: 2).
struct Leave {
    int exit_code = 0;
    std::string text;
};

std::variant<Options, Leave> parse_options(int argc, const char *const *argv);

}  // namespace hbnb::manager
