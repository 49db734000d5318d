// What SOCI does not offer of a server's client library: a function of it, found in what SOCI itself has loaded by the
// time a connection stands. (Linked, every worker would carry these libraries, also where the data is a file.)
#pragma once

namespace hbnb {

// nullptr: the library is not loaded, or has no such function.
void *find_function(const char *library, const char *function);

}  // namespace hbnb
