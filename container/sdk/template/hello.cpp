#include <hbnb/handler.hpp>

#include <string>

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;

namespace {

// One object a handler thread: members need no locks, and outlive every request they answer. A pool has several
// processes with one or more threads each, and every one of them has a count_ of its own. What all share belongs in a
// database or the like; what the threads of one process share, and threads of a plugin's own, in a `State` with start()
// and stop() (hbnb/plugin.hpp).
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
