// One row of a router's table: methods, pattern, and what answers.
//
//   using enum hbnb::sdk::Method;
//   {GET, "/states/<id>", &Api::get_state}
//
// A pattern's segments are fixed text, <name> (one non-empty segment) or <int:name> ([0-9]+ of any length, kept as
// digits). What answers is a member function of the context or a callable that takes the context first, and it takes as
// much as it needs: (), (Request &) or (Request &, const PathParams &). It returns a Response.
#pragma once

#include <hbnb/path_params.hpp>
#include <hbnb/request.hpp>
#include <hbnb/response.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <string_view>
#include <type_traits>

namespace hbnb::sdk {

// HTTP's own names, so that a table reads as HTTP does. A set: GET | POST.
enum class Method : std::uint8_t { GET = 1, HEAD = 2, POST = 4, PUT = 8, PATCH = 16, DELETE = 32, OPTIONS = 64 };

constexpr Method operator|(Method a, Method b) {
    return static_cast<Method>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(Method set, Method one) { return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0; }

// A member function pointer or a small callable, called through one indirection and without the heap.
template <class Context>
class Action {
  public:
    template <class Callable>
        requires(!std::is_same_v<std::remove_cvref_t<Callable>, Action>)
    Action(Callable callable) : call_(&call<Callable>) {  // implicit: it stands in a table
        static_assert(sizeof(Callable) <= kRoom && std::is_trivially_copyable_v<Callable>,
                      "what answers a route is a member function, a function, or a lambda that captures at most a "
                      "pointer or two");
        std::memcpy(room_, &callable, sizeof(Callable));
    }

    Response operator()(Context &context, Request &request, const PathParams &path) const {
        return call_(room_, context, request, path);
    }

  private:
    static constexpr std::size_t kRoom = 2 * sizeof(void *);
    using Call = Response (*)(const std::byte *room, Context &, Request &, const PathParams &);

    template <class Callable>
    static Response call(const std::byte *room, Context &context, Request &request, const PathParams &path) {
        const auto &callable = *std::launder(reinterpret_cast<const Callable *>(room));
        if constexpr (std::is_invocable_r_v<Response, const Callable &, Context &, Request &, const PathParams &>) {
            return std::invoke(callable, context, request, path);
        } else if constexpr (std::is_invocable_r_v<Response, const Callable &, Context &, Request &>) {
            return std::invoke(callable, context, request);
        } else {
            static_assert(
                std::is_invocable_r_v<Response, const Callable &, Context &>,
                "a route's action returns Response and takes (), (Request &) or (Request &, const PathParams &)");
            return std::invoke(callable, context);
        }
    }

    alignas(void *) std::byte room_[kRoom]{};
    Call call_;
};

template <class Context>
struct Route {
    Method methods;
    std::string_view pattern;
    Action<Context> action;
};

}  // namespace hbnb::sdk
