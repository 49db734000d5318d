// The REST API v1, below its mount (/api/v1). The table of routes is in api.cpp. One instance a handler thread, with a
// database connection of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <hbnb/handler.hpp>

#include "settings/plugin_config.hpp"
#include "settings/seldom.hpp"
#include "storage/storage.hpp"
#include "storage/storage_error.hpp"

namespace hbnb::api {

inline constexpr std::size_t kBodyMax = 1 << 20;  // bytes of a request's body; a longer one is 413
inline constexpr std::size_t kWholeMax = 1
                                         << 20;  // bytes of a list that is sent whole; a longer one goes out in pieces

// What all instances of a process share, made before there are any: the checked configuration, over a database that has
// been seen to be usable. Throws std::runtime_error with the sentence for the operator.
class ApiState {
  public:
    ApiState(sdk::Host host, std::string_view config);
    sdk::Host host() const { return host_; }
    const StorageSource &source() const { return source_; }

  private:
    sdk::Host host_;
    StorageSource source_;
};

class Api {
  public:
    using State = ApiState;
    static constexpr sdk::PluginInfo info{.name = "api", .version = "1.0", .default_mount = "/api/v1"};

    explicit Api(ApiState &state);
    Api(sdk::Host host, Storage storage);

    // Answers everything itself, failures included, so that every answer has the API's form and its CORS headers.
    sdk::Response handle(sdk::Request &request);

  private:
    sdk::Response status();
    sdk::Response stats();

    template <class T>
    sdk::Response list();
    template <class Make>
    sdk::Response finished(const std::string &key, const Make &make);
    template <class T, class Owner>
    sdk::Response list_of(sdk::Request &request, const sdk::PathParams &path);
    template <class T>
    sdk::Response create(sdk::Request &request);
    template <class T, class Owner>
    sdk::Response create_of(sdk::Request &request, const sdk::PathParams &path);
    template <class T>
    sdk::Response show(sdk::Request &request, const sdk::PathParams &path);
    template <class T>
    sdk::Response change(sdk::Request &request, const sdk::PathParams &path);
    template <class T>
    sdk::Response remove(sdk::Request &request, const sdk::PathParams &path);

    sdk::Response amenities_of_place(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response link_amenity(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response unlink_amenity(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response search_places(sdk::Request &request);
    std::optional<std::string> found(const PlaceSearch &asked, sdk::Request &request,
                                     std::optional<sdk::ResponseStream> &stream);

    template <class T>
    T read_new(sdk::Request &request);
    template <class T>
    sdk::Response store(T object);
    template <class T>
    void require(const std::string &id);
    void require(std::string_view table, const std::string &id);

    static sdk::Router<Api> make_router();
    sdk::Response answer(sdk::Request &request);
    sdk::Response answer_to(const sdk::Request &request, const StorageError &error);
    sdk::Response failure(const sdk::Request &request, const std::string &reason);
    void log_seldom(const sdk::Request &request, const std::string &reason);
    void log_failure(const sdk::Request &request, const std::string &reason);

    sdk::Host host_;
    Storage storage_;
    sdk::Router<Api> router_;
    Seldom next_line_;  // about a database that is away
};

}  // namespace hbnb::api
