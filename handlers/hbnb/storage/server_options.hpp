// How a server is connected to: SOCI's connection string, and how long we wait.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "storage/dialect.hpp"

namespace hbnb {

inline constexpr std::chrono::seconds kConnectTimeout{2};

// key='value' pairs, as both backends read them.
class ServerOptions {
  public:
    ServerOptions &add(std::string_view key, std::string_view value) {
        text_.append(text_.empty() ? "" : " ").append(key).append("='");
        for (const char c : value) {
            if (c == '\'' || c == '\\') text_ += '\\';
            text_ += c;
        }
        text_ += '\'';
        return *this;
    }
    const std::string &text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace hbnb
