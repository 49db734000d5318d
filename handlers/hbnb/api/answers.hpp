// The API's forms of an answer: JSON bodies, errors as {"error": reason}, and the CORS headers that every answer bears.
#pragma once

#include <string>
#include <string_view>

#include <hbnb/handler.hpp>
#include <nlohmann/json.hpp>

namespace hbnb::api {

sdk::Response json_answer(const nlohmann::json &json, unsigned status = 200);
sdk::Response error_answer(unsigned status, std::string_view reason);
sdk::Response not_found_answer();

// Any origin may call; a preflight (OPTIONS with Access-Control-Request-Method) hears what it may send.
sdk::Response with_cors(sdk::Response answer, const sdk::Request &request);

}  // namespace hbnb::api
