#include "hand_off_worker.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "given_plugin.hpp"
#include "worker/request/handler_thread.hpp"
#include "worker/watch/rebalancer.hpp"

namespace hbnb::test {
namespace {

constexpr int kDescriptorsMax = 4096;  // more than a test has open

enum class Order : std::uint32_t { tick, drain, drain_and_hand_over };

template <class Value>
Value must(Result<Value> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

hbnb_text text(std::string_view value) { return {value.data(), value.size()}; }

// What belongs to the test and its other workers: above all the clients' ends of connections.
void close_all_but(const wire::WorkerSetup &setup, int channel, const std::vector<Fd> &gates) {
    const wire::HandOffSetup &hand_off = setup.hand_off;
    std::set<int> kept{channel,
                       setup.listeners.at(0).descriptor,
                       hand_off.waiting_in,
                       hand_off.waiting_out,
                       hand_off.idle_in,
                       hand_off.idle_out,
                       hand_off.board};
    for (const Fd &gate : gates) kept.insert(gate.get());
    for (int fd = STDERR_FILENO + 1; fd < ::getdtablesize() && fd < kDescriptorsMax; ++fd)
        if (!kept.contains(fd)) ::close(fd);
}

// The child's side. One of its threads is the control thread and reads what the test wants.
class Child {
  public:
    Child(wire::WorkerSetup setup, wire::ScoreboardMapping &board, int channel, const std::vector<Fd> &gates)
        : setup_(std::move(setup)),
          board_(board.board()),
          mounts_(board.mounts()),
          channel_(channel),
          gates_(gates),
          log_(STDERR_FILENO, LogLevel::error, board_),
          access_log_(std::nullopt) {}

    void run();

  private:
    struct Instance {
        Child *child = nullptr;
        std::uint32_t thread = 0;
    };

    void handler_thread(std::uint32_t number);
    void wait_at_gate(std::uint32_t thread, WorkerReport::What what, std::uint32_t request = 0) const;
    void report(const WorkerReport &what) const { [[maybe_unused]] auto n = ::write(channel_, &what, sizeof what); }
    static hbnb_status handle(void *instance, hbnb_exchange *exchange);
    void obey(Order order, worker::Rebalancer &rebalancer);

    wire::WorkerSetup setup_;
    wire::Scoreboard &board_;
    wire::MountBoards mounts_;
    int channel_;
    const std::vector<Fd> &gates_;
    std::atomic<bool> finished_{false};
    worker::ErrorLog log_;
    worker::AccessLog access_log_;
    std::optional<worker::Application> application_;
    std::optional<worker::WorkerIo> io_;
};

hbnb_status Child::handle(void *instance, hbnb_exchange *exchange) {
    const auto [child, thread] = *static_cast<Instance *>(instance);
    const hbnb_text path = exchange->call->path(exchange);
    const std::string number(path.data + 1, path.size - 1);
    std::uint32_t request = 0;
    std::from_chars(number.data(), number.data() + number.size(), request);
    if (child->finished_) ::_exit(1);  // nobody would see to its deadlines any more
    child->wait_at_gate(thread, WorkerReport::What::begun, request);
    const hbnb_pair type{text("Content-Type"), text("text/plain")};
    exchange->call->begin_response(exchange, 200, &type, 1);
    return exchange->call->write(exchange, number.data(), number.size());
}

void Child::wait_at_gate(std::uint32_t thread, WorkerReport::What what, std::uint32_t request) const {
    report({what, thread, request});
    std::uint64_t opened = 0;
    if (::read(gates_[thread].get(), &opened, sizeof opened) != sizeof opened) ::_exit(1);
}

void Child::handler_thread(std::uint32_t number) {
    Instance instance{this, number};
    worker::HandlerThread thread(*application_, *io_, number, {&instance});
    bool more_may_wait = false;
    while (!io_->is_finished()) {
        worker::WorkerIo::Event event{{worker::Intake::Source::Kind::queue, 0, worker::QueueKind::waiting}, nullptr};
        if (!more_may_wait || io_->is_draining()) {
            event = io_->wait(number);
            if (event.connection == nullptr && event.source.kind == worker::Intake::Source::Kind::none)
                board_.refused.fetch_add(1);
            else
                wait_at_gate(number, WorkerReport::What::woken);
        }
        more_may_wait = thread.handle(event);
    }
}

void Child::obey(Order order, worker::Rebalancer &rebalancer) {
    switch (order) {
        case Order::tick:
            rebalancer.tick(monotonic_now());
            report({WorkerReport::What::ticked, 0, 0});
            break;
        case Order::drain: io_->begin_drain(monotonic_now(), false); break;
        case Order::drain_and_hand_over: io_->begin_drain(monotonic_now(), true); break;
    }
}

void Child::run() {
    if (const auto ready = worker::prepare_libfcgi(); !ready) throw std::runtime_error(ready.error().message);
    hbnb_plugin table = good_table();
    table.handle = &Child::handle;
    std::vector<std::unique_ptr<worker::Plugin>> plugins;
    plugins.push_back(must(open_given(table, setup_, log_)));
    auto router = must(worker::Router::build({{plugins[0]->prefix(), 0, "p.so"}}));
    application_.emplace(
        worker::Application{setup_, std::move(plugins), std::move(router), access_log_, log_, board_, mounts_});
    io_.emplace(setup_, setup_.threads, log_, board_);
    if (const auto opened = io_->open(); !opened) throw std::runtime_error(opened.error().message);
    worker::Rebalancer rebalancer(*application_, *io_, setup_.threads);
    if (const auto listening = io_->listen(); !listening) throw std::runtime_error(listening.error().message);
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < setup_.threads; ++i) threads.emplace_back([this, i] { handler_thread(i); });
    while (!io_->is_finished()) {
        pollfd one{channel_, POLLIN, 0};
        Order order{};
        if (::poll(&one, 1, 10) <= 0) continue;
        if (::read(channel_, &order, sizeof order) != sizeof order) ::_exit(1);
        obey(order, rebalancer);
    }
    finished_ = true;
    for (auto &thread : threads) thread.join();
}

}  // namespace

HandOffWorker::HandOffWorker(const wire::WorkerSetup &setup) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::runtime_error("unable to make a channel");
    channel_ = Fd(ends[0]);
    const Fd theirs(ends[1]);
    Fd memory;
    board_.emplace(must(wire::ScoreboardMapping::create(memory)));
    for (unsigned i = 0; i < setup.threads; ++i) gates_.emplace_back(::eventfd(0, EFD_CLOEXEC));
    const pid_t test = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("unable to fork");
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != test) ::_exit(1);
    close_all_but(setup, theirs.get(), gates_);
    try {
        Child(setup, *board_, theirs.get(), gates_).run();
    } catch (const std::exception &error) {
        ::dprintf(STDERR_FILENO, "%s\n", error.what());
        ::_exit(1);
    }
    ::_exit(0);
}

