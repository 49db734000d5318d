#include "storage/database_url.hpp"

namespace hbnb {

Checked<DatabaseUrl> parse_database_url(std::string_view url) {
    constexpr std::string_view scheme = "sqlite://";
    const std::string known = "known is sqlite:///ABSOLUTE/PATH";
    if (!url.starts_with(scheme)) {
        const std::size_t end = url.find("://");
        const std::string found = end == std::string_view::npos ? "no URL" : std::string(url.substr(0, end)) + "://";
        return Refusal{"unable to use database: found " + found + "; " + known};
    }
    std::string_view path = url.substr(scheme.size());
    if (!path.starts_with('/')) {
        return Refusal{"unable to use database " + std::string(url) + ": the path is not absolute; " + known};
    }
    while (path.starts_with("//")) path.remove_prefix(1);
    if (path.ends_with('/')) {
        return Refusal{"unable to use database " + std::string(url) + ": the path names no file; " + known};
    }
    if (path.find('?') != std::string_view::npos || path.find('\0') != std::string_view::npos) {
        return Refusal{"unable to use database " + std::string(url) + ": no options are known for SQLite; " + known};
    }
    return DatabaseUrl{std::string(path)};
}

}  // namespace hbnb
