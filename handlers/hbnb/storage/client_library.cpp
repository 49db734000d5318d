#include "storage/client_library.hpp"

#include <dlfcn.h>

namespace hbnb {

// The library stays for good: who has connected once may do so again.
void *find_function(const char *library, const char *function) {
    void *loaded = ::dlopen(library, RTLD_NOW | RTLD_NOLOAD);
    return loaded == nullptr ? nullptr : ::dlsym(loaded, function);
}

}  // namespace hbnb
