#include "fcgi/params.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "fcgi/client.hpp"
#include "unit/fcgi/bytes.hpp"

using namespace hbnb::fcgi;
using namespace std::string_literals;
using hbnb::fcgi::testing::bytes;
using hbnb::fcgi::testing::hex;
using Verdict = ParamsCheck::Verdict;

namespace {

Verdict verdict_on(std::string stream) { return canonicalise_params(stream).verdict; }

std::string problem_in(std::string stream) { return canonicalise_params(stream).problem; }

// What is left of the pairs; the check must be good.
Params canonical(const Params &params) {
    std::string stream = encode_params(params);
    REQUIRE(canonicalise_params(stream).verdict == Verdict::good);
    return *decode_params(stream);
}

std::string name_of(std::size_t number) { return std::string("N").append(std::to_string(number)); }

bool is_cut_short(std::string_view stream) {
    bool broken = false;
    while (take_pair(stream, broken)) {
    }
    return broken;
}

}  // namespace

TEST_CASE("a length below 128 is one byte, any other four with the top bit set") {
    const auto lengths = [](std::size_t name, std::size_t value) {
        std::string out;
        append_pair(out, std::string(name, 'n'), std::string(value, 'v'));
        REQUIRE(out.ends_with(std::string(name, 'n') + std::string(value, 'v')));
        return hex(out.substr(0, out.size() - name - value));
    };
    CHECK(lengths(1, 0) == "0100");
    CHECK(lengths(127, 127) == "7f7f");
    CHECK(lengths(127, 128) == "7f80000080");
    CHECK(lengths(128, 1) == "8000008001");
    CHECK(lengths(3, 0x12345) == "0380012345");
}

TEST_CASE("pairs are read back as they were written, whatever their lengths") {
    Params params;
    for (const std::size_t size : {0, 1, 126, 127, 128, 129, 255, 256, 65535, 65536}) {
        params.emplace_back(name_of(size), std::string(size, 'v'));
        params.emplace_back(name_of(size) + std::string(size, 'n'), "");
    }
    CHECK(*decode_params(encode_params(params)) == params);
}

TEST_CASE("the four-byte form is accepted for short lengths, on either side") {
    CHECK(*decode_params(bytes("8000000180000001 4142")) == Params{{"A", "B"}});
    CHECK(*decode_params(bytes("0180000001 4142")) == Params{{"A", "B"}});
    CHECK(*decode_params(bytes("8000000101 4142")) == Params{{"A", "B"}});
    CHECK(*decode_params(bytes("8000000180000000 41")) == Params{{"A", ""}});
    CHECK(verdict_on(bytes("8000000180000001 4142")) == Verdict::good);
}

TEST_CASE("lengths beyond the bytes there are never read or allocated for") {
    for (const char *stream :
         {"ffffffffffffffff",  // CVE-2025-23016
          "c0000000c0000000",  // kills Debian's libfcgi
          "ffffffff00", "00ffffffff", "fffffffe80000002 4142", "7f7f", "0101 41", "0201 4142", "0102 4142", "01", "80",
          "80000001", "8000000180", "80000001800000", "80000001 01 41", "0180000001 41"}) {
        CAPTURE(stream);
        CHECK(is_cut_short(bytes(stream)));
        CHECK(verdict_on(bytes(stream)) == Verdict::malformed);
        CHECK(verdict_on(bytes("0101 4142"s + stream)) == Verdict::malformed);
        CHECK(!decode_params(bytes(stream)).has_value());
    }
    CHECK(problem_in(bytes("0101 41")) == "a parameter is longer than its stream");
}

TEST_CASE("an empty stream is a good one without pairs") {
    std::string stream;
    CHECK(canonicalise_params(stream).verdict == Verdict::good);
    CHECK(stream.empty());
}

TEST_CASE("NUL bytes, '=' in a name and empty names are refused") {
    CHECK(problem_in(encode_params({{"A\0"s, "B"}})) == "a parameter contains a NUL byte");
    CHECK(problem_in(encode_params({{"\0A"s, "B"}})) == "a parameter contains a NUL byte");
    CHECK(problem_in(encode_params({{"A", "B\0"s}})) == "a parameter contains a NUL byte");
    CHECK(problem_in(encode_params({{"A", "\0"s}})) == "a parameter contains a NUL byte");
    CHECK(problem_in(encode_params({{"A=B", "C"}})) == "a parameter's name contains '='");
    CHECK(problem_in(encode_params({{"", "C"}})) == "a parameter has an empty name");
    CHECK(problem_in(encode_params({{"", ""}})) == "a parameter has an empty name");
    CHECK(verdict_on(encode_params({{"A", "=B="}})) == Verdict::good);
    CHECK(verdict_on(encode_params({{"A", "\n\x7f\xff"}})) == Verdict::good);
}

