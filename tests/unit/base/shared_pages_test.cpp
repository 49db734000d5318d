#include "base/shared_pages.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

using namespace hbnb;
using Others = SharedPages::Others;

namespace {

constexpr std::size_t kBytes = 5000;  // more than a page, and no whole number of them

bool can_be_mapped_to_write(int memfd) {
    void *pages = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
    if (pages != MAP_FAILED) ::munmap(pages, kBytes);
    return pages != MAP_FAILED;
}

char *bytes_of(const SharedPages &pages) { return static_cast<char *>(pages.data()); }

}  // namespace

TEST_CASE("what one writes into shared pages the other reads, and they begin as zeros") {
    for (const Others others : {Others::write, Others::read}) {
        Fd memfd;
        const auto mine = SharedPages::create("page", kBytes, others, memfd).value();
        const auto theirs = SharedPages::open("page", kBytes, others, memfd.get()).value();
        CHECK(bytes_of(theirs)[kBytes - 1] == 0);
        std::strcpy(bytes_of(mine) + kBytes - 6, "hello");
        CHECK(std::string(bytes_of(theirs) + kBytes - 6) == "hello");
    }
}

TEST_CASE("nobody makes shared pages larger or smaller, and where others may only read none can write") {
    for (const Others others : {Others::write, Others::read}) {
        Fd memfd;
        const auto mine = SharedPages::create("page", kBytes, others, memfd).value();
        for (const off_t size : {off_t{0}, off_t{kBytes - 1}, off_t{kBytes + 1}}) {
            CHECK(::ftruncate(memfd.get(), size) == -1);
            CHECK(errno == EPERM);
        }
        CHECK(::fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_WRITE) == -1);  // nor seals it further, for all
        CHECK(can_be_mapped_to_write(memfd.get()) == (others == Others::write));
        CHECK((::pwrite(memfd.get(), "x", 1, 0) == 1) == (others == Others::write));
        bytes_of(mine)[0] = 'y';  // we still may
        CHECK(bytes_of(SharedPages::open("page", kBytes, others, memfd.get()).value())[0] == 'y');
    }
}

TEST_CASE("pages of another size, and what is no memory, are refused by their name") {
    Fd memfd;
    const auto mine = SharedPages::create("page", kBytes, Others::write, memfd).value();
    const auto other = SharedPages::open("scoreboard", kBytes + 1, Others::write, memfd.get());
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().message == "unable to open the scoreboard: its size is that of another build");
    const auto closed = SharedPages::open("scoreboard", kBytes, Others::write, -1);
    REQUIRE_FALSE(closed.has_value());
    CHECK(closed.error().message == "unable to open the scoreboard: Bad file descriptor");
}

TEST_CASE("content that is sealed is read for ever, and written by nobody") {
    const Fd memfd(::memfd_create("hbnb-test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    REQUIRE(::pwrite(memfd.get(), "text", 4, 0) == 4);
    REQUIRE(seal_content(memfd.get(), "seal a text").has_value());
    CHECK(::pwrite(memfd.get(), "x", 1, 0) == -1);
    CHECK(::ftruncate(memfd.get(), 0) == -1);
    const auto again = seal_content(memfd.get(), "seal a text");
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().message == "unable to seal a text: Operation not permitted");
}
