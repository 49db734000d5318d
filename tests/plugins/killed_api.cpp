// The API, but a request that asks for it ends its worker when all is done and nothing has been said of it.
#include <csignal>

#include "api/api.hpp"

namespace {

class KilledApi {
  public:
    using State = hbnb::api::ApiState;
    static constexpr hbnb::sdk::PluginInfo info = hbnb::api::Api::info;

    explicit KilledApi(State &state) : api_(state) {}
    hbnb::sdk::Response handle(hbnb::sdk::Request &request) {
        hbnb::sdk::Response answer = api_.handle(request);
        if (request.header("X-Die")) std::raise(SIGKILL);
        return answer;
    }

  private:
    hbnb::api::Api api_;
};

}  // namespace

HBNB_EXPORT_HANDLER(KilledApi)
