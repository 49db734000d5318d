// A handler whose answers begin, reach the client, and then do not become whole: a route for each way.
#include <hbnb/handler.hpp>

#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;

class Cuts {
  public:
    static constexpr PluginInfo info{.name = "cuts", .version = "1.0", .default_mount = "/cuts"};

    Response handle(Request &request) { return router_.answer(*this, request); }

  private:
    // ?buffered=1 leaves it to the web server whether it buffers.
    static ResponseStream begin(Request &request, std::string_view length = {}) {
        std::vector<HeaderView> headers{{"Content-Type", "text/plain"}};
        if (!request.query_value("buffered")) headers.emplace_back("X-Accel-Buffering", "no");
        if (!length.empty()) headers.emplace_back("Content-Length", length);
        return {request.exchange(), 200, headers.data(), headers.size()};
    }
    Response whole(Request &request) { return begin(request).write("begun\n").flush().end(); }
    Response hang(Request &request) {
        begin(request).write("begun\n").flush();
        for (;;) ::pause();
    }
    Response fail(Request &request) {
        begin(request).write("begun\n").flush();
        throw std::runtime_error("thrown in the middle of an answer");
    }
    Response fall_short(Request &request) { return begin(request, "100").write("begun\n").flush().end(); }
    Response end_thread(Request &request) {
        begin(request).write("begun\n").flush();
        ::pthread_exit(nullptr);
    }
    Response exit(Request &request) {
        begin(request).write("begun\n").flush();
        std::exit(0);
    }
    // ?bytes=: of headers, as limits.response_head counts them; the kit adds one of 33.
    Response head(Request &request) {
        constexpr std::size_t kOthers = 33 + 3 + 4;
        const std::string value(std::stoul(request.query_value("bytes").value_or("100")) - kOthers, 'x');
        return request.begin(200, {{"X-A", value}}).write("headed\n").end();
    }
    // Until nobody takes any more of it.
    Response flood(Request &request) {
        const std::string much(100'000, 'x');
        auto out = begin(request);
        for (;;) out.write(much).flush();
    }

    const Router<Cuts> router_{
        {GET, "/whole", &Cuts::whole},
        {GET | POST, "/hang", &Cuts::hang},
        {GET, "/throw", &Cuts::fail},
        {GET, "/fall_short", &Cuts::fall_short},
        {GET, "/end_thread", &Cuts::end_thread},
        {GET, "/exit", &Cuts::exit},
        {GET, "/head", &Cuts::head},
        {GET, "/flood", &Cuts::flood},
    };
};

}  // namespace

HBNB_EXPORT_HANDLER(Cuts)
