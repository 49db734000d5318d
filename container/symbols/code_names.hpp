// What addresses of running code are called: "Demo::hang demo.so+0x1a2b". The function comes from the file's own symbol
// table, else from its dynamic one, which of a plugin has a single name. Without either the file and offset stand
// alone; an address in no file is its number. The offset is what addr2line -e FILE takes. Reads files, allocates; any
// thread, outside of signals' handlers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hbnb::symbols {

inline constexpr std::size_t kFunctionNameMax = 120;  // bytes; longer ones are cut

inline constexpr const char *kThisProgram = "/proc/self/exe";

struct KnownFile {
    std::string path, name;
};

// Of a demangled one: without what it returns, its parameters, template arguments and unnamed namespaces.
std::string short_function_name(std::string_view whole);

class CodeNames {
  public:
    // known: what people call a loaded file, by the path that it was loaded from (a plugin is loaded from a memfd, and
    // the program is kThisProgram). A file that is not known is called by the end of its path.
    explicit CodeNames(std::vector<KnownFile> known) : known_(std::move(known)) {}

    // frames: return addresses, innermost first, the first one where the thread is now; the first 0 ends them.
    // "a < b < c": b has called a. The offset of a caller is that of the byte before its return address.
    std::string describe_stack(std::span<void *const> frames) const;

  private:
    std::string describe(std::uintptr_t address) const;

    std::vector<KnownFile> known_;
};

}  // namespace hbnb::symbols
