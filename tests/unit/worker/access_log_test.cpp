#include "worker/request/access_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "support/temp_dir.hpp"
#include "unit/worker/read_ring.hpp"

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
    CHECK(line.find("- a_b\\x0Ac [S]") != std::string::npos);
    CHECK(line.find("\"\\\" \\\\ \\x0D\\x0A\\x1B[2J\\x7F\"\n") != std::string::npos);
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
        CHECK(line.find("\\\"\\\\\\x0A\\x00\\xFF") != std::string::npos);
        CHECK(line.find('\n') == line.size() - 1);
    }
}

TEST_CASE("bytes from 0x7f on are escaped as nginx does, so that a log is text and no terminal obeys it") {
    AccessEntry foreign = entry();
    foreign.uri = "/caf\xc3\xa9\x9b\x7f~";
    CHECK(line_of(foreign, "S") == "::1 - - [S] \"GET /caf\\xC3\\xA9\\x9B\\x7F~ HTTP/1.1\" 200 12 \"-\" \"-\"\n");
}

TEST_CASE("whatever a client sends, a line is one piece for a pipe, and no escape in it is cut") {
    for (const char byte : {'x', '\xff', '"'}) {
        const std::string text(10'000, byte);
        AccessEntry large = entry();
        for (auto field : {&AccessEntry::remote_address, &AccessEntry::remote_user, &AccessEntry::method,
                           &AccessEntry::uri, &AccessEntry::protocol, &AccessEntry::referer, &AccessEntry::user_agent})
            large.*field = text;
        large.body_bytes = UINT64_MAX;
        const std::string line = line_of(large, access_log_stamp({}));
        CHECK(line.size() <= kLogLineMax);
        CHECK(line.size() > kLogLineMax - 200);
        CHECK(line.ends_with((byte == 'x' ? "x" : byte == '"' ? "\\\"" : "\\xFF") + std::string("\"\n")));
    }
}

TEST_CASE("a line is with the manager as soon as it is added") {
    ReadRing lines;
    AccessLog log(lines.workers_end());
    log.add(entry());
    log.add(entry());
    CHECK(std::count(lines.text().begin(), lines.text().end(), '\n') == 2);
    CHECK(lines.refused() == 0);
}

TEST_CASE("the stamp is UTC in numbers, whatever a plugin makes of TZ and locale") {
    ::setenv("TZ", "XXX-5:30", 1);
    ::tzset();
    ReadRing lines;
    AccessLog log(lines.workers_end());
    log.add(entry());
    ::unsetenv("TZ");
    ::tzset();
    CHECK(lines.text().find(" +0000] \"GET") != std::string::npos);
    const auto at = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
    CHECK(access_log_stamp(at) == "14/Nov/2023:22:13:20 +0000");
}

TEST_CASE("once the manager has gone, what it has not taken goes to the log's file, and so does what comes") {
    TempDir dir;
    write_file(dir / "log", "");
    ReadRing lines;
    AccessLog log(lines.workers_end());
    log.add(entry());
    const std::size_t one = lines.text().size();  // taken
    log.add(entry());
    log.manager_has_gone(dir / "log");
    CHECK(read_file(dir / "log").size() == one);
    log.add(entry());
    log.flush();
    CHECK(read_file(dir / "log").size() == 2 * one);
}

TEST_CASE("a log without a ring is off") { CHECK_FALSE(AccessLog(std::nullopt).is_on()); }
