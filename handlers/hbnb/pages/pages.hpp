// The web pages, below their mount (/). The table of routes is in pages.cpp. One instance a handler thread, with
// templates and a database connection of its own.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <hbnb/handler.hpp>

#include "pages/front.hpp"
#include "pages/page_templates.hpp"
#include "settings/plugin_config.hpp"
#include "settings/seldom.hpp"
#include "storage/storage.hpp"

namespace hbnb::pages {

// What all instances of a process share, made before there are any. Throws std::runtime_error with the sentence for the
// operator.
class PagesState {
  public:
    PagesState(sdk::Host host, std::string_view config);
    const sdk::Host &host() const { return host_; }
    const StorageSource &source() const { return source_; }
    const PageTexts &texts() const { return texts_; }
    const std::string &security_policy() const { return security_policy_; }

  private:
    sdk::Host host_;
    PluginConfig config_;
    PageTexts texts_;
    std::string security_policy_;  // of every page
    StorageSource source_;
};

// One of the pages /N-hbnb.
struct DynamicPage {
    const char *path;
    Page page;
    bool has_places;  // the others get them by their scripts
};

class Pages {
  public:
    using State = PagesState;
    static constexpr sdk::PluginInfo info{.name = "pages", .version = "1.0", .default_mount = "/"};

    explicit Pages(PagesState &state);

    // A database that is busy, or lacks a table, is a page with status 503; every other failure is logged and a page
    // with status 500.
    sdk::Response handle(sdk::Request &request);

  private:
    sdk::Response answer(sdk::Request &request);
    sdk::Response hello();
    sdk::Response hbnb_text();
    sdk::Response c(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response python();
    sdk::Response python_text(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response number(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response number_template(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response number_odd_or_even(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response states_list();
    sdk::Response cities_by_states();
    sdk::Response state(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response hbnb_filters();
    sdk::Response hbnb_places();
    sdk::Response dynamic(const DynamicPage &dynamic);
    sdk::Response error(unsigned status, const std::string &title, const std::string &reason);
    sdk::Response page_not_found(sdk::Request &request, const sdk::PathParams &path);
    sdk::Response failure(const sdk::Request &request, const std::string &reason);
    sdk::Response lacking(const sdk::Request &request, const StorageError &refusal);
    void log_failure(const sdk::Request &request, const std::string &reason);

    static sdk::Router<Pages> make_router(Front front);
    static std::map<Front, sdk::Router<Pages>> make_routers();
    sdk::Response page(Page page, const mustache::data &data, unsigned status = 200);

    // A page that shows nothing but what is stored: made of what `load` returns, once for each version of the data.
    template <class Load>
    std::string_view finished(Page page, const Load &load);
    template <class Load>
    sdk::Response kept(Page page, const Load &load);

    mustache::data load_states_with_cities();
    mustache::data load_filters();
    mustache::data load_filters_and_places();

    sdk::Host host_;
    std::string security_policy_;
    PageTemplates templates_;
    Storage storage_;
    std::map<Front, sdk::Router<Pages>> routers_;
    Seldom next_lacking_, next_file_;  // lines
};

}  // namespace hbnb::pages
