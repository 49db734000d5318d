#include "worker/access_log.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "support/temp_dir.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

namespace {

AccessEntry entry() {
    AccessEntry one;
    one.remote_address = "::1";
    one.method = "GET";
    one.uri = "/a?b";
    one.protocol = "HTTP/1.1";
    one.status = 200;
    one.body_bytes = 12;
    return one;
}

Fd append_to(const std::string &path) {
    return Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

std::string line_of(const AccessEntry &entry, std::string_view stamp) {
    std::string lines = "an earlier line\n";
    append_access_line(lines, entry, stamp);
    REQUIRE(lines.starts_with("an earlier line\n"));
    return lines.substr(16);
}

}  // namespace

TEST_CASE("a line has the Combined format, and '-' for what is absent") {
    CHECK(line_of(entry(), "STAMP") == "::1 - - [STAMP] \"GET /a?b HTTP/1.1\" 200 12 \"-\" \"-\"\n");
    AccessEntry all = entry();
    all.remote_user = "ann";
    all.referer = "http://x/";
    all.user_agent = "curl/8";
    CHECK(line_of(all, "STAMP") == "::1 - ann [STAMP] \"GET /a?b HTTP/1.1\" 200 12 \"http://x/\" \"curl/8\"\n");
}

TEST_CASE("no byte of a client can end a field or a line") {
    AccessEntry evil = entry();
    evil.remote_user = "a b\nc";
    evil.user_agent = "\" \\ \r\n\x1b[2J\x7f";
    const std::string line = line_of(evil, "S");
    CHECK(line.find("- a_b\\x0ac [S]") != std::string::npos);
    CHECK(line.find("\"\\\" \\\\ \\x0d\\x0a\\x1b[2J\\x7f\"\n") != std::string::npos);
    CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("each field is escaped, not only those that clients like best") {
    using Field = std::string_view AccessEntry::*;
    for (const Field field :
         {&AccessEntry::remote_address, &AccessEntry::remote_user, &AccessEntry::method, &AccessEntry::uri,
          &AccessEntry::protocol, &AccessEntry::referer, &AccessEntry::user_agent}) {
        AccessEntry evil = entry();
        evil.*field = std::string_view("\"\\\n\0\xff", 5);
        const std::string line = line_of(evil, "S");
        CHECK(line.find("\\\"\\\\\\x0a\\x00\xff") != std::string::npos);
        CHECK(line.find('\n') == line.size() - 1);
    }
}

TEST_CASE("a field is cut at its limit") {
    AccessEntry large = entry();
    const std::string agent(kAccessTextMax + 100, 'x');
    large.user_agent = agent;
    CHECK(line_of(large, "S").size() < kAccessTextMax + 100);
}

TEST_CASE("lines are written in batches: at 64 KiB, and when flushed") {
    TempDir dir;
    wire::Scoreboard board;
    AccessLog log(append_to(dir / "log"), board);
    log.add(entry());
    CHECK(read_file(dir / "log").empty());
    log.flush();
    const std::size_t one = read_file(dir / "log").size();
    CHECK(one > 40);
    std::size_t lines = 1;
    for (; read_file(dir / "log").size() == one && lines < 10'000; ++lines) log.add(entry());
    CHECK(read_file(dir / "log").size() >= kAccessBatchBytes);
    CHECK(read_file(dir / "log").size() == lines * one);
}

TEST_CASE("what is batched when the log is opened anew goes to the old file, and the next line to the new one") {
    TempDir dir;
    wire::Scoreboard board;
    AccessLog log(append_to(dir / "old"), board);
    log.add(entry());
    log.reopen(append_to(dir / "new"));
    CHECK(read_file(dir / "old").size() > 40);
    log.add(entry());
    log.flush();
    CHECK(read_file(dir / "new").size() == read_file(dir / "old").size());
}

TEST_CASE("lines that a full disk does not take are counted, and later ones are written") {
    TempDir dir;
    wire::Scoreboard board;
    AccessLog log(append_to("/dev/full"), board);
    log.add(entry());
    log.add(entry());
    log.flush();
    CHECK(board.log_lines_dropped == 2);
    log.reopen(append_to(dir / "log"));
    log.add(entry());
    log.flush();
    CHECK(board.log_lines_dropped == 2);
    CHECK(read_file(dir / "log").size() > 40);
}

TEST_CASE("a log without a descriptor is off") {
    wire::Scoreboard board;
    CHECK_FALSE(AccessLog(Fd(), board).is_on());
}
