#include "api/api.hpp"

#include "api/answers.hpp"
#include "api/body.hpp"
#include "model/identity.hpp"
#include "model/json.hpp"
#include "model/password.hpp"
#include "storage/storage_error.hpp"

namespace hbnb::api {

namespace {

using sdk::PathParams;
using sdk::Request;
using sdk::Response;

StorageSource checked_source(sdk::Host host, std::string_view json) {
    Checked<PluginConfig> config = parse_plugin_config(json, {"database", "connections"});
    if (!config) throw std::runtime_error(config.error().reason);
    Checked<StorageSource> source =
        StorageSource::open(config->database, config->connections, host.purpose() == sdk::Purpose::serve,
                            [host](const std::string &line) { host.log(sdk::LogLevel::warning, line); });
    if (!source) throw std::runtime_error(source.error().reason);
    return std::move(*source);
}

// What a check found wrong with the body is the client's 400.
template <class T>
T accept(Checked<T> checked) {
    if (!checked) throw BadRequest(400, checked.error().reason);
    if constexpr (!std::is_void_v<T>) return std::move(*checked);
}

// An answer that had begun cannot become another one: it ends where it is, and the container sees to it that nobody
// takes it for a whole one.
class CutShort : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string id_of(const PathParams &path, std::string_view name = "id") {
    if (!is_id(path[name])) throw NotFound();
    return std::string(path[name]);
}

// A password never goes further than here.
void hide_password(Changes &changes) {
    for (Change &change : changes) {
        if (change.column->name == "password") change.value = hash_password(std::get<std::string>(change.value));
    }
}
void hide_password(Proposals &proposals) {
    for (Proposal &one : proposals) {
        if (one.column->name == "password" && one.value)
            one.value = Value(hash_password(std::get<std::string>(*one.value)));
    }
}

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

                                {GET, "/users", &Api::list<User>},
                                {POST, "/users", &Api::create<User>},
                                {GET, "/users/<id>", &Api::show<User>},
                                {PUT, "/users/<id>", &Api::change<User>},
                                {DELETE, "/users/<id>", &Api::remove<User>},

                                {GET, "/cities/<id>/places", &Api::list_of<Place, City>},
                                {POST, "/cities/<id>/places", &Api::create_of<Place, City>},
                                {GET, "/places/<id>", &Api::show<Place>},
                                {PUT, "/places/<id>", &Api::change<Place>},
                                {DELETE, "/places/<id>", &Api::remove<Place>},

                                {GET, "/places/<id>/reviews", &Api::list_of<Review, Place>},
                                {POST, "/places/<id>/reviews", &Api::create_of<Review, Place>},
                                {GET, "/reviews/<id>", &Api::show<Review>},
                                {PUT, "/reviews/<id>", &Api::change<Review>},
                                {DELETE, "/reviews/<id>", &Api::remove<Review>},

                                {GET, "/places/<id>/amenities", &Api::amenities_of_place},
                                {POST, "/places/<id>/amenities/<amenity_id>", &Api::link_amenity},
                                {DELETE, "/places/<id>/amenities/<amenity_id>", &Api::unlink_amenity},
                                {POST, "/places_search", &Api::search_places},
                            })
        .on_not_found([](Api &) { return not_found_answer(); })
        .on_method_not_allowed([](Api &) { return error_answer(405, "Method not allowed"); })
        .on_options([](Api &) { return Response(); });
}

ApiState::ApiState(sdk::Host host, std::string_view config) : host_(host), source_(checked_source(host, config)) {}

Api::Api(ApiState &state) : Api(state.host(), state.source().make()) {}

Api::Api(sdk::Host host, Storage storage) : host_(host), storage_(std::move(storage)), router_(make_router()) {}

Response Api::handle(Request &request) {
    const Storage::Use use(storage_);
    return with_cors(answer(request), request);
}

Response Api::answer(Request &request) {
    try {
        return router_.answer(*this, request);
    } catch (const BadRequest &refusal) {
        return error_answer(refusal.status(), refusal.what());
    } catch (const NotFound &) {
        return not_found_answer();
    } catch (const sdk::PeerGone &) {
        throw;
    } catch (const CutShort &) {
        throw;
    } catch (const StorageError &error) {
        return answer_to(request, error);
    } catch (const std::exception &error) {
        return failure(request, error.what());
    }
}

