#include "worker/plugin/router.hpp"

#include <algorithm>

namespace hbnb::worker {

Result<Router> Router::build(std::vector<Mount> mounts) {
    std::stable_sort(mounts.begin(), mounts.end(), [](const Mount &a, const Mount &b) {
        return a.prefix.size() != b.prefix.size() ? a.prefix.size() > b.prefix.size() : a.prefix < b.prefix;
    });
    const auto twice = std::adjacent_find(mounts.begin(), mounts.end(),
                                          [](const Mount &a, const Mount &b) { return a.prefix == b.prefix; });
    if (twice != mounts.end()) {
        return Error{"unable to mount plugin " + std::next(twice)->who + " at " +
                     (twice->prefix.empty() ? "/" : twice->prefix) + ": plugin " + twice->who +
                     " is mounted there already"};
    }
    return Router(std::move(mounts));
}

const Mount *Router::find(std::string_view path) const {
    for (const Mount &mount : mounts_) {
        const std::string &prefix = mount.prefix;
        if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) return &mount;
    }
    return nullptr;
}

}  // namespace hbnb::worker
