// ./quickstart, as somebody types it, for tests of the release build: it builds into build/release.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace hbnb::test {

// The words after ./quickstart; on a port of its own, in a directory of its own, ended by the destructor whatever
// happens.
class Quickstart {
  public:
    // command: how it is called, where not as the source tree's.
    explicit Quickstart(std::vector<std::string> command = {program()})
        : command_(std::move(command)), port_(free_port()) {}
    Quickstart(const Quickstart &) = delete;
    Quickstart &operator=(const Quickstart &) = delete;
    ~Quickstart() { say({"--stop"}); }

    Outcome say(const std::vector<std::string> &words) const { return run(command(words), std::chrono::minutes(20)); }
    Outcome start(std::vector<std::string> words = {}) const {
        words.insert(words.end(), {"--background", "--port", std::to_string(port_)});
        return say(words);
    }
    std::vector<std::string> command(const std::vector<std::string> &words) const {
        std::vector<std::string> all = plain(words);
        all.insert(all.end(), {"--dir", dir()});
        return all;
    }
    std::vector<std::string> plain(const std::vector<std::string> &words) const {  // without --dir
        std::vector<std::string> all = command_;
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }
    static std::string program() { return std::string(HBNB_SOURCE_DIRECTORY) + "/quickstart"; }
    std::string dir() const { return temp_ / "var"; }
    const TempDir &temp() const { return temp_; }
    std::uint16_t port() const { return port_; }
    HttpResponse get(const std::string &target) const { return hbnb::test::get(tcp(port_), target); }
    std::string ready_line() const { return "ready: http://127.0.0.1:" + std::to_string(port_) + "/\n"; }
    std::string in_dir(const std::string &name) const { return dir() + "/" + name; }
    pid_t container() const { return std::atoi(read_file(in_dir("container.pid")).c_str()); }
    pid_t nginx() const { return std::atoi(read_file(in_dir("nginx/nginx.pid")).c_str()); }

  private:
    TempDir temp_;
    std::vector<std::string> command_;
    std::uint16_t port_;
};

}  // namespace hbnb::test
