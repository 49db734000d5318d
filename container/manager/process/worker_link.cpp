#include "manager/process/worker_link.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/clock.hpp"
#include "base/shared_pages.hpp"
#include "wire/inherited.hpp"

namespace hbnb::manager {
namespace {

constexpr unsigned kNonsensePerSecond = 5;  // lines in the log
constexpr int kMessagesMax = 16;            // of one worker at a time
constexpr Duration kLostGrace =
    std::chrono::seconds(1);  // a dying process closes its channel before it can be waited for

Result<Fd> make_setup_file(const wire::WorkerSetup &setup) {
    const std::string text = wire::encode(setup);
    const std::string unable_to = "write the setup of worker " + std::to_string(setup.worker);
    if (text.size() > wire::kSetupBytesMax) {
        return Error{"unable to " + unable_to + ": " + std::to_string(text.size()) + " bytes, at most " +
                     std::to_string(wire::kSetupBytesMax)};
    }
    Fd file(::memfd_create("hbnb-setup", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file.is_open()) return os_error(unable_to, errno);
    if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        return os_error(unable_to, errno);
    if (auto sealed = seal_content(file.get(), unable_to); !sealed) return sealed.error();
    return file;
}

struct Pipe {
    Fd read, write;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return os_error("make a worker's log pipe", errno);
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

struct LogPipes {
    WorkerLog::Pipes read, write;  // by source
};

Result<LogPipes> make_log_pipes() {
    LogPipes pipes;
    for (const auto source : {WorkerLog::own, WorkerLog::output, WorkerLog::error}) {
        auto made = make_pipe();
        if (!made) return made.error();
        pipes.read.at(source) = std::move(made->read);
        pipes.write.at(source) = std::move(made->write);
    }
    return {boost::system::in_place_value, std::move(pipes)};
}

// Where lines of the worker are read from; the memfd's number in the child is the setup's.
Result<std::optional<wire::LogRing>> make_ring(const WorkerPlan &plan, Fd &memfd) {
    if (plan.access_log == nullptr) return std::optional<wire::LogRing>();
    auto ring = wire::LogRing::create(memfd);
    if (!ring) return ring.error();
    return std::optional<wire::LogRing>(std::move(*ring));
}

// Numbers the descriptors that follow kFirstFree, in the setup and for the child.
std::vector<ChildDescriptor> number_descriptors(WorkerPlan &plan, const Fd &ring) {
    std::vector<ChildDescriptor> descriptors;
    int next = wire::kFirstFree;
    const auto give = [&](int source) {
        descriptors.push_back({next, source});
        return next++;
    };
    plan.setup.log_ring = ring.is_open() ? give(ring.get()) : -1;
    wire::HandOffSetup &hand_off = plan.setup.hand_off;
    int *const numbers[] = {&hand_off.waiting_in, &hand_off.waiting_out, &hand_off.idle_in, &hand_off.idle_out,
                            &hand_off.board};
    for (std::size_t i = 0; i < plan.hand_off.size(); ++i)
        *numbers[i] = plan.hand_off[i] >= 0 ? give(plan.hand_off[i]) : -1;
    for (std::size_t i = 0; i < plan.listeners.size(); ++i)
        plan.setup.listeners.at(i).descriptor = give(plan.listeners[i]);
    for (std::size_t i = 0; i < plan.plugins.size(); ++i) plan.setup.plugins.at(i).descriptor = give(plan.plugins[i]);
    return descriptors;
}

constexpr const char *kTracer = "\nTracerPid:";

// What /proc says of it: a text that ends within `text`.
bool read_of(pid_t pid, const char *name, std::span<char> text) {
    const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return fd.is_open() && ::read(fd.get(), text.data(), text.size() - 1) > 0;
}

// What begins with HBNB_ is for plugins, such as a database's password.
std::vector<std::string> worker_environment() {
    std::vector<std::string> environment;
    for (char **variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const auto begins = [&](std::string_view name) { return text.starts_with(name); };
        if (begins("PATH=") || begins("LANG=") || begins("TZ=") || begins("HBNB_")) environment.emplace_back(text);
    }
    return environment;
}

}  // namespace

Result<std::unique_ptr<WorkerLink>> WorkerLink::start(Loop &loop, ErrorLog &log, WorkerPlan plan,
                                                      WorkerCallbacks callbacks) try {
    Fd ring_file, board_file;
    auto ring = make_ring(plan, ring_file);
    if (!ring) return ring.error();
    auto descriptors = number_descriptors(plan, ring_file);
    auto setup = make_setup_file(plan.setup);
    if (!setup) return setup.error();
    auto channel = wire::make_channel();
    if (!channel) return channel.error();
    auto pipes = make_log_pipes();
    if (!pipes) return pipes.error();
    auto scoreboard = wire::ScoreboardMapping::create(
        board_file, wire::ScoreboardShape::of(plan.setup.threads, plan.setup.plugins.size()));
    if (!scoreboard) return scoreboard.error();
    const std::array<ChildDescriptor, 7> fixed{{{0, plan.dev_null},
                                                {1, pipes->write.at(WorkerLog::output).get()},
                                                {2, pipes->write.at(WorkerLog::error).get()},
                                                {wire::kChannel, channel->second.get()},
                                                {wire::kSetup, setup->get()},
                                                {wire::kScoreboard, board_file.get()},
                                                {wire::kLog, pipes->write.at(WorkerLog::own).get()}}};
    descriptors.insert(descriptors.begin(), fixed.begin(), fixed.end());

    std::unique_ptr<WorkerLink> link(
        new WorkerLink(loop, log, plan.setup, std::move(*scoreboard), std::move(callbacks)));
    WorkerLink *const self = link.get();  // ends its Process, and with it this callback, when it ends
    const std::uint64_t core = plan.setup.limits.core;
    std::vector<std::string> words = std::move(plan.wrapper);
    if (!words.empty()) link->wrapper_ = words.front();
    words.push_back(plan.program);
    const std::string program = words.front();
    words.erase(words.begin());
    auto process = Process::start(loop, {program, std::move(words), worker_environment(), std::move(descriptors), core},
                                  [self](pool::ExitStatus status) { self->on_exit(status); });
    if (!process) return process.error();
    if (*ring) {
        link->access_log_ = plan.access_log;
        link->ring_ = plan.access_log->add(std::move(**ring));
    }
    link->listen(std::move(channel->first), std::move(pipes->read), std::move(*process));
    return link;
} catch (const std::exception &failure) {  // no memory, or no place in the loop: the manager goes on with the others
    return Error{std::string("unable to start a worker: ") + failure.what()};
}

// Its process has gone, or is killed now.
WorkerLink::~WorkerLink() {
    process_.reset();
    if (ring_) access_log_->has_gone(ring_);
}

WorkerLink::WorkerLink(Loop &loop, ErrorLog &log, const wire::WorkerSetup &setup, wire::ScoreboardMapping scoreboard,
                       WorkerCallbacks callbacks)
    : loop_(loop),
      log_(log),
      scoreboard_(std::move(scoreboard)),
      believed_({monotonic_now(), setup.threads, static_cast<unsigned>(setup.limits.connections)}),
      believed_mounts_({monotonic_now(), setup.threads, static_cast<unsigned>(setup.limits.connections)},
                       setup.plugins.size()),
      words_(setup),
      callbacks_(std::move(callbacks)) {}

void WorkerLink::listen(Fd channel, WorkerLog::Pipes pipes, Process process) {
    process_.emplace(std::move(process));
    channel_ = std::move(channel);
    worker_log_.emplace(loop_, log_, std::move(pipes), process_->pid());
    channel_watch_ = Watch(loop_, channel_.get(), [this] { read_channel(); });
}

void WorkerLink::drain(bool hand_over) {
    wire::Message message;
    message.kind = wire::MessageKind::drain;
    message.hand_over = hand_over;
    words_.told_to_drain();
    send(message, {});
}

void WorkerLink::send_queues(const std::vector<int> &ends) {
    wire::Message message;
    message.kind = wire::MessageKind::queues;
    send(message, ends);
}

// To a worker that has just gone, which its exit will tell, nothing needs to be said.
void WorkerLink::send(const wire::Message &message, std::span<const int> descriptors) {
    const auto sent = wire::send_message(channel_.get(), message, descriptors);
    pollfd channel{channel_.get(), 0, 0};
    if (sent || lost_since_ || (::poll(&channel, 1, 0) == 1 && (channel.revents & POLLHUP) != 0)) return;
    log_.write_seldom("messages to workers", 1, LogLevel::warning,
                      sent.error().message + " (to worker[" + std::to_string(pid()) + "])", monotonic_now());
}

std::vector<wire::MountStatus> WorkerLink::note_mounts(Moment now) {
    std::vector<wire::MountStatus> mounts;
    const auto &counted = believed_mounts_.note(scoreboard_.mounts().sums(), now);
    for (std::size_t i = 0; i < counted.size() && i <= mounts_.size(); ++i)
        if (counted[i] != wire::MountCounts{}) mounts.push_back({i == 0 ? "" : mounts_[i - 1], counted[i]});
    return mounts;
}

bool WorkerLink::is_traced() const {
    std::array<char, 4096> text{};
    read_of(pid(), "status", text);
    const char *const found = std::strstr(text.data(), kTracer);
    return found != nullptr && std::strtol(found + std::strlen(kTracer), nullptr, 10) != 0;
}

std::uint64_t WorkerLink::memory() const {
    std::array<char, 128> text{};
    if (!read_of(pid(), "statm", text)) return 0;
    unsigned long size = 0, resident = 0;
    if (std::sscanf(text.data(), "%lu %lu", &size, &resident) != 2) return 0;
    return static_cast<std::uint64_t>(resident) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void WorkerLink::read_channel() {
    for (int i = 0; i < kMessagesMax && is_heard_; ++i) {
        auto result = wire::receive_message(channel_.get());
        if (!result) return refuse(result.error().message);
        if (result->closed) return lost();
        if (!result->received) return;
        const wire::Message &message = result->received->message;
        if (const auto taken = words_.take(message); !taken) return refuse(taken.error().message);
        if (message.kind == wire::MessageKind::ready)
            for (const wire::ServedPlugin &plugin : message.plugins) mounts_.push_back(plugin.mount);
        callbacks_.said(message);
    }
}

// Whatever else it says is not read any more.
void WorkerLink::refuse(const std::string &why) {
    log_.write_seldom("workers that send nonsense", kNonsensePerSecond, LogLevel::warning,
                      "worker[" + std::to_string(pid()) + "] sent nonsense: " + why, monotonic_now());
    is_heard_ = false;
    channel_watch_ = Watch();
    callbacks_.broken(why);
}

void WorkerLink::lost() {
    channel_watch_ = Watch();
    if (!lost_since_) lost_since_ = monotonic_now();
}

void WorkerLink::check_lost(Moment now) {
    worker_log_->look(now);
    if (lost_since_ && now - *lost_since_ > kLostGrace) {
        lost_since_ = now;  // told again only after another grace
        callbacks_.broken("it has closed its channel");
    }
}

void WorkerLink::on_exit(pool::ExitStatus status) {
    if (!lost_since_ && is_heard_) read_channel();  // a worker that refuses says why and leaves: its words come first
    channel_watch_ = Watch();
    worker_log_->finish();
    const auto exited = std::move(callbacks_.exited);  // it may end this link
    exited(status);
}

}  // namespace hbnb::manager
