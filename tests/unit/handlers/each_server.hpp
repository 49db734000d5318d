// For tests that do the same with a MariaDB and with a PostgreSQL of their own.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "api/api.hpp"
#include "unit/handlers/database_server.hpp"
#include "unit/handlers/handler_bench.hpp"

namespace hbnb {

inline const std::vector<DatabaseKind> kServers{DatabaseKind::mysql, DatabaseKind::postgresql};

// Calls `work(server)` for each kind that can be had here; says which cannot.
template <class Work>
void on_each_server(const Work &work, const std::vector<DatabaseKind> &kinds = kServers) {
    for (const DatabaseKind kind : kinds) {
        const std::string missing = DatabaseServer::what_is_missing(kind);
        if (!missing.empty()) {
            MESSAGE("skipped: the package " << missing << " is not installed");
            continue;
        }
        DatabaseServer server(kind);
        work(server);
    }
}

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
