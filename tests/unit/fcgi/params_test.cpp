#include "fcgi/params.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "fcgi/client/client.hpp"
#include "unit/fcgi/bytes.hpp"

using namespace hbnb::fcgi;
using namespace std::string_literals;
using hbnb::fcgi::testing::bytes;
using hbnb::fcgi::testing::hex;
using Verdict = ParamsCheck::Verdict;

namespace {

RequestParams params_of(std::string_view stream) {
    RequestParams params;
    params.append(stream);
    return params;
}

ParamsCheck check_of(std::string_view stream) { return params_of(stream).decode(); }

Verdict verdict_on(std::string_view stream) { return check_of(stream).verdict; }

std::string problem_in(std::string_view stream) { return check_of(stream).problem; }

Params all_of(const RequestParams &params) {
    Params all;
    for (std::size_t i = 0; i < params.size(); ++i) all.emplace_back(params.at(i).name, params.at(i).value);
    return all;
}

// What is left of them; the check must be good, and each value findable and followed by a NUL byte.
Params decoded(std::string_view stream) {
    RequestParams params = params_of(stream);
    REQUIRE(params.decode().verdict == Verdict::good);
    for (std::size_t i = 0; i < params.size(); ++i) {
        const Pair pair = params.at(i);
        REQUIRE(params.value(pair.name).data() == pair.value.data());
        REQUIRE(params.value(pair.name) == pair.value);
        REQUIRE(pair.value.data()[pair.value.size()] == '\0');
    }
    return all_of(params);
}

Params decoded(const Params &params) { return decoded(encode_params(params)); }

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
    CHECK(decoded("").empty());
    CHECK(params_of("").value("A").data() == nullptr);
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

TEST_CASE("names and values are what the stream says, in its order, whatever form a length has") {
    const std::string stream =
        bytes("8000000180000001 4142") + encode_params({{"C", ""}, {"AA", std::string(200, 'x')}, {"D", "="}});
    CHECK(decoded(stream) == Params{{"A", "B"}, {"C", ""}, {"AA", std::string(200, 'x')}, {"D", "="}});
    CHECK(check_of(stream).duplicates == 0);
}

TEST_CASE("a stream that comes in pieces is the same") {
    const std::string stream = encode_params({{"A", "1"}, {"LONGER", std::string(300, 'v')}, {"B", ""}});
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        RequestParams params;
        params.append(stream.substr(0, cut));
        params.append(stream.substr(cut));
        CHECK(params.stream_bytes() == stream.size());
        REQUIRE(params.decode().verdict == Verdict::good);
        CHECK(all_of(params) == *decode_params(stream));
    }
}

TEST_CASE("with a swap all goes along, and views too") {
    RequestParams params = params_of(encode_params({{"A", "1"}, {"REQUEST_URI", "/x"}})), other;
    REQUIRE(params.decode().verdict == Verdict::good);
    params.terminate_names();
    const char *const view = params.value("A").data();
    params.swap(other);
    CHECK(all_of(other) == Params{{"A", "1"}, {"REQUEST_URI", "/x"}});
    CHECK(other.value(Known::request_uri) == "/x");
    CHECK(other.value("A").data() == view);
    CHECK(params.size() == 0);
    CHECK(params.value(Known::request_uri).data() == nullptr);
    params.append(encode_params({{"B", "2"}}));
    REQUIRE(params.decode().verdict == Verdict::good);
    CHECK(all_of(params) == Params{{"B", "2"}});
}

TEST_CASE("cleared ones take the next request, and nothing of the last one is left, with its memory or without") {
    RequestParams params = params_of(encode_params({{"A", "1"}, {"REQUEST_URI", "/x"}, {"B", "2"}}));
    REQUIRE(params.decode().verdict == Verdict::good);
    params.terminate_names();
    SUBCASE("cleared") { params.clear(); }
    SUBCASE("released") { params.release(); }
    CHECK(params.stream_bytes() == 0);
    CHECK(params.size() == 0);
    CHECK(params.value(Known::request_uri).data() == nullptr);
    params.append(encode_params({{"C", "3"}}));
    REQUIRE(params.decode().verdict == Verdict::good);
    CHECK(all_of(params) == Params{{"C", "3"}});
    CHECK(params.value(Known::request_uri).data() == nullptr);
}

TEST_CASE("names are followed by a NUL byte where that is asked for, and values still are, and stay where they are") {
    const Params given{
        {"A", "1"}, {"B", ""}, {std::string(200, 'N'), std::string(300, 'v')}, {"REQUEST_URI", "/x"}, {"C", ""}};
    RequestParams params = params_of(encode_params({{"A", "1"}, {"HTTP_PROXY", "x"}, {"B", ""}, {"A", "2"}}) +
                                     encode_params({given.begin() + 2, given.end()}));
    REQUIRE(params.decode().verdict == Verdict::good);
    const char *const uri = params.value(Known::request_uri).data();
    for (int again = 0; again < 2; ++again) {
        params.terminate_names();
        CHECK(all_of(params) == given);
        CHECK(params.value(Known::request_uri).data() == uri);
        for (std::size_t i = 0; i < params.size(); ++i) {
            const Pair pair = params.at(i);
            CHECK(std::string(pair.name.data()) == pair.name);
            CHECK(std::string(pair.value.data()) == pair.value);
        }
    }
}

