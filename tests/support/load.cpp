#include "support/load.hpp"

namespace hbnb::test {

std::uint64_t LoadResult::failures() const {
    std::uint64_t sum = 0;
    for (const auto &[why, count] : failed) sum += count;
    return sum;
}

std::string LoadResult::describe() const {
    std::string text = std::to_string(answered) + " answered";
    for (const auto &[why, count] : failed) text += ", " + std::to_string(count) + " x " + why;
    return text;
}

Load::Load(Endpoint to, std::string target, unsigned clients, bool keep) {
    for (unsigned i = 0; i < clients; ++i)
        clients_.emplace_back([this, to, target, keep] { ask_on(to, target, keep); });
}

Load::~Load() { stop(); }

LoadResult Load::stop() {
    stopping_ = true;
    for (auto &client : clients_) client.join();
    clients_.clear();
    return {answered_, failed_};
}

void Load::ask_on(Endpoint to, std::string target, bool keep) {
    HttpConnection connection(std::move(to));
    const HttpRequest request{"GET", std::move(target), {}, {}};
    for (std::uint64_t asked = 0; !stopping_ && asked < kLoadRequestsMax; ++asked) {
        const HttpResponse response = connection.ask(request, keep);
        if (response.status == 200) {
            ++answered_;
            continue;
        }
        const std::lock_guard lock(mutex_);
        ++failed_[response.status == 0 ? response.failure : std::to_string(response.status)];
    }
}

}  // namespace hbnb::test
