// How a row of the table of settings reaches its member of Config; only settings.cpp needs it.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "config/settings/settings.hpp"

namespace hbnb::config::access {

// The class of a member pointer; never called.
template <class Class, class Member>
Class class_of(Member Class::*);

// The member at the end of a chain of members.
template <auto First, auto... Rest>
auto &reach(const Owner &owner) {
    using Class = decltype(class_of(First));
    auto &first = std::get<Class *>(owner)->*First;
    return (first.*....*Rest);
}

inline void assign(LogLevel &to, const Value &value) {
    to = log_level_named(std::get<std::string>(value)).value_or(to);
}

template <class T>
void assign(T &to, const Value &value) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
        to = static_cast<T>(std::get<std::uint64_t>(value));  // the row's range fits the member
    else
        to = std::get<T>(value);
}

inline Value shown(LogLevel level) { return std::string(log_level_name(level)); }

template <class T>
Value shown(const T &from) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
        return static_cast<std::uint64_t>(from);
    else
        return from;
}

// member<&Pool::rules, &pool::Settings::min>(): the member at the end of the chain.
template <auto... Chain>
constexpr Access member() {
    return {[](const Owner &owner, const Value &value) { assign(reach<Chain...>(owner), value); },
            [](const Owner &owner) { return shown(reach<Chain...>(owner)); }};
}

constexpr std::string_view kOff = "off";

constexpr Access access_log() {
    return {[](const Owner &owner, const Value &value) {
                const std::string &path = std::get<std::string>(value);
                std::get<Config *>(owner)->log.access = path == kOff ? "" : path;
            },
            [](const Owner &owner) -> Value {
                const std::string &path = std::get<Config *>(owner)->log.access;
                return path.empty() ? std::string(kOff) : path;
            }};
}

// There is one format yet: nothing to keep.
constexpr Access access_format() {
    return {[](const Owner &, const Value &) {}, [](const Owner &) -> Value { return std::string("combined"); }};
}

// The key's absence means something that no list can say.
constexpr Access allow_uids() {
    return {[](const Owner &owner, const Value &value) {
                auto &listener = *std::get<UnixListener *>(owner);
                listener.any_peer = false;
                listener.allow_uids = std::get<std::vector<std::uint32_t>>(value);
            },
            [](const Owner &owner) -> Value { return std::get<UnixListener *>(owner)->allow_uids; }};
}

// What a mount does not say is its pool's to say.
constexpr Access mount_deadline() {
    return {
        [](const Owner &owner, const Value &value) {
            std::get<Plugin *>(owner)->timeout_request = std::get<Duration>(value);
        },
        [](const Owner &owner) -> Value { return std::get<Plugin *>(owner)->timeout_request.value_or(Duration{}); }};
}

// One key, two members; value.cpp has checked and normalized the text: what follows the last colon is the port.
constexpr Access tcp_address() {
    return {[](const Owner &owner, const Value &value) {
                auto &listener = *std::get<TcpListener *>(owner);
                const std::string &text = std::get<std::string>(value);
                const auto colon = text.rfind(':');
                const bool is_v6 = text.starts_with('[');
                listener.address = is_v6 ? text.substr(1, colon - 2) : text.substr(0, colon);
                listener.port = static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)));
            },
            [](const Owner &owner) -> Value { return address_text(*std::get<TcpListener *>(owner)); }};
}

}  // namespace hbnb::config::access
