// hbnbctl's commands. Each asks, prints, and returns the program's exit code.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "ctl/control_client.hpp"

namespace hbnb::ctl {

enum ExitCode : int {
    kDone = 0,
    kRefused = 1,  // the container said no, a reload was not taken, a file is wrong, an answer was 4xx or 5xx
    kUsage = 2,
    kNoContainer = 3,  // nobody answered on the control socket
};

struct ScaleCommand {
    std::string pool;
    std::string what;  // "2:8", "+1", "-1"
};

struct CheckCommand {
    std::string file;
    std::vector<std::string> settings;  // KEY=VALUE
    std::string container;              // the program's path
};

struct RequestCommand {
    std::string method, target;
    std::vector<std::string> headers;  // "Name: value"
    std::string body;
    std::string socket;  // the FastCGI socket; empty: the first Unix one in the status
    bool include = false;
};

int show_status(const ControlClient &client, bool json);
int show_plugins(const ControlClient &client, bool json);
int show_config(const ControlClient &client);
int scale(const ControlClient &client, const ScaleCommand &command, bool json);
int reload(const ControlClient &client, bool json);
int stop(const ControlClient &client, bool now);

// Becomes `hbnb-container --check`, so what it says and its exit code are that one's: no container is asked, as the one
// that runs may be of another build, and may not read the file. Returns only where that program cannot be run.
int check(const CheckCommand &command);
std::string container_beside_us();  // the hbnb-container in this program's directory
int request(const ControlClient &client, const RequestCommand &command);

}  // namespace hbnb::ctl
