#include <hbnb/nearest.hpp>

#include <doctest/doctest.h>

using namespace hbnb::sdk;

TEST_CASE("the distance counts inserted, dropped, changed and swapped characters") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("max", "max") == 0);
    CHECK(edit_distance("mxa", "max") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("a word that is far from all has no nearest") {
    CHECK(nearest("worker", {"workers", "limits"}) == "workers");
    CHECK(nearest("colour", {"workers", "limits"}).empty());
    CHECK(nearest("x", {}).empty());
    CHECK(nearest(std::string(65, 'w'), {std::string(64, 'w')}).empty());
}

TEST_CASE("of two near words the nearer is suggested") {
    CHECK(nearest("ages", {"aged", "age"}) == "aged");
    CHECK(nearest("acess", {"address", "access"}) == "access");
}
