#include "wire/worker_words.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hbnb;
using namespace hbnb::wire;

namespace {

WorkerSetup two_plugins() {
    WorkerSetup setup;
    setup.threads = 4;
    setup.plugins = {{"/lib/api.so", "aa", "/api", "{}", 7}, {"/lib/demo.so", "bb", "", "{}", 8}};
    return setup;
}

Message ready() {
    Message message;
    message.threads = 4;
    message.plugins = {{"api", "1.0", "/api", "/lib/api.so", "aa"}, {"demo", "1.0", "/demo", "/lib/demo.so", "bb"}};
    return message;
}

Message of(MessageKind kind, std::string reason = {}) {
    Message message;
    message.kind = kind;
    message.reason = std::move(reason);
    return message;
}

std::string refusal(WorkerWords &words, const Message &message) {
    const auto taken = words.take(message);
    return taken ? "" : taken.error().message;
}

std::string refusal(const Message &message) {
    WorkerWords words(two_plugins());
    return refusal(words, message);
}

}  // namespace

TEST_CASE("a worker's life is heard: ready, overdue, draining; or a load that failed") {
    WorkerWords words(two_plugins());
    CHECK(refusal(words, ready()).empty());
    CHECK(refusal(words, of(MessageKind::overdue)).empty());
    words.told_to_drain();
    CHECK(refusal(words, of(MessageKind::draining)).empty());
    CHECK(refusal(of(MessageKind::load_failed, "unable to load plugin x.so: no")).empty());
}

TEST_CASE("each message is taken once: a flood is refused at its second one") {
    for (const MessageKind kind : {MessageKind::ready, MessageKind::overdue, MessageKind::draining}) {
        WorkerWords words(two_plugins());
        words.told_to_drain();
        if (kind != MessageKind::ready) REQUIRE(refusal(words, ready()).empty());
        Message message = kind == MessageKind::ready ? ready() : of(kind);
        REQUIRE(refusal(words, message).empty());
        for (int i = 0; i < 3; ++i)
            CHECK(refusal(words, message) ==
                  "unable to take a channel message: " + std::string(to_string(kind)) + " is said twice");
    }
}

TEST_CASE("a message that is not due is refused, and says why") {
    WorkerWords words(two_plugins());
    CHECK(refusal(words, of(MessageKind::overdue)) == "unable to take a channel message: overdue before ready");
    CHECK(refusal(words, of(MessageKind::draining)) ==
          "unable to take a channel message: draining, though drain was not said");
    for (const auto &[kind, word] : {std::pair{MessageKind::drain, "drain"}, {MessageKind::queues, "queues"}})
        CHECK(refusal(words, of(kind)) ==
              "unable to take a channel message: " + std::string(word) + " is the manager's to say");
    REQUIRE(refusal(words, ready()).empty());
    CHECK(refusal(words, of(MessageKind::load_failed, "no")) ==
          "unable to take a channel message: load_failed after ready");
    WorkerWords failed(two_plugins());
    REQUIRE(refusal(failed, of(MessageKind::load_failed, "no")).empty());
    CHECK(refusal(failed, ready()) == "unable to take a channel message: ready after load_failed");
}

TEST_CASE("a file whose name is no UTF-8 comes back as JSON has it, and is the same") {
    WorkerSetup setup = two_plugins();
    setup.plugins[0].file = "/lib/\xff.so";
    WorkerWords words(setup);
    Message message = ready();
    message.plugins[0].file = decode_worker_setup(encode(setup))->plugins[0].file;
    CHECK(message.plugins[0].file != setup.plugins[0].file);
    CHECK(refusal(words, message).empty());
}

TEST_CASE("a forged ready is refused: other threads, other plugins, other mounts, texts that are none") {
    Message message = ready();
    for (const unsigned threads : {0u, 5u, ~0u}) {
        message.threads = threads;
        CHECK(refusal(message) == "unable to take a channel message: ready with " + std::to_string(threads) +
                                      " threads, 1 to 4 were asked for");
    }
    message = ready();
    message.plugins.pop_back();
    CHECK(refusal(message) == "unable to take a channel message: ready with 1 plugins, 2 were given");
    message = ready();
    message.plugins[1].file = "/lib/\x1b[2Jhonest.so";
    CHECK(refusal(message) ==
          "unable to take a channel message: ready with plugin \"/lib/\\x1b[2Jhonest.so\", given was "
          "\"/lib/demo.so\"");
    message = ready();
    message.plugins[0].hash = "00";
    CHECK(refusal(message).find("given was \"/lib/api.so\"") != std::string::npos);
    message = ready();
    message.plugins[0].mount = "/";
    CHECK(refusal(message) ==
          "unable to take a channel message: ready with \"/lib/api.so\" at \"/\", its mount is \"/api\"");
    for (const std::string &name : {std::string("a\nb"), std::string(256, 'x')}) {
        message = ready();
        message.plugins[1].name = name;
        CHECK(refusal(message) ==
              "unable to take a channel message: ready with a name, version or mount of "
              "\"/lib/demo.so\" that is too long or not printable");
    }
    CHECK(refusal(of(MessageKind::load_failed, std::string(5000, 'x'))) ==
          "unable to take a channel message: load_failed with 5000 bytes of reason, at most 4096");
}
