#include "manager/host/signals.hpp"

namespace hbnb::manager {

void hold_signals() {
    sigset_t held;
    ::sigemptyset(&held);
    for (const int number : kSignals) ::sigaddset(&held, number);
    ::sigprocmask(SIG_BLOCK, &held, nullptr);
}

void hear_signals() {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace hbnb::manager
