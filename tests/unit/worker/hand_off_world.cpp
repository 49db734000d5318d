#include "hand_off_world.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "support/eventually.hpp"
#include "support/fastcgi_client.hpp"

namespace hbnb::test {
namespace {

constexpr unsigned kBacklog = 256;

sockaddr_un address_of(const std::string &path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

template <class Value>
Value must(Result<Value> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

}  // namespace

Fd listen_at(const std::string &path) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), kBacklog) != 0)
        throw std::runtime_error("unable to listen at " + path);
    return fd;
}

Fd connect_to(const std::string &path) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        throw std::runtime_error("unable to connect to " + path);
    return fd;
}

HandOffWorld::HandOffWorld(const HandOffPlan &plan)
    : plan_(plan),
      random_(plan.seed),
      listener_(listen_at(dir_ / "s")),
      waiting_(must(wire::HandOffQueueEnds::make(plan.queue_length))),
      idle_(must(wire::HandOffQueueEnds::make(plan.queue_length))),
      board_(must(wire::PoolBoardMapping::create(board_file_))),
      clients_(plan.clients) {
    board_->set_depth_max(plan.depth_max);
    while (members_.size() < plan_.workers) start_worker();
}

void HandOffWorld::start_worker() {
    wire::WorkerSetup setup;
    setup.pool = "model";
    setup.worker = ++last_worker_;
    setup.threads = plan_.threads;
    setup.listeners = {{listener_.get(), "unix:s", true, {}, {}}};
    setup.hand_off = {waiting_.in.get(), waiting_.out.get(), idle_.in.get(),
                      idle_.out.get(),   board_file_.get(),  plan_.age_max};
    setup.timeouts.request = {};
    setup.timeouts.read = std::chrono::hours(1);
    members_.push_back({HandOffWorker(setup), std::vector<Stage>(plan_.threads, Stage::running),
                        std::vector<std::uint32_t>(plan_.threads), std::vector<bool>(plan_.threads), 0, false});
}

// ---- what comes

void HandOffWorld::hear() {
    for (Member &member : members_) hear(member);
    for (Client &client : clients_) hear(client);
    reap();
}

void HandOffWorld::hear(Member &member) {
    while (const auto report = member.worker.read()) {
        switch (report->what) {
            case WorkerReport::What::ticked: ++member.ticks; break;
            case WorkerReport::What::woken: member.stage[report->thread] = Stage::woken; break;
            case WorkerReport::What::begun:
                member.stage[report->thread] = Stage::begun;
                member.request[report->thread] = report->request;
                if (!begun_.insert(report->request).second)
                    throw std::runtime_error("request " + std::to_string(report->request) + " is begun a second time");
        }
    }
}

