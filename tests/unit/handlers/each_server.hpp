// The API over a server of a test's own.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "api/api.hpp"
#include "unit/handlers/database_server.hpp"
#include "unit/handlers/handler_bench.hpp"

namespace hbnb {

struct ServerApi {
    BenchHost host;
    HandlerBench<api::Api> api;
    explicit ServerApi(const DatabaseServer &server, const std::string &options = "")
        : api(host, nlohmann::json{{"database", server.text_url() + options}}.dump()) {
        REQUIRE_MESSAGE(api.status() == HBNB_OK, host.error());
    }
    nlohmann::json json(const std::string &path) { return nlohmann::json::parse(api.get(path).body); }
    nlohmann::json search(const nlohmann::json &body) {
        return nlohmann::json::parse(api.send("POST", "/places_search", body.dump()).body);
    }
    Answer remove(const std::string &path) { return api.call({.method = "DELETE", .path = path}); }
};

inline std::string id_of(const nlohmann::json &object) { return object.at("id"); }

}  // namespace hbnb
