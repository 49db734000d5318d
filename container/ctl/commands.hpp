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
int check(const std::string &file, const std::vector<std::string> &settings);
int request(const ControlClient &client, const RequestCommand &command);

}  // namespace hbnb::ctl