HandOffWorker::~HandOffWorker() {
    if (channel_.is_open()) kill();
}

std::optional<WorkerReport> HandOffWorker::read() {
    WorkerReport report;
    if (::recv(channel_.get(), &report, sizeof report, MSG_DONTWAIT) != sizeof report) return std::nullopt;
    return report;
}

void HandOffWorker::go_on(std::uint32_t thread) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(gates_[thread].get(), &one, sizeof one);
}

// One that has nothing left to do reads no more, while its thread waits at the gate for this test to go on: never
// waited for.
void HandOffWorker::tick() {
    const Order order = Order::tick;
    [[maybe_unused]] const auto sent = ::send(channel_.get(), &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void HandOffWorker::drain(bool hand_over) {
    const Order order = hand_over ? Order::drain_and_hand_over : Order::drain;
    [[maybe_unused]] const auto sent = ::send(channel_.get(), &order, sizeof order, MSG_NOSIGNAL);
}

bool HandOffWorker::has_left() {
    if (pid_ < 0) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    pid_ = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("a worker of the model has failed");
    return true;
}

void HandOffWorker::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

wire::ScoreboardSnapshot HandOffWorker::look() const { return board_->snapshot(monotonic_now(), false); }

std::uint64_t HandOffWorker::vain_events() const { return look().refused; }

}  // namespace hbnb::test
