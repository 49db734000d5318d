#include "config/language/findings.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/log.hpp"
#include "config/language/limits.hpp"

namespace hbnb::config {

namespace {

// Cut in front of a UTF-8 sequence, never inside one.
std::string_view cut(std::string_view text, std::size_t length) {
    if (text.size() <= length) return text;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
    return text.substr(0, length);
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::string place_text(const std::string &file, const Place &place) {
    if (!place.set.empty()) return "--set " + place.set;
    if (place.line == 0) return file;
    return file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string in_quotes(std::string_view text) {
    const std::string shown = without_passwords(std::string(text));
    const std::string_view part = cut(shown, kFoundTextMax);
    std::string result = "\"";
    result.append(part).append(part.size() < shown.size() ? "...\"" : "\"");
    return result;
}

// People write '/' and '@' in passwords unescaped: so the last '@' before a blank ends the password, not the first.
std::string without_passwords(std::string text) {
    std::size_t from = 0;
    while ((from = text.find("://", from)) != std::string::npos) {
        from += 3;
        const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
        const auto end = std::find_if(begin, text.end(), is_space);
        const std::string_view rest(text.data() + from, static_cast<std::size_t>(end - begin));
        const std::size_t colon = rest.find(':');
        const std::size_t at = rest.rfind('@');
        if (rest.starts_with('/') || colon == std::string_view::npos || at == std::string_view::npos || at < colon)
            continue;
        text.replace(from + colon + 1, at - colon - 1, "***");
    }
    return text;
}

void Findings::add(const Place &place, std::string key, std::string text) {
    list_.push_back({place, std::move(key), std::move(text)});
}

void Findings::append(const Findings &other) { list_.insert(list_.end(), other.list_.begin(), other.list_.end()); }

bool Findings::is_about(std::string_view key) const {
    return std::any_of(list_.begin(), list_.end(), [&](const Finding &finding) { return finding.key == key; });
}

std::vector<std::string> Findings::sentences(const std::string &file) const {
    std::vector<Finding> ordered = list_;
    std::stable_sort(ordered.begin(), ordered.end(), [](const Finding &a, const Finding &b) {
        return std::tuple(!a.place.set.empty(), a.place.line, a.place.column) <
               std::tuple(!b.place.set.empty(), b.place.line, b.place.column);
    });
    std::vector<std::string> sentences;
    for (const auto &[place, key, text] : ordered) {
        if (sentences.size() == kFindingsMax) {
            sentences.push_back(file + ": " + std::to_string(ordered.size() - kFindingsMax) + " more like these");
            break;
        }
        std::string sentence = place_text(file, place) + ": ";
        if (!key.empty() && key != place.set) sentence += key + ": ";
        sentences.push_back(escape_control(sentence + text));
    }
    return sentences;
}

}  // namespace hbnb::config
