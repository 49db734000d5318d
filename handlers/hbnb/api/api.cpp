#include "api/api.hpp"

#include "api/answers.hpp"
#include "api/body.hpp"
#include "model/json.hpp"
#include "storage/prepare.hpp"
#include "storage/storage_error.hpp"

namespace hbnb::api {

namespace {

using sdk::PathParams;
using sdk::Request;
using sdk::Response;

PluginConfig checked_config(std::string_view json) {
    Checked<PluginConfig> config = parse_plugin_config(json, {"database"});
    if (!config) throw std::runtime_error(config.error().reason);
    if (Checked<void> prepared = prepare_database(config->database); !prepared) {
        throw std::runtime_error(prepared.error().reason);
    }
    return *config;
}

// What a check found wrong with the body is the client's 400.
template <class T>
T accept(Checked<T> checked) {
    if (!checked) throw BadRequest(400, checked.error().reason);
    if constexpr (!std::is_void_v<T>) return std::move(*checked);
}

// The object that the body of a POST describes, yet without what the URL says.
template <class T>
T read_new(Request &request) {
    const nlohmann::json body = read_object(request, kBodyMax);
    accept(check_required(kTableOf<T>, body));
    const Changes changes = accept(read_changes(kTableOf<T>, body, Purpose::post));
    T object;
    for (const Change &change : changes) {
        for (const Field<T> &field : Class<T>::kFields) {
            if (field.column.name == change.column->name) set(object, field, change.value);
        }
    }
    return object;
}

std::string id_of(const PathParams &path) { return std::string(path["id"]); }

}  // namespace

sdk::Router<Api> Api::make_router() {
    using enum sdk::Method;
    return sdk::Router<Api>({
                                {GET, "/status", &Api::status},
                                {GET, "/stats", &Api::stats},

                                {GET, "/states", &Api::list<hbnb::State>},
                                {POST, "/states", &Api::create<hbnb::State>},
                                {GET, "/states/<id>", &Api::show<hbnb::State>},
                                {PUT, "/states/<id>", &Api::change<hbnb::State>},
                                {DELETE, "/states/<id>", &Api::remove<hbnb::State>},

                                {GET, "/states/<id>/cities", &Api::list_of<City, hbnb::State>},
                                {POST, "/states/<id>/cities", &Api::create_of<City, hbnb::State>},
                                {GET, "/cities/<id>", &Api::show<City>},
                                {PUT, "/cities/<id>", &Api::change<City>},
                                {DELETE, "/cities/<id>", &Api::remove<City>},

                                {GET, "/amenities", &Api::list<Amenity>},
                                {POST, "/amenities", &Api::create<Amenity>},
                                {GET, "/amenities/<id>", &Api::show<Amenity>},
                                {PUT, "/amenities/<id>", &Api::change<Amenity>},
                                {DELETE, "/amenities/<id>", &Api::remove<Amenity>},
                            })
        .on_not_found([](Api &) { return not_found_answer(); })
        .on_method_not_allowed([](Api &) { return error_answer(405, "Method not allowed"); })
        .on_options([](Api &) { return Response::json(""); });
}

ApiState::ApiState(sdk::Host host, std::string_view config) : host_(host), config_(checked_config(config)) {}

Api::Api(ApiState &state) : Api(state.host(), Storage(state.database())) {}

Api::Api(sdk::Host host, Storage storage) : host_(host), storage_(std::move(storage)), router_(make_router()) {}

Response Api::handle(Request &request) { return with_cors(answer(request), request); }

Response Api::answer(Request &request) {
    try {
        return router_.answer(*this, request);
    } catch (const BadRequest &refusal) {
        return error_answer(refusal.status(), refusal.what());
    } catch (const sdk::PeerGone &) {
        throw;
    } catch (const StorageError &error) {
        if (error.fault() != StorageFault::busy) return failure(request, error.what());
        return error_answer(503, "The database is busy, try again").set("Retry-After", "1");
    } catch (const std::exception &error) {
        return failure(request, error.what());
    }
}

Response Api::failure(const Request &request, const std::string &reason) {
    const std::string id(request.request_id());
    host_.log(sdk::LogLevel::error, "unable to answer " + std::string(request.method()) + " " +
                                        std::string(request.path()) + ", request " + id + ": " + reason);
    return error_answer(500, "Internal error, request " + id);
}

Response Api::status() { return json_answer({{"status", "OK"}}); }

Response Api::stats() {
    return json_answer({{"amenities", storage_.count<Amenity>()},
                        {"cities", storage_.count<City>()},
                        {"places", storage_.count<Place>()},
                        {"reviews", storage_.count<Review>()},
                        {"states", storage_.count<hbnb::State>()},
                        {"users", storage_.count<User>()}});
}

template <class T>
Response Api::list() {
    const std::vector<T> objects = storage_.all<T>();
    return json_answer(to_json_list<T>(objects));
}

template <class T, class Owner>
Response Api::list_of(Request &, const PathParams &path) {
    if (!storage_.get<Owner>(id_of(path))) return not_found_answer();
    const std::vector<T> objects = storage_.all_of<T, Owner>(id_of(path));
    return json_answer(to_json_list<T>(objects));
}

template <class T>
Response Api::create(Request &request) {
    return store(read_new<T>(request));
}

// The owner must exist before the body is looked at; it is the one in the path, whatever the body says.
template <class T, class Owner>
Response Api::create_of(Request &request, const PathParams &path) {
    if (!storage_.get<Owner>(id_of(path))) return not_found_answer();
    T object = read_new<T>(request);
    set(object, kReference<T, Owner>, id_of(path));
    return store(std::move(object));
}

template <class T>
Response Api::store(T object) {
    if (!storage_.insert(object)) return not_found_answer();
    return json_answer(to_json_object(object), 201);
}

template <class T>
Response Api::show(Request &, const PathParams &path) {
    const std::optional<T> object = storage_.get<T>(id_of(path));
    return object ? json_answer(to_json_object(*object)) : not_found_answer();
}

// The object must exist before its body is looked at.
template <class T>
Response Api::change(Request &request, const PathParams &path) {
    if (!storage_.get<T>(id_of(path))) return not_found_answer();
    const nlohmann::json body = read_object(request, kBodyMax);
    const Changes changes = accept(read_changes(kTableOf<T>, body, Purpose::put));
    const std::optional<T> object = storage_.update<T>(id_of(path), changes);
    return object ? json_answer(to_json_object(*object)) : not_found_answer();
}

template <class T>
Response Api::remove(Request &, const PathParams &path) {
    return storage_.remove<T>(id_of(path)) ? json_answer(nlohmann::json::object()) : not_found_answer();
}

}  // namespace hbnb::api
