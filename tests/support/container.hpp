// A running container of one test: the real manager with real workers, in a directory of its own, as whoever runs the
// test.
//
// At its end (finish(), or the destructor) it is asked to stop as an operator would, and then it must have left well:
// exit code 0, no worker alive, no socket file, nothing in its error log above `info` but what the test expected, no
// sanitizer's text.
#pragma once

#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "wire/status.hpp"

namespace hbnb::test {

struct ContainerSettings {
    unsigned min = 2, max = 4, threads = 1;
    std::map<std::string, std::string> pool = {};  // further keys of the pool, such as {"timeouts.request", "2s"}
    std::map<std::string, std::string> mounts =
        {};  // mount -> plugin of the build by name ("demo"), or a path; empty: demo at /demo
    std::map<std::string, std::string> deadlines = {};  // mount -> its own timeouts.request
    std::string handlers_directory = {};                // drop-ins
    std::string database = {};  // URL for api and pages; empty: a SQLite file in the test's directory
    bool access_log = true;
    std::string access_path = {};         // of the access log; empty: access.log in the test's directory
    std::string error_log = "error.log";  // in the test's directory, or a path
    std::string log_level = "debug";
    std::string user = {};                       // that it becomes, where root runs the test; empty: it stays root
    std::string socket_keys = "mode: \"0660\"";  // beside its path
    std::vector<std::string> listen = {};        // such as "unix: /x"; empty: Container::socket()
    Surroundings around = {};                    // descriptors: listening sockets, as systemd would leave them to it
    std::map<std::string, std::string> others = {};  // pools beside "test": name -> plugin at /demo. Same further keys;
                                                     // one or two workers, on NAME.sock
};

class Container {
  public:
    // Writes hbnb.yaml, starts, waits for ready. Throws with what it said when it does not come up.
    explicit Container(ContainerSettings settings = {});
    Container(const Container &) = delete;
    Container &operator=(const Container &) = delete;
    ~Container();

    const TempDir &dir() const { return dir_; }
    std::string socket() const { return dir_ / "hbnb.sock"; }
    std::string socket_of(const std::string &other) const { return dir_ / (other + ".sock"); }
    std::string yaml() const { return dir_ / "hbnb.yaml"; }
    Process &process() { return *process_; }
    pid_t pid() const { return process_->pid(); }
    void signal(int number) const { process_->signal(number); }

    wire::Status status() const;                                    // throws when the control socket does not answer
    wire::PoolStatus pool(const std::string &name = "test") const;  // throws when there is none
    std::vector<pid_t> worker_pids(const std::string &pool = "test") const;  // of serving workers
    std::string error_log() const { return read_file(dir_ / "error.log"); }  // the one that a container has unless told
    std::string access_log() const { return read_file(dir_ / "access.log"); }

    void rewrite_yaml(const ContainerSettings &settings);  // for a reload
    bool reload();                                         // HUP, then waits for its result: whether it was taken

    // Warnings and errors with this text in them are what the test is about.
    void expect_in_log(std::string text) { expected_.push_back(std::move(text)); }
    void finish(int signal = SIGTERM, Exit expected = {0, 0});
    void forget() { finished_ = true; }  // the test has ended it in its own way, and looks for itself

  private:
    void start();
    void check_log() const;

    TempDir dir_;
    ContainerSettings settings_;
    std::unique_ptr<Process> process_;
    std::vector<std::string> expected_;
    bool finished_ = false;
};

// The text of a hbnb.yaml for a container in `dir`.
std::string container_yaml(const std::string &dir, const ContainerSettings &settings);

// The command of a program that gets around.descriptors as systemd hands them over.
std::vector<std::string> activated(std::vector<std::string> command, const Surroundings &around);

// Whether the error log has `text`, or comes to have it: a writing thread of the manager's own puts the lines there.
bool logs(const Container &container, const std::string &text);

std::string container_program();
std::string control_program();                     // hbnbctl
std::string plugin_file(const std::string &name);  // "demo": the one of this build
std::string test_plugin(const std::string &name);  // one of tests/plugins

}  // namespace hbnb::test
