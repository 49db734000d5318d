#include "api/answers.hpp"

#include <algorithm>

#include "model/json.hpp"

namespace hbnb::api {

namespace {

constexpr std::size_t kRequestedHeadersMax = 1024;

// What the client asks for goes back to it in a header: names and commas, nothing else.
bool is_header_list(std::string_view text) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == ',' || c == ' ';
    };
    return !text.empty() && text.size() <= kRequestedHeadersMax && std::all_of(text.begin(), text.end(), is_plain);
}

}  // namespace

sdk::Response json_answer(const nlohmann::json &json, unsigned status) {
    return sdk::Response::json(to_json_text(json), status);
}

sdk::Response error_answer(unsigned status, std::string_view reason) {
    return json_answer({{"error", reason}}, status);
}

sdk::Response not_found_answer() { return error_answer(404, "Not found"); }

sdk::Response with_cors(sdk::Response answer, const sdk::Request &request) {
    answer.set("Access-Control-Allow-Origin", "*");
    if (request.method() != "OPTIONS" || !request.header("Access-Control-Request-Method")) return answer;
    answer.set("Access-Control-Allow-Methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
    const auto wanted = request.header("Access-Control-Request-Headers");
    if (wanted && is_header_list(*wanted)) answer.set("Access-Control-Allow-Headers", std::string(*wanted));
    return answer;
}

}  // namespace hbnb::api
