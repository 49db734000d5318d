// What people are shown of a status. Pure: values in, text out.
#pragma once

#include <string>

#include "wire/status.hpp"

namespace hbnb::ctl {

// A few lines about the container, then for each pool its counts and a table of its workers.
std::string report_status(const wire::Status &status);
std::string report_plugins(const wire::Status &status);

// How far a reload has come, a line: changes whenever something has happened.
std::string report_reload(const wire::Status &status, std::uint64_t generation);

std::string describe_seconds(double seconds);     // "3.2s", "4m10s", "2h05m", "3d04h"
std::string describe_bytes(std::uint64_t bytes);  // "812K", "5.4M"

}  // namespace hbnb::ctl
