// The JSON object that a request carries, and the reasons for which it is not acted on.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include <hbnb/handler.hpp>
#include <nlohmann/json.hpp>

namespace hbnb::api {

// The request cannot be acted on; becomes the answer {"error": reason} with that status.
class BadRequest : public std::runtime_error {
  public:
    BadRequest(unsigned status, const std::string &reason) : std::runtime_error(reason), status_(status) {}
    unsigned status() const { return status_; }

  private:
    unsigned status_;
};

// What the path or the body names is not there; becomes the API's 404.
class NotFound : public std::runtime_error {
  public:
    NotFound() : std::runtime_error("Not found") {}
};

// Reads the whole body, at most `limit` bytes. Throws BadRequest (400 "Not a JSON", 413 …), or sdk::PeerGone.
nlohmann::json read_object(sdk::Request &request, std::size_t limit);

}  // namespace hbnb::api
