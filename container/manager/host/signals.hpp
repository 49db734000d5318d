// The signals that the manager understands are held back from the first line of main until there is a Manager that
// hears them: none ends the process half started, and as process 1, where one without a handler is dropped, none is
// lost.
#pragma once

#include <array>
#include <csignal>

namespace hbnb::manager {

inline constexpr std::array kSignals{SIGHUP, SIGQUIT, SIGTERM, SIGINT, SIGUSR1, SIGTTIN, SIGTTOU, SIGCHLD};

void hold_signals();
// Those held come now; so do those that the process was started with blocked.
void hear_signals();

}  // namespace hbnb::manager
