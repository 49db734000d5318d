// Tells how far a long work has come: on a terminal in one line that is written over, else in a line each tenth.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

namespace hbnb::data {

class Progress {
  public:
    Progress(std::ostream &out, bool is_terminal, std::string what, std::size_t total);
    ~Progress();
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;
    void to(std::size_t done);

  private:
    std::ostream &out_;
    bool is_terminal_;
    std::string what_;
    std::size_t total_;
    std::size_t told_ = 0;  // percent
};

}  // namespace hbnb::data
