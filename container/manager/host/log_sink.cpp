#include "manager/host/log_sink.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hbnb::manager {
namespace {

std::uint64_t count_lines(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

ssize_t write_some(int descriptor, std::string_view text) {
    ssize_t written = -1;
    do written = ::write(descriptor, text.data(), text.size());
    while (written < 0 && errno == EINTR);
    return written;
}

// The first piece of whole lines, at most kLogLineMax bytes.
std::string_view first_piece(std::string_view lines) {
    if (lines.size() <= kLogLineMax) return lines;
    const std::size_t end = lines.rfind('\n', kLogLineMax - 1);
    return lines.substr(0, end == std::string_view::npos ? kLogLineMax : end + 1);
}

bool is_writable(int descriptor, LogSink::Patience patience) {
    pollfd ready{descriptor, POLLOUT, 0};
    const int timeout = patience == LogSink::Patience::waits ? -1 : 0;
    int found = -1;
    do found = ::poll(&ready, 1, timeout);
    while (found < 0 && errno == EINTR);
    return found == 1 && (ready.revents & (POLLOUT | POLLERR | POLLHUP)) != 0;  // an error: the write says which
}

}  // namespace

LogSink::LogSink(int descriptor) : descriptor_(descriptor) {
    struct stat status {};
    is_regular_ = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

std::uint64_t LogSink::write(std::string_view lines, Patience patience) {
    if (lines.empty()) return 0;
    if (!is_open() || (is_torn_ && !end_torn_line(patience))) return count_lines(lines);
    return is_regular_ ? append(lines) : stream(lines, patience);
}

std::uint64_t LogSink::append(std::string_view lines) {
    std::string_view left = lines;
    while (!left.empty()) {
        const ssize_t written = write_some(descriptor_, left);
        if (written <= 0) break;
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    if (left.empty()) return 0;
    const std::string_view done = lines.substr(0, lines.size() - left.size());
    const std::size_t whole = done.rfind('\n') + 1;  // npos + 1: none
    if (whole < done.size()) take_back(done.size() - whole);
    return count_lines(lines.substr(whole));
}

// The position behind an append is the end of what was appended: the file's end, unless another process was there
// since.
void LogSink::take_back(std::size_t torn) {
    struct stat status {};
    const off_t end = ::lseek(descriptor_, 0, SEEK_CUR);
    is_torn_ = end < 0 || ::fstat(descriptor_, &status) != 0 || status.st_size != end ||
               ::ftruncate(descriptor_, end - static_cast<off_t>(torn)) != 0;
}

bool LogSink::end_torn_line(Patience patience) {
    if (is_regular_ ? write_some(descriptor_, "\n") != 1 : put("\n", patience) != 1) return false;
    is_torn_ = false;
    return true;
}

std::uint64_t LogSink::stream(std::string_view lines, Patience patience) {
    std::uint64_t lost = 0;
    while (!lines.empty()) {
        const std::string_view piece = first_piece(lines);
        const std::string_view done = piece.substr(0, put(piece, patience));
        const std::size_t whole = done.size() == piece.size() ? done.size() : done.rfind('\n') + 1;
        lost += count_lines(piece.substr(whole));
        lines.remove_prefix(piece.size());
        is_torn_ = whole < done.size();
        if (is_torn_) return lost + count_lines(lines);
    }
    return lost;
}

// How many bytes. Whether the descriptor waits by itself is not ours to change: it may be shared with the process that
// has started us.
std::size_t LogSink::put(std::string_view piece, Patience patience) {
    std::size_t done = 0;
    while (done < piece.size() && is_writable(descriptor_, patience)) {
        const ssize_t written = write_some(descriptor_, piece.substr(done));
        if (written < 0 && errno == EAGAIN && patience == Patience::waits) continue;
        if (written <= 0) break;
        done += static_cast<std::size_t>(written);
    }
    return done;
}

}  // namespace hbnb::manager
