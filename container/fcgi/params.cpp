#include "fcgi/params.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <set>
#include <stdexcept>
#include <utility>

namespace hbnb::fcgi {
namespace {

constexpr std::size_t kDuplicateNameBytes = 64;  // of a log line
constexpr std::size_t kUsualPairs = 32;          // nginx sends some 25, in 1 KiB
constexpr std::size_t kBytesKept = 16 << 10;     // by clear()
constexpr std::size_t kPairsKept = 256;

// One byte below 128, else four with the top bit set; the long form may carry a short length.
bool take_length(const char *&at, const char *end, std::size_t &length) {
    if (at == end) return false;
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<std::uint8_t>(at[i])); };
    if (byte(0) < 128) {
        length = byte(0);
        ++at;
        return true;
    }
    if (end - at < 4) return false;
    length = (byte(0) & 0x7f) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
    at += 4;
    return true;
}

// Two lengths, and as many bytes behind them: at is where the name begins. Most lengths have one byte each.
bool take_lengths(const char *&at, const char *end, std::size_t &name, std::size_t &value) {
    if (end - at >= 2 && ((at[0] | at[1]) & 0x80) == 0) {
        name = static_cast<std::uint8_t>(at[0]);
        value = static_cast<std::uint8_t>(at[1]);
        at += 2;
    } else if (!take_length(at, end, name) || !take_length(at, end, value)) {
        return false;
    }
    return name + value <= static_cast<std::size_t>(end - at);  // each has at most 31 bits: no overflow
}

void append_length(std::string &out, std::size_t length) {
    if (length < 128) {
        out += static_cast<char>(length);
        return;
    }
    out += {static_cast<char>(0x80 | length >> 24), static_cast<char>(length >> 16 & 0xff),
            static_cast<char>(length >> 8 & 0xff), static_cast<char>(length & 0xff)};
}

constexpr std::uint64_t load_word(const char *bytes) {  // in the machine's order
    std::array<char, sizeof(std::uint64_t)> word{};
    std::copy_n(bytes, word.size(), word.begin());
    return std::bit_cast<std::uint64_t>(word);
}

// A name by its first and its last eight bytes: where it has 8 to 16 of them, all there is of it.
struct NameWords {
    std::uint64_t first = 0, last = 0;
    std::size_t size = 0;
    bool operator==(const NameWords &) const = default;

    // 0 to 127. It need not be good: equal hashes are followed by a look at the names.
    constexpr std::size_t hash() const {
        return static_cast<std::size_t>((first * 31 + last + size) * 0x9e3779b97f4a7c15u >> 57);
    }
};
constexpr std::size_t kHashes = 128;

constexpr NameWords words_of(const char *name, std::size_t size) {
    if (size >= sizeof(std::uint64_t)) return {load_word(name), load_word(name + size - sizeof(std::uint64_t)), size};
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < size; ++i) bytes = bytes << 8 | static_cast<unsigned char>(name[i]);
    return {bytes, bytes, size};
}

constexpr NameWords words_of_short(std::string_view name) {  // two such are equal where their names are
    if (name.size() < 8 || name.size() > 16) throw "this name is not all in its words";  // does not compile
    return words_of(name.data(), name.size());
}

constexpr NameWords kHttpProxy = words_of_short("HTTP_PROXY");

// By hash: the words of a known name, and its index into kKnownNames.
struct KnownPlace {
    NameWords words;
    std::size_t index = 0;
};
constexpr auto kKnownByHash = [] {
    std::array<KnownPlace, kHashes> table{};
    for (std::size_t i = 0; i < kKnownNames.size(); ++i) {
        const NameWords words = words_of_short(kKnownNames[i]);
        KnownPlace &place = table[words.hash()];
        if (place.words.size != 0)
            throw "two known names have the same hash";  // does not compile: choose another factor
        place = {words, i};
    }
    return table;
}();

ParamsCheck malformed(const char *problem) { return {ParamsCheck::Verdict::malformed, problem, 0, {}}; }

// Requests have some 30 parameters: their names are found by a small table, at once. More names go to an ordered set,
// which no choice of names makes slow.
class NamesSeen {
  public:
    explicit NamesSeen(const char *begin) : begin_(begin) {}
    bool insert(std::string_view name, std::size_t hash) {  // false: seen before
        std::size_t slot = hash;
        for (; slots_[slot] != 0; slot = (slot + 1) % kHashes) {
            const Name &other = names_[slots_[slot] - 1u];
            if (std::string_view(begin_ + other.at, other.size) == name) return false;
        }
        if (count_ == kFew) return more_.insert(name).second;
        names_[count_] = {static_cast<std::uint32_t>(name.data() - begin_), static_cast<std::uint32_t>(name.size())};
        slots_[slot] = static_cast<std::uint8_t>(++count_);
        return true;
    }

  private:
    struct Name {
        std::uint32_t at, size;
    };
    static constexpr std::size_t kFew = 64;
    const char *const begin_;
    std::array<std::uint8_t, kHashes> slots_{};  // index into names_ plus 1; 0: none
    std::array<Name, kFew> names_;
    std::size_t count_ = 0;
    std::set<std::string_view> more_;
};

}  // namespace

std::optional<Pair> take_pair(std::string_view &stream, bool &broken) {
    broken = false;
    if (stream.empty()) return std::nullopt;
    const char *at = stream.data(), *const end = at + stream.size();
    std::size_t name = 0, value = 0;
    broken = !take_lengths(at, end, name, value);
    if (broken) return std::nullopt;
    stream = {at + name + value, static_cast<std::size_t>(end - at) - name - value};
    return Pair{{at, name}, {at + name, value}};
}

