// Expected failures are returned values; exceptions mean that it cannot go on. A message is a sentence "unable to VERB
// THING: reason" that names the file, key, worker or plugin, without a final full stop.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace hbnb {

struct Error {
    std::string message;
    bool operator==(const Error &) const = default;
};

// Asking a failed Result for its value is a broken invariant of ours.
[[noreturn]] inline void throw_exception_from_error(const Error &error, const boost::source_location &) {
    throw std::logic_error(error.message);
}

template <class T>
using Result = boost::system::result<T, Error>;

// "unable to VERB THING: strerror(code)"; unable_to is "VERB THING", code an errno value. EMFILE and EFBIG name the
// process's limit, and what sets it, as well.
Error os_error(const std::string &unable_to, int code);

}  // namespace hbnb
