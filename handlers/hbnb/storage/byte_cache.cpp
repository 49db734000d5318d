#include "storage/byte_cache.hpp"

namespace hbnb {

const std::string *ByteCache::find(const DataVersion &version, const std::string &key) {
    begin(version);
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
}

std::string_view ByteCache::keep(const DataVersion &version, const std::string &key, std::string bytes) {
    begin(version);
    const std::size_t size = key.size() + bytes.size();
    if (key.empty() || size > kEntryMax) return last_ = std::move(bytes);
    if (bytes_ + size > kBytesMax) clear();
    bytes_ += size;
    return entries_.insert_or_assign(key, std::move(bytes)).first->second;
}

void ByteCache::clear() {
    entries_.clear();
    bytes_ = 0;
}

void ByteCache::begin(const DataVersion &version) {
    last_ = {};
    if (version == version_) return;
    clear();
    version_ = version;
}

}  // namespace hbnb
