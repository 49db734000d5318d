// A whole answer as a value: status, headers, body. Small answers are built with it and returned; large ones are
// streamed (ResponseStream, response_stream.hpp). Sent with it are X-Content-Type-Options: nosniff where the handler
// gives none, a Content-Length but for 204 and 304, which have no body, and with a body that has no type a Content-Type
// (text/plain; charset=utf-8). A value; any thread.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/text.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hbnb::sdk {

inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";
inline constexpr std::string_view kHtmlType = "text/html; charset=utf-8";
inline constexpr std::string_view kJsonType = "application/json";

struct Header {
    std::string name;
    std::string value;
};

class Response {
  public:
    // No body: Response(201), Response(302).set("Location", "/").
    explicit Response(unsigned status = 200) : status_(status) {}

    static Response text(std::string body, unsigned status = 200) { return owning(std::move(body), kTextType, status); }
    static Response html(std::string body, unsigned status = 200) { return owning(std::move(body), kHtmlType, status); }
    static Response json(std::string body, unsigned status = 200) { return owning(std::move(body), kJsonType, status); }
    static Response bytes(std::string body, std::string type, unsigned status = 200) {
        return owning(std::move(body), "", status).set("Content-Type", std::move(type));
    }

    // A body that is not copied: `body` and `type` outlive the call of handle (a literal, a page kept by the instance).
    static Response borrowed(std::string_view body, std::string_view type, unsigned status = 200) {
        Response response(status);
        response.type_ = type;
        response.borrowed_ = body;
        return response;
    }

    // What a handler returns that has streamed its answer (ResponseStream::end): there is nothing left to send.
    static Response streamed(unsigned status) {
        Response response(status);
        response.is_streamed_ = true;
        return response;
    }

    // set replaces every header of that name (ignoring case), add leaves them.
    Response &set(std::string_view name, std::string value) & {
        std::erase_if(headers_, [&](const Header &header) { return equals_ignoring_case(header.name, name); });
        return add(name, std::move(value));
    }
    Response &&set(std::string_view name, std::string value) && { return std::move(set(name, std::move(value))); }
    Response &add(std::string_view name, std::string value) & {
        if (equals_ignoring_case(name, "Content-Type")) type_ = {};
        headers_.push_back({std::string(name), std::move(value)});
        return *this;
    }
    Response &&add(std::string_view name, std::string value) && { return std::move(add(name, std::move(value))); }

    unsigned status() const { return status_; }
    std::string_view body() const { return owned_.empty() ? borrowed_ : std::string_view(owned_); }
    std::string_view type() const { return type_.empty() ? header("Content-Type") : type_; }
    const std::vector<Header> &headers() const { return headers_; }  // what set and add gave
    bool has(std::string_view name) const { return find(name) != nullptr; }
    std::string_view header(std::string_view name) const {  // the first of that name, "" for none
        const Header *found = find(name);
        return found == nullptr ? std::string_view() : std::string_view(found->value);
    }
    bool is_streamed() const { return is_streamed_; }
    bool may_have_body() const { return status_ != 204 && status_ != 304; }

  private:
    const Header *find(std::string_view name) const {
        for (const Header &one : headers_) {
            if (equals_ignoring_case(one.name, name)) return &one;
        }
        return nullptr;
    }
    static Response owning(std::string body, std::string_view type, unsigned status) {
        Response response(status);
        response.type_ = type;
        response.owned_ = std::move(body);
        return response;
    }

    unsigned status_;
    bool is_streamed_ = false;
    std::string_view type_;  // of static storage, or borrowed like the body
    std::string_view borrowed_;
    std::string owned_;
    std::vector<Header> headers_;
};

}  // namespace hbnb::sdk
