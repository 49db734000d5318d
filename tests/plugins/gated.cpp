// A handler that does what a test lets it do, when the test does: it waits for files to come, and asks for no time.
#include <hbnb/handler.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace {

using namespace hbnb::sdk;
using enum hbnb::sdk::Method;

void wait_for(const std::string &file) {
    while (::access(file.c_str(), F_OK) != 0) ::usleep(1000);
}

class Gated {
  public:
    static constexpr PluginInfo info{.name = "gated", .version = "1.0", .default_mount = "/gated"};

    Response handle(Request &request) { return router_.answer(*this, request); }

  private:
    Response wait(Request &request) {
        wait_for(request.query_value("file").value_or("/"));
        return Response::text("opened\n");
    }
    Response peer(Request &request) {
        while (!request.peer_gone()) ::usleep(1000);
        ::close(::creat(request.query_value("file").value_or("/").c_str(), 0600));
        throw PeerGone();
    }
    Response events(Request &request);

    const Router<Gated> router_{
        {GET, "/wait", &Gated::wait},  // ?file=: answers when it is there
        {GET, "/peer", &Gated::peer},  // ?file=: makes it when the client has gone
        {GET, "/events",
         &Gated::events},  // ?file=: three server-sent events; the second when FILE1 is there, the third FILE2
    };
};

Response Gated::events(Request &request) {
    const std::string file = request.query_value("file").value_or("/");
    auto out = request.begin(200, {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}});
    for (const char *number : {"0", "1", "2"}) {
        if (*number != '0') wait_for(file + number);
        out.write("data: event " + std::string(number) + "\n\n").flush();
    }
    return out.end();
}

}  // namespace

HBNB_EXPORT_HANDLER(Gated)
