// Walks the tree of a YAML text along the table of settings and fills a Config. Everything it does not like is a
// finding; it goes on with the default in its place.
#pragma once

#include <string>

#include "config/language/document.hpp"
#include "config/language/findings.hpp"
#include "config/language/places.hpp"
#include "config/settings/config.hpp"
#include "config/settings/settings.hpp"

namespace hbnb::config {

// Lives for one load().
class Loader {
  public:
    // Relative paths start at the directory of `file`.
    Loader(std::string file, Findings &findings);

    Config read(const Node &root);
    const Places &places() const { return places_; }

  private:
    // The rows of one scope, the object they fill, and what the object is called ("pools.hbnb").
    struct Visit {
        Scope scope;
        Owner owner;
        std::string key;
    };

    void read_scope(const Visit &visit, const Node &node);
    void read_section(const Visit &visit, const std::string &section, const Node &node);
    void read_entry(const Visit &visit, const std::string &section, const Entry &entry);
    void read_setting(const Visit &visit, const Setting &setting, const Node &node);
    void read_scalar(const Visit &visit, const Setting &setting, const Node &node);
    void read_subtree(const Visit &visit, const Setting &setting, const Node &node);
    void read_pools(Config &config, const Setting &setting, const Node &node);
    void read_listeners(Pool &pool, const std::string &key, const Setting &setting, const Node &node);
    void read_listener(Pool &pool, const std::string &key, const Node &item);
    void read_mounts(Pool &pool, const std::string &key, const Setting &setting, const Node &node);
    void require(const Visit &visit, const Node &node);
    void unknown_key(const Visit &visit, const std::string &section, const Entry &entry);
    void unknown_pool(const std::string &name, const Place &place, const Node &pools);
    void find_plugin_files(Pool &pool, const std::string &key);
    std::string resolved(const std::string &path) const;

    const std::string file_;
    const std::string directory_;  // absolute
    Findings &findings_;
    Places places_;
};

}  // namespace hbnb::config
