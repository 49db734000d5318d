// A pool led step by step: workers (hand_off_worker.hpp) over one listening socket and one hand-off queue, clients with
// kept connections, and the manager's part in it. Steps are drawn at random; what must hold whatever happens is checked
// as it happens, and throws std::runtime_error with a sentence:
//   - no request is begun twice, and each client is answered with its own request's number, once;
//   - a client loses an unanswered request only where a worker was killed, and at most as many do as connections were
//     there;
//   - two ticks after everything stands still, nobody waits while a thread is free, but for those of whom half a head
//     has been read where all threads are held (settle());
//   - a worker that leaves while others serve is held by no connection that says nothing.
// Clients are silent first, or send a head in two pieces, at any moment: so bytes come before, during and after a move.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "fcgi/client/client.hpp"
#include "hand_off_worker.hpp"
#include "support/temp_dir.hpp"
#include "wire/hand_off_queue.hpp"

namespace hbnb::test {

// A pool's listening socket at this path, and a client of it; std::runtime_error where there can be none.
Fd listen_at(const std::string &path);
Fd connect_to(const std::string &path);

struct HandOffPlan {
    unsigned seed = 1;
    unsigned workers = 3, threads = 1;
    unsigned clients = 24;
    unsigned queue_length = 256;  // what is asked for; a small one is often full
    unsigned depth_max = 256;
    Duration age_max = std::chrono::hours(1);
    bool leaves = true, crashes = true;
    bool halves = true;  // some send half a head first; who is shed meanwhile has 2 s for the rest, on no test's clock
};

class HandOffWorld {
  public:
    explicit HandOffWorld(const HandOffPlan &plan);

    void step();    // one, at random
    void settle();  // stands still but for half of those in a handler; two ticks; everybody else must be answered then
    void end();  // everybody is answered and closes; every connection must be gone from every worker and from the queue

    struct Counts {
        std::uint64_t answered = 0, shed = 0, lost = 0, killed = 0, left = 0, handed_over = 0, kept_back = 0;
    };
    Counts counts() const;
    std::uint64_t vain_events() const;

  private:
    enum class Stage { running, woken, begun };
    struct Member {
        HandOffWorker worker;
        std::vector<Stage> stage;
        std::vector<std::uint32_t> request;  // begun
        std::vector<bool> held;              // by settle()
        unsigned ticks = 0;                  // reported
        bool leaving = false;
    };
    struct Client {
        Fd socket;
        std::uint32_t request = 0;  // 0: none is out
        bool is_in_two = false;     // it came in two pieces
        bool is_split = false;      // it did, or that before it, whose end may be unread: its worker alone can take it
        std::string rest;           // of it, that is to come
        std::optional<fcgi::ResponseReader> reader;
    };

    void start_worker();
    void hear();  // everything that has come from workers and clients
    void hear(Member &member);
    void hear(Client &client);
    void note_answer(Client &client, const fcgi::ClientResponse &response);
    void note_end(Client &client);
    void ask(Client &client);
    void send(Client &client, std::string_view bytes);
    void send_rest(Client &client);
    void see_them_leave();
    void tick_leaving();
    bool some_worker_is_held() const;
    void leave(Member &member);
    void kill(Member &member);  // and starts no other: that one would look at all of the intake itself
    void reap();
    void open_gate();
    Member &any_member() { return members_[draw(static_cast<unsigned>(members_.size()))]; }
    std::size_t serving() const;
    unsigned draw(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }
    template <class Condition>
    void wait_until(const char *what, Condition &&condition);
    void open_all_but_held();
    bool is_answered_but_held() const;
    bool a_thread_is_free() const;
    void tick_all();
    std::deque<Member>::iterator find_woken();
    void kill_a_woken_one();
    void lose_a_wakeup();
    std::string describe() const;

    HandOffPlan plan_;
    std::mt19937 random_;
    TempDir dir_;
    Fd listener_, board_file_;
    wire::HandOffQueueEnds waiting_, idle_;
    std::optional<wire::PoolBoardMapping> board_;
    std::deque<Member> members_;
    bool gates_open_ = true;  // false: whoever waits at one is not led on
    std::vector<Client> clients_;
    std::set<std::uint32_t> begun_;
    std::uint32_t last_request_ = 0, last_worker_ = 0;
    Counts counts_;
    std::uint64_t may_be_lost_ = 0, vain_of_gone_ = 0;
};

}  // namespace hbnb::test
