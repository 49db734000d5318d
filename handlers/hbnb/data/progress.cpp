#include "data/progress.hpp"

#include <algorithm>

namespace hbnb::data {

Progress::Progress(std::ostream &out, bool is_terminal, std::string what, std::size_t total)
    : out_(out), is_terminal_(is_terminal), what_(std::move(what)), total_(std::max<std::size_t>(total, 1)) {}

Progress::~Progress() {
    if (is_terminal_ && told_ > 0) out_ << '\n';
}

void Progress::to(std::size_t done) {
    const std::size_t step = is_terminal_ ? 1 : 10;
    const std::size_t percent = done * 100 / total_;
    if (percent < told_ + step) return;
    told_ = percent / step * step;
    out_ << (is_terminal_ ? "\r" : "") << what_ << ' ' << done << '/' << total_ << " (" << percent << " %)"
         << (is_terminal_ ? "" : "\n") << std::flush;
}

}  // namespace hbnb::data
