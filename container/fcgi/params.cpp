#include "fcgi/params.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <stdexcept>

namespace hbnb::fcgi {
namespace {

constexpr std::size_t kDuplicateNameBytes = 64;  // of a log line

// One byte below 128, else four with the top bit set; the long form may carry a short length.
bool take_length(std::string_view &stream, std::size_t &length) {
    if (stream.empty()) return false;
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<std::uint8_t>(stream[i])); };
    if (at(0) < 128) {
        length = at(0);
        stream.remove_prefix(1);
        return true;
    }
    if (stream.size() < 4) return false;
    length = (at(0) & 0x7f) << 24 | at(1) << 16 | at(2) << 8 | at(3);
    stream.remove_prefix(4);
    return true;
}

void append_length(std::string &out, std::size_t length) {
    if (length < 128) {
        out += static_cast<char>(length);
        return;
    }
    out += {static_cast<char>(0x80 | length >> 24), static_cast<char>(length >> 16 & 0xff),
            static_cast<char>(length >> 8 & 0xff), static_cast<char>(length & 0xff)};
}

std::uint64_t load_word(const char *bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

// It need not be good: equal hashes are followed by a look at the names.
std::size_t hash_of(std::string_view name) {
    std::uint64_t bits = name.size();
    if (name.size() >= sizeof bits) {
        bits += load_word(name.data()) * 31 + load_word(name.data() + name.size() - sizeof bits);
    } else {
        for (const char c : name) bits = bits * 31 + static_cast<unsigned char>(c);
    }
    return static_cast<std::size_t>(bits * 0x9e3779b97f4a7c15u >> 57);
}

// Names seen so far. Requests have some 30 parameters: those are found by a small table, at once. More names go to an
// ordered set, which no choice of names makes slow.
class SeenNames {
  public:
    bool insert(std::string_view name) {  // false: seen before. The bytes stay where they are
        std::size_t slot = hash_of(name);
        for (; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
            if (names_[slots_[slot] - 1U].view() == name) return false;
        }
        if (count_ == kFew) return more_.insert(name).second;
        names_[count_] = {name.data(), name.size()};
        slots_[slot] = static_cast<std::uint8_t>(++count_);
        return true;
    }

  private:
    struct Name {
        const char *data;
        std::size_t size;
        std::string_view view() const { return {data, size}; }
    };
    static constexpr std::size_t kSlots = 128, kFew = 64;  // slots: as many as hash_of has values
    std::array<std::uint8_t, kSlots> slots_{};             // index into names_ plus 1; 0: none
    std::array<Name, kFew> names_;
    std::size_t count_ = 0;
    std::set<std::string_view> more_;
};

const char *problem_of(const Pair &pair) {
    if (pair.name.empty()) return "a parameter has an empty name";
    if (pair.name.find('=') != std::string_view::npos) return "a parameter's name contains '='";
    const std::string_view both{pair.name.data(), pair.name.size() + pair.value.size()};  // they stand side by side
    return both.find('\0') != std::string_view::npos ? "a parameter contains a NUL byte" : nullptr;
}

ParamsCheck malformed(const char *problem) { return {ParamsCheck::Verdict::malformed, problem, 0, {}}; }

}  // namespace

std::optional<Pair> take_pair(std::string_view &stream, bool &broken) {
    broken = false;
    if (stream.empty()) return std::nullopt;
    std::string_view rest = stream;
    std::size_t name = 0, value = 0;
    if (!take_length(rest, name) || !take_length(rest, value) || name > rest.size() || value > rest.size() - name) {
        broken = true;
        return std::nullopt;
    }
    const Pair pair{rest.substr(0, name), rest.substr(name, value)};
    stream = rest.substr(name + value);
    return pair;
}

void append_pair(std::string &out, std::string_view name, std::string_view value) {
    if (name.size() > kPairBytesMax || value.size() > kPairBytesMax)
        throw std::length_error("name-value pair too long");
    append_length(out, name.size());
    append_length(out, value.size());
    out.append(name).append(value);
}

// What is dropped is closed up by what follows: `kept` bytes of the stream are canonical, and the names seen point
// there.
ParamsCheck canonicalise_params(std::string &stream) {
    ParamsCheck check;
    SeenNames seen;
    std::string_view rest = stream;
    std::size_t kept = 0, pairs = 0;
    bool broken = false;
    while (!rest.empty()) {
        const char *const start = rest.data();
        const auto pair = take_pair(rest, broken);
        if (broken) return malformed("a parameter is longer than its stream");
        if (const char *problem = problem_of(*pair)) return malformed(problem);
        if (++pairs > kPairsMax) return {ParamsCheck::Verdict::too_many, "", 0, {}};
        if (pair->name == "HTTP_PROXY") continue;
        const auto bytes = static_cast<std::size_t>(rest.data() - start);
        const auto name_at = static_cast<std::size_t>(pair->name.data() - start);
        char *const place = stream.data() + kept;
        if (place != start) std::memmove(place, start, bytes);
        const std::string_view name{place + name_at, pair->name.size()};
        if (!seen.insert(name)) {
            if (++check.duplicates == 1) check.duplicate = name.substr(0, kDuplicateNameBytes);
            continue;
        }
        kept += bytes;
    }
    stream.resize(kept);
    return check;
}

}  // namespace hbnb::fcgi
