#include "one_worker.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdexcept>

#include "base/clock.hpp"

namespace hbnb::test {
namespace {

Fd listen_at(const std::string &path) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), 64) != 0)
        throw std::runtime_error("unable to listen at " + path);
    return fd;
}

template <class Value>
Value must(Result<Value> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

void must(const Result<void> &result) {
    if (!result) throw std::runtime_error(result.error().message);
}

}  // namespace

OneWorker::OneWorker(unsigned threads, const std::function<void(wire::WorkerSetup &)> &adjust)
    : listener_(listen_at(dir_ / "s")), plugin_(::open(HBNB_DEMO_PLUGIN, O_RDONLY | O_CLOEXEC)) {
    static const Result<void> libfcgi = worker::prepare_libfcgi();
    must(libfcgi);
    must(worker::ThreadStack::prepare());
    setup_.pool = "test";
    setup_.threads = threads;
    setup_.plugins = {{.file = "demo.so", .hash = "", .mount = "/demo", .config = "{}", .descriptor = plugin_.get()}};
    setup_.listeners = {{.descriptor = listener_.get(),
                         .name = "unix:s",
                         .any_uid = true,
                         .allowed_uids = {},
                         .allowed_addresses = {}}};
    if (adjust) adjust(setup_);
    Fd board;
    scoreboard_.emplace(must(wire::ScoreboardMapping::create(board)));
    error_file_ = Fd(::open((dir_ / "errors").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    error_log_.emplace(error_file_.get(), LogLevel::debug, scoreboard_->board());
    access_log_.emplace(access_lines_.workers_end());
    std::vector<std::unique_ptr<worker::Plugin>> plugins;
    plugins.push_back(must(worker::Plugin::open(setup_, setup_.plugins.at(0), *error_log_)));
    must(plugins[0]->load());
    auto router = must(worker::Router::build({{plugins[0]->prefix(), 0, "demo.so"}}));
    application_.emplace(worker::Application{setup_, std::move(plugins), std::move(router), *access_log_, *error_log_,
                                             scoreboard_->board(), scoreboard_->mounts()});
    io_.emplace(setup_, threads, *error_log_, scoreboard_->board());
    must(io_->open());
    must(io_->listen());
    deadlines_.emplace(*application_, io_->epoll(), threads);
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this, i] { run_thread(i); });
}

void OneWorker::run_thread(unsigned number) {
    worker::Plugin &plugin = *application_->plugins[0];
    const auto instance = plugin.create();
    if (!instance) std::abort();
    worker::HandlerThread(*application_, *io_, number, {*instance}).run();
    plugin.destroy(*instance);
}

OneWorker::~OneWorker() {
    drain();
    for (auto &thread : threads_) thread.join();
    application_->plugins[0]->unload();
}

void OneWorker::drain() {
    if (!io_->is_draining()) io_->begin_drain(monotonic_now(), false);
}

void OneWorker::tick() {
    io_->resting().close_overdue(monotonic_now());
    io_->make_room(monotonic_now());
    io_->resume();
    deadlines_->look(monotonic_now());
}

void OneWorker::look(Moment now) { deadlines_->look(now); }

std::string OneWorker::error_log() const { return read_file(dir_ / "errors"); }

}  // namespace hbnb::test
