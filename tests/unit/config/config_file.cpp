#include "unit/config/config_file.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace hbnb::config {

namespace {

void replace_all(std::string &text, const std::string &from, const std::string &to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

}  // namespace

ConfigFile::ConfigFile(const std::string &text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "hbnb-config-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    write(text);
}

ConfigFile::~ConfigFile() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void ConfigFile::write(const std::string &text) {
    std::ofstream out(path(), std::ios::binary | std::ios::trunc);
    out << text << std::flush;
    REQUIRE(out.good());
}

Loaded ConfigFile::load(const std::vector<std::string> &overrides) const {
    std::vector<Override> changes;
    for (const auto &text : overrides) changes.push_back(parse_override(text).value());
    return config::load(path(), changes);
}

Config ConfigFile::config(const std::vector<std::string> &overrides) const {
    REQUIRE_EQ(problems(overrides), "");
    return std::get<Config>(load(overrides));
}

std::string ConfigFile::problems(const std::vector<std::string> &overrides) const {
    const Loaded loaded = load(overrides);
    std::string text;
    if (const auto *problems = std::get_if<Problems>(&loaded)) {
        REQUIRE_FALSE(problems->sentences.empty());
        for (const auto &sentence : problems->sentences) text += (text.empty() ? "" : "\n") + sentence;
    }
    replace_all(text, path(), "hbnb.yaml");
    replace_all(text, directory_, "DIR");
    return text;
}

std::string problems_of(const std::string &yaml, const std::vector<std::string> &overrides) {
    return ConfigFile(yaml).problems(overrides);
}

std::string pool_with(const std::string &more) {
    std::string text = "pools:\n  p:\n    listen: [ { unix: s } ]\n    handlers: { directory: h }\n";
    return text.append(more);
}

Config comparable(Config config) {
    config.file.clear();
    for (Pool &pool : config.pools)
        for (Plugin &plugin : pool.plugins) plugin.where.clear();
    return config;
}

}  // namespace hbnb::config
