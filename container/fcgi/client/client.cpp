#include "fcgi/client/client.hpp"

#include <strings.h>

#include <cstdlib>

#include "fcgi/params.hpp"

namespace hbnb::fcgi {
namespace {

Error unreadable(std::uint16_t id, const std::string &reason) {
    return Error{"unable to read the response to request " + std::to_string(id) + ": " + reason};
}

template <class T>
std::optional<T> take_front(std::deque<T> &queue) {
    if (queue.empty()) return std::nullopt;
    T front = std::move(queue.front());
    queue.pop_front();
    return front;
}

}  // namespace

std::string encode_params(const Params &params) {
    std::string stream;
    for (const auto &[name, value] : params) append_pair(stream, name, value);
    return stream;
}

Result<Params> decode_params(std::string_view stream) {
    Params params;
    bool broken = false;
    while (const auto pair = take_pair(stream, broken)) params.emplace_back(pair->name, pair->value);
    if (broken) return Error{"unable to read name-value pairs: the last one is cut short"};
    return params;
}

std::string encode_request(const ClientRequest &request) {
    std::string bytes;
    append_begin_request(bytes, request.id, static_cast<std::uint16_t>(request.role),
                         request.keep_connection ? kKeepConnection : 0);
    append_stream(bytes, RecordType::params, request.id, encode_params(request.params));
    append_end_of_stream(bytes, RecordType::params, request.id);
    append_stream(bytes, RecordType::stdin_stream, request.id, request.body);
    append_end_of_stream(bytes, RecordType::stdin_stream, request.id);
    return bytes;
}

std::string encode_query(const std::vector<std::string> &names) {
    std::string pairs, record;
    for (const auto &name : names) append_pair(pairs, name, {});
    append_record(record, RecordType::get_values, 0, pairs);
    return record;
}

Result<void> ResponseReader::feed(std::string_view bytes) {
    pending_.append(bytes);
    std::string_view rest = pending_;
    while (rest.size() >= kHeaderBytes) {
        const RecordHeader header = decode_header(rest.data());
        if (header.version != kVersion) return unreadable(header.id, "a record's version is not 1");
        const std::size_t record = kHeaderBytes + header.content + header.padding;
        if (rest.size() < record) break;
        if (auto taken = take_record(header, rest.substr(kHeaderBytes, header.content)); !taken) return taken;
        rest.remove_prefix(record);
    }
    pending_.erase(0, pending_.size() - rest.size());
    return {};
}

Result<void> ResponseReader::take_record(const RecordHeader &header, std::string_view content) {
    if (header.id == 0) {
        management_.push_back({header.type, std::string(content)});
        return {};
    }
    switch (header.type) {
        case RecordType::stdout_stream:
        case RecordType::stderr_stream: return take_stream(header, content);
        case RecordType::end_request: return take_end(header, content);
        default:
            return unreadable(header.id, "a record of type " + std::to_string(static_cast<unsigned>(header.type)) +
                                             " is not an application's");
    }
}

Result<void> ResponseReader::take_stream(const RecordHeader &header, std::string_view content) {
    ClientResponse &response = unfinished_[header.id];
    response.id = header.id;
    if (response.output.size() + response.errors.size() + content.size() > kResponseBytesMax) {
        return unreadable(header.id, "it is over " + std::to_string(kResponseBytesMax) + " bytes");
    }
    if (header.type == RecordType::stderr_stream) {
        response.errors.append(content);
        return {};
    }
    if (response.output_ended) return unreadable(header.id, "STDOUT came after its end");
    response.output_ended = content.empty();
    response.output.append(content);
    return {};
}

Result<void> ResponseReader::take_end(const RecordHeader &header, std::string_view content) {
    if (content.size() != kEndBytes) return unreadable(header.id, "the content of END_REQUEST is not 8 bytes");
    const auto at = [content](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<std::uint8_t>(content[i]));
    };
    ClientResponse response = std::move(unfinished_[header.id]);
    unfinished_.erase(header.id);
    response.id = header.id;
    response.app_status = at(0) << 24 | at(1) << 16 | at(2) << 8 | at(3);
    response.protocol_status = static_cast<ProtocolStatus>(at(4));
    finished_.push_back(std::move(response));
    return {};
}

std::optional<ClientResponse> ResponseReader::take_response() { return take_front(finished_); }

std::optional<ManagementReply> ResponseReader::take_management() { return take_front(management_); }

std::size_t ResponseGatherer::feed(std::string_view bytes) {
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

std::string ResponseGatherer::header(std::string_view name) const {
    std::string_view head(stdout_);
    head = head.substr(0, head.find("\r\n\r\n"));
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            ::strncasecmp(line.data(), name.data(), name.size()) == 0) {
            const auto value = line.substr(name.size() + 1);
            const auto begin = value.find_first_not_of(' ');
            return begin == std::string_view::npos ? std::string() : std::string(value.substr(begin));
        }
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    }
    return {};
}

int ResponseGatherer::http_status() const {
    if (stdout_.find("\r\n\r\n") == std::string::npos) return 0;
    const std::string status = header("Status");
    return status.empty() ? 200 : std::atoi(status.c_str());
}

std::string ResponseGatherer::body() const {
    const auto end = stdout_.find("\r\n\r\n");
    return end == std::string::npos ? std::string() : stdout_.substr(end + 4);
}

}  // namespace hbnb::fcgi
