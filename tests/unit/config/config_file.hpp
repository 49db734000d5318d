// A configuration file for one test, in a directory of its own that goes with it.
#pragma once

#include <string>
#include <vector>

#include "config/settings/config.hpp"

namespace hbnb::config {

class ConfigFile {
  public:
    explicit ConfigFile(const std::string &text);
    ~ConfigFile();
    ConfigFile(const ConfigFile &) = delete;
    ConfigFile &operator=(const ConfigFile &) = delete;

    const std::string &directory() const { return directory_; }
    std::string path() const { return directory_ + "/hbnb.yaml"; }
    void write(const std::string &text);

    Loaded load(const std::vector<std::string> &overrides = {}) const;
    Config config(const std::vector<std::string> &overrides = {}) const;  // fails the test where there are problems

    // The sentences, one a line, with "hbnb.yaml" for the path and "DIR" for the directory; "" where all is well.
    std::string problems(const std::vector<std::string> &overrides = {}) const;

  private:
    std::string directory_;
};

// What the loader says of this text, as ConfigFile::problems.
std::string problems_of(const std::string &yaml, const std::vector<std::string> &overrides = {});

// A sound configuration with one pool `p`; `more` is appended below the pool, two levels deep: "    workers: {...}\n".
std::string pool_with(const std::string &more);

// The configuration without what differs from file to file.
Config comparable(Config config);

}  // namespace hbnb::config
