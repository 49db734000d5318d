// Tests that need root, or a right that even root may not have here: what they need, asked once, and said where it is
// not.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "support/process.hpp"

namespace hbnb::test {

// Whether the test can go on; where not it prints why it is skipped.
inline bool is_root_or_skipped() {
    if (::geteuid() == 0) return true;
    MESSAGE("skipped: this test needs root");
    return false;
}

inline bool has_pid_namespaces_or_skipped() {
    if (!is_root_or_skipped()) return false;
    const Outcome tried = run({"unshare", "--pid", "--fork", "--mount-proc", "true"});
    if (tried.exit_code == 0) return true;
    MESSAGE("skipped: unshare is not allowed here: " << tried.output);
    return false;
}

}  // namespace hbnb::test
