#include <hbnb/handler.hpp>

#include <string>

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;

namespace {

// One object a handler thread: members need no locks, and outlive every request they answer.
class Hello {
  public:
    static constexpr PluginInfo info{.name = "hello", .version = "1.0", .default_mount = "/hello"};

    Response handle(Request &request) { return router_.answer(*this, request); }

  private:
    Response greet(Request &, const PathParams &path) {
        return Response::text("Hello " + std::string(path["name"]) + ", for the " + std::to_string(++count_) +
                              ". time\n");
    }
    Response count(Request &, const PathParams &) {
        return Response::json("{\"greeted\":" + std::to_string(count_) + "}\n");
    }

    unsigned count_ = 0;
    const Router<Hello> router_{
        {GET, "/", &Hello::count},
        {GET, "/<name>", &Hello::greet},
    };
};

}  // namespace

HBNB_EXPORT_HANDLER(Hello)