TEST_CASE("a parameter is found by its whole name, and one that is empty is not one that is not there") {
    RequestParams params = params_of(encode_params({{"HTTP_A", "1"}, {"HTTP_EMPTY", ""}}));
    REQUIRE(params.decode().verdict == Verdict::good);
    CHECK(params.value("HTTP_A") == "1");
    CHECK(params.value("HTTP_EMPTY").data() != nullptr);
    for (const char *name : {"", "HTTP_", "HTTP_AB", "http_a"}) CHECK(params.value(name).data() == nullptr);
}

TEST_CASE("the first of a name wins, and the duplicates are told") {
    const std::string stream =
        encode_params({{"A", "1"}, {"B", "2"}, {"A", "3"}, {"C", "4"}, {"B", ""}, {"A", "5"}, {"D", "6"}});
    CHECK(decoded(stream) == Params{{"A", "1"}, {"B", "2"}, {"C", "4"}, {"D", "6"}});
    CHECK(check_of(stream).duplicates == 3);
    CHECK(check_of(stream).duplicate == "A");
}

TEST_CASE("the name of a duplicate is cut for the log") {
    const std::string name(1000, 'N');
    CHECK(check_of(encode_params({{name, "1"}, {name, "2"}})).duplicate == std::string(64, 'N'));
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
    CHECK(decoded(params) == params);
}

TEST_CASE("HTTP_PROXY is dropped wherever it stands, and is no duplicate to be told") {
    const std::string stream =
        encode_params({{"HTTP_PROXY", "http://evil/"}, {"A", "1"}, {"HTTP_PROXY", ""}, {"HTTP_PROXY_", "2"}});
    CHECK(decoded(stream) == Params{{"A", "1"}, {"HTTP_PROXY_", "2"}});
    CHECK(check_of(stream).duplicates == 0);
}

TEST_CASE("the known parameters are found behind what is dropped, the first of a name") {
    RequestParams params = params_of(encode_params({{"X", "1"},
                                                    {"HTTP_PROXY", "http://evil/"},
                                                    {"REQUEST_METHOD", "POST"},
                                                    {"X", "2"},
                                                    {"REQUEST_URI", std::string(300, 'u')},
                                                    {"REQUEST_METHOD", "GET"},
                                                    {"REMOTE_USER", ""},
                                                    {"REMOTE_USERS", "no"},
                                                    {"request_id", "no"}}));
    REQUIRE(params.decode().verdict == Verdict::good);
    CHECK(params.value(Known::request_method) == "POST");
    CHECK(params.value(Known::request_uri) == std::string(300, 'u'));
    CHECK(params.value(Known::remote_user).data() != nullptr);
    CHECK(params.value(Known::remote_user).empty());
    for (const Known name : {Known::request_id, Known::content_length, Known::path_info, Known::http_referer})
        CHECK(params.value(name).data() == nullptr);
}

TEST_CASE("each known parameter is found under its name, and under no name that differs in a byte") {
    for (std::size_t i = 0; i < kKnownNames.size(); ++i) {
        const std::string name(kKnownNames[i]);
        CAPTURE(name);
        RequestParams params = params_of(encode_params({{name, "v"}}));
        REQUIRE(params.decode().verdict == Verdict::good);
        for (std::size_t other = 0; other < kKnownNames.size(); ++other)
            CHECK((params.value(static_cast<Known>(other)) == "v") == (other == i));
        for (std::size_t at = 0; at < name.size(); ++at) {
            std::string wrong = name;
            wrong[at] = '_' + (wrong[at] == '_');
            RequestParams none = params_of(encode_params({{wrong, "v"}}));
            REQUIRE(none.decode().verdict == Verdict::good);
            CHECK(none.value(static_cast<Known>(i)).data() == nullptr);
        }
    }
}

TEST_CASE("what is dropped leaves the pairs behind it whole") {
    const std::string stream = encode_params({{"A", std::string(300, '1')}, {"A", std::string(200, '2')}}) +
                               bytes("8000000180000001 4243") +
                               encode_params({{"HTTP_PROXY", "x"}, {"C", std::string(500, '3')}});
    CHECK(decoded(stream) == Params{{"A", std::string(300, '1')}, {"B", "C"}, {"C", std::string(500, '3')}});
}

TEST_CASE("a duplicate is found whatever the other names are") {
    for (std::size_t first = 0; first < 20000; first += 100) {
        CAPTURE(first);
        Params once, twice;
        for (std::size_t i = first; i < first + 70; ++i) once.emplace_back(name_of(i), "1");
        for (const auto &[name, value] : once) twice.emplace_back(name, value), twice.emplace_back(name, "2");
        REQUIRE(decoded(twice) == once);
    }
}

TEST_CASE("as many pairs as allowed are good, one more is too many, and duplicates among them are found") {
    Params params;
    for (std::size_t i = 0; i < kPairsMax; ++i) params.emplace_back(name_of(i), "");
    CHECK(decoded(params).size() == kPairsMax);

    Params repeated = params;
    for (std::size_t i = 1; i < kPairsMax; i += 2) repeated[i].first = repeated[i - 1].first;
    CHECK(decoded(repeated).size() == kPairsMax / 2);
    repeated.assign(kPairsMax, {"N", "v"});
    CHECK(decoded(repeated) == Params{{"N", "v"}});

    params.emplace_back("ONE_MORE", "");
    CHECK(verdict_on(encode_params(params)) == Verdict::too_many);
}

TEST_CASE("a name of more than 31 bits of length is never written") {
    std::string out;
    CHECK_THROWS_AS(append_pair(out, std::string_view("x", std::size_t{1} << 31), ""), std::length_error);
    CHECK(out.empty());
}
