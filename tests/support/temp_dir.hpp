// A directory of one test under /tmp, removed with everything in it. Its path is short: sockets live in it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hbnb::test {

class TempDir {
  public:
    TempDir();
    TempDir(const TempDir &) = delete;
    TempDir &operator=(const TempDir &) = delete;
    ~TempDir();

    std::string path() const { return path_; }
    std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  private:
    std::string path_;
};

std::string read_file(const std::string &path);  // empty where there is none
void write_file(const std::string &path, std::string_view text);

}  // namespace hbnb::test
