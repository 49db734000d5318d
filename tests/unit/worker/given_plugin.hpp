// A plugin whose table a test has written itself, opened through tests/plugins/given_table.c as a worker opens any
// other.
#pragma once

#include <hbnb/handler.h>

#include <memory>
#include <string>

#include "wire/scoreboard.hpp"
#include "worker/error_log.hpp"
#include "worker/plugin/plugin.hpp"

namespace hbnb::test {

// A table that is good and whose functions do nothing, under the name "given", at /given.
hbnb_plugin good_table();

// As Plugin::open(); the table is copied. file "p.so".
Result<std::unique_ptr<worker::Plugin>> open_given(const hbnb_plugin &table, const wire::WorkerSetup &setup,
                                                   const worker::ErrorLog &log, const std::string &mount = "",
                                                   const std::string &config = "{}");

}  // namespace hbnb::test
