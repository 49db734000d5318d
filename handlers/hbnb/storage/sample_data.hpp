// The project's own sample data: invented guests and homes in real cities, the same ids and values on every machine.
#pragma once

#include "storage/data_set.hpp"

namespace hbnb {

DataSet make_sample_data();

}  // namespace hbnb
