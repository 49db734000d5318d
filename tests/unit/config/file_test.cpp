// Files that cannot be read, or are no text.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/config/config_file.hpp"

using namespace hbnb::config;

namespace {

std::string said_of(const std::string &file) {
    const Loaded loaded = load(file, {});
    REQUIRE(std::holds_alternative<Problems>(loaded));
    const auto &sentences = std::get<Problems>(loaded).sentences;
    REQUIRE(sentences.size() == 1);
    return sentences[0];
}

}  // namespace

TEST_CASE("a file that is missing, a directory or no file at all is named with the reason") {
    const ConfigFile file("");
    CHECK_EQ(said_of(file.directory() + "/none.yaml"),
             "unable to read " + file.directory() + "/none.yaml: No such file or directory");
    CHECK_EQ(said_of(file.directory()), "unable to read " + file.directory() + ": it is a directory");
    CHECK_EQ(said_of("/dev/null"), "unable to read /dev/null: it is not a regular file");
    const std::string fifo = file.directory() + "/fifo";
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    CHECK_EQ(said_of(fifo), "unable to read " + fifo + ": it is not a regular file");
}

TEST_CASE("a file of a mebibyte is read, a larger one refused") {
    const std::string text = pool_with("");
    CHECK_EQ(problems_of(text + std::string((1 << 20) - text.size() - 1, '#') + "\n"), "");
    CHECK_EQ(problems_of(text + std::string((1 << 20) - text.size(), '#') + "\n"),
             "unable to read hbnb.yaml: it is larger than 1048576 bytes");
}

TEST_CASE("an empty file, or one of comments, says what belongs into it") {
    const std::string sentence =
        "hbnb.yaml: found nothing; allowed a mapping of user, group, control, control_uids, log, pools";
    CHECK_EQ(problems_of(""), sentence);
    CHECK_EQ(problems_of("# later\n"), sentence);
}

TEST_CASE("a file that is no mapping says so") {
    CHECK_EQ(problems_of("hello"),
             "hbnb.yaml:1:1: found \"hello\"; allowed a mapping of user, group, control, control_uids, log, pools");
    CHECK_EQ(problems_of("- a\n"),
             "hbnb.yaml:1:1: found a list; allowed a mapping of user, group, control, control_uids, log, pools");
}

TEST_CASE("bytes that are no text are named with their place") {
    CHECK_EQ(problems_of(std::string("user: a\ngr\0up: b\n", 17)),
             "hbnb.yaml:2:3: found the byte 0x00, a control character; allowed text");
    CHECK_EQ(problems_of("user: \x1b[2J\n"), "hbnb.yaml:1:7: found the byte 0x1b, a control character; allowed text");
    CHECK_EQ(problems_of("user: \xc3(\n"), "hbnb.yaml:1:7: found the byte 0xc3, which is not UTF-8; allowed text");
    for (const char *bad : {"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82"})
        CHECK(problems_of(std::string("# ") + bad).find("which is not UTF-8") != std::string::npos);
    for (const char *good : {"\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        CHECK_EQ(problems_of(pool_with(std::string("# ") + good + "\n")), "");
}

TEST_CASE("control characters that YAML's escapes make are refused in our values and shown escaped") {
    CHECK_EQ(problems_of("control: \"/a\\x1bb\"\n" + pool_with("")),
             "hbnb.yaml:1:10: control: found \"/a\\x1bb\" in quotes; allowed a path of at most 107 bytes; control "
             "characters are not");
}
