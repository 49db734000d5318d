#include "fcgi/client.hpp"

#include <strings.h>

#include <cstdlib>

#include "fcgi/params.hpp"

namespace hbnb::fcgi {

std::string encode_request(const ClientRequest &request) {
    std::string out, params;
    for (const auto &[name, value] : request.params) append_pair(params, name, value);
    append_begin_request(out, request.id, static_cast<std::uint16_t>(Role::responder),
                         request.keep_connection ? kKeepConnection : std::uint8_t{0});
    append_stream(out, RecordType::params, request.id, params);
    append_record(out, RecordType::params, request.id, {});
    append_stream(out, RecordType::stdin_stream, request.id, request.body);
    append_record(out, RecordType::stdin_stream, request.id, {});
    return out;
}

std::size_t ResponseReader::feed(std::string_view bytes) {
    const std::size_t before = pending_.size();
    pending_.append(bytes);
    std::size_t at = 0;
    while (!is_ended() && pending_.size() - at >= kHeaderBytes) {
        const RecordHeader header = decode_header(pending_.data() + at);
        const std::size_t size = kHeaderBytes + header.content + header.padding;
        if (pending_.size() - at < size) break;
        const std::string_view content(pending_.data() + at + kHeaderBytes, header.content);
        if (header.id == 0) {
            management_.push_back(pending_.substr(at, size));
        } else if (header.type == RecordType::stdout_stream) {
            stdout_.append(content);
        } else if (header.type == RecordType::stderr_stream) {
            stderr_.append(content);
        } else if (header.type == RecordType::end_request && content.size() == 8) {
            status_ = static_cast<ProtocolStatus>(content[4]);
            id_ = header.id;
        }
        at += size;
    }
    pending_.erase(0, at);
    if (!is_ended()) return bytes.size();
    pending_.clear();
    return at - before;
}

std::string ResponseReader::header(std::string_view name) const {
    std::string_view head(stdout_);
    head = head.substr(0, head.find("\r\n\r\n"));
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        if (line.size() > name.size() && line[name.size()] == ':' && ::strncasecmp(line.data(), name.data(), name.size()) == 0) {
            const auto value = line.substr(name.size() + 1);
            const auto begin = value.find_first_not_of(' ');
            return begin == std::string_view::npos ? std::string() : std::string(value.substr(begin));
        }
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    }
    return {};
}

int ResponseReader::http_status() const {
    if (stdout_.find("\r\n\r\n") == std::string::npos) return 0;
    const std::string status = header("Status");
    return status.empty() ? 200 : std::atoi(status.c_str());
}

std::string ResponseReader::body() const {
    const auto end = stdout_.find("\r\n\r\n");
    return end == std::string::npos ? std::string() : stdout_.substr(end + 4);
}

}  // namespace hbnb::fcgi
