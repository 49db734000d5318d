#include <utility>

#include "config/language/document.hpp"
#include "config/language/text_file.hpp"
#include "config/settings/checks.hpp"
#include "config/settings/config.hpp"
#include "config/settings/loader.hpp"
#include "config/settings/override.hpp"

namespace hbnb::config {

Loaded load(const std::string &file, const std::vector<Override> &overrides) {
    const auto text = read_text_file(file);
    if (!text) return Problems{{text.error().message}};
    Findings findings;
    if (!is_clean_text(*text, {}, findings)) return Problems{findings.sentences(file)};
    auto root = parse_document(*text, {}, findings);
    if (!root) return Problems{findings.sentences(file)};
    for (const Override &change : overrides) apply_override(change, *root, findings);
    Loader loader(file, findings);
    Config config = loader.read(*root);
    check_together(config, file, loader.places(), findings);
    if (!findings.is_empty()) return Problems{findings.sentences(file)};
    return config;
}

}  // namespace hbnb::config