// What a client can do something about it hears; the operator hears of everything but a busy moment.
Response Api::answer_to(const Request &request, const StorageError &error) {
    switch (error.fault()) {
        case StorageFault::busy: return error_answer(503, "The database is busy, try again").set("Retry-After", "1");
        case StorageFault::unavailable:
            log_seldom(request, error.what());
            return error_answer(503, "The database is away, try again").set("Retry-After", "1");
        case StorageFault::missing:
            log_seldom(request, error.what());
            return error_answer(503, "The database lacks a table that this needs, try again").set("Retry-After", "1");
        case StorageFault::forbidden:
            log_seldom(request, error.what());
            return error_answer(503, "The database does not let this application do that");
        case StorageFault::duplicate: return error_answer(409, "A row with such a value is there already");
        case StorageFault::misfit: return error_answer(400, "A value does not fit its column");
        case StorageFault::full: log_failure(request, error.what()); return error_answer(507, "The database is full");
        case StorageFault::read_only:
            log_failure(request, error.what());
            return error_answer(500, "The database is read-only");
        default: return failure(request, error.what());
    }
}

Response Api::failure(const Request &request, const std::string &reason) {
    log_failure(request, reason);
    return error_answer(500, "Internal error, request " + std::string(request.request_id()));
}

// A database that is away would fill the log.
void Api::log_seldom(const Request &request, const std::string &reason) {
    if (next_line_.is_due()) log_failure(request, reason);
}

void Api::log_failure(const Request &request, const std::string &reason) {
    host_.log(sdk::LogLevel::error, "unable to answer " + std::string(request.method()) + " " +
                                        std::string(request.path()) + ", request " + std::string(request.request_id()) +
                                        ": " + reason);
}

Response Api::status() { return json_answer({{"status", "OK"}}); }

Response Api::stats() {
    return finished("stats", [this] {
        return to_json_text({{"amenities", storage_.count<Amenity>()},
                             {"cities", storage_.count<City>()},
                             {"places", storage_.count<Place>()},
                             {"reviews", storage_.count<Review>()},
                             {"states", storage_.count<hbnb::State>()},
                             {"users", storage_.count<User>()}});
    });
}

// The storage keeps the bytes until it is asked for others, which is after they have been sent.
template <class Make>
Response Api::finished(const std::string &key, const Make &make) {
    return Response::borrowed(*storage_.finished(key, make), sdk::kJsonType);
}

template <class T>
Response Api::list() {
    return finished(std::string(kTableOf<T>.name), [this] { return list_json<T>(storage_.all<T>()); });
}

template <class T, class Owner>
Response Api::list_of(Request &, const PathParams &path) {
    require<Owner>(id_of(path));
    return Response::json(list_json<T>(storage_.all_of<T, Owner>(id_of(path))));
}

template <class T>
Response Api::create(Request &request) {
    return store(read_new<T>(request));
}

// The owner must exist before the body is looked at; it is the one in the path, whatever the body says.
template <class T, class Owner>
Response Api::create_of(Request &request, const PathParams &path) {
    require<Owner>(id_of(path));
    T object = read_new<T>(request);
    set(object, kReference<T, Owner>, id_of(path));
    return store(std::move(object));
}

// The object that the body of a POST describes, yet without what the URL says. What one required key refers to must
// exist before the next key is asked for.
template <class T>
T Api::read_new(Request &request) {
    const nlohmann::json body = read_object(request, kBodyMax);
    for (const Column &column : kTableOf<T>.columns) {
        if (!column.is_required) continue;
        accept(check_present(column, body));
        if (column.refers_to.empty()) continue;
        require(column.refers_to, std::get<std::string>(accept(read_value(column, body[std::string(column.name)]))));
    }
    Changes changes = accept(read_changes(kTableOf<T>, body, Purpose::post));
    hide_password(changes);
    T object;
    for (const Change &change : changes) {
        for (const Field<T> &field : Class<T>::kFields) {
            if (field.column.name == change.column->name) set(object, field, change.value);
        }
    }
    return object;
}

