#include "config/settings/worker_bounds.hpp"

#include <charconv>

#include "base/limits.hpp"
#include "config/language/document.hpp"
#include "config/settings/settings.hpp"
#include "config/settings/value.hpp"

namespace hbnb::config {

namespace {

Result<unsigned> read_bound(const std::string &key, const std::string &text) {
    Node node;
    node.kind = text.empty() ? Node::Kind::nothing : Node::Kind::plain;
    node.text = text;
    const auto value = read_value(*find_setting(Scope::pool, key), node);
    if (!value) return Error{key + ": " + value.error().message};
    return static_cast<unsigned>(std::get<std::uint64_t>(*value));
}

}  // namespace

Result<WorkerBounds> read_worker_bounds(const std::string &min, const std::string &max) {
    const auto least = read_bound("workers.min", min);
    if (!least) return least.error();
    const auto most = read_bound("workers.max", max);
    if (!most) return most.error();
    if (*least > *most)
        return Error{"workers.min: found " + std::to_string(*least) + "; allowed at most workers.max (" +
                     std::to_string(*most) + ")"};
    return WorkerBounds{*least, *most};
}

Result<int> read_worker_change(const std::string &text) {
    const bool has_sign = text.starts_with('+') || text.starts_with('-');
    int number = 0;
    const char *const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + (has_sign ? 1 : 0), end, number);
    if (!has_sign || error != std::errc() || rest != end || number < 1 || number > static_cast<int>(kWorkersMax))
        return Error{"found " + in_quotes(text) + "; allowed +N or -N, N a whole number from 1 to " +
                     std::to_string(kWorkersMax)};
    return text.front() == '-' ? -number : number;
}

}  // namespace hbnb::config
