// No exception crosses the border: every kind of it, from every place where a handler in C++ can throw one.
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

using namespace hbnb::sdk;
using namespace hbnb::testing;

namespace {

enum class Kind { none, runtime_error, nested, bad_alloc, system_error, number, text, foreign, overloaded, peer_gone };
enum class Place { load, create, handle, destroy, unload };

struct Foreign {};  // derived from nothing

void throw_one(Kind kind) {
    switch (kind) {
        case Kind::none: return;
        case Kind::runtime_error: throw std::runtime_error("the reason");
        case Kind::nested: try { throw Foreign();
            } catch (...) {
                std::throw_with_nested(std::logic_error("the outer one"));
            }
        case Kind::bad_alloc: throw std::bad_alloc();
        case Kind::system_error: throw std::system_error(std::make_error_code(std::errc::io_error), "reading");
        case Kind::number: throw 42;
        case Kind::text: throw "text";
        case Kind::foreign: throw Foreign();
        case Kind::overloaded: throw Overloaded("not now");
        case Kind::peer_gone: throw PeerGone();
    }
}

struct Thrown {
    Place place = Place::load;
    Kind kind = Kind::none;
    void at(Place here) const {
        if (here == place) throw_one(kind);
    }
};

// The test's, for the one plugin that it drives: a constructor by the container takes nothing of ours.
Thrown &thrown() {
    static Thrown one;
    return one;
}

struct ThrowingState {
    ThrowingState() { thrown().at(Place::load); }
    ~ThrowingState() noexcept(false) { thrown().at(Place::unload); }
};

struct Throwing {
    using State = ThrowingState;
    static constexpr PluginInfo info{.name = "throwing", .version = "1", .default_mount = "/"};
    explicit Throwing(State &) { thrown().at(Place::create); }
    ~Throwing() noexcept(false) { thrown().at(Place::destroy); }
    Response handle(Request &) {
        thrown().at(Place::handle);
        return Response::text("fine");
    }
};

const std::map<Kind, std::string> kReasons{
    {Kind::runtime_error, "the reason"},
    {Kind::nested, "the outer one"},
    {Kind::bad_alloc, std::bad_alloc().what()},
    {Kind::system_error, std::system_error(std::make_error_code(std::errc::io_error), "reading").what()},
    {Kind::number, "an exception that is no std::exception"},
    {Kind::text, "an exception that is no std::exception"},
    {Kind::foreign, "an exception that is no std::exception"},
};

const std::map<Kind, std::string> kTypes{
    {Kind::runtime_error, "std::runtime_error"},
    {Kind::nested, "std::_Nested_exception<std::logic_error>"},
    {Kind::bad_alloc, "std::bad_alloc"},
    {Kind::system_error, "std::system_error"},
    {Kind::number, "int"},
    {Kind::text, "char const*"},
    {Kind::foreign, "(anonymous namespace)::Foreign"},
};

}  // namespace

TEST_CASE("whatever is thrown in load or create is a refusal with its reason, and what was made is ended") {
    for (const auto &[kind, reason] : kReasons) {
        thrown() = {Place::load, kind};
        DrivenPlugin unloaded(table_of<Throwing>());
        CHECK(unloaded.load_status() == HBNB_FAILED);
        CHECK(unloaded.refusal() == reason);
        thrown() = {Place::create, kind};
        DrivenPlugin uncreated(table_of<Throwing>());
        CHECK(uncreated.load_status() == HBNB_OK);
        CHECK(uncreated.create_status() == HBNB_FAILED);
        CHECK(uncreated.refusal() == reason);
    }
}

TEST_CASE("whatever is thrown in handle fails that request with its reason, and the next one is answered") {
    thrown() = {};
    DrivenPlugin plugin(table_of<Throwing>());
    for (const auto &[kind, reason] : kReasons) {
        FakeExchange failing("GET", "/"), next("GET", "/");
        thrown() = {Place::handle, kind};
        CHECK(plugin.handle(failing) == HBNB_FAILED);
        CHECK(plugin.host().error() == kTypes.at(kind) + ": " + reason);
        CHECK(failing.client_status() == 500);
        thrown() = {};
        CHECK(plugin.handle(next) == HBNB_OK);
        CHECK(plugin.host().error().empty());
        CHECK(next.body() == "fine");
    }
}

TEST_CASE("the two exceptions with a status of their own have it wherever they are thrown") {
    for (const Place place : {Place::load, Place::create, Place::handle}) {
        for (const auto &[kind, status] :
             {std::pair{Kind::overloaded, HBNB_OVERLOADED}, {Kind::peer_gone, HBNB_PEER_GONE}}) {
            thrown() = {place, kind};
            DrivenPlugin plugin(table_of<Throwing>());
            FakeExchange exchange("GET", "/");
            if (place == Place::load) CHECK(plugin.load_status() == status);
            if (place == Place::create) CHECK(plugin.create_status() == status);
            if (place == Place::handle) CHECK(plugin.handle(exchange) == status);
        }
    }
    thrown() = {};
}

TEST_CASE("whatever is thrown in destroy or unload costs a line in the log") {
    for (const auto &[kind, reason] : kReasons) {
        for (const Place place : {Place::destroy, Place::unload}) {
            thrown() = {};
            DrivenPlugin plugin(table_of<Throwing>());
            thrown() = {place, kind};
            plugin.end();
            CHECK(plugin.host().error() == reason);
            REQUIRE(plugin.host().lines().size() == 1);
            CHECK(plugin.host().lines()[0].level == HBNB_LOG_ERROR);
            CHECK(plugin.host().lines()[0].text ==
                  (place == Place::destroy ? "unable to destroy the instance cleanly" : "unable to unload cleanly"));
        }
    }
    thrown() = {};
}
