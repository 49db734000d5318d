// The container without a container: a handler's unit tests need no worker, run in any test framework, and under
// sanitizers. Header-only; include it in tests, never in a plugin. README, "Testing a handler", says how to build them.
//
// A handler object, or a router:
//     Hello hello;
//     FakeExchange exchange("GET", "/Ann?greeting=Hi");
//     exchange.with_header("Accept", "text/plain");
//     handle(hello, exchange) == HBNB_OK; exchange.status() == 200; exchange.body() == "…"; exchange.problems().empty()
//
// The whole plugin, from its entry function:
//     DrivenPlugin plugin(hbnb_handler_plugin, R"({"key":"value"})");    // or plugin(table_of<Hello>())
//     plugin.refusal() == ""; plugin.handle(exchange) == HBNB_OK; plugin.host().lines(); plugin.end();
//
// Misuse of the exchange is refused as a container refuses it, and its sentence stands in exchange.problems().
#pragma once

#include <hbnb/driven_plugin.hpp>
#include <hbnb/fake_exchange.hpp>
#include <hbnb/fake_host.hpp>
#include <hbnb/handler.hpp>

namespace hbnb::testing {

// The table that HBNB_EXPORT_HANDLER(Handler) exports.
template <class Handler>
const hbnb_plugin &table_of() {
    return sdk::detail::kPlugin<Handler>;
}

// One request to a handler object, as its plugin would pass it on: what it throws becomes a status and host.error().
template <class Handler>
hbnb_status handle(Handler &handler, FakeExchange &exchange, FakeHost &host) {
    host.forget_error();
    return exchange.during([&] { return sdk::detail::answer(sdk::Host(host.get()), handler, exchange.get()); });
}
template <class Handler>
hbnb_status handle(Handler &handler, FakeExchange &exchange) {
    FakeHost host;
    return handle(handler, exchange, host);
}

}  // namespace hbnb::testing
