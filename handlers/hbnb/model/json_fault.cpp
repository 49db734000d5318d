#include "model/json_fault.hpp"

#include <vector>

#include <nlohmann/json.hpp>

namespace hbnb {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownMax = 40;  // bytes of a number, and of a key
constexpr std::size_t kDepthMax = 16;  // steps of a path

std::string shortened(const std::string &text) {
    if (text.size() <= kShownMax) return text;
    return text.substr(0, kShownMax) + "... (" + std::to_string(text.size()) + " characters)";
}

// Goes through the text once more, and remembers where it is.
class Finder : public Json::json_sax_t {
  public:
    std::optional<std::string> found;

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t &) override { return value(); }
    bool string(string_t &) override { return value(); }
    bool binary(binary_t &) override { return value(); }
    bool start_object(std::size_t) override { return open(false); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t &name) override {
        steps_.back().key = name;
        return true;
    }
    bool parse_error(std::size_t byte, const std::string &token, const nlohmann::detail::exception &error) override {
        if (steps_.empty() || steps_.front().is_array) return false;
        const std::string_view what = error.what();
        const auto says = [&](std::string_view words) { return what.find(words) != std::string_view::npos; };
        constexpr int kOutOfRange = 406;
        std::string fault;
        if (error.id == kOutOfRange) fault = "the number " + shortened(token) + " is out of range";
        if (says("surrogate")) fault = "half a surrogate pair in a string";
        if (says("ill-formed UTF-8")) fault = "a string with bytes that are no UTF-8";
        if (fault.empty()) return false;
        found = (says("parsing object key") ? "a key" : path()) + ": " + fault + " (byte " + std::to_string(byte) + ")";
        return false;
    }

  private:
    struct Step {
        bool is_array;
        std::size_t index = 0;
        std::string key{};
    };

    bool open(bool is_array) {
        steps_.push_back({is_array});
        return true;
    }
    bool close() {
        steps_.pop_back();
        return value();
    }
    bool value() {
        if (!steps_.empty()) ++steps_.back().index;
        return true;
    }
    std::string path() const {
        std::string text;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            if (i == kDepthMax) return text + "...";
            const Step &step = steps_[i];
            text += step.is_array ? "[" + std::to_string(step.index) + "]" : (i == 0 ? "" : ".") + shortened(step.key);
        }
        return text;
    }

    std::vector<Step> steps_;
};

}  // namespace

std::optional<std::string> what_is_wrong(std::string_view text) {
    Finder finder;
    Json::sax_parse(text, &finder);
    return finder.found;
}

}  // namespace hbnb
