// The pages' Mustache templates, read once a process from files beside the plugin: DIRECTORY/<name>.mustache. {{>part}}
// on a line of its own is the file DIRECTORY/parts/<part>.mustache, put in when the page is read; parts have no parts.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <kainjow/mustache.hpp>

#include "model/refusal.hpp"

namespace hbnb::pages {

namespace mustache = kainjow::mustache;

enum class Page {
    number_template,
    number_odd_or_even,
    states_list,
    cities_by_states,
    state,
    hbnb_filters,
    hbnb,
    hbnb_0,
    hbnb_1,
    hbnb_2,
    hbnb_3,
    hbnb_4,
    hbnb_100,
    hbnb_101,
    error
};

// The texts of all pages; a value, shared by the instances of a process.
using PageTexts = std::map<Page, std::string>;

// Refuses a missing file or one that is no template with a sentence that names it.
Checked<PageTexts> read_page_texts(const std::string &directory);

// The parsed templates of one handler thread. {{name}} is escaped for HTML.
class PageTemplates {
  public:
    explicit PageTemplates(const PageTexts &texts);  // checked by read_page_texts
    std::string render(Page page, const mustache::data &data);

  private:
    std::map<Page, mustache::mustache> pages_;
};

}  // namespace hbnb::pages
