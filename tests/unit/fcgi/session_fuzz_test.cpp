// Streams no specification foresees: chains of random records, and good streams with bytes changed. Seeded, so a
// failure comes again.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "fcgi/client/client.hpp"
#include "fcgi/params.hpp"
#include "fcgi/session.hpp"
#include "unit/fcgi/bytes.hpp"
#include "unit/fcgi/transcript.hpp"

using namespace hbnb::fcgi;
using namespace hbnb::fcgi::testing;

namespace {

constexpr int kRounds = 4000;

class Dice {
  public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t end) { return engine_() % end; }  // modulo: the same everywhere
    template <class T>
    const T &of(const std::vector<T> &values) {
        return values[below(values.size())];
    }

  private:
    std::mt19937 engine_;
};

std::string random_record(Dice &dice) {
    static const std::vector<std::string> kContents{"",
                                                    "",
                                                    bytes("0101 4142"),
                                                    bytes("0001000000000000"),
                                                    bytes("0001010000000000"),
                                                    bytes("0003010000000000"),
                                                    bytes("ffffffffffffffff"),
                                                    bytes("0d00464347495f4d41585f52455153"),
                                                    bytes("0201 4142"),
                                                    std::string(300, 'x')};
    static const std::vector<int> kTypes{1, 1, 1, 2, 4, 4, 4, 5, 5, 5, 5, 8, 9, 12};
    std::string record;
    append_record(record, static_cast<RecordType>(dice.of(kTypes)), static_cast<std::uint16_t>(dice.below(3)),
                  dice.of(kContents), static_cast<std::uint8_t>(dice.below(2) * dice.below(20)));
    return record;
}

std::string random_stream(Dice &dice) {
    static const std::vector<std::string> kGood{kBeginKeep,
                                                kParams,
                                                kParamsEnd,
                                                kStdinHi,
                                                kStdinEnd,
                                                kGetKeep,
                                                kHeadKeep,
                                                kGetKeep + kStdinEnd,
                                                kHeadKeep + kStdinHi + kStdinHi + kStdinEnd,
                                                kAbort};
    std::string stream;
    for (std::size_t records = 1 + dice.below(12); records > 0; --records) {
        stream += dice.below(3) == 0 ? random_record(dice) : dice.of(kGood);
    }
    if (dice.below(2) == 0) {
        for (std::size_t changes = 1 + dice.below(4); changes > 0; --changes) {
            stream[dice.below(stream.size())] = static_cast<char>(dice.below(256));
        }
    }
    return stream;
}

std::vector<std::size_t> random_cuts(Dice &dice, std::size_t size) {
    std::vector<std::size_t> cuts{size};
    for (std::size_t count = dice.below(8); count > 0; --count) cuts.push_back(dice.below(size + 1));
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

// What must hold after every step, whatever came.
void check_invariants(Session &session, const Step &step, std::size_t offered, std::size_t fed) {
    REQUIRE(step.consumed <= offered);
    REQUIRE((step.event != Event::need_more || step.consumed == offered));
    REQUIRE((step.event == Event::body) == !step.body.empty());
    REQUIRE((step.event == Event::closed) == (session.close_reason() != CloseReason::none));
    REQUIRE(session.replies().size() <= 2 * fed);
    REQUIRE(session.request().params.stream_bytes() <= 65536);
    if (step.event == Event::body || step.event == Event::body_end || step.event == Event::request) {
        REQUIRE(session.is_active());
        REQUIRE(session.request().id != 0);
        const RequestParams &params = session.request().params;
        for (std::size_t i = 0; i < params.size(); ++i) {
            const Pair pair = params.at(i);
            REQUIRE(!pair.name.empty());
            REQUIRE(pair.name.find_first_of(std::string_view("=\0", 2)) == std::string_view::npos);
            REQUIRE(std::strlen(pair.value.data()) == pair.value.size());
        }
    }
    if (!session.is_active() && session.close_reason() != CloseReason::none)
        REQUIRE(session.request().params.stream_bytes() == 0);
}

}  // namespace

TEST_CASE("random streams mean the same however they are cut") {
    Dice dice(1);
    for (int round = 0; round < kRounds; ++round) {
        const std::string stream = random_stream(dice);
        const Answer answer = std::vector{Answer::at_head, Answer::at_body_end, Answer::never}[dice.below(3)];
        CAPTURE(round);
        CAPTURE(hex(stream));
        const std::string whole = transcript_of(stream, {stream.size()}, answer, {});
        REQUIRE(transcript_of(stream, random_cuts(dice, stream.size()), answer, {}) == whole);
    }
}

TEST_CASE("random streams never make a session take what was not offered, keep more than allowed or run a half head") {
    Dice dice(2);
    std::size_t requests = 0, closed = 0;
    for (int round = 0; round < kRounds; ++round) {
        const std::string stream = random_stream(dice);
        CAPTURE(round);
        CAPTURE(hex(stream));
        Session session{SessionSettings{}};
        std::string_view input = stream;
        std::size_t fed = 0;
        for (bool more = true; more;) {
            const std::string_view offered = input.substr(0, dice.below(input.size() + 1));
            const Step step = session.next(offered);
            fed += step.consumed;
            check_invariants(session, step, offered.size(), fed);
            input.remove_prefix(step.consumed);
            requests += step.event == Event::request;
            closed += step.event == Event::closed;
            if (session.is_active() && (dice.below(4) == 0 || step.event == Event::pipelined)) session.finish_request();
            more = step.event != Event::closed && !input.empty();
        }
    }
    CHECK(requests > 1000);  // the streams are not all nonsense
    CHECK(closed > 500);
}

TEST_CASE("random bytes are refused or ignored, and never a request") {
    Dice dice(3);
    for (int round = 0; round < kRounds; ++round) {
        std::string stream;
        for (std::size_t size = dice.below(200); size > 0; --size) stream += static_cast<char>(dice.below(256));
        const std::string heard = transcript_of(stream, random_cuts(dice, stream.size()), Answer::at_head, {});
        REQUIRE(heard.find("request") == std::string::npos);
    }
}

TEST_CASE("random parameter streams are checked without a read beyond them, and what is good is what they say") {
    Dice dice(4);
    std::size_t good = 0;
    for (int round = 0; round < kRounds; ++round) {
        std::string stream;
        for (std::size_t pairs = dice.below(100); pairs > 0; --pairs) {
            append_pair(stream, std::string(1 + dice.below(3), static_cast<char>('A' + dice.below(8))),
                        std::string(dice.below(140), 'v'));
        }
        if (!stream.empty() && dice.below(3) == 0)
            stream[dice.below(stream.size())] = static_cast<char>(dice.below(256));
        RequestParams params;
        params.append(stream);
        if (params.decode().verdict != ParamsCheck::Verdict::good) continue;
        ++good;
        Params once;
        for (const auto &param : *decode_params(stream)) {
            const bool is_new =
                std::none_of(once.begin(), once.end(), [&](const auto &one) { return one.first == param.first; });
            if (is_new) once.push_back(param);
        }
        REQUIRE(params.size() == once.size());
        for (std::size_t i = 0; i < once.size(); ++i) REQUIRE(params.at(i) == Pair{once[i].first, once[i].second});
    }
    CHECK(good > 2000);
}