void append_pair(std::string &out, std::string_view name, std::string_view value) {
    if (name.size() > kPairBytesMax || value.size() > kPairBytesMax)
        throw std::length_error("name-value pair too long");
    append_length(out, name.size());
    append_length(out, value.size());
    out.append(name).append(value);
}

void RequestParams::append(std::string_view part) {
    const std::size_t needed = bytes_.size() + part.size() + 1;  // with the NUL byte that decode() puts behind
    if (needed > bytes_.capacity()) bytes_.reserve(std::max(needed, 2 * bytes_.capacity()));
    bytes_.insert(bytes_.end(), part.begin(), part.end());
}

ParamsCheck RequestParams::decode() {
    if (ParamsCheck check = split(); check.verdict != Verdict::good) return check;
    if (contains('=', Where::names)) return malformed("a parameter's name contains '='");
    if (contains('\0', Where::names_and_values)) return malformed("a parameter contains a NUL byte");
    return keep_first_of_each();
}

ParamsCheck RequestParams::split() {
    const char *const begin = bytes_.data(), *const end = begin + bytes_.size();
    places_.reserve(kUsualPairs);
    bool has_empty_name = false;
    for (const char *at = begin; at != end;) {
        std::size_t name = 0, value = 0;
        if (!take_lengths(at, end, name, value)) return malformed("a parameter is longer than its stream");
        if (places_.size() == kPairsMax) return {Verdict::too_many, "", 0, {}};
        has_empty_name |= name == 0;
        places_.push_back({static_cast<std::uint32_t>(at - begin), static_cast<std::uint32_t>(name),
                           static_cast<std::uint32_t>(value)});
        at += name + value;
    }
    return has_empty_name ? malformed("a parameter has an empty name") : ParamsCheck{};
}

// Goes from one such byte to the next in long strides: there are few, and most of them are lengths.
bool RequestParams::contains(char byte, Where where) const {
    const char *const begin = bytes_.data(), *const end = begin + bytes_.size();
    auto place = places_.begin();
    for (const char *at = begin; at != end; ++at) {
        at = static_cast<const char *>(std::memchr(at, byte, static_cast<std::size_t>(end - at)));
        if (at == nullptr) return false;
        const auto offset = static_cast<std::size_t>(at - begin);
        while (offset >= place->value_end()) ++place;  // the last one ends with the stream
        const std::size_t from = place->at, to = where == Where::names ? place->name_end() : place->value_end();
        if (offset >= from && offset < to) return true;
    }
    return false;
}

// The NUL behind a value stands where the next pair's lengths were, or behind the stream.
ParamsCheck RequestParams::keep_first_of_each() {
    ParamsCheck check;
    bytes_.push_back('\0');
    char *const begin = bytes_.data();
    NamesSeen seen(begin);
    std::size_t kept = 0;
    for (const Place place : places_) {
        begin[place.value_end()] = '\0';
        const NameWords words = words_of(begin + place.at, place.name);
        if (words == kHttpProxy) continue;
        const std::string_view name(begin + place.at, place.name);
        const std::size_t hash = words.hash();
        const KnownPlace &known = kKnownByHash[hash];
        const bool is_known = known.words == words;
        const bool is_first = is_known ? known_[known.index] == kAbsent : seen.insert(name, hash);
        if (!is_first) {
            if (++check.duplicates == 1) check.duplicate = name.substr(0, kDuplicateNameBytes);
            continue;
        }
        if (is_known) known_[known.index] = static_cast<std::uint16_t>(kept);
        places_[kept++] = place;
    }
    places_.resize(kept);
    return check;
}

void RequestParams::swap(RequestParams &other) {
    bytes_.swap(other.bytes_);
    places_.swap(other.places_);
    const auto known = known_;
    known_ = other.known_;
    other.known_ = known;
    std::swap(gap_, other.gap_);
}

void RequestParams::release() {
    if (bytes_.capacity() + places_.capacity() > 0) RequestParams().swap(*this);
}

void RequestParams::clear() {
    if (bytes_.capacity() > kBytesKept || places_.capacity() > kPairsKept) return release();
    bytes_.clear();
    places_.clear();
    known_.fill(kAbsent);
    gap_ = 0;
}

// At least two bytes of lengths stand before a name, and the NUL of the value before it has the first.
void RequestParams::terminate_names() {
    if (gap_ != 0) return;
    gap_ = 1;
    for (Place &place : places_) {
        char *const name = bytes_.data() + place.at;
        std::memmove(name - 1, name, place.name);
        name[place.name - 1] = '\0';
        --place.at;
    }
}

Pair RequestParams::at(std::size_t index) const {
    const Place &place = places_[index];
    const char *name = bytes_.data() + place.at;
    return {{name, place.name}, {name + place.name + gap_, place.value}};
}

std::string_view RequestParams::value(std::string_view name) const {
    for (std::size_t i = 0; i < places_.size(); ++i)
        if (const Pair pair = at(i); pair.name == name) return pair.value;
    return {};
}

std::string_view RequestParams::value(Known name) const {
    const std::uint16_t index = known_[static_cast<std::size_t>(name)];
    return index == kAbsent ? std::string_view() : at(index).value;
}

}  // namespace hbnb::fcgi
