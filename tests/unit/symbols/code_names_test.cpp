#include "symbols/code_names.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hbnb::symbols;

namespace {

int somewhere_here(int number) { return number + 1; }

std::string describe_somewhere(const CodeNames &names) {
    void *const frames[] = {reinterpret_cast<void *>(reinterpret_cast<std::uintptr_t>(&somewhere_here))};
    return names.describe_stack(frames);
}

}  // namespace

TEST_CASE("a function's name is said without what would fill the line") {
    CHECK(short_function_name("pause") == "pause");
    CHECK(short_function_name("(anonymous namespace)::Demo::hang()") == "Demo::hang");
    CHECK(short_function_name("int hbnb::work<int, (anonymous namespace)::T>(int (*)(int), char const*) const") ==
          "hbnb::work");
    CHECK(short_function_name("std::vector<int, std::allocator<int> >::push_back(int&&)") == "std::vector::push_back");
    CHECK(short_function_name("hbnb::Less::operator()(int) const") == "hbnb::Less::operator()");
    CHECK(short_function_name("a::operator<(int)") == "a::operator<");
    CHECK(short_function_name(std::string(1000, 'x')).size() == kFunctionNameMax);
}

TEST_CASE("what is no code is said as a number") {
    void *const frames[] = {reinterpret_cast<void *>(0x10), nullptr, reinterpret_cast<void *>(0x20)};
    CHECK(CodeNames({}).describe_stack(frames) == "0x10");
}

TEST_CASE("an address in code is its function, and its offset in the file as people call it") {
    const std::string known = describe_somewhere(CodeNames(std::vector<KnownFile>{{kThisProgram, "program"}}));
    CHECK_MESSAGE(known.starts_with("somewhere_here program+0x"), known);
    const std::string unknown = describe_somewhere(CodeNames({}));
    CHECK_MESSAGE(unknown.starts_with("somewhere_here exe+0x"), unknown);
}
