// Why a value from outside is not taken, as a short reason for whoever sent it.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace hbnb {

struct Refusal {
    std::string reason;
    bool operator==(const Refusal &) const = default;
};

// Asking a refused Checked for its value is a mistake of ours.
[[noreturn]] inline void throw_exception_from_error(const Refusal &refusal, const boost::source_location &) {
    throw std::logic_error(refusal.reason);
}

template <class T>
using Checked = boost::system::result<T, Refusal>;

}  // namespace hbnb
