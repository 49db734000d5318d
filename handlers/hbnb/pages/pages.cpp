#include "pages/pages.hpp"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "storage/prepare.hpp"
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

// By name in byte order, ties by id: the order of every list on a page.
template <class T>
void sort_by_name(std::vector<T> &objects) {
    std::sort(objects.begin(), objects.end(),
              [](const T &a, const T &b) { return a.name != b.name ? a.name < b.name : a.id < b.id; });
}

template <class T>
data item(const T &object) {
    data one{"id", object.id};
    one.set("name", object.name);
    return one;
}

// Each state's cities, in the order they come in.
std::unordered_map<std::string, data> by_state(const std::vector<City> &cities) {
    std::unordered_map<std::string, data> lists;
    for (const City &city : cities) {
        const auto found = lists.try_emplace(city.state_id, data::type::list).first;
        found->second.push_back(item(city));
    }
    return lists;
}

// A number of any length as it is written: without leading zeros.
std::string_view plain_number(std::string_view digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? digits.substr(digits.size() - 1) : digits.substr(first);
}

bool is_even(std::string_view digits) { return (digits.back() - '0') % 2 == 0; }

}  // namespace

sdk::Router<Pages> Pages::make_router() {
    using enum sdk::Method;
    return sdk::Router<Pages>({
                                  {GET, "/", &Pages::index},
                                  {GET, "/airbnb-onepage", &Pages::hello},
                                  {GET, "/number_odd_or_even/<int:n>", &Pages::number_odd_or_even},
                                  {GET, "/states_list", &Pages::states_list},
                              })
        .on_not_found([](Pages &pages) { return pages.error(404, "Not Found"); })
        .on_method_not_allowed([](Pages &pages) { return pages.error(405, "Method Not Allowed"); })
        .on_options([](Pages &) { return Response::html(""); });
}

PagesState::PagesState(sdk::Host host, std::string_view config)
    : config_(accepted(parse_plugin_config(config, {"database", "templates"}))),
      texts_(accepted(read_page_texts(template_directory(host, config_)))) {
    accepted(prepare_database(config_.database));
}

Pages::Pages(PagesState &state) : templates_(state.texts()), storage_(state.database()), router_(make_router()) {}

Response Pages::handle(Request &request) {
    try {
        return router_.answer(*this, request);
    } catch (const StorageError &error) {
        if (error.fault() == StorageFault::busy) throw sdk::Overloaded(error.what());
        throw;
    }
}

Response Pages::page(Page page, const data &values, unsigned status) {
    return Response::html(templates_.render(page, values), status);
}

Response Pages::hello() { return Response::borrowed("Hello HBNB!", sdk::kHtmlType); }

Response Pages::number_odd_or_even(Request &, const PathParams &path) {
    data values{"number", std::string(plain_number(path["n"]))};
    values.set("parity", is_even(path["n"]) ? "even" : "odd");
    return page(Page::number_odd_or_even, values);
}

Response Pages::states_list() {
    std::vector<hbnb::State> states = storage_.all<hbnb::State>();
    sort_by_name(states);
    data list{data::type::list};
    for (const hbnb::State &state : states) list.push_back(item(state));
    return page(Page::states_list, data{"states", list});
}

// Two queries, whatever the number of states.
Response Pages::index(Request &request) {
    std::vector<hbnb::State> states = storage_.all<hbnb::State>();
    std::vector<City> cities = storage_.all<City>();
    sort_by_name(states);
    sort_by_name(cities);
    std::unordered_map<std::string, data> cities_of = by_state(cities);
    data list{data::type::list};
    for (const hbnb::State &state : states) {
        data one = item(state);
        one.set("cities", cities_of.try_emplace(state.id, data::type::list).first->second);
        list.push_back(one);
    }
    data values{"states", list};
    values.set("mount", std::string(request.mount()));
    return page(Page::index, values);
}

Response Pages::error(unsigned status, const std::string &title) {
    data values{"status", std::to_string(status)};
    values.set("title", title);
    return page(Page::error, values, status);
}

}  // namespace hbnb::pages
