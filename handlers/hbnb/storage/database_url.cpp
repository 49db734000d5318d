#include "storage/database_url.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace hbnb {

namespace {

constexpr std::string_view kKnown =
    "known are sqlite:///ABSOLUTE/PATH, mysql://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?OPTION=VALUE&…] and "
    "postgresql://… likewise, with the options socket, timeout and password_file";

Refusal unusable(const std::string &what) { return {"unable to use database" + what + "; " + std::string(kKnown)}; }

Checked<DatabaseUrl> parse_path(std::string_view path, std::string_view url) {
    const std::string name = " " + std::string(url);
    if (!path.starts_with('/')) return unusable(name + ": the path is not absolute");
    while (path.starts_with("//")) path.remove_prefix(1);
    if (path.ends_with('/')) return unusable(name + ": the path names no file");
    if (path.find('?') != std::string_view::npos || path.find('\0') != std::string_view::npos) {
        return unusable(name + ": no options are known for SQLite");
    }
    return DatabaseUrl{.path = std::string(path)};
}

int hex_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Nothing where a % is not followed by two hexadecimal digits, or a byte is a NUL.
std::optional<std::string> decoded(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || hex_of(text[i + 1]) < 0 || hex_of(text[i + 2]) < 0) return std::nullopt;
            c = static_cast<char>(hex_of(text[i + 1]) * 16 + hex_of(text[i + 2]));
            i += 2;
        }
        if (c == '\0') return std::nullopt;
        bytes += c;
    }
    return bytes;
}

// What stands before the separator, which goes, too; all of it where there is none.
std::string_view take_until(std::string_view &text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view head = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return head;
}

Checked<std::string> read_password(const std::string &file) {
    std::ifstream in(file);
    std::string line;
    if (!std::getline(in, line)) return Refusal{"unable to use database: password_file " + file + " cannot be read"};
    return Checked<std::string>(boost::system::in_place_value, std::move(line));
}

Checked<std::chrono::seconds> read_timeout(const std::string &text) {
    constexpr unsigned kMax = 3600;
    unsigned seconds = 0;
    const char *end = text.data() + text.size();
    if (std::from_chars(text.data(), end, seconds).ptr != end || seconds < 1 || seconds > kMax)
        return unusable(": the timeout is no number of seconds from 1 to " + std::to_string(kMax));
    return std::chrono::seconds(seconds);
}

Checked<void> read_options(DatabaseUrl &url, std::string_view options) {
    while (!options.empty()) {
        std::string_view value = take_until(options, '&');
        const std::string_view key = take_until(value, '=');
        const std::optional<std::string> text = decoded(value);
        if (!text || text->empty()) return unusable(": option " + std::string(key) + " has no value");
        if (key == "socket") {
            url.socket = *text;
        } else if (key == "timeout") {
            const Checked<std::chrono::seconds> timeout = read_timeout(*text);
            if (!timeout) return timeout.error();
            url.timeout = *timeout;
        } else if (key == "password_file") {
            Checked<std::string> password = read_password(*text);
            if (!password) return password.error();
            url.password = std::move(*password);
        } else {
            return unusable(": option " + std::string(key) + " is unknown");
        }
    }
    return {};
}

Checked<DatabaseUrl> parse_server(DatabaseKind kind, std::string_view rest) {
    DatabaseUrl url{.kind = kind};
    std::string_view place = take_until(rest, '?');
    const std::size_t at = place.rfind('@');
    if (at == std::string_view::npos) return unusable(": it names no user");
    std::string_view secret = place.substr(0, at);
    place.remove_prefix(at + 1);
    const auto user = decoded(take_until(secret, ':')), password = decoded(secret);
    std::string_view address = take_until(place, '/');
    const auto host = decoded(take_until(address, ':')), database = decoded(place);
    if (!user || !password || !host || !database) return unusable(": a % is no percent-encoding");
    if (user->empty()) return unusable(": it names no user");
    if (database->empty()) return unusable(": it names no database");
    const char *end = address.data() + address.size();
    if (!address.empty() && (std::from_chars(address.data(), end, url.port).ptr != end || url.port == 0)) {
        return unusable(": the port is no number from 1 to 65535");
    }
    url.user = *user;
    url.password = *password;
    url.host = host->empty() ? "localhost" : *host;
    url.database = *database;
    if (Checked<void> read = read_options(url, rest); !read) return read.error();
    const char *variable = url.password.empty() ? std::getenv(kPasswordVariable) : nullptr;
    if (variable != nullptr) url.password = variable;
    return url;
}

}  // namespace

std::string DatabaseUrl::shown() const {
    if (is_file()) return path;
    std::string text = (kind == DatabaseKind::mysql ? "mysql://" : "postgresql://") + user + "@" + host;
    if (port != 0) text += ":" + std::to_string(port);
    text += "/" + database;
    return socket.empty() ? text : text + "?socket=" + socket;
}

Checked<DatabaseUrl> parse_database_url(std::string_view url) {
    const std::size_t end = url.find("://");
    if (end == std::string_view::npos) return unusable(": found no URL");
    const std::string_view scheme = url.substr(0, end), rest = url.substr(end + 3);
    if (scheme == "sqlite") return parse_path(rest, url);
    if (scheme == "mysql") return parse_server(DatabaseKind::mysql, rest);
    if (scheme == "postgresql") return parse_server(DatabaseKind::postgresql, rest);
    return unusable(": found " + std::string(scheme) + "://");
}

}  // namespace hbnb
