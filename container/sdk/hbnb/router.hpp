// From a path to what answers it: a table of routes, made into a tree once, then only read (any thread).
//
//   const Router<Api> router_ = Router<Api>({
//       {GET,          "/states",      &Api::list_states},
//       {POST,         "/states",      &Api::create_state},
//       {GET,          "/states/<id>", &Api::get_state},
//   }).on_not_found(&Api::not_found);
//   …
//   Response handle(Request &request) { return router_.answer(*this, request); }
//
// With and without one trailing slash a path is the same resource. Fixed text beats <int:…> beats <…>. HEAD is answered
// as GET (the container sends no body). OPTIONS is 200 without a body, another method of a known path 405, both with
// Allow; any other path is 404. The table's mistakes are std::invalid_argument, thrown where the router is made.
#pragma once

#include <hbnb/path_params.hpp>
#include <hbnb/request.hpp>
#include <hbnb/response.hpp>
#include <hbnb/route.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hbnb::sdk {

inline constexpr std::size_t kPathSegmentsMax = 16;  // a deeper path is 404

namespace detail {

struct MethodName {
    Method method;
    std::string_view name;
};
inline constexpr std::array<MethodName, 7> kMethodNames{{{Method::DELETE, "DELETE"},
                                                         {Method::GET, "GET"},
                                                         {Method::HEAD, "HEAD"},
                                                         {Method::OPTIONS, "OPTIONS"},
                                                         {Method::PATCH, "PATCH"},
                                                         {Method::POST, "POST"},
                                                         {Method::PUT, "PUT"}}};

constexpr Method kNoMethod{};

inline Method method_of(std::string_view name) {
    for (const MethodName &one : kMethodNames) {
        if (one.name == name) return one.method;
    }
    return kNoMethod;
}

inline std::string names_of(Method methods) {
    std::string names;
    for (const MethodName &one : kMethodNames) {
        if (has(methods, one.method)) names.append(names.empty() ? "" : ", ").append(one.name);
    }
    return names;
}

struct Segments {
    std::array<std::string_view, kPathSegmentsMax> at;
    std::size_t count = 0;
};

// "/states/7/" -> states, 7. "/" has none. Nothing where the path is no path or too deep; an empty segment ("//") stays
// one, and no pattern has it.
inline std::optional<Segments> split(std::string_view path) {
    if (path.empty() || path.front() != '/') return std::nullopt;
    Segments segments;
    path.remove_prefix(1);
    if (path.empty()) return segments;
    if (path.back() == '/') path.remove_suffix(1);
    for (;;) {
        if (segments.count == kPathSegmentsMax) return std::nullopt;
        const std::size_t slash = path.find('/');
        segments.at[segments.count++] = path.substr(0, slash);
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

inline bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

inline bool is_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// One segment of a pattern.
struct PatternSegment {
    enum class Kind { fixed, digits, text } kind;
    std::string_view text;  // the fixed text, or the parameter's name
};

inline PatternSegment parse_segment(std::string_view text) {
    constexpr std::string_view kInt = "int:";
    if (text.empty()) throw std::invalid_argument("it has an empty segment");
    if (text.find_first_of("<>") == std::string_view::npos) return {PatternSegment::Kind::fixed, text};
    if (text.front() != '<' || text.back() != '>') throw std::invalid_argument("a parameter takes a whole segment");
    text = text.substr(1, text.size() - 2);
    const bool is_int = text.substr(0, kInt.size()) == kInt;
    if (is_int) text.remove_prefix(kInt.size());
    if (!is_name(text)) throw std::invalid_argument("a parameter is <name> or <int:name>, the name of a-z, 0-9 and _");
    return {is_int ? PatternSegment::Kind::digits : PatternSegment::Kind::text, text};
}

}  // namespace detail

template <class Context>
class Router {
  public:
    Router(std::initializer_list<Route<Context>> table) : Router(std::span(table.begin(), table.size())) {}
    explicit Router(std::span<const Route<Context>> table) : nodes_(1) {
        for (const Route<Context> &route : table) add(route);
    }

    // One route more; only while the router is being made.
    Router &add(const Route<Context> &route);

    // What answers instead of a plain sentence. Allow is added to the last two where they give none.
    Router &&on_not_found(Action<Context> action) && { return not_found_ = action, std::move(*this); }
    Router &&on_method_not_allowed(Action<Context> action) && { return not_allowed_ = action, std::move(*this); }
    Router &&on_options(Action<Context> action) && { return options_ = action, std::move(*this); }

    Response answer(Context &context, Request &request) const;

  private:
    struct Row {
        Method methods;
        std::string pattern;
        std::vector<std::string> names;  // of its parameters, from left to right
        Action<Context> action;
    };
    struct Node {
        std::map<std::string, std::size_t, std::less<>> fixed;
        std::optional<std::size_t> digits, text;
        std::vector<Row> rows;  // of the patterns that end here
    };
    struct Search {
        detail::Segments segments;
        Method wanted;
        std::array<std::string_view, kPathParamsMax> values{};
        std::size_t value_count = 0;
        const Row *row = nullptr;    // found
        const Row *other = nullptr;  // the first that has the path, but not the method
        Method allowed = detail::kNoMethod;
    };

    std::size_t place(const Route<Context> &route, std::vector<std::string> &names);
    std::size_t child(std::size_t parent, const detail::PatternSegment &segment);
    bool walk(const Node &node, std::size_t depth, Search &search) const;
    bool descend(std::optional<std::size_t> into, std::size_t depth, Search &search) const;
    static bool take(const Node &node, Search &search);
    Response answer_without_row(Context &context, Request &request, const Search &search) const;

    std::vector<Node> nodes_;  // [0] is the root; children by index
    Action<Context> not_found_ = [](Context &) { return Response::text("Not found\n", 404); };
    Action<Context> not_allowed_ = [](Context &) { return Response::text("Method not allowed\n", 405); };
    Action<Context> options_ = [](Context &) { return Response(200); };
};

template <class Context>
Router<Context> &Router<Context>::add(const Route<Context> &route) {
    try {
        std::vector<std::string> names;
        Node &node = nodes_[place(route, names)];
        for (const Row &row : node.rows) {
            for (const auto &one : detail::kMethodNames) {
                if (has(row.methods, one.method) && has(route.methods, one.method)) {
                    throw std::invalid_argument("\"" + row.pattern + "\" answers " + std::string(one.name) +
                                                " already");
                }
            }
        }
        node.rows.push_back({route.methods, std::string(route.pattern), std::move(names), route.action});
    } catch (const std::invalid_argument &why) {
        throw std::invalid_argument("unable to add route " + detail::names_of(route.methods) + " \"" +
                                    std::string(route.pattern) + "\": " + why.what());
    }
    return *this;
}

template <class Context>
std::size_t Router<Context>::place(const Route<Context> &route, std::vector<std::string> &names) {
    if (route.pattern.empty() || route.pattern.front() != '/')
        throw std::invalid_argument("it does not start with '/'");
    const auto segments = detail::split(route.pattern);
    if (!segments) throw std::invalid_argument("it has more than " + std::to_string(kPathSegmentsMax) + " segments");
    std::size_t node = 0;
    for (std::size_t i = 0; i < segments->count; ++i) {
        const detail::PatternSegment segment = detail::parse_segment(segments->at[i]);
        node = child(node, segment);
        if (segment.kind == detail::PatternSegment::Kind::fixed) continue;
        if (std::find(names.begin(), names.end(), segment.text) != names.end()) {
            throw std::invalid_argument("two parameters are called " + std::string(segment.text));
        }
        if (names.size() == kPathParamsMax)
            throw std::invalid_argument("it has more than " + std::to_string(kPathParamsMax) + " parameters");
        names.emplace_back(segment.text);
    }
    return node;
}

template <class Context>
std::size_t Router<Context>::child(std::size_t parent, const detail::PatternSegment &segment) {
    using Kind = detail::PatternSegment::Kind;
    const std::size_t next = nodes_.size();
    std::size_t found = next;
    if (segment.kind == Kind::fixed) {
        found = nodes_[parent].fixed.try_emplace(std::string(segment.text), next).first->second;
    } else {
        auto &slot = segment.kind == Kind::digits ? nodes_[parent].digits : nodes_[parent].text;
        if (!slot) slot = next;
        found = *slot;
    }
    if (found == next) nodes_.emplace_back();
    return found;
}

template <class Context>
bool Router<Context>::walk(const Node &node, std::size_t depth, Search &search) const {
    if (depth == search.segments.count) return take(node, search);
    const std::string_view segment = search.segments.at[depth];
    if (segment.empty()) return false;
    if (const auto fixed = node.fixed.find(segment); fixed != node.fixed.end()) {
        if (walk(nodes_[fixed->second], depth + 1, search)) return true;
    }
    if (detail::is_digits(segment) && descend(node.digits, depth, search)) return true;
    return descend(node.text, depth, search);
}

template <class Context>
bool Router<Context>::descend(std::optional<std::size_t> into, std::size_t depth, Search &search) const {
    if (!into) return false;
    search.values[search.value_count++] = search.segments.at[depth];
    if (walk(nodes_[*into], depth + 1, search)) return true;
    --search.value_count;
    return false;
}

template <class Context>
bool Router<Context>::take(const Node &node, Search &search) {
    const Row *get = nullptr;
    for (const Row &row : node.rows) {
        search.allowed = search.allowed | row.methods;
        if (has(row.methods, search.wanted)) search.row = &row;
        if (has(row.methods, Method::GET)) get = &row;
        if (search.other == nullptr) search.other = &row;
    }
    if (search.row == nullptr && search.wanted == Method::HEAD) search.row = get;
    return search.row != nullptr;
}

template <class Context>
Response Router<Context>::answer(Context &context, Request &request) const {
    Search search{.segments = {}, .wanted = detail::method_of(request.method())};
    if (const auto segments = detail::split(request.path())) {
        search.segments = *segments;
        walk(nodes_.front(), 0, search);
    }
    if (search.row == nullptr) return answer_without_row(context, request, search);
    request.set_route(search.row->pattern);
    PathParams path;
    for (std::size_t i = 0; i < search.value_count; ++i) path.push(search.row->names[i], search.values[i]);
    return search.row->action(context, request, path);
}

template <class Context>
Response Router<Context>::answer_without_row(Context &context, Request &request, const Search &search) const {
    const PathParams none;
    if (search.other == nullptr) return not_found_(context, request, none);
    request.set_route(search.other->pattern);
    Method allowed = search.allowed | Method::OPTIONS;
    if (has(allowed, Method::GET)) allowed = allowed | Method::HEAD;
    Response response =
        search.wanted == Method::OPTIONS ? options_(context, request, none) : not_allowed_(context, request, none);
    if (!response.has("Allow")) response.set("Allow", detail::names_of(allowed));
    return response;
}

}  // namespace hbnb::sdk
