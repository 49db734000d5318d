// A handler with faults, for the tools that find them.
#include <hbnb/handler.hpp>

#include <memory>

namespace {

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;

class Overrun {
  public:
    static constexpr PluginInfo info{.name = "overrun", .version = "1.0", .default_mount = "/overrun"};

    Response handle(Request &request) { return router_.answer(*this, request); }

  private:
    Response read() {
        const auto block = std::make_unique<volatile int[]>(4);
        return Response::text(block[read_at_] == 0 ? "nothing\n" : "something\n");
    }

    Response null() {
        *nowhere_ = 1;
        return Response::text("not reached\n");
    }
    Response spin() {
        for (unsigned i = 0; i < 400'000'000; ++i) spun_ = i;
        return Response::text("done\n");
    }

    volatile unsigned spun_ = 0;
    volatile std::size_t read_at_ = 4;
    int volatile *volatile nowhere_ = nullptr;
    const Router<Overrun> router_{
        {GET, "/read", &Overrun::read}, {GET, "/null", &Overrun::null}, {GET, "/spin", &Overrun::spin}};
};

}  // namespace

HBNB_EXPORT_HANDLER(Overrun)
