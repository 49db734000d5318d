// The database could not do what was asked. Caught where a request becomes an answer, and in prepare_database.
#pragma once

#include <stdexcept>
#include <string>

namespace hbnb {

enum class StorageFault {
    busy,              // locked for longer than the busy timeout; nothing was done, the request may be tried again
    broken_reference,  // a row refers to one that is not there
    duplicate,         // a row with that key is there already
    unreadable,        // not a database, or a damaged one
    full,              // no room for what was to be written
    read_only,         // may be read, but not written
    misfit,            // a value that its column cannot hold, or cannot spell, or that a rule of the table forbids
    missing,           // a table, a column or a key that is needed is not there (any more, or yet)
    forbidden,         // the database's user may not do that
    unavailable,       // no connection, or it broke: what was asked may or may not have been done
    other,             // gone, an input or output error, …
};

class StorageError : public std::runtime_error {
  public:
    StorageError(StorageFault fault, const std::string &message) : std::runtime_error(message), fault_(fault) {}
    StorageFault fault() const { return fault_; }
    // The same may go well later.
    bool is_temporary() const {
        return fault_ == StorageFault::busy || fault_ == StorageFault::unavailable || fault_ == StorageFault::missing;
    }

  private:
    StorageFault fault_;
};

}  // namespace hbnb
