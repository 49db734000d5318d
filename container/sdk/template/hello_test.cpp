// hello without a container: its plugin is linked into this program and asked through the kit's fake one. Any test
// framework will do; this one is a function.
#include <hbnb/testing.hpp>

#include <cstdlib>
#include <iostream>
#include <string_view>

using namespace hbnb::testing;

namespace {

void check(bool is_true, std::string_view promise) {
    if (is_true) return;
    std::cerr << "hello_test: not so: " << promise << "\n";
    std::exit(EXIT_FAILURE);
}

void test_greeting() {
    DrivenPlugin plugin(hbnb_handler_plugin);
    FakeExchange first("GET", "/Ann"), second("GET", "/Bob");
    check(plugin.handle(first) == HBNB_OK && plugin.handle(second) == HBNB_OK, "both are answered");
    check(first.status() == 200 && first.header("Content-Type") == "text/plain; charset=utf-8", "with a text");
    check(first.body() == "Hello Ann, for the 1. time\n", "the first is greeted for the 1. time");
    check(second.body() == "Hello Bob, for the 2. time\n", "the second for the 2. time");
    check(first.route() == "/<name>", "under the route that the operator sees");
    check(first.problems().empty() && second.problems().empty(), "and the container has nothing to object to");
}

void test_refused() {
    DrivenPlugin plugin(hbnb_handler_plugin);
    FakeExchange deeper("GET", "/Ann/and/Bob"), other("DELETE", "/Ann");
    plugin.handle(deeper);
    plugin.handle(other);
    check(deeper.status() == 404, "there is nothing below a name");
    check(other.status() == 405 && other.header("Allow") == "GET, HEAD, OPTIONS", "and nobody is deleted");
}

}  // namespace

int main() {
    test_greeting();
    test_refused();
}
