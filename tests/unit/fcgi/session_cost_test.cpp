// What a request costs: copies and allocations are counted, never timed.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "fcgi/client/client.hpp"
#include "fcgi/session.hpp"
#include "unit/fcgi/bytes.hpp"

namespace {

thread_local std::size_t allocations = 0, frees = 0;

}  // namespace

void *operator new(std::size_t size) {
    ++allocations;
    if (void *memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void *memory) noexcept {
    frees += memory != nullptr;
    std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept { operator delete(memory); }

using namespace hbnb::fcgi;
using namespace hbnb::fcgi::testing;

namespace {

std::string request_like_nginx() {
    ClientRequest request;
    request.keep_connection = true;
    for (int i = 0; i < 32; ++i) request.params.emplace_back("HTTP_HEADER_" + std::to_string(i), std::string(20, 'v'));
    return encode_request(request);
}

}  // namespace

TEST_CASE("a request as nginx sends it costs two allocations, for its parameters, and none is kept") {
    const std::string stream = request_like_nginx();
    Session session{SessionSettings{}};
    for (int round = 0; round < 3; ++round) {
        const std::size_t before = allocations;
        const Step head = session.next(stream);
        const Step end = session.next(std::string_view(stream).substr(head.consumed));
        const std::size_t used = allocations - before, held = allocations - frees;
        session.finish_request();
        CHECK(head.event == Event::request);
        CHECK(end.event == Event::body_end);
        CHECK(used == 2);
        CHECK(allocations - frees == held - 2);
    }
}

TEST_CASE("records nobody asked for cost no memory, however long they are") {
    std::string stray;
    append_record(stray, RecordType::stdin_stream, 7, std::string(65535, 'x'), 255);
    Session session{SessionSettings{}};
    const std::size_t before = allocations;
    session.next(stray);
    CHECK(allocations == before);
}

TEST_CASE("lengths that a header only claims cost no memory") {
    Session session{SessionSettings{}};
    session.next(kBeginKeep);
    const std::size_t before = allocations;
    session.next(bytes("01040001ffffff00"));
    CHECK(allocations == before);
    Session asked{SessionSettings{}};
    asked.next(bytes("01090000ffffff00"));
    CHECK(allocations == before);
}

TEST_CASE("an idle session is small") { CHECK(sizeof(Session) <= 320); }
