#include "pages/page_templates.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace hbnb::pages {

namespace {

struct PageFile {
    Page page;
    const char *name;
};
constexpr PageFile kFiles[] = {{Page::number_template, "number_template"},
                               {Page::number_odd_or_even, "number_odd_or_even"},
                               {Page::states_list, "states_list"},
                               {Page::cities_by_states, "cities_by_states"},
                               {Page::state, "state"},
                               {Page::hbnb_filters, "hbnb_filters"},
                               {Page::hbnb, "hbnb"},
                               {Page::hbnb_0, "0-hbnb"},
                               {Page::hbnb_1, "1-hbnb"},
                               {Page::hbnb_2, "2-hbnb"},
                               {Page::hbnb_3, "3-hbnb"},
                               {Page::hbnb_4, "4-hbnb"},
                               {Page::hbnb_100, "100-hbnb"},
                               {Page::hbnb_101, "101-hbnb"},
                               {Page::error, "error"}};

Refusal unable(const std::string &path, const std::string &reason) {
    return {"unable to read template " + path + ": " + reason};
}

Checked<std::string> read_template(const std::string &path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return unable(path, std::strerror(errno));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad() || text.empty()) return unable(path, "it is empty or cannot be read");
    const mustache::mustache parsed(text);
    if (!parsed.is_valid()) return unable(path, parsed.error_message());
    return Checked<std::string>(boost::system::in_place_value, std::move(text));
}

// The library would parse a part anew at every rendering, and pass over one that is missing.
Checked<std::string> read_page(const std::string &directory, const std::string &name) {
    constexpr std::string_view open = "{{>", close = "}}\n";
    Checked<std::string> page = read_template(directory + "/" + name + ".mustache");
    if (!page) return page;
    for (std::size_t at = 0; (at = page->find(open, at)) != std::string::npos;) {
        const std::size_t begin = at + open.size(), end = page->find(close, begin);
        if (end == std::string::npos)
            return unable(directory + "/" + name + ".mustache", "{{> is not closed on its line");
        const Checked<std::string> part =
            read_template(directory + "/parts/" + page->substr(begin, end - begin) + ".mustache");
        if (!part) return part;
        page->replace(at, end + close.size() - at, *part);
        at += part->size();
    }
    return page;
}

}  // namespace

Checked<PageTexts> read_page_texts(const std::string &directory) {
    PageTexts texts;
    for (const PageFile &file : kFiles) {
        Checked<std::string> text = read_page(directory, file.name);
        if (!text) return text.error();
        texts.emplace(file.page, std::move(*text));
    }
    return texts;
}

PageTemplates::PageTemplates(const PageTexts &texts) {
    for (const auto &[page, text] : texts) pages_.emplace(page, mustache::mustache(text));
}

std::string PageTemplates::render(Page page, const mustache::data &data) { return pages_.at(page).render(data); }

}  // namespace hbnb::pages
