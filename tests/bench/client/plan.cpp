#include "client/plan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace hbnb::bench {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string &key, const std::string &allowed) {
    throw std::runtime_error("unable to read the plan: " + key + ": allowed is " + allowed);
}

void only_known(const json &object, std::initializer_list<std::string_view> known) {
    for (const auto &[key, value] : object.items())
        if (std::find(known.begin(), known.end(), key) == known.end()) refuse(key, "no such key");
}

double number(const json &object, const char *key, double otherwise, double least, double most) {
    if (!object.contains(key)) return otherwise;
    const json &value = object.at(key);
    const std::string allowed = "a number from " + json(least).dump() + " to " + json(most).dump();
    if (!value.is_number() || value < least || value > most) refuse(key, allowed);
    return value.get<double>();
}

std::string text(const json &object, const char *key, const char *otherwise) {
    if (!object.contains(key)) return otherwise;
    if (!object.at(key).is_string()) refuse(key, "a text");
    return object.at(key).get<std::string>();
}

std::string body_of(const json &object) {
    const auto bytes = static_cast<std::size_t>(number(object, "body_bytes", 0, 0, double(kBodyBytesMax)));
    return bytes > 0 ? std::string(bytes, 'x') : text(object, "body", "");
}

Target target_of(const json &object, bool kept) {
    if (!object.is_object()) refuse("targets", "a list of objects");
    only_known(object, {"name", "method", "path", "weight", "body", "body_bytes", "content_type"});
    const std::string method = text(object, "method", "GET"), path = text(object, "path", "/");
    const std::string body = body_of(object);
    Target target;
    target.name = text(object, "name", path.c_str());
    target.weight = number(object, "weight", 1, 0, 1e9);
    target.is_head = method == "HEAD";
    target.message = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!kept) target.message += "Connection: close\r\n";
    if (!body.empty())
        target.message += "Content-Type: " + text(object, "content_type", "application/octet-stream") +
                          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    target.message += "\r\n" + body;
    return target;
}

}  // namespace

Plan plan_of(const std::string &text) {
    const json object = json::parse(text);
    if (!object.is_object()) refuse("the plan", "an object");
    only_known(object, {"port", "connections", "rate", "seconds", "skip_seconds", "patience_seconds", "requests",
                        "kept", "targets"});
    Plan plan;
    plan.port = static_cast<std::uint16_t>(number(object, "port", 0, 1, 65535));
    plan.connections = static_cast<std::uint64_t>(number(object, "connections", 1, 1, double(kConnectionsMax)));
    plan.rate = number(object, "rate", 0, 0, 1e9);
    plan.seconds = number(object, "seconds", 1, 0.001, 3600);
    plan.skip_seconds = number(object, "skip_seconds", 0, 0, plan.seconds * 0.9);
    plan.patience_seconds = number(object, "patience_seconds", 10, 0, 600);
    plan.requests =
        static_cast<std::uint64_t>(number(object, "requests", double(kRequestsMax), 1, double(kRequestsMax)));
    if (object.contains("kept") && !object.at("kept").is_boolean()) refuse("kept", "true or false");
    plan.kept = object.value("kept", true);
    for (const json &one : object.value("targets", json::array())) plan.targets.push_back(target_of(one, plan.kept));
    if (plan.port == 0) refuse("port", "needed");
    if (plan.targets.empty()) refuse("targets", "at least one");
    return plan;
}

}  // namespace hbnb::bench
