#include "ctl/commands.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "config/settings/worker_bounds.hpp"
#include "ctl/report.hpp"

namespace hbnb::ctl {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kLookEvery = 50ms;

void print(const std::string &text) { std::fputs(text.c_str(), stdout); }

int complain(const std::string &sentence, int code = kRefused) {
    std::fprintf(stderr, "hbnbctl: %s\n", sentence.c_str());
    return code;
}

std::string reason_in(const Answer &answer) {
    const Json body = Json::parse(answer.body, nullptr, false);
    if (body.is_object() && body.contains("error") && body["error"].is_string()) return body["error"];
    return "the container answered " + std::to_string(answer.status);
}

// What every command does first. Prints why not; then `code` is what to leave with.
std::optional<Answer> ask(const ControlClient &client, int &code, const std::string &method, const std::string &path,
                          const Json &body = {}) {
    auto answer = client.ask(method, path, body.is_null() ? "" : body.dump());
    if (!answer) {
        code = complain(answer.error().message, kNoContainer);
        return std::nullopt;
    }
    if (answer->status >= 300) {
        code = complain(reason_in(*answer));
        return std::nullopt;
    }
    return std::move(*answer);
}

std::optional<wire::Status> ask_status(const ControlClient &client, int &code) {
    const auto answer = ask(client, code, "GET", "/status");
    if (!answer) return std::nullopt;
    auto status = wire::decode_status(answer->body);
    if (status) return std::move(*status);
    code = complain(status.error().message);
    return std::nullopt;
}

// "2:8" or "+1"; what is neither, or beyond what a file may say, is refused here with the file's own words.
Result<void> fill_scale(Json &body, const ScaleCommand &command) {
    if (!command.pool.empty()) body["pool"] = command.pool;
    if (const auto colon = command.what.find(':'); colon != std::string::npos) {
        const auto bounds = config::read_worker_bounds(command.what.substr(0, colon), command.what.substr(colon + 1));
        if (!bounds) return bounds.error();
        body["min"] = bounds->min;
        body["max"] = bounds->max;
        return {};
    }
    const auto change = config::read_worker_change(command.what);
    if (!change) return Error{change.error().message + ", or MIN:MAX"};
    body["change"] = *change;
    return {};
}

// Prints each step as it is taken.
int follow_reload(const ControlClient &client, std::uint64_t generation, bool json) {
    int code = kDone;
    std::string said;
    for (;;) {
        const auto status = ask_status(client, code);
        if (!status) return code;
        const auto &last = status->last_reload;
        if (last.generation >= generation && last.result != "running") {
            if (json)
                print(
                    Json{{"generation", last.generation}, {"result", last.result}, {"sentence", last.sentence}}.dump() +
                    "\n");
            if (last.result != "ok")
                return complain("the reload was not taken, what ran before goes on: " + last.sentence);
            if (!json) print("generation " + std::to_string(last.generation) + " serves\n");
            return kDone;
        }
        if (status->state == "stopping") return complain("the reload was not taken: the container is stopping");
        const std::string step = report_reload(*status, generation);
        if (!json && step != said) print((said = step) + "\n");
        std::this_thread::sleep_for(kLookEvery);
    }
}

}  // namespace

int show_status(const ControlClient &client, bool json) {
    int code = kDone;
    if (json) {
        const auto answer = ask(client, code, "GET", "/status");
        if (answer) print(answer->body);
        return code;
    }
    const auto status = ask_status(client, code);
    if (status) print(report_status(*status));
    return code;
}

int show_plugins(const ControlClient &client, bool json) {
    int code = kDone;
    const auto answer = ask(client, code, "GET", "/status");
    if (!answer) return code;
    const auto status = wire::decode_status(answer->body);
    if (!status) return complain(status.error().message);
    if (!json) {
        print(report_plugins(*status));
        return code;
    }
    Json all = Json::array();
    const Json whole = Json::parse(answer->body);
    for (const Json &pool : whole.at("pools")) {
        for (Json plugin : pool.at("plugins")) {
            plugin["pool"] = pool.at("name");
            all.push_back(std::move(plugin));
        }
    }
    print(all.dump(2) + "\n");
    return code;
}

int show_config(const ControlClient &client) {
    int code = kDone;
    const auto answer = ask(client, code, "GET", "/config");
    if (!answer) return code;
    const Json body = Json::parse(answer->body, nullptr, false);
    if (!body.is_object() || !body.contains("yaml")) return complain("unable to read the container's answer");
    print(body["yaml"].get<std::string>());
    return code;
}

int scale(const ControlClient &client, const ScaleCommand &command, bool json) {
    Json body = Json::object();
    if (const auto filled = fill_scale(body, command); !filled)
        return complain("unable to scale: " + filled.error().message, kUsage);
    int code = kDone;
    const auto answer = ask(client, code, "POST", "/scale", body);
    if (!answer) return code;
    const Json bounds = Json::parse(answer->body);
    print(json ? answer->body
               : "pool " + bounds.at("pool").get<std::string>() + ": " + bounds.at("min").dump() + " to " +
                     bounds.at("max").dump() + " workers, until the next reload\n");
    return code;
}

int reload(const ControlClient &client, bool json) {
    int code = kDone;
    const auto answer = ask(client, code, "POST", "/reload");
    if (!answer) return code;
    return follow_reload(client, Json::parse(answer->body).at("generation").get<std::uint64_t>(), json);
}

// Waits until nobody answers any more.
int stop(const ControlClient &client, bool now) {
    int code = kDone;
    const auto status = ask_status(client, code);
    if (!status || !ask(client, code, "POST", "/stop", {{"now", now}})) return code;
    while (client.ask("GET", "/status")) std::this_thread::sleep_for(kLookEvery);
    print("stopped (pid " + std::to_string(status->pid) + ")\n");
    return kDone;
}

int check(const CheckCommand &command) {
    std::vector<std::string> words{command.container, "--config", command.file, "--check"};
    for (const auto &setting : command.settings) words.insert(words.end(), {"--set", setting});
    std::vector<char *> arguments;
    for (auto &word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(command.container.c_str(), arguments.data());
    return complain(os_error("check " + command.file + " with " + command.container, errno).message +
                    "; name the program with --container");
}

std::string container_beside_us() {
    std::error_code unknown;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
    return unknown ? std::string("hbnb-container") : (self.parent_path() / "hbnb-container").string();
}

}  // namespace hbnb::ctl