TEST_CASE("a bad pair is refused also where it would have been dropped") {
    CHECK(verdict_on(encode_params({{"A", "1"}, {"A", "\0"s}})) == Verdict::malformed);
    CHECK(verdict_on(encode_params({{"HTTP_PROXY", "\0"s}})) == Verdict::malformed);
}

TEST_CASE("a stream with nothing to drop stays as it is, byte by byte") {
    const std::string stream =
        bytes("8000000180000001 4142") + encode_params({{"C", ""}, {"AA", std::string(200, 'x')}});
    std::string checked = stream;
    const ParamsCheck check = canonicalise_params(checked);
    CHECK(check.verdict == Verdict::good);
    CHECK(check.duplicates == 0);
    CHECK(checked == stream);
}

TEST_CASE("the first of a name wins, and the duplicates are told") {
    std::string stream =
        encode_params({{"A", "1"}, {"B", "2"}, {"A", "3"}, {"C", "4"}, {"B", ""}, {"A", "5"}, {"D", "6"}});
    const ParamsCheck check = canonicalise_params(stream);
    CHECK(*decode_params(stream) == Params{{"A", "1"}, {"B", "2"}, {"C", "4"}, {"D", "6"}});
    CHECK(check.duplicates == 3);
    CHECK(check.duplicate == "A");
}

TEST_CASE("the name of a duplicate is cut for the log") {
    const std::string name(1000, 'N');
    std::string stream = encode_params({{name, "1"}, {name, "2"}});
    CHECK(canonicalise_params(stream).duplicate == std::string(64, 'N'));
}

TEST_CASE("names are different when a byte of them is") {
    const Params params{{"A", "1"},
                        {"a", "2"},
                        {"AB", "3"},
                        {"BA", "4"},
                        {"ABCDEFGH", "5"},
                        {"ABCDEFGI", "6"},
                        {"ABCDEFGHI", "7"},
                        {"ABCDEFGHXABCDEFGH", "8"},
                        {"ABCDEFGHYABCDEFGH", "9"}};
    CHECK(canonical(params) == params);
}

TEST_CASE("HTTP_PROXY is dropped wherever it stands, and is no duplicate to be told") {
    std::string stream =
        encode_params({{"HTTP_PROXY", "http://evil/"}, {"A", "1"}, {"HTTP_PROXY", ""}, {"HTTP_PROXY_", "2"}});
    const ParamsCheck check = canonicalise_params(stream);
    CHECK(*decode_params(stream) == Params{{"A", "1"}, {"HTTP_PROXY_", "2"}});
    CHECK(check.duplicates == 0);
}

TEST_CASE("what is dropped leaves the pairs behind it whole, in the form they came in") {
    std::string stream = encode_params({{"A", std::string(300, '1')}, {"A", std::string(200, '2')}}) +
                         bytes("8000000180000001 4243") +
                         encode_params({{"HTTP_PROXY", "x"}, {"C", std::string(500, '3')}});
    REQUIRE(canonicalise_params(stream).verdict == Verdict::good);
    CHECK(stream == encode_params({{"A", std::string(300, '1')}}) + bytes("8000000180000001 4243") +
                        encode_params({{"C", std::string(500, '3')}}));
}

TEST_CASE("a duplicate is found whatever the other names are") {
    for (std::size_t first = 0; first < 20000; first += 100) {
        CAPTURE(first);
        Params once, twice;
        for (std::size_t i = first; i < first + 70; ++i) once.emplace_back(name_of(i), "1");
        for (const auto &[name, value] : once) twice.emplace_back(name, value), twice.emplace_back(name, "2");
        REQUIRE(canonical(twice) == once);
    }
}

TEST_CASE("as many pairs as allowed are good, one more is too many, and duplicates among them are found") {
    Params params;
    for (std::size_t i = 0; i < kPairsMax; ++i) params.emplace_back(name_of(i), "");
    CHECK(canonical(params).size() == kPairsMax);

    Params repeated = params;
    for (std::size_t i = 1; i < kPairsMax; i += 2) repeated[i].first = repeated[i - 1].first;
    CHECK(canonical(repeated).size() == kPairsMax / 2);
    repeated.assign(kPairsMax, {"N", "v"});
    CHECK(canonical(repeated) == Params{{"N", "v"}});

    params.emplace_back("ONE_MORE", "");
    CHECK(verdict_on(encode_params(params)) == Verdict::too_many);
}

TEST_CASE("a name of more than 31 bits of length is never written") {
    std::string out;
    CHECK_THROWS_AS(append_pair(out, std::string_view("x", std::size_t{1} << 31), ""), std::length_error);
    CHECK(out.empty());
}
