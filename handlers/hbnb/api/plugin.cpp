#include "api/api.hpp"

HBNB_EXPORT_HANDLER(hbnb::api::Api)
