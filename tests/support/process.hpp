// Processes of a test. What a test starts it ends, each by its pid; what its children leave behind becomes its own
// child (it is a subreaper), so that strays can be counted.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/eventually.hpp"

namespace hbnb::test {

struct Exit {
    int code = -1;   // of exit(), or -1
    int signal = 0;  // that killed it, or 0
    bool operator==(const Exit &) const = default;
};

// What a program is given beside its arguments.
struct Surroundings {
    std::vector<std::string> environment = {};  // "NAME=value", beside the test's own
    std::vector<int> descriptors = {};          // of the test; in the program they are 3, 4 …
    int standard_output = -1;                   // of the test; -1: the file that its output is appended to
};

// One started program, in a process group of its own. Killed, if it still runs, and waited for by the destructor.
class Process {
  public:
    // command[0]: a path, or a name to be found in PATH. Its standard output and error are appended to the file
    // `output`.
    Process(const std::vector<std::string> &command, const std::string &output, const Surroundings &around = {});
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;
    ~Process();

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    bool is_running();                                                         // false: wait() says how it ended
    std::optional<Exit> wait(std::chrono::milliseconds deadline = kPatience);  // nullopt: it still runs

  private:
    pid_t pid_ = -1;
    std::optional<Exit> exit_;
};

struct Outcome {
    int exit_code = -1;  // -1: killed by a signal, or by us after the deadline
    std::string output;  // standard output and error, as they came
};

// Runs a command to its end.
Outcome run(const std::vector<std::string> &command, std::chrono::milliseconds deadline = std::chrono::minutes(2));

std::vector<pid_t> children_of(pid_t parent);  // zombies too
bool process_exists(pid_t pid);                // and is no zombie
bool is_zombie(pid_t pid);
bool is_stopped(pid_t pid);                // by SIGSTOP or the like, all its threads
std::size_t count_descriptors(pid_t pid);  // 0: gone, or not ours to look at

}  // namespace hbnb::test
