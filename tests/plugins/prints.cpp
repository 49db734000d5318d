// A handler that prints and logs as handlers in the field do, a route for each.
#include <hbnb/handler.hpp>

#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;

void print(int descriptor, std::string_view text) {
    [[maybe_unused]] const ssize_t written = ::write(descriptor, text.data(), text.size());
}

class Prints {
  public:
    static constexpr PluginInfo info{.name = "prints", .version = "1.0", .default_mount = "/prints"};

    explicit Prints(Host host) : host_(host) {}
    Response handle(Request &request) { return router_.answer(*this, request); }

  private:
    Response prefixed() {
        print(STDOUT_FILENO, "<3>printed to stdout\n");
        print(STDERR_FILENO, "<3>printed to stderr\n");
        return Response::text("printed\n");
    }
    Response half() {
        print(STDERR_FILENO, "half a line");
        host_.log(LogLevel::warning, "a whole line");
        return Response::text("printed\n");
    }
    Response rest() {
        print(STDERR_FILENO, " and its rest\n");
        return Response::text("printed\n");
    }
    Response lines() {
        host_.log(LogLevel::info, "first\nsecond\x9b\xc3\xa9");
        return Response::text("logged\n");
    }
    Response zone() {
        ::setenv("TZ", "XXX-5:30", 1);
        ::tzset();
        host_.log(LogLevel::info, "the zone is another one");
        return Response::text("set\n");
    }
    static Response fail() { throw std::runtime_error("the one sentence that explains it"); }
    Response terminate() noexcept { return fail(); }

    Host host_;
    const Router<Prints> router_{
        {GET, "/prefixed", &Prints::prefixed}, {GET, "/half", &Prints::half}, {GET, "/rest", &Prints::rest},
        {GET, "/lines", &Prints::lines},       {GET, "/zone", &Prints::zone}, {GET, "/terminate", &Prints::terminate},
    };
};

}  // namespace

HBNB_EXPORT_HANDLER(Prints)
