#include <hbnb/handler.hpp>

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;

// Said to be visible, and all the same not exported.
HBNB_EXPORT int a_second_export() { return 2; }

int nobody_defines_this();

namespace {

class Good {
  public:
    static constexpr PluginInfo info{.name = "good", .version = "1.0", .default_mount = "/good"};
    Response handle(Request &request) { return router_.answer(*this, request); }

  private:
    Response greet(Request &, const PathParams &path) { return Response::text("Hello " + std::string(path["name"])); }
    Response number() {
#ifdef CALL_NOBODY
        return Response::text(std::to_string(nobody_defines_this()));
#else
        return Response::text(std::to_string(a_second_export()));
#endif
    }
    const Router<Good> router_{{GET, "/<name>", &Good::greet}, {GET, "/number", &Good::number}};
};

}  // namespace

HBNB_EXPORT_HANDLER(Good)
