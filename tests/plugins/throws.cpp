// Throws what its path names. With BARE behind a table of its own, so that nothing holds the exception at the border.
#include <hbnb/handler.hpp>

#include <new>
#include <stdexcept>
#include <string_view>

using namespace hbnb::sdk;

namespace {

struct Foreign {};

Response throw_one(std::string_view path) {
    if (path == "/exception") throw std::runtime_error("the moon is not full");
    if (path == "/memory") throw std::bad_alloc();
    if (path == "/number") throw 42;
    if (path == "/foreign") throw Foreign();
    return Response::text("nothing thrown\n");
}

struct Throws {
    static constexpr PluginInfo info{.name = NAME, .version = "1.0", .default_mount = "/bad"};
    Response handle(Request &request) { return throw_one(request.path()); }
};

}  // namespace

#ifdef BARE
extern "C" HBNB_EXPORT const hbnb_plugin *hbnb_handler_plugin(uint32_t, uint32_t) {
    static const hbnb_plugin plugin = [] {
        hbnb_plugin table = detail::kPlugin<Throws>;
        table.handle = [](void *, hbnb_exchange *exchange) -> hbnb_status {
            throw_one(Request(exchange).path());
            return HBNB_FAILED;
        };
        return table;
    }();
    return &plugin;
}
#else
HBNB_EXPORT_HANDLER(Throws)
#endif
