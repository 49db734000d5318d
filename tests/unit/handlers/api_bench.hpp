// The API over a database of its own, with sample data, for the tests of its routes.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "api/api.hpp"
#include "unit/handlers/handler_bench.hpp"
#include "unit/handlers/test_database.hpp"

namespace hbnb {

inline const std::string kNotFound = "{\"error\":\"Not found\"}\n";

// The API with a storage that waits for nobody.
struct ImpatientApi {
    using State = api::ApiState;
    static constexpr sdk::PluginInfo info = api::Api::info;
    api::Api api;
    explicit ImpatientApi(State &state)
        : api(state.host(), Storage(state.source().url(), std::chrono::milliseconds(5))) {}
    sdk::Response handle(sdk::Request &request) { return api.handle(request); }
};

struct ApiBench {
    TestDatabase database;
    BenchHost host;
    HandlerBench<ImpatientApi> api{host, database.config()};

    ApiBench() { REQUIRE_MESSAGE(api.status() == HBNB_OK, host.error()); }
    nlohmann::json json(const std::string &path) { return nlohmann::json::parse(api.get(path).body); }
    std::string first_state() { return json("/states").at(0).at("id"); }
    std::int64_t count(const char *what) { return json("/stats").at(what); }
};

inline std::string error_in(const Answer &answer) { return nlohmann::json::parse(answer.body).at("error"); }

}  // namespace hbnb
