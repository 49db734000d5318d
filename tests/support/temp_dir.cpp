#include "support/temp_dir.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace hbnb::test {

TempDir::TempDir() {
    char name[] = "/tmp/hbnb-XXXXXX";
    if (::mkdtemp(name) == nullptr) throw std::runtime_error("unable to make a temporary directory");
    path_ = name;
    ::chmod(name, 0755);
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string &path) {
    const std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();  // where a process ends while its file in /proc is read, what there was
    return text.str();
}

void write_file(const std::string &path, std::string_view text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!out.flush()) throw std::runtime_error("unable to write " + path);
}

}  // namespace hbnb::test
