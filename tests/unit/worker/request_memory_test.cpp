#include "worker/request/request_memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "fcgi/client/client.hpp"
#include "worker/request/fastcgi_request.hpp"

using namespace hbnb;
using namespace hbnb::worker;

namespace {

void *filled(RequestMemory &memory, std::size_t size, int byte) {
    void *const block = memory.allocate(size);
    REQUIRE(block != nullptr);
    std::memset(block, byte, size);
    return block;
}

bool is_all(const void *block, std::size_t size, int byte) {
    return std::vector<unsigned char>(size, static_cast<unsigned char>(byte)) ==
           std::vector<unsigned char>(static_cast<const unsigned char *>(block),
                                      static_cast<const unsigned char *>(block) + size);
}

}  // namespace

TEST_CASE("blocks stand beside each other, aligned, and none in another") {
    RequestMemory memory;
    std::vector<void *> blocks;
    for (std::size_t size = 0; size < 64; ++size) blocks.push_back(filled(memory, size, static_cast<int>(size)));
    for (std::size_t size = 0; size < 64; ++size) {
        CHECK(memory.holds(blocks[size]));
        CHECK(reinterpret_cast<std::uintptr_t>(blocks[size]) % alignof(std::max_align_t) == 0);
        CHECK(is_all(blocks[size], size, static_cast<int>(size)));
    }
    for (void *block : blocks) memory.release(block);
}

TEST_CASE("what does not fit comes from malloc, however large, and goes back there") {
    RequestMemory memory;
    void *const large = filled(memory, RequestMemory::kBytes + 1, 'l');
    CHECK_FALSE(memory.holds(large));
    void *const first = filled(memory, RequestMemory::kBytes - 64, 'f');
    void *const second = filled(memory, 100, 's');
    CHECK(memory.holds(first));
    CHECK_FALSE(memory.holds(second));
    for (void *block : {large, first, second}) memory.release(block);
    CHECK(memory.used() == 0);
}

TEST_CASE("an empty block at the very end is still one of its own") {
    RequestMemory memory;
    void *const nearly_all = filled(memory, RequestMemory::kBytes - 32, 'a');  // 16 for its size, and 16 are left
    void *const empty = memory.allocate(0);
    REQUIRE(empty != nullptr);
    memory.release(empty);
    memory.release(nearly_all);
    CHECK(memory.used() == 0);
}

TEST_CASE("when the last block has been given back, all of it is free again") {
    RequestMemory memory;
    for (int request = 0; request < 1000; ++request) {
        void *const stream = filled(memory, 8192, 'a');
        void *const param = filled(memory, 40, 'b');
        CHECK(memory.holds(param));
        memory.release(stream);
        CHECK(memory.used() > 0);
        memory.release(nullptr);
        memory.release(param);
        CHECK(memory.used() == 0);
    }
}

TEST_CASE("a block that grows keeps its bytes, wherever it goes") {
    RequestMemory memory;
    void *block = memory.resize(nullptr, 10);
    std::memset(block, 'x', 10);
    void *const behind = filled(memory, 10, 'y');
    block = memory.resize(block, 1000);
    CHECK(memory.holds(block));
    CHECK(is_all(block, 10, 'x'));
    block = memory.resize(block, 2 * RequestMemory::kBytes);
    CHECK_FALSE(memory.holds(block));
    CHECK(is_all(block, 10, 'x'));
    block = memory.resize(block, 3 * RequestMemory::kBytes);
    CHECK(is_all(block, 10, 'x'));
    CHECK(is_all(behind, 10, 'y'));
    memory.release(block);
    memory.release(behind);
    CHECK(memory.used() == 0);
}

// In a sanitised build each block of libfcgi's has its own bounds.
#ifndef HBNB_SANITIZED
// A whole request for libfcgi to read.
class Canned final : public RequestIo {
  public:
    explicit Canned(std::string bytes) : bytes_(std::move(bytes)) {}
    int read_records(char *buffer, std::size_t size) override {
        const std::size_t part = std::min(size, bytes_.size() - at_);
        std::memcpy(buffer, bytes_.data() + at_, part);
        at_ += part;
        return static_cast<int>(part);
    }
    int write_records(const char *, std::size_t size) override { return static_cast<int>(size); }

  private:
    std::string bytes_;
    std::size_t at_ = 0;
};

TEST_CASE("what libfcgi makes of a request is in the request's memory, and none of it is left") {
    REQUIRE(prepare_libfcgi().has_value());
    const Canned io(fcgi::encode_request({.params = {}, .body = {}}));
    FastcgiRequest request;
    for (int i = 0; i < 3; ++i) {
        Canned again = io;
        REQUIRE(request.begin(again));
        CHECK(request.memory_used() > 8192);  // a stream's buffer, at least
        CHECK(request.memory_used() < RequestMemory::kBytes);
        REQUIRE(request.write("Status: 200 OK\r\n\r\n"));
        REQUIRE(request.finish());
        request.release();
        CHECK(request.memory_used() == 0);
    }
}
#endif
