#include "api/body.hpp"

#include "model/input.hpp"

namespace hbnb::api {

nlohmann::json read_object(sdk::Request &request, std::size_t limit) {
    const sdk::Body body = request.read_all(limit);
    switch (body.state) {
        case sdk::BodyState::whole: break;
        case sdk::BodyState::too_large:
            throw BadRequest(413, "The body is larger than " + std::to_string(limit) + " bytes");
        case sdk::BodyState::deadline: throw BadRequest(408, "The body did not arrive in time");
        case sdk::BodyState::peer_gone: throw sdk::PeerGone();
        case sdk::BodyState::incomplete:
        case sdk::BodyState::more: throw BadRequest(400, "The body is not as long as Content-Length says");
    }
    if (!is_json_type(request.header("Content-Type").value_or(""))) throw BadRequest(400, "Not a JSON");
    Checked<nlohmann::json> object = parse_object(body.bytes);
    if (!object) throw BadRequest(400, object.error().reason);
    return std::move(*object);
}

}  // namespace hbnb::api
