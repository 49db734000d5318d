// Answers that are finished, of one version of the data: whoever comes with another version finds nothing, and what was
// kept goes. A few of them, bounded; one owner, one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "storage/connection.hpp"

namespace hbnb {

class ByteCache {
  public:
    static constexpr std::size_t kEntryMax = 1 << 20;  // bytes; what is larger is made anew each time
    static constexpr std::size_t kBytesMax = 4 << 20;  // keys and bytes of all; what comes then begins anew

    // nullptr: there is none of that version. Else valid until the next call.
    const std::string *find(const DataVersion &version, const std::string &key);

    // The bytes, valid until the next call, whether they were worth keeping or not; those without a key are not.
    std::string_view keep(const DataVersion &version, const std::string &key, std::string bytes);

    void clear();

  private:
    void begin(const DataVersion &version);

    DataVersion version_;
    std::unordered_map<std::string, std::string> entries_;
    std::size_t bytes_ = 0;
    std::string last_;  // what was not kept
};

}  // namespace hbnb