template <class T>
void Api::require(const std::string &id) {
    require(kTableOf<T>.name, id);
}

void Api::require(std::string_view table, const std::string &id) {
    if (!is_id(id) || !storage_.exists(table, id)) throw NotFound();
}

template <class T>
Response Api::store(T object) {
    if (!storage_.insert(object)) throw NotFound();  // what it refers to went in between
    return Response::json(object_json(object), 201);
}

template <class T>
Response Api::show(Request &, const PathParams &path) {
    const std::optional<T> object = storage_.get<T>(id_of(path));
    if (!object) throw NotFound();
    return Response::json(object_json(*object));
}

// The object must exist before its body is looked at.
template <class T>
Response Api::change(Request &request, const PathParams &path) {
    require<T>(id_of(path));
    const nlohmann::json body = read_object(request, kBodyMax);
    Proposals proposals = read_proposals(kTableOf<T>, body, Purpose::put);
    hide_password(proposals);  // not while others wait for the row
    const std::optional<T> object = storage_.update<T>(
        id_of(path), [&](const T &before) { return accept(changes_to(to_row(before), kTableOf<T>, proposals)); });
    if (!object) throw NotFound();
    return Response::json(object_json(*object));
}

template <class T>
Response Api::remove(Request &, const PathParams &path) {
    if (!storage_.remove<T>(id_of(path))) throw NotFound();
    return json_answer(nlohmann::json::object());
}

Response Api::amenities_of_place(Request &, const PathParams &path) {
    require<Place>(id_of(path));
    return Response::json(list_json<Amenity>(storage_.amenities_of(id_of(path))));
}

Response Api::link_amenity(Request &, const PathParams &path) {
    const std::string place = id_of(path);
    require<Place>(place);
    const std::optional<Amenity> amenity = storage_.get<Amenity>(id_of(path, "amenity_id"));
    if (!amenity) throw NotFound();
    switch (storage_.link(place, amenity->id)) {
        case Storage::Linked::newly: return Response::json(object_json(*amenity), 201);
        case Storage::Linked::already: return Response::json(object_json(*amenity));
        case Storage::Linked::to_nothing: break;
    }
    throw NotFound();
}

// Where either is not there, they are not linked.
Response Api::unlink_amenity(Request &, const PathParams &path) {
    if (!storage_.unlink(id_of(path), id_of(path, "amenity_id"))) throw NotFound();
    return json_answer(nlohmann::json::object());
}

// Equal searches have equal keys, whatever the order of their ids; one that is longer than that is nobody's second.
Response Api::search_places(Request &request) {
    constexpr std::size_t kKeyMax = 8 << 10;
    const PlaceSearch asked = accept(read_place_search(read_object(request, kBodyMax)));
    const std::string key = "search " + nlohmann::json{asked.states, asked.cities, asked.amenities}.dump();
    std::optional<sdk::ResponseStream> stream;
    const auto whole =
        storage_.finished(key.size() > kKeyMax ? "" : key, [&] { return found(asked, request, stream); });
    return whole ? Response::borrowed(*whole, sdk::kJsonType) : stream->end();
}

// All of it, or nothing where it was so long that it went out piece by piece.
std::optional<std::string> Api::found(const PlaceSearch &asked, Request &request,
                                      std::optional<sdk::ResponseStream> &stream) {
    static constexpr sdk::HeaderView kHead[] = {{"Content-Type", sdk::kJsonType}, {"Access-Control-Allow-Origin", "*"}};
    ListJson<Place> list;
    try {
        storage_.search(asked, [&](const std::vector<Place> &piece) {
            list.add(piece);
            if (list.size() <= kWholeMax) return;
            if (!stream) stream.emplace(request.exchange(), 200, kHead, std::size(kHead));
            stream->write(list.take());
        });
    } catch (const StorageError &error) {
        if (stream) throw CutShort(error.what());
        throw;
    }
    if (!stream) return list.end();
    stream->write(list.end());
    return std::nullopt;
}

}  // namespace hbnb::api
