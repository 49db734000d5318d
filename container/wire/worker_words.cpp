#include "wire/worker_words.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.hpp"

namespace hbnb::wire {
namespace {

constexpr std::size_t kQuotedBytesMax = 64;

bool is_printable(const std::string &text) {
    return text.size() <= kPluginTextBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
           });
}

// JSON has no bytes that are not UTF-8: what was sent with some comes back with others in their place.
bool is_same(const std::string &says, const std::string &given) {
    const auto as_sent = [](const std::string &text) {
        return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    return says == given || as_sent(says) == as_sent(given);
}

std::string quoted(const std::string &text) { return '"' + escape_control(text.substr(0, kQuotedBytesMax)) + '"'; }

Error refused(const std::string &what) { return Error{"unable to take a channel message: " + what}; }

}  // namespace

WorkerWords::WorkerWords(const WorkerSetup &setup) : threads_(setup.threads) {
    for (const PluginSetup &plugin : setup.plugins) given_.push_back({plugin.file, plugin.hash, plugin.mount});
}

Result<void> WorkerWords::take(const Message &message) {
    const bool is_loading = !has_said(MessageKind::ready) && !has_said(MessageKind::load_failed);
    const std::string kind(to_string(message.kind));
    if (has_said(message.kind)) return refused(kind + " is said twice");
    switch (message.kind) {
        case MessageKind::ready:
            if (!is_loading) return refused("ready after load_failed");
            if (auto checked = check_ready(message); !checked) return checked;
            break;
        case MessageKind::load_failed:
            if (!is_loading) return refused("load_failed after ready");
            if (message.reason.size() > kReasonBytesMax)
                return refused("load_failed with " + std::to_string(message.reason.size()) +
                               " bytes of reason, at most " + std::to_string(kReasonBytesMax));
            break;
        case MessageKind::draining:
            if (!may_drain_) return refused("draining, though drain was not said");
            break;
        case MessageKind::overdue:
            if (!has_said(MessageKind::ready)) return refused("overdue before ready");
            break;
        case MessageKind::drain:
        case MessageKind::queues: return refused(kind + " is the manager's to say");
    }
    said_[static_cast<std::size_t>(message.kind)] = true;
    return {};
}

Result<void> WorkerWords::check_ready(const Message &message) const {
    if (message.threads < 1 || message.threads > threads_)
        return refused("ready with " + std::to_string(message.threads) + " threads, 1 to " + std::to_string(threads_) +
                       " were asked for");
    if (message.plugins.size() != given_.size())
        return refused("ready with " + std::to_string(message.plugins.size()) + " plugins, " +
                       std::to_string(given_.size()) + " were given");
    for (std::size_t i = 0; i < given_.size(); ++i) {
        const ServedPlugin &says = message.plugins[i];
        const Given &given = given_[i];
        if (!is_same(says.file, given.file) || says.hash != given.hash)
            return refused("ready with plugin " + quoted(says.file) + ", given was " + quoted(given.file));
        if (!is_printable(says.name) || !is_printable(says.version) || !is_printable(says.mount))
            return refused("ready with a name, version or mount of " + quoted(given.file) +
                           " that is too long or not printable");
        if (!given.mount.empty() && !is_same(says.mount, given.mount))
            return refused("ready with " + quoted(given.file) + " at " + quoted(says.mount) + ", its mount is " +
                           quoted(given.mount));
    }
    return {};
}

}  // namespace hbnb::wire
