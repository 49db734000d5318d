// The sentence about a worker that has ended: who, why, how long it lived, and what it was serving when it died.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/log.hpp"
#include "pool/command.hpp"
#include "wire/scoreboard.hpp"

namespace hbnb::manager {

LogLevel level_of_end(pool::ExitReason reason);

// pid: none where there never was a process. last: its scoreboard, texts included. last_words: what it printed last to
// its standard error; told where it did not end on purpose.
std::string describe_worker_end(const pool::WorkerGone &gone, std::optional<pid_t> pid,
                                const wire::ScoreboardSnapshot &last, const std::string &last_words, Moment now);

// Of a worker whose wrapper has ended without having run the worker program.
std::string describe_end_of_wrapper(const std::string &wrapper, pool::ExitStatus status);

// Of a worker that has ended while it was loading a plugin, and has not said why.
std::string describe_end_at_load(const std::string &plugin, pool::ExitStatus status);

}  // namespace hbnb::manager
