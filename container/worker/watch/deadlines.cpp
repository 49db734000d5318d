#include "worker/watch/deadlines.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/clock.hpp"
#include "fcgi/record.hpp"
#include "worker/request/cut.hpp"

namespace hbnb::worker {
namespace {

constexpr std::string_view kBody = "504 Gateway Timeout\n";

symbols::CodeNames names_of(const wire::WorkerSetup &setup) {
    std::vector<symbols::KnownFile> known{{symbols::kThisProgram, "hbnb-worker"}};
    for (const auto &plugin : setup.plugins) known.push_back({path_of_copy(plugin), plugin.file});
    return symbols::CodeNames(std::move(known));
}

// A whole answer, and one record more: nginx, which would keep the connection and might send the next request on it
// before it sees that we have ended it, keeps none that has bytes behind END_REQUEST. For everybody else it is a record
// of a request that has ended, to be ignored.
std::string timeout_records(const RequestWatch::Request &request) {
    ResponseHead head;
    head.begin(504, nullptr, 0);
    head.set_content_length(kBody.size());
    std::string response(head.complete()), records;
    if (!request.head->is_head) response += kBody;
    fcgi::append_stream(records, fcgi::RecordType::stdout_stream, request.id, response);
    fcgi::append_record(records, fcgi::RecordType::stdout_stream, request.id, {});
    fcgi::append_end_request(records, request.id, fcgi::ProtocolStatus::request_complete);
    fcgi::append_record(records, fcgi::RecordType::stdout_stream, request.id, {});
    return records;
}

std::string seconds(Duration duration) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f s", std::chrono::duration<double>(duration).count());
    return text.data();
}

std::string or_dash(const std::string &text) { return text.empty() ? "-" : text; }

}  // namespace

Deadlines::Deadlines(Application &application, const Epoll &epoll, unsigned threads)
    : application_(application), epoll_(epoll), names_(names_of(application.setup)), cases_(threads), seen_(threads) {}

void Deadlines::look(Moment now) {
    if (now - looked_ > kLookGap) seen_.assign(seen_.size(), {});
    looked_ = now;
    for (unsigned i = 0; i < cases_.size(); ++i) {
        if (cases_[i]) follow(i, now);
        if (!cases_[i]) take(i, now);
        if (!cases_[i]) note_outside(i, now);
    }
}

std::optional<Deadlines::Outside> Deadlines::outside(unsigned thread) const {
    const std::uint64_t turn = epoll_.turn(thread);
    const auto request = application_.watches[thread].outside();
    if (turn % 2 == 0 || !request) return std::nullopt;
    return Outside{turn, *request};
}

void Deadlines::note_outside(unsigned thread, Moment now) {
    const auto place = outside(thread);
    Seen &seen = seen_[thread];
    if (!place || seen.place != place) {
        seen = {place, now, false};
        return;
    }
    const Duration passed = now - seen.since;
    if (passed >= kOutsideWoken && !std::exchange(seen.woken, true)) ask_for_stack(thread);
    if (passed < kOutsideTime) return;
    Case &one = cases_[thread].emplace();
    one.outside = place;
    one.taken = now;
    one.sentence =
        "a handler thread has done nothing for " + seconds(passed) + ", though it is in no request and waits for none";
    one.asked = ask_for_stack(thread);
    seen = {};
}

bool Deadlines::ask_for_stack(unsigned thread) const {
    const RequestWatch &watch = application_.watches[thread];
    return watch.stack() != nullptr && watch.stack()->ask(watch.thread());
}

bool Deadlines::has_come_back(unsigned thread, const Case &one) const {
    return one.outside ? outside(thread) != one.outside : application_.watches[thread].has_come_back(one.serial);
}

std::optional<Moment> Deadlines::next(Moment now) const {
    std::optional<Moment> next;
    for (unsigned i = 0; i < cases_.size(); ++i) {
        const bool is_awaited = cases_[i] && !(cases_[i]->told && cases_[i]->stuck);
        auto due = is_awaited ? now + kLook : application_.watches[i].deadline();
        if (due && *due <= now) due = now + kLook;  // its thread sends, and ends by itself
        if (due && (!next || *due < *next)) next = due;
    }
    return next;
}

unsigned Deadlines::stuck() const {
    return static_cast<unsigned>(
        std::count_if(cases_.begin(), cases_.end(), [](const auto &one) { return one && one->stuck; }));
}

void Deadlines::take(unsigned thread, Moment now) {
    RequestWatch &watch = application_.watches[thread];
    const auto taken = watch.take(now);
    if (!taken) return;
    taken->begun ? end_as_cut(taken->request.socket) : answer(taken->request);
    Case &one = cases_[thread].emplace(
        Case{.outside = {}, .serial = taken->serial, .taken = now, .sentence = describe(thread, *taken)});
    watch.let_go();
    one.asked = ask_for_stack(thread);
}

// Reading stays open: a web server that is still sending us the body would take EPIPE for the end, and not read our
// answer.
void Deadlines::answer(const RequestWatch::Request &request) {
    const std::string records = timeout_records(request);
    const ssize_t sent = ::send(request.socket, records.data(), records.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(records.size()))
        ::shutdown(request.socket, SHUT_WR);
    else
        end_as_cut(request.socket, std::string_view(records).substr(sent > 0 ? static_cast<std::size_t>(sent) : 0));
    const Mount *mount = application_.router.find(request.head->path);
    count_response(application_.mounts.at(kThreadsMax, mount != nullptr ? std::optional(mount->plugin) : std::nullopt),
                   504);
    if (application_.access_log.is_on()) {
        AccessEntry entry = entry_of(*request.head);
        entry.status = 504;
        entry.body_bytes = request.head->is_head ? 0 : kBody.size();
        application_.access_log.add(entry);
    }
}

void Deadlines::follow(unsigned thread, Moment now) {
    Case &one = *cases_[thread];
    const RequestWatch &watch = application_.watches[thread];
    const bool is_back = has_come_back(thread, one);
    const Duration waited = now - one.taken;
    const bool is_known = is_back || !one.asked || watch.stack()->has_come();
    if (!one.told && (is_known || waited >= kStackTime)) {
        tell(thread, one);
        one.told = true;
    }
    one.stuck = waited >= kComeBackTime;
    if (is_back) cases_[thread].reset();
}

std::string Deadlines::describe(unsigned thread, const RequestWatch::Taken &taken) const {
    const wire::ThreadBoard &board = application_.board.thread[thread];
    return "a request is over its deadline of " + seconds(taken.request.limit) +
           (taken.begun ? " (timeouts.request), and its answer, which had begun, is cut: "
                        : " (timeouts.request), and is answered 504: ") +
           or_dash(board.method.load()) + " " + or_dash(board.uri.load()) + " (request " +
           or_dash(board.request_id.load()) + ", plugin " + or_dash(board.plugin.load()) + ", route " +
           or_dash(board.route.load()) + ")";
}

// A stack is this request's as long as its thread has not come back, also after it was read.
void Deadlines::tell(unsigned thread, const Case &one) const {
    const RequestWatch &watch = application_.watches[thread];
    std::string where = "not told by the thread";
    if (one.asked && watch.stack()->has_come()) where = names_.describe_stack(watch.stack()->frames());
    if (has_come_back(thread, one)) where = "none, the thread has come back";
    application_.error_log.write(LogLevel::error, one.sentence + "; stack: " + where);
}

}  // namespace hbnb::worker
