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
constexpr PageFile kFiles[] = {{Page::index, "index.mustache"},
                               {Page::number_template, "number_template.mustache"},
                               {Page::number_odd_or_even, "number_odd_or_even.mustache"},
                               {Page::states_list, "states_list.mustache"},
                               {Page::cities_by_states, "cities_by_states.mustache"},
                               {Page::state, "state.mustache"},
                               {Page::hbnb, "hbnb.mustache"},
                               {Page::error, "error.mustache"}};

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

}  // namespace

Checked<PageTexts> read_page_texts(const std::string &directory) {
    PageTexts texts;
    for (const PageFile &file : kFiles) {
        Checked<std::string> text = read_template(directory + "/" + file.name);
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
