// What is wrong with a configuration: each finding has a place, a key and a sentence's end. Collected while the file is
// read and turned into sentences once, in the order of the file; findings about overrides follow.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hbnb::config {

// Where a value stands: in the file, or in an override on the command line.
struct Place {
    int line = 0;     // from 1; 0: the file as a whole
    int column = 0;   // from 1, in bytes
    std::string set;  // the KEY of --set KEY=VALUE; empty: in the file
    bool operator==(const Place &) const = default;
};

// "hbnb.yaml:3:7", "hbnb.yaml" for the file as a whole, "--set KEY" for an override.
std::string place_text(const std::string &file, const Place &place);

// What a sentence may repeat of the file: in quotes, cut to kFoundTextMax bytes, passwords of URLs left out.
std::string in_quotes(std::string_view text);

// A password in a URL ("scheme://user:password@host") becomes "***". Prefers to hide too much.
std::string without_passwords(std::string text);

class Findings {
  public:
    void add(const Place &place, std::string key, std::string text);
    void append(const Findings &other);
    bool is_empty() const { return list_.empty(); }
    bool is_about(std::string_view key) const;  // something was found at exactly this key
    std::vector<std::string> sentences(
        const std::string &file) const;  // at most kFindingsMax, then how many more there are

  private:
    struct Finding {
        Place place;
        std::string key;
        std::string text;
    };
    std::vector<Finding> list_;
};

}  // namespace hbnb::config
