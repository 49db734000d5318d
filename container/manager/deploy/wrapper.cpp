#include "manager/deploy/wrapper.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace hbnb::manager {
namespace {

// 0, or why this user cannot run the file.
int problem_of(const std::string &file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return errno;
    if (S_ISDIR(status.st_mode)) return EISDIR;
    return ::access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

struct Found {
    std::string file;  // empty: none
    int problem = ENOENT;
};

// As execvp does it, but for directories that are not absolute, which would depend on where the manager was started.
Found find_in(std::string_view path, const std::string &name) {
    Found found;
    while (!path.empty()) {
        const std::string_view directory = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(directory.size() + 1, path.size()));
        if (!directory.starts_with('/')) continue;
        std::string file = std::string(directory) + "/" + name;
        const int problem = problem_of(file);
        if (problem == 0) return {std::move(file), 0};
        if (problem != ENOENT && problem != ENOTDIR) found.problem = problem;
    }
    return found;
}

}  // namespace

Result<std::vector<std::string>> find_wrapper(const config::Pool &pool) {
    std::vector<std::string> words = pool.wrapper;
    if (words.empty()) return words;
    std::string &program = words.front();
    const std::string unable_to = "run the wrapper " + program + " that pools." + pool.name + ".workers.wrapper names";
    if (program.starts_with('/')) {
        if (const int problem = problem_of(program); problem != 0) return os_error(unable_to, problem);
        return words;
    }
    const char *const path = std::getenv("PATH");
    if (path == nullptr) return Error{"unable to " + unable_to + ": the manager has no PATH; write an absolute path"};
    Found found = find_in(path, program);
    if (found.problem != 0) {
        Error error = os_error(unable_to, found.problem);
        error.message += std::string(" (looked up in PATH=") + path + ")";
        return error;
    }
    program = std::move(found.file);
    return words;
}

}  // namespace hbnb::manager
