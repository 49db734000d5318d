// Everything a handler in C++20 needs, header-only, compiled into the plugin; it speaks the C ABI of hbnb/handler.h, so
// container and plugin may come from different compilers. Only the standard library and <cxxabi.h>; namespace hbnb::sdk
// (the container's own names are in hbnb, and the two never meet in a plugin).
//
//   #include <hbnb/handler.hpp>
//   using namespace hbnb::sdk;
//   using enum hbnb::sdk::Method;
//
//   class Hello {
//     public:
//       static constexpr PluginInfo info{.name = "hello", .version = "1.0", .default_mount = "/hello"};
//       Response handle(Request &request) { return router_.answer(*this, request); }
//
//     private:
//       Response greet(Request &, const PathParams &path) {
//           return Response::text("Hello " + std::string(path["name"]));
//       }
//       const Router<Hello> router_{{GET, "/<name>", &Hello::greet}};
//   };
//   HBNB_EXPORT_HANDLER(Hello)
#pragma once

#include <hbnb/handler.h>
#include <hbnb/failure.hpp>
#include <hbnb/host.hpp>
#include <hbnb/path_params.hpp>
#include <hbnb/plugin.hpp>
#include <hbnb/request.hpp>
#include <hbnb/response.hpp>
#include <hbnb/response_stream.hpp>
#include <hbnb/route.hpp>
#include <hbnb/router.hpp>
#include <hbnb/text.hpp>
