// container/docs/streams.md: its YAML and its nginx location, read from the page, serve a stream.
#include <doctest/doctest.h>

#include <unistd.h>
#include <csignal>
#include <memory>
#include <string>

#include "support/container.hpp"
#include "support/nginx.hpp"
#include "support/stream.hpp"

using namespace hbnb::test;

namespace {

std::string block(const std::string &language) {
    const std::string page = read_file(std::string(HBNB_SOURCE_DIRECTORY) + "/container/docs/streams.md");
    const std::string fence = "```" + language + "\n";
    const auto begin = page.find(fence);
    REQUIRE(begin != std::string::npos);
    return page.substr(begin + fence.size(), page.find("```", begin + fence.size()) - begin - fence.size());
}

// The page's text, but for where things are.
std::string here(std::string text, const std::string &what, const std::string &with) {
    REQUIRE_MESSAGE(text.find(what) != std::string::npos, what);
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

std::string yaml(const TempDir &dir) {
    std::string text = here(block("yaml"), "/run/hbnb", dir / "hbnb");
    text = here(text, "/usr/lib/hbnb/handlers/pages.so", plugin_file("pages"));
    text = here(text, "/usr/lib/hbnb/handlers/events.so", test_plugin("gated"));
    text = here(text, "/var/lib/hbnb", dir.path());
    if (::geteuid() != 0) return here(text, ", group: www-data", "");
    return "user: root\n" + text;
}

std::string receive_event(Stream &client) {
    std::string all;
    while (!all.ends_with("\n\n") || all.ends_with("\r\n\r\n")) {
        const auto piece = client.receive();
        if (!piece || piece->empty()) break;
        all += *piece;
    }
    return all;
}

}  // namespace

TEST_CASE("the page's configuration starts, and through its location each event is with the client when it is made") {
    const TempDir dir;
    write_file(dir / "hbnb.yaml", yaml(dir) + "log: { error: " + dir / "error.log }\n");
    Process container({container_program(), "--config", dir / "hbnb.yaml"}, dir / "output");
    const auto log = [&] { return read_file(dir / "error.log") + read_file(dir / "output"); };
    REQUIRE_MESSAGE(eventually([&] { return log().find("ready: ") != std::string::npos || !container.is_running(); }),
                    log());
    REQUIRE_MESSAGE(log().find("ready: ") != std::string::npos, log());

    const std::string nginx_block = block("nginx");
    const std::string location = nginx_block.substr(nginx_block.find("location "));
    Nginx nginx(
        {.socket = dir / "hbnb.sock",
         .server = here(location, "fastcgi_pass hbnb_streams", "fastcgi_pass unix:" + dir / "hbnb-streams.sock")});
    auto client = Stream::connect(nginx.endpoint());
    REQUIRE(client);
    REQUIRE(client->send("GET /events/events?file=" + dir / "gate" + " HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    CHECK(receive_event(*client).ends_with("data: event 0\n\n"));
    for (const std::string number : {"1", "2"}) {
        write_file(dir / ("gate" + number), "");
        CHECK(receive_event(*client) == "data: event " + number + "\n\n");
    }
    CHECK(nginx.get("/").status == 200);
    container.signal(SIGTERM);
    CHECK(container.wait(std::chrono::minutes(1)) == Exit{0, 0});
}
