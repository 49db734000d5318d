// The web pages, below their mount (/). The table of routes is in pages.cpp. One instance a handler thread, with
// templates and a database connection of its own.
#pragma once

#include <string>
#include <string_view>

#include <hbnb/handler.hpp>

#include "pages/page_templates.hpp"
#include "settings/plugin_config.hpp"
#include "storage/storage.hpp"

namespace hbnb::pages {

// What all instances of a process share, made before there are any. Throws std::runtime_error with the sentence for the
// operator.
class PagesState {
  public:
    PagesState(sdk::Host host, std::string_view config);
    const DatabaseUrl &database() const { return config_.database; }
    const PageTexts &texts() const { return texts_; }

  private:
    PluginConfig config_;
    PageTexts texts_;
};

class Pages {
  public:
    using State = PagesState;
    static constexpr sdk::PluginInfo info{.name = "pages", .version = "1.0", .default_mount = "/"};

    explicit Pages(PagesState &state);

    // A busy database is sdk::Overloaded; every other failure leaves as an exception and is the container's 500.
    sdk::Response handle(sdk::Request &request);

  private:
    sdk::Response index(sdk::Request &request);
    sdk::Response hello();
    sdk::Response number_odd_or_even(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response states_list();
    sdk::Response error(unsigned status, const std::string &title);

    static sdk::Router<Pages> make_router();
    sdk::Response page(Page page, const mustache::data &data, unsigned status = 200);

    PageTemplates templates_;
    Storage storage_;
    sdk::Router<Pages> router_;
};

}  // namespace hbnb::pages
