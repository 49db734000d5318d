// Says in the log what it has been loaded for, and that it was let go of.
#include <hbnb/handler.hpp>

#include <string>

namespace {

using namespace hbnb::sdk;

std::string word_of(Purpose purpose) {
    switch (purpose) {
        case Purpose::serve: return "serve";
        case Purpose::prove: return "prove";
        case Purpose::check: return "check";
    }
    return "nothing known";
}

class Told {
  public:
    explicit Told(Host host) : host_(host) { host_.log(LogLevel::warning, "loaded to " + word_of(host_.purpose())); }
    ~Told() { host_.log(LogLevel::warning, "let go of by " + word_of(host_.purpose())); }
    Host host() const { return host_; }

  private:
    Host host_;
};

class Tells {
  public:
    using State = Told;
    static constexpr PluginInfo info{.name = "purpose", .version = "1.0", .default_mount = "/purpose"};

    explicit Tells(Told &told) : told_(told) {}
    Response handle(Request &) { return Response::text(word_of(told_.host().purpose()) + "\n"); }

  private:
    Told &told_;
};

}  // namespace

HBNB_EXPORT_HANDLER(Tells)
