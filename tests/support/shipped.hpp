// Files as they are shipped, with a test's own places in them.
#pragma once

#include <doctest/doctest.h>

#include <string>

namespace hbnb::test {

// Each `what` in `text` becomes `with`; a file that has none any more is not the one that this test knows.
inline void replace_every(std::string &text, const std::string &what, const std::string &with) {
    REQUIRE_MESSAGE(text.find(what) != std::string::npos, what << " is not in the file any more");
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

}  // namespace hbnb::test
