// Ends what a server does not answer in time: at its deadline the connection's socket is shut down, so that whoever
// waits for it fails. For client libraries that know no such limit by themselves. All threads; its own thread starts
// with the first deadline.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace hbnb {

class QueryWatch {
  public:
    QueryWatch() = default;
    ~QueryWatch();
    QueryWatch(const QueryWatch &) = delete;
    QueryWatch &operator=(const QueryWatch &) = delete;

    // Watches a descriptor, which stays open, as long as this lives. is_ended becomes true, at the end of this, where
    // the socket was shut down.
    class Guard {
      public:
        Guard(QueryWatch *watch, int descriptor, std::chrono::milliseconds limit, bool &is_ended);
        ~Guard();
        Guard(const Guard &) = delete;
        Guard &operator=(const Guard &) = delete;

      private:
        QueryWatch *watch_;  // nullptr: nothing is watched
        int descriptor_;
        bool &is_ended_;
    };

  private:
    using Clock = std::chrono::steady_clock;

    void begin(int descriptor, Clock::time_point deadline);
    bool end(int descriptor);  // false: its deadline has passed
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<int, Clock::time_point> deadlines_;         // by descriptor
    Clock::time_point next_ = Clock::time_point::max();  // when the thread looks next
    bool is_ending_ = false;
    std::thread thread_;
};

}  // namespace hbnb
