#include "pages/text.hpp"

#include <algorithm>
#include <boost/nowide/utf/convert.hpp>
#include <kainjow/mustache.hpp>

namespace hbnb::pages {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What stands at the beginning of a text.
struct Break {
    std::size_t length = 0;  // 0: no <br>
    bool is_cut = false;     // the text ends before the '>'
};

// <br>, <BR/>, <Br /> …
Break break_at(std::string_view text) {
    constexpr std::string_view lower = "<br", upper = "<BR";
    std::size_t at = 0;
    while (at < lower.size() && at < text.size() && (text[at] == lower[at] || text[at] == upper[at])) ++at;
    if (at == text.size()) return {at, true};
    if (at < lower.size()) return {};
    while (at < text.size() && is_space(text[at])) ++at;
    if (at < text.size() && text[at] == '/') ++at;
    if (at == text.size()) return {at, true};
    return text[at] == '>' ? Break{at + 1} : Break{};
}

}  // namespace

std::string words_of(std::string_view segment) {
    std::string words = boost::nowide::utf::convert_string<char>(segment.data(), segment.data() + segment.size());
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string plain_number(std::string_view digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return std::string(first == std::string_view::npos ? digits.substr(digits.size() - 1) : digits.substr(first));
}

bool is_even(std::string_view digits) { return (digits.back() - '0') % 2 == 0; }

std::string counted(std::int64_t count, const std::string &noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string description_html(std::string_view description) {
    std::string html;
    while (!description.empty()) {
        // Up to the next '<', which is looked at as a tag; one that is none goes with the text behind it.
        const Break tag = break_at(description);
        if (tag.is_cut) break;
        if (tag.length > 0) html += "<br>";
        const std::size_t next = description.find('<', std::max<std::size_t>(tag.length, 1));
        html += kainjow::mustache::html_escape(std::string(description.substr(tag.length, next - tag.length)));
        description.remove_prefix(std::min(next, description.size()));
    }
    return html;
}

std::string with_cache_id(std::string_view page, std::string_view id) {
    std::string changed(page);
    const std::string_view head = page.substr(0, page.find("</head>"));
    for (std::size_t at = 0; (at = head.find(kNoCacheId, at)) != std::string_view::npos; at += kNoCacheId.size()) {
        changed.replace(at, kNoCacheId.size(), id);
    }
    return changed;
}

}  // namespace hbnb::pages
