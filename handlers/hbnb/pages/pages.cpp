#include "pages/pages.hpp"

#include <filesystem>

#include "api/answers.hpp"
#include "model/identity.hpp"
#include "pages/page_data.hpp"
#include "pages/text.hpp"
#include "storage/storage_error.hpp"

namespace hbnb::pages {

namespace {

using mustache::data;
using sdk::PathParams;
using sdk::Request;
using sdk::Response;

template <class T>
T accepted(Checked<T> checked) {
    if (!checked) throw std::runtime_error(checked.error().reason);
    if constexpr (!std::is_void_v<T>) return std::move(*checked);
}

std::string template_directory(const sdk::Host &host, const PluginConfig &config) {
    if (!config.templates.empty()) return config.templates;
    const hbnb_info *info = host.info();
    if (info == nullptr || info->plugin_file == nullptr) {
        throw std::runtime_error(
            "unable to find the templates: the container does not tell where the plugin lies; name the directory in "
            "config: templates");
    }
    return (std::filesystem::path(info->plugin_file).parent_path() / "templates").string();
}

// The pages N-hbnb, each with one thing more than the one before.
constexpr DynamicPage kDynamicPages[] = {
    {"/0-hbnb", Page::hbnb_0, true},      {"/1-hbnb", Page::hbnb_1, true},  {"/2-hbnb", Page::hbnb_2, true},
    {"/3-hbnb", Page::hbnb_3, false},     {"/4-hbnb", Page::hbnb_4, false}, {"/100-hbnb", Page::hbnb_100, false},
    {"/101-hbnb", Page::hbnb_101, false},
};
constexpr const DynamicPage &kStart = kDynamicPages[2];

// Scripts, styles and images are files of this site, scripts ask this site's API and those of the given origins, and
// nobody may frame a page. (jQuery and our scripts do without inline styles.)
std::string make_security_policy(const std::vector<std::string> &api_origins) {
    std::string asked = "'self'";
    for (const std::string &origin : api_origins) asked += " " + origin;
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src " + asked +
           "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

StorageSource checked_source(sdk::Host host, const PluginConfig &config) {
    return accepted(StorageSource::open(config.database, config.connections, host.purpose() == sdk::Purpose::serve,
                                        [host](const std::string &line) { host.log(sdk::LogLevel::warning, line); }));
}

// `words` may come from anybody.
Response text_page(const char *prefix, const std::string &words) {
    return Response::html(prefix + mustache::html_escape(words));
}

}  // namespace

// A path may mean different things on different fronts. The API has a plugin of its own: on its front every path that
// comes here is unknown.
sdk::Router<Pages> Pages::make_router(Front front) {
    using enum sdk::Method;
    constexpr Front site = Front::site, flask = Front::flask, odd_even = Front::odd_even, dynamic = Front::dynamic;
    const struct {
        Front fronts;
        sdk::Route<Pages> route;
    } table[] = {
        {site | dynamic, {GET, "/", [](Pages &pages) { return pages.dynamic(kStart); }}},
        {flask | odd_even, {GET, "/", &Pages::hello}},
        {site | flask | odd_even, {GET, "/airbnb-onepage", &Pages::hello}},
        {site, {GET, "/hbnb", &Pages::hbnb_places}},
        {flask | odd_even, {GET, "/hbnb", &Pages::hbnb_text}},
        {site | flask | odd_even, {GET, "/c/<text>", &Pages::c}},
        {site | flask | odd_even, {GET, "/python", &Pages::python}},
        {site | flask | odd_even, {GET, "/python/<text>", &Pages::python_text}},
        {site | flask | odd_even, {GET, "/number/<int:n>", &Pages::number}},
        {site | flask | odd_even, {GET, "/number_template/<int:n>", &Pages::number_template}},
        {site | flask | odd_even, {GET, "/number_odd_or_even/<int:n>", &Pages::number_odd_or_even}},
        {site, {GET, "/airbnb-dynamic/number_odd_or_even/<int:n>", &Pages::number_odd_or_even}},
        {site | flask, {GET, "/states_list", &Pages::states_list}},
        {site | flask, {GET, "/cities_by_states", &Pages::cities_by_states}},
        {site | flask, {GET, "/states", &Pages::states_list}},
        {site | flask, {GET, "/states/<id>", &Pages::state}},
        {site | flask, {GET, "/hbnb_filters", &Pages::hbnb_filters}},
    };
    sdk::Router<Pages> router{};
    for (const auto &[fronts, route] : table) {
        if (has(fronts, front)) router.add(route);
    }
    for (const DynamicPage &one : kDynamicPages) {
        if (has(site | dynamic, front)) {
            router.add({GET, one.path, [page = &one](Pages &pages) { return pages.dynamic(*page); }});
        }
    }
    const auto json_not_found = [](Pages &) { return api::not_found_answer(); };
    return std::move(router)
        .on_not_found(front == Front::api ? sdk::Action<Pages>(json_not_found)
                                          : sdk::Action<Pages>(&Pages::page_not_found))
        .on_method_not_allowed([](Pages &pages) {
            return pages.error(405, "Method Not Allowed", "This page can be read, and nothing else.");
        })
        .on_options([](Pages &) { return Response(); });
}

std::map<Front, sdk::Router<Pages>> Pages::make_routers() {
    std::map<Front, sdk::Router<Pages>> routers;
    for (const FrontName &one : kFronts) routers.emplace(one.front, make_router(one.front));
    return routers;
}

PagesState::PagesState(sdk::Host host, std::string_view config)
    : host_(host),
      config_(accepted(parse_plugin_config(config, {"database", "connections", "templates", "api_origins"}))),
      texts_(accepted(read_page_texts(template_directory(host, config_)))),
      security_policy_(make_security_policy(config_.api_origins)),
      source_(checked_source(host, config_)) {}

Pages::Pages(PagesState &state)
    : host_(state.host()),
      security_policy_(state.security_policy()),
      templates_(state.texts()),
      storage_(state.source().make()),
      routers_(make_routers()) {}

Response Pages::handle(Request &request) {
    const Storage::Use use(storage_);
    Response response = answer(request);
    if (response.type() == sdk::kHtmlType) response.set("Content-Security-Policy", security_policy_);
    return response;
}

Response Pages::answer(Request &request) {
    try {
        return routers_.at(front_of(request.param("HBNB_FRONT").value_or(""))).answer(*this, request);
    } catch (const StorageError &refusal) {
        if (refusal.fault() == StorageFault::missing || refusal.fault() == StorageFault::forbidden)
            return lacking(request, refusal);
        if (!refusal.is_temporary()) return failure(request, refusal.what());
        return error(503, "Service Unavailable", "The site is busy. Please try again in a moment.")
            .set("Retry-After", "1");
    } catch (const std::exception &problem) {
        return failure(request, problem.what());
    }
}

void Pages::log_failure(const Request &request, const std::string &reason) {
    host_.log(sdk::LogLevel::error, "unable to answer " + std::string(request.method()) + " " +
                                        std::string(request.path()) + ", request " + std::string(request.request_id()) +
                                        ": " + reason);
}

Response Pages::failure(const Request &request, const std::string &reason) {
    log_failure(request, reason);
    return error(500, "Internal Server Error",
                 "Something went wrong here. It is in our log as request " + std::string(request.request_id()) + ".");
}

// A database without its tables would fill the log.
Response Pages::lacking(const Request &request, const StorageError &refusal) {
    if (next_lacking_.is_due()) log_failure(request, refusal.what());
    return error(503, "Service Unavailable",
                 "The database lacks something that this page needs, or keeps it from us. Our log says what.")
        .set("Retry-After", "1");
}

// Files are nginx's: where one is asked for here, nginx has been told to pass it on.
Response Pages::page_not_found(Request &request, const PathParams &) {
    const std::string_view path = request.path();
    if (!path.starts_with("/static/") && !path.starts_with("/hbnb_static/"))
        return error(404, "Not Found", "There is no such page here.");
    const std::string reason =
        "Files are served by nginx, which has passed this one on to the application server. In nginx's server block, "
        "location /static/ { alias /usr/share/hbnb/static/; } and location /hbnb_static/ { alias "
        "/usr/share/hbnb/hbnb_static/; } mend it (docs/exercises.md).";
    if (next_file_.is_due()) log_failure(request, reason);
    return error(404, "Not Found", reason);
}

Response Pages::page(Page page, const data &values, unsigned status) {
    return Response::html(templates_.render(page, values), status);
}

template <class Load>
std::string_view Pages::finished(Page page, const Load &load) {
    return *storage_.finished("page " + std::to_string(static_cast<int>(page)),
                              [&] { return templates_.render(page, load()); });
}

template <class Load>
Response Pages::kept(Page page, const Load &load) {
    return Response::borrowed(finished(page, load), sdk::kHtmlType);
}

Response Pages::hello() { return Response::borrowed("Hello HBNB!", sdk::kHtmlType); }

Response Pages::hbnb_text() { return Response::borrowed("HBNB", sdk::kHtmlType); }

Response Pages::c(Request &, const PathParams &path) { return text_page("C ", words_of(path["text"])); }

Response Pages::python() { return text_page("Python ", "is cool"); }

Response Pages::python_text(Request &, const PathParams &path) { return text_page("Python ", words_of(path["text"])); }

Response Pages::number(Request &, const PathParams &path) {
    return Response::html(plain_number(path["n"]) + " is a number");
}

Response Pages::number_template(Request &, const PathParams &path) {
    return page(Page::number_template, data{"number", plain_number(path["n"])});
}

Response Pages::number_odd_or_even(Request &, const PathParams &path) {
    data values{"number", plain_number(path["n"])};
    values.set("parity", is_even(path["n"]) ? "even" : "odd");
    return page(Page::number_odd_or_even, values);
}

Response Pages::states_list() {
    return kept(Page::states_list, [this] { return data{"states", list_of(storage_.all<hbnb::State>())}; });
}

Response Pages::cities_by_states() {
    return kept(Page::cities_by_states, [this] { return data{"states", load_states_with_cities()}; });
}

// No such state is a page as well, and no 404.
Response Pages::state(Request &, const PathParams &path) {
    const std::string id(path["id"]);
    const std::optional<hbnb::State> state = is_id(id) ? storage_.get<hbnb::State>(id) : std::nullopt;
    if (!state) return page(Page::state, data{"state", false});
    data found{"name", state->name};
    found.set("cities", list_of(storage_.all_of<City, hbnb::State>(state->id)));
    return page(Page::state, data{"state", found});
}

Response Pages::hbnb_filters() {
    return kept(Page::hbnb_filters, [this] { return load_filters(); });
}

Response Pages::hbnb_places() {
    return kept(Page::hbnb, [this] { return load_filters_and_places(); });
}

// cache_id makes every address of a file of ours a new one, so that a browser takes none from its cache.
Response Pages::dynamic(const DynamicPage &dynamic) {
    const std::string_view made = finished(dynamic.page, [&] {
        data values = dynamic.has_places ? load_filters_and_places() : load_filters();
        values.set("cache_id", std::string(kNoCacheId));
        return values;
    });
    return Response::html(with_cache_id(made, new_id()));
}

// Two queries, whatever the number of states.
data Pages::load_states_with_cities() { return states_with_cities(storage_.all<hbnb::State>(), storage_.all<City>()); }

data Pages::load_filters() {
    data values{"states", load_states_with_cities()};
    values.set("amenities", list_of(storage_.all<Amenity>()));
    return values;
}

data Pages::load_filters_and_places() {
    data values = load_filters();
    values.set("places", list_of_places(storage_.all<Place>(), storage_.all<User>()));
    return values;
}

Response Pages::error(unsigned status, const std::string &title, const std::string &reason) {
    data values{"title", title};
    values.set("reason", reason);
    return page(Page::error, values, status);
}

}  // namespace hbnb::pages
