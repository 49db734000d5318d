#include "pool/bounds.hpp"

#include <algorithm>
#include <cstdint>

namespace hbnb::pool {

Bounds moved(Bounds now, unsigned target, int change, unsigned most) {
    const auto wanted = static_cast<unsigned>(std::clamp<std::int64_t>(std::int64_t{target} + change, 1, most));
    if (wanted > target) return {wanted, std::max(now.max, wanted)};
    if (wanted < target) return {std::min(now.min, wanted), wanted};
    return now;
}

}  // namespace hbnb::pool
