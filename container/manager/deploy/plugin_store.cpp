#include "manager/deploy/plugin_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <set>

#include "base/shared_pages.hpp"

namespace hbnb::manager {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kDropInsMax = 1024;
constexpr std::size_t kMemfdNameMax = 249;  // the kernel's

#ifndef MFD_EXEC
constexpr unsigned kMemfdExecutable = 0x10;  // Linux 6.3: says that the copy is meant to be mapped executable
#else
constexpr unsigned kMemfdExecutable = MFD_EXEC;
#endif

std::string octal(mode_t mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
    return text.data();
}

bool is_trusted_owner(uid_t owner, const PluginTrust &trust) {
    return owner == 0 || owner == trust.service_user || owner == ::geteuid();
}

Result<void> check_directories(const std::string &file, const PluginTrust &trust) {
    for (std::string path = file.substr(0, file.rfind('/'));; path.resize(path.rfind('/'))) {
        const std::string directory = path.empty() ? "/" : path;
        struct stat status {};
        if (::stat(directory.c_str(), &status) != 0) return os_error("load plugin " + file, errno);
        const std::string unable_to = "unable to load plugin " + file + ": its directory " + directory;
        if (!is_trusted_owner(status.st_uid, trust)) {
            return Error{unable_to + " belongs to uid " + std::to_string(status.st_uid) +
                         ", neither root nor the container's user"};
        }
        const bool sticky = (status.st_mode & S_ISVTX) != 0;  // there nobody renames another's file
        if (!sticky && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
            return Error{unable_to + " is writable by group or others (mode " + octal(status.st_mode) + ")"};
        }
        if (path.empty()) return {};
    }
}

Result<void> check_file(const std::string &file, const struct stat &status, const PluginTrust &trust) {
    const std::string unable_to = "unable to load plugin " + file + ": it ";
    if (!S_ISREG(status.st_mode)) return Error{unable_to + "is not a regular file"};
    if (!is_trusted_owner(status.st_uid, trust)) {
        return Error{unable_to + "belongs to uid " + std::to_string(status.st_uid) +
                     ", neither root nor the container's user"};
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return Error{unable_to + "is writable by group or others (mode " + octal(status.st_mode) + ")"};
    }
    if (static_cast<std::uint64_t>(status.st_size) > kPluginBytesMax) {
        return Error{unable_to + "has " + std::to_string(status.st_size) + " bytes, at most " +
                     std::to_string(kPluginBytesMax)};
    }
    return {};
}

// Named after the plugin's file: perf, valgrind and /proc/PID/maps show the name.
Result<Fd> make_memfd(const std::string &path) {
    constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    const std::string name = path.substr(path.rfind('/') + 1).substr(0, kMemfdNameMax);
    Fd memfd(::memfd_create(name.c_str(), kFlags | kMemfdExecutable));
    if (!memfd.is_open() && errno == EINVAL) memfd = Fd(::memfd_create(name.c_str(), kFlags));  // before Linux 6.3
    if (!memfd.is_open()) return os_error("make room for a plugin's copy", errno);
    return memfd;
}

Result<void> write_whole(int fd, const unsigned char *data, std::size_t size, const std::string &unable_to) {
    while (size > 0) {
        const ssize_t written = ::write(fd, data, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return os_error(unable_to, errno);
        data += written;
        size -= static_cast<std::size_t>(written);
    }
    return {};
}

std::string hexadecimal(const std::array<unsigned char, crypto_hash_sha256_BYTES> &digest) {
    std::array<char, crypto_hash_sha256_BYTES * 2 + 1> text{};
    return sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
}

// Copies and hashes the same bytes: the file may change between two readings.
Result<std::string> copy_and_hash(int from, int to, const std::string &unable_to) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    std::vector<unsigned char> piece(kPieceBytes);
    std::uint64_t total = 0;
    for (;;) {
        const ssize_t got = ::read(from, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return os_error(unable_to, errno);
        if (got == 0) break;
        total += static_cast<std::uint64_t>(got);
        if (total > kPluginBytesMax) return Error{"unable to " + unable_to + ": it grows while it is copied"};
        crypto_hash_sha256_update(&state, piece.data(), static_cast<unsigned long long>(got));
        if (auto written = write_whole(to, piece.data(), static_cast<std::size_t>(got), unable_to); !written)
            return written.error();
    }
    if (total == 0) return Error{"unable to " + unable_to + ": it is empty"};
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&state, digest.data());
    return {boost::system::in_place_value, hexadecimal(digest)};
}

Result<std::string> canonical(const std::string &file) {
    std::array<char, PATH_MAX> path{};
    if (::realpath(file.c_str(), path.data()) == nullptr) return os_error("load plugin " + file, errno);
    return {boost::system::in_place_value, path.data()};
}

// The names of the directory's *.so files, sorted: status, logs and start order are the same every time.
Result<std::vector<std::string>> list_drop_ins(const std::string &directory) {
    const std::unique_ptr<DIR, int (*)(DIR *)> listing(::opendir(directory.c_str()), &::closedir);
    if (!listing) return os_error("read handlers.directory " + directory, errno);
    std::vector<std::string> names;
    while (const dirent *entry = ::readdir(listing.get())) {
        const std::string name = entry->d_name;
        if (name.front() == '.' || name.size() < 4 || name.compare(name.size() - 3, 3, ".so") != 0) continue;
        if (names.size() == kDropInsMax) {
            return Error{"unable to read handlers.directory " + directory + ": more than " +
                         std::to_string(kDropInsMax) + " plugins"};
        }
        names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

// One generation's copies of one pool.
class Store {
  public:
    explicit Store(const PluginTrust &trust) : trust_(trust) {}

    Result<void> add(const config::Plugin &plugin) {
        auto path = canonical(plugin.file);
        if (!path) return path.error();
        auto &copy = copies_[*path];
        if (!copy) {
            auto made = copy_plugin(*path, trust_);
            if (!made) return made.error();
            copy = std::make_shared<const PluginCopy>(std::move(*made));
        }
        plugins_.push_back({plugin, copy});
        return {};
    }

    Result<void> add_drop_in(const std::string &file) {
        auto path = canonical(file);
        if (!path) return path.error();
        if (copies_.count(*path) != 0) return {};  // a mount names it
        config::Plugin plugin;
        plugin.file = file;
        return add(plugin);
    }

    std::vector<StoredPlugin> take() { return std::move(plugins_); }

  private:
    PluginTrust trust_;
    std::map<std::string, std::shared_ptr<const PluginCopy>> copies_;
    std::vector<StoredPlugin> plugins_;
};

}  // namespace

Result<PluginCopy> copy_plugin(const std::string &file, const PluginTrust &trust) {
    const std::string unable_to = "load plugin " + file;
    if (::sodium_init() < 0) return Error{"unable to " + unable_to + ": libsodium does not start"};
    auto path = canonical(file);
    if (!path) return path.error();
    if (auto safe = check_directories(*path, trust); !safe) return safe.error();
    const Fd from(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!from.is_open()) return os_error(unable_to, errno);
    struct stat status {};
    if (::fstat(from.get(), &status) != 0) return os_error(unable_to, errno);
    if (auto safe = check_file(*path, status, trust); !safe) return safe.error();

    auto memfd = make_memfd(*path);
    if (!memfd) return memfd.error();
    auto hash = copy_and_hash(from.get(), memfd->get(), unable_to);
    if (!hash) return hash.error();
    if (auto sealed = seal_content(memfd->get(), "seal the copy of plugin " + file); !sealed) return sealed.error();
    return PluginCopy{std::move(*path), std::move(*hash), std::move(*memfd)};
}

Result<std::vector<StoredPlugin>> store_plugins(const config::Pool &pool, const PluginTrust &trust) {
    Store store(trust);
    for (const auto &plugin : pool.plugins) {
        auto added = store.add(plugin);
        if (!added) return Error{added.error().message + (plugin.where.empty() ? "" : " (" + plugin.where + ")")};
    }
    if (!pool.handlers_directory.empty()) {
        auto names = list_drop_ins(pool.handlers_directory);
        if (!names) return names.error();
        for (const auto &name : *names) {
            if (auto added = store.add_drop_in(pool.handlers_directory + "/" + name); !added) return added.error();
        }
    }
    return store.take();
}

}  // namespace hbnb::manager
