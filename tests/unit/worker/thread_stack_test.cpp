// Stacks of threads that do not help.
#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "support/eventually.hpp"
#include "symbols/code_names.hpp"
#include "worker/watch/thread_stack.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

namespace {

#ifndef HBNB_SANITIZED  // ThreadSanitizer holds signals back, and other frames stand between
std::atomic<bool> may_end{false};

__attribute__((noinline)) void stuck_here() {
    while (!may_end) ::usleep(100);
    asm volatile("");  // no tail call: the frame stays
}
#endif

}  // namespace

#ifndef HBNB_SANITIZED
TEST_CASE("a thread that is stuck says where, by the functions' names, and goes on") {
    REQUIRE(ThreadStack::prepare().has_value());
    ThreadStack stack;
    std::atomic<bool> is_attached{false};
    may_end = false;
    std::thread thread([&] {
        stack.attach();
        is_attached = true;
        stuck_here();
    });
    REQUIRE(eventually([&] { return is_attached.load(); }));
    const symbols::CodeNames names(std::vector<symbols::KnownFile>{{symbols::kThisProgram, "hbnb-worker"}});
    std::string text;
    CHECK(eventually([&] {  // the first may find it on its way there
        if (!stack.ask(thread.native_handle()) || !eventually([&] { return stack.has_come(); })) return true;
        text = names.describe_stack(stack.frames());
        return text.find("stuck_here ") != std::string::npos;
    }));
    CHECK_MESSAGE(text.find("stuck_here hbnb-worker+0x") != std::string::npos, text);
    may_end = true;
    thread.join();
}
#endif

TEST_CASE("a thread that blocks the signal gives no stack, and is not asked twice") {
    REQUIRE(ThreadStack::prepare().has_value());
    ThreadStack stack;
    std::atomic<bool> is_ready{false}, may_leave{false};
    std::thread thread([&] {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        is_ready = true;
        while (!may_leave) std::this_thread::yield();
    });
    REQUIRE(eventually([&] { return is_ready.load(); }));
    CHECK(stack.ask(thread.native_handle()));
    CHECK_FALSE(stack.ask(thread.native_handle()));
    CHECK_FALSE(stack.has_come());
    may_leave = true;
    thread.join();
}