void HandOffWorld::hear(Client &client) {
    if (!client.socket.is_open()) return;
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(client.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return note_end(client);
    if (!client.reader->feed({buffer.data(), static_cast<std::size_t>(got)}))
        throw std::runtime_error("what a worker has sent is no FastCGI");
    while (const auto response = client.reader->take_response()) note_answer(client, *response);
}

void HandOffWorld::note_answer(Client &client, const fcgi::ClientResponse &response) {
    const auto body = response.output.find("\r\n\r\n");
    if (client.request == 0 || body == std::string::npos)
        throw std::runtime_error("an answer that nobody waits for: " + response.output);
    if (response.output.starts_with("Status: 503")) {
        ++counts_.shed;
        if (begun_.contains(client.request)) throw std::runtime_error("a request is begun and answered 503");
    } else if (response.output.substr(body + 4) != std::to_string(client.request)) {
        throw std::runtime_error("request " + std::to_string(client.request) + " has the answer " + response.output);
    } else {
        ++counts_.answered;
    }
    client.request = 0;
}

void HandOffWorld::note_end(Client &client) {
    if (client.request != 0 && ++counts_.lost > may_be_lost_)
        throw std::runtime_error("request " + std::to_string(client.request) + " is lost" + describe());
    client = {};
}

void HandOffWorld::reap() {
    std::erase_if(members_, [this](Member &member) {
        if (!member.leaving || !member.worker.has_left()) return false;
        const auto board = member.worker.look();
        counts_.handed_over += board.handed_over;
        counts_.kept_back += board.kept_back;
        vain_of_gone_ += member.worker.vain_events();
        ++counts_.left;
        return true;
    });
}

// ---- what happens

void HandOffWorld::ask(Client &client) {
    if (!client.socket.is_open()) {
        client.socket = connect_to(dir_ / "s");
        client.reader.emplace();
        if (draw(4) == 0) return;  // says nothing yet
    }
    send_rest(client);  // a GET may be answered before the end of its body has come
    if (!client.socket.is_open()) return;
    client.request = ++last_request_;
    const std::string bytes = fcgi::encode_request(fastcgi_get("/given/" + std::to_string(client.request), true));
    const bool follows_split = std::exchange(client.is_in_two, plan_.halves && draw(6) == 0);
    client.is_split = client.is_in_two || follows_split;
    const std::size_t first = client.is_in_two ? 1 + draw(static_cast<unsigned>(bytes.size()) - 1) : bytes.size();
    client.rest = bytes.substr(first);
    send(client, std::string_view(bytes).substr(0, first));
}

void HandOffWorld::send(Client &client, std::string_view bytes) {
    if (::send(client.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
        client = {};  // it has gone meanwhile
}

void HandOffWorld::send_rest(Client &client) {
    if (!client.rest.empty()) send(client, std::exchange(client.rest, {}));
}

void HandOffWorld::leave(Member &member) {
    if (member.leaving || serving() < 2) return;  // as the manager does, who knows whether others serve
    member.leaving = true;
    member.worker.drain(true);
}

void HandOffWorld::kill(Member &member) {
    const auto board = member.worker.look();
    may_be_lost_ += board.connections + plan_.threads;  // and those that it was accepting
    counts_.handed_over += board.handed_over;
    counts_.kept_back += board.kept_back;
    vain_of_gone_ += board.refused;
    hear(member);  // what it has begun counts
    member.worker.kill();
    hear(member);
    ++counts_.killed;
    members_.erase(std::find_if(members_.begin(), members_.end(), [&](const Member &one) { return &one == &member; }));
    waiting_.queue().send_wake_tokens(monotonic_now(), plan_.threads);
}

void HandOffWorld::open_gate() {
    Member &member = any_member();
    const unsigned thread = draw(plan_.threads);
    if (member.stage[thread] == Stage::running) return;
    member.stage[thread] = Stage::running;
    member.worker.go_on(thread);
}

void HandOffWorld::step() {
    hear();
    const unsigned what = draw(1000);
    if (what < 400) {
        Client &client = clients_[draw(plan_.clients)];
        client.request == 0 ? ask(client) : send_rest(client);
    } else if (what < 850) {
        open_gate();
    } else if (what < 960) {
        any_member().worker.tick();
    } else if (what < 990) {
        Client &client = clients_[draw(plan_.clients)];
        if (client.request == 0) client = {};
    } else if (what < 995) {
        if (plan_.leaves) leave(any_member());
        if (serving() < plan_.workers) start_worker();
    } else if (plan_.crashes) {
        kill(any_member());
        start_worker();
    }
}

// ---- what must hold

template <class Condition>
void HandOffWorld::wait_until(const char *what, Condition &&condition) {
    const auto holds = [&] {
        hear();
        if (gates_open_) open_all_but_held();
        return condition();
    };
    for (int i = 0; i < 1000; ++i)
        if (holds()) return;
    if (!eventually(holds, std::chrono::seconds(30))) throw std::runtime_error(what + describe());
}

void HandOffWorld::open_all_but_held() {
    for (Member &member : members_) {
        for (unsigned thread = 0; thread < plan_.threads; ++thread) {
            if (member.stage[thread] == Stage::running || member.held[thread]) continue;
            member.stage[thread] = Stage::running;
            member.worker.go_on(thread);
        }
    }
}

std::size_t HandOffWorld::serving() const {
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(), [](const Member &member) { return !member.leaving; }));
}

bool HandOffWorld::a_thread_is_free() const {
    return std::any_of(members_.begin(), members_.end(), [](const Member &member) {
        return !member.leaving && std::find(member.held.begin(), member.held.end(), false) != member.held.end();
    });
}

bool HandOffWorld::is_answered_but_held() const {
    std::set<std::uint32_t> held;
    for (const Member &member : members_)
        for (unsigned thread = 0; thread < plan_.threads; ++thread)
            if (member.held[thread]) held.insert(member.request[thread]);
    return std::all_of(clients_.begin(), clients_.end(), [&, excused = some_worker_is_held()](const Client &client) {
        return client.request == 0 || held.contains(client.request) || (client.is_split && excused);
    });
}

bool HandOffWorld::some_worker_is_held() const {
    return std::any_of(members_.begin(), members_.end(), [](const Member &member) {
        return std::find(member.held.begin(), member.held.end(), false) == member.held.end();
    });
}

void HandOffWorld::see_them_leave() {
    wait_until("a worker does not leave", [this] {
        tick_leaving();
        return serving() == members_.size();
    });
}

// What a full queue has refused a worker that leaves offers again at its next ticks.
void HandOffWorld::tick_leaving() {
    for (Member &member : members_)
        if (member.leaving) member.worker.tick();
}

void HandOffWorld::tick_all() {
    for (Member &member : members_) member.ticks = 0;
    for (Member &member : members_) member.worker.tick();
    wait_until("a control thread does not tick", [this] {
        return std::all_of(members_.begin(), members_.end(),
                           [](const Member &member) { return member.leaving || member.ticks > 0; });
    });
}

std::deque<HandOffWorld::Member>::iterator HandOffWorld::find_woken() {
    return std::find_if(members_.begin(), members_.end(), [](const Member &member) {
        return !member.leaving &&
               std::find(member.stage.begin(), member.stage.end(), Stage::woken) != member.stage.end();
    });
}

// What has woken it has woken nobody else.
void HandOffWorld::kill_a_woken_one() {
    hear();
    const auto woken = find_woken();
    if (woken != members_.end()) kill(*woken);
}

// One comes, and whom it wakes dies, or is told to leave, before it has looked.
void HandOffWorld::lose_a_wakeup() {
    Client &client = clients_[0];
    client = {};
    gates_open_ = false;
    while (client.request == 0) ask(client);
    send_rest(client);
    auto woken = members_.end();
    wait_until("nobody is woken", [&] {
        woken = find_woken();
        return woken != members_.end() || begun_.contains(client.request);  // by one who was awake still
    });
    if (woken != members_.end()) {
        if (plan_.crashes && serving() > 1 && draw(2) == 0)
            kill(*woken);
        else if (plan_.leaves)
            leave(*woken);
    }
    gates_open_ = true;
    if (serving() > 0) wait_until("a wake-up is lost", [this] { return is_answered_but_held(); });
    while (serving() < plan_.workers) start_worker();
}

void HandOffWorld::settle() {
    for (Client &client : clients_) send_rest(client);
    hear();  // and lead nobody on yet: whoever is led on is in no handler any more
    for (Member &member : members_)
        for (unsigned thread = 0; thread < plan_.threads; ++thread)
            member.held[thread] = member.stage[thread] == Stage::begun && draw(2) == 0;
    if (a_thread_is_free()) {
        tick_all();
        gates_open_ = false;
        tick_all();
        if (plan_.crashes && serving() > 1) kill_a_woken_one();
        gates_open_ = true;
        if (a_thread_is_free()) {
            wait_until("somebody waits though a thread is free", [this] {
                tick_leaving();
                return is_answered_but_held();
            });
        }
    }
    for (Member &member : members_) member.held.assign(plan_.threads, false);
    while (serving() < plan_.workers) start_worker();
    wait_until("those that were held are not answered", [this] { return is_answered_but_held(); });
    see_them_leave();
    lose_a_wakeup();
}

void HandOffWorld::end() {
    settle();
    wait_until("somebody is not answered at the end", [this] { return is_answered_but_held(); });
    for (Client &client : clients_) client = {};
    waiting_.queue().send_wake_tokens(monotonic_now(), plan_.workers * plan_.threads);
    wait_until("a connection is left over", [this] {
        return waiting_.queue().depth() == 0 && idle_.queue().depth() == 0 &&
               std::all_of(members_.begin(), members_.end(),
                           [](const Member &member) { return member.worker.look().connections == 0; });
    });
}

HandOffWorld::Counts HandOffWorld::counts() const {
    Counts all = counts_;
    for (const Member &member : members_) {
        const auto board = member.worker.look();
        all.handed_over += board.handed_over;
        all.kept_back += board.kept_back;
    }
    return all;
}

std::uint64_t HandOffWorld::vain_events() const {
    std::uint64_t all = vain_of_gone_;
    for (const Member &member : members_) all += member.worker.vain_events();
    return all;
}

std::string HandOffWorld::describe() const {
    std::string text = " (seed " + std::to_string(plan_.seed) + "; waiting " +
                       std::to_string(waiting_.queue().depth()) + ", idle " + std::to_string(idle_.queue().depth()) +
                       "; lost " + std::to_string(counts_.lost) + " of at most " + std::to_string(may_be_lost_) +
                       "; workers:";
    for (const Member &member : members_) {
        text += member.leaving ? " leaving" : " serving";
        text += "/" + std::to_string(member.worker.look().connections);
        for (unsigned thread = 0; thread < plan_.threads; ++thread)
            text += member.held[thread] ? "h" : std::string(1, "rwb"[static_cast<unsigned>(member.stage[thread])]);
    }
    text += "; requests out:";
    for (const Client &client : clients_)
        if (client.request != 0) text += " " + std::to_string(client.request) + (client.is_split ? " split" : "");
    return text + ")";
}

}  // namespace hbnb::test
