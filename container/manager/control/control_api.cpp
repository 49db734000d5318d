#include "manager/control/control_api.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/settings/worker_bounds.hpp"

namespace hbnb::manager {
namespace {

using Json = nlohmann::json;

constexpr unsigned kAccepted = 202, kBadRequest = 400, kConflict = 409;

ControlAnswer answer(unsigned status, const Json &body) {
    return {status, body.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
}

// A body that is an object of plain values with no other keys than these; an empty body is an empty object.
Result<void> parse_object(Json &object, const std::string &body, std::initializer_list<std::string_view> keys) {
    object = body.empty() ? Json::object() : Json::parse(body, nullptr, false);
    const bool has_nul = body.find('\0') != std::string::npos;  // which the parser takes for the end
    if (has_nul || !object.is_object()) return Error{"the body is not a JSON object"};
    for (const auto &[key, value] : object.items()) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) return Error{"unknown key \"" + key + "\""};
        // Not written into a sentence: it may be as deep as the body is long, and dump() goes down by recursion.
        if (value.is_structured()) return Error{key + ": found " + (value.is_array() ? "a list" : "an object")};
    }
    return {};
}

// A change is written with its sign, as an operator does.
Result<int> read_change(const Json &change) {
    const std::string text = change.dump();
    return config::read_worker_change(change.is_number_integer() && change > 0 ? "+" + text : text);
}

Result<ScaleOrder> parse_scale(const std::string &body) {
    Json object;
    if (auto parsed = parse_object(object, body, {"pool", "min", "max", "change"}); !parsed) return parsed.error();
    ScaleOrder order;
    if (const auto pool = object.find("pool"); pool != object.end()) {
        if (!pool->is_string()) return Error{"pool: found " + pool->dump() + "; allowed is a pool's name"};
        order.pool = pool->get<std::string>();
    }
    const bool by_bounds = object.contains("min") && object.contains("max");
    if (by_bounds == object.contains("change") || object.contains("min") != object.contains("max"))
        return Error{"either min and max, or change"};
    if (by_bounds) {
        const auto bounds = config::read_worker_bounds(object.at("min").dump(), object.at("max").dump());
        if (!bounds) return bounds.error();
        order.min = bounds->min;
        order.max = bounds->max;
        return order;
    }
    const auto change = read_change(object.at("change"));
    if (!change) return Error{"change: " + change.error().message};
    order.change = *change;
    return order;
}

ControlAnswer scale(const ControlActions &actions, const std::string &body) {
    const auto order = parse_scale(body);
    if (!order) return control_refusal(kBadRequest, "unable to scale: " + order.error().message);
    const auto bounds = actions.scale(*order);
    if (!bounds) return control_refusal(kConflict, bounds.error().message);
    return answer(200, {{"pool", bounds->pool}, {"min", bounds->min}, {"max", bounds->max}});
}

ControlAnswer stop(const ControlActions &actions, const std::string &body) {
    Json object;
    if (const auto parsed = parse_object(object, body, {"now"}); !parsed)
        return control_refusal(kBadRequest, "unable to stop: " + parsed.error().message);
    const auto now = object.find("now");
    if (now != object.end() && !now->is_boolean())
        return control_refusal(kBadRequest,
                               "unable to stop: now: found " + now->dump() + "; allowed are true and false");
    actions.stop(now != object.end() && now->get<bool>());
    return answer(kAccepted, Json::object());
}

ControlAnswer reload(const ControlActions &actions, const std::string &body) {
    Json object;
    if (const auto parsed = parse_object(object, body, {}); !parsed)
        return control_refusal(kBadRequest, "unable to reload: " + parsed.error().message);
    return answer(kAccepted, {{"generation", actions.reload()}});
}

}  // namespace

std::vector<ControlRoute> control_routes(ControlActions actions) {
    const auto shared = std::make_shared<const ControlActions>(std::move(actions));
    return {{"GET", "/status",
             [shared](const auto &) {
                 return ControlAnswer{200, wire::encode(shared->status())};
             }},
            {"GET", "/config",
             [shared](const auto &) {
                 return answer(200, {{"yaml", shared->config()}});
             }},
            {"POST", "/reload", [shared](const auto &body) { return reload(*shared, body); }},
            {"POST", "/scale", [shared](const auto &body) { return scale(*shared, body); }},
            {"POST", "/stop", [shared](const auto &body) { return stop(*shared, body); }}};
}

}  // namespace hbnb::manager
