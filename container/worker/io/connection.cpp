#include "worker/io/connection.hpp"

#include <algorithm>

namespace hbnb::worker {
namespace {

constexpr std::uint32_t kSerialMask = 0x7fffffff;  // the top bit tells listeners from connections in epoll's data

std::uint64_t make_word(std::uint32_t serial, ConnectionState state) {
    return std::uint64_t{serial} << 32 | static_cast<std::uint32_t>(state);
}

ConnectionState state_of(std::uint64_t word) { return static_cast<ConnectionState>(static_cast<std::uint32_t>(word)); }

bool is_parked(ConnectionState state) {
    return is_movable(state) || state == ConnectionState::partial || state == ConnectionState::lingering ||
           state == ConnectionState::returning;
}

}  // namespace

ConnectionTable::ConnectionTable(std::size_t limit, fcgi::SessionSettings session)
    : limit_(limit), session_(session), blocks_((limit + kBlock - 1) / kBlock) {}

void ConnectionTable::add_slot() {
    if (slots_ % kBlock == 0) {
        Connection *const block = made_.emplace_back(std::make_unique<Connection[]>(kBlock)).get();
        blocks_[slots_ / kBlock].store(block, std::memory_order_release);
    }
    at(slots_).key = {slots_, 0};
    unused_.push_back(slots_++);
}

Connection *ConnectionTable::reserve() {
    const std::lock_guard lock(mutex_);
    if (unused_.empty()) {
        if (slots_ >= limit_) return nullptr;
        add_slot();
    }
    Connection &connection = at(unused_.back());
    unused_.pop_back();
    in_use_.fetch_add(1, std::memory_order_seq_cst);
    return &connection;
}

void ConnectionTable::open(Connection &connection, Fd socket, bool is_unix) {
    connection.socket = std::move(socket);
    connection.is_unix = is_unix;
    connection.is_registered = false;
    connection.reading_ended = connection.has_served = connection.was_taken = false;
    connection.rest_due.reset();
    connection.waits_since = {};
    connection.session.emplace(session_);
    connection.word.store(make_word(connection.key.serial, ConnectionState::active), std::memory_order_release);
}

Connection *ConnectionTable::open(Fd socket, bool is_unix) {
    Connection *connection = reserve();
    if (connection != nullptr) open(*connection, std::move(socket), is_unix);
    return connection;
}

void ConnectionTable::close(Connection &connection) {
    connection.socket.reset();  // leaves epoll with it
    connection.session.reset();
    connection.key.serial = (connection.key.serial + 1) & kSerialMask;
    connection.word.store(make_word(connection.key.serial, ConnectionState::free), std::memory_order_release);
    const std::lock_guard lock(mutex_);
    unused_.push_back(connection.key.slot);
    in_use_.fetch_sub(1, std::memory_order_acq_rel);
}

void ConnectionTable::close_in_child() {
    for (const auto &block : blocks_) {
        Connection *const connections = block.load(std::memory_order_acquire);
        for (std::size_t i = 0; connections != nullptr && i < kBlock; ++i) connections[i].socket.reset();
    }
}

Connection *ConnectionTable::try_claim(Connection &connection, std::uint64_t word) {
    const auto active = make_word(static_cast<std::uint32_t>(word >> 32), ConnectionState::active);
    return connection.word.compare_exchange_strong(word, active, std::memory_order_acq_rel) ? &connection : nullptr;
}

Connection *ConnectionTable::claim(ConnectionKey key) {
    Connection *const connection = &at(key.slot);
    std::uint64_t word = connection->word.load(std::memory_order_acquire);
    while (word >> 32 == key.serial) {
        if (is_parked(state_of(word))) {
            if (Connection *mine = try_claim(*connection, word)) return mine;
        } else if (state_of(word) != ConnectionState::active ||
                   connection->word.compare_exchange_strong(word, make_word(key.serial, ConnectionState::ready),
                                                            std::memory_order_acq_rel)) {
            return nullptr;
        }
        word = connection->word.load(std::memory_order_acquire);
    }
    return nullptr;
}

Connection *ConnectionTable::claim_movable(ConnectionKey key) {
    Connection &connection = at(key.slot);
    const std::uint64_t word = connection.word.load(std::memory_order_acquire);
    return word >> 32 == key.serial && is_movable(state_of(word)) ? try_claim(connection, word) : nullptr;
}

std::optional<Moment> ConnectionTable::partial_since(ConnectionKey key) const {
    const Connection &connection = at(key.slot);
    if (connection.word.load(std::memory_order_acquire) != make_word(key.serial, ConnectionState::partial))
        return std::nullopt;
    return Moment{Duration(connection.parked_ns.load(std::memory_order_relaxed))};
}

bool ConnectionTable::park(Connection &connection, ConnectionState state, Moment now, Moment deadline) {
    connection.parked_ns.store(now.since_boot.count(), std::memory_order_relaxed);
    connection.deadline_ns.store(deadline.since_boot.count(), std::memory_order_relaxed);
    std::uint64_t expected = make_word(connection.key.serial, ConnectionState::active);
    const std::uint64_t parked = make_word(connection.key.serial, state);
    if (connection.word.compare_exchange_strong(expected, parked, std::memory_order_acq_rel)) return true;
    connection.word.store(make_word(connection.key.serial, ConnectionState::active), std::memory_order_release);
    return false;
}

// What epoll has reported meanwhile it reports again, when it is armed.
void ConnectionTable::begin_return(Connection &connection) {
    connection.word.store(make_word(connection.key.serial, ConnectionState::returning), std::memory_order_release);
}

void ConnectionTable::end_return(Connection &connection, ConnectionKey key, ConnectionState state) {
    std::uint64_t expected = make_word(key.serial, ConnectionState::returning);
    connection.word.compare_exchange_strong(expected, make_word(key.serial, state), std::memory_order_acq_rel);
}

std::vector<Connection *> ConnectionTable::claim_parked(const Pick &wanted) {
    std::vector<Connection *> claimed;
    const std::lock_guard lock(mutex_);
    for (std::uint32_t slot = 0; slot < slots_; ++slot) {
        Connection &connection = at(slot);
        const std::uint64_t word = connection.word.load(std::memory_order_acquire);
        if (!is_parked(state_of(word)) || !wanted(connection, state_of(word))) continue;
        if (Connection *mine = try_claim(connection, word)) claimed.push_back(mine);
    }
    return claimed;
}

Connection *ConnectionTable::claim_longest_idle() {
    const std::lock_guard lock(mutex_);
    Connection *oldest = nullptr;
    for (std::uint32_t slot = 0; slot < slots_; ++slot) {
        Connection &connection = at(slot);
        if (state_of(connection.word.load(std::memory_order_acquire)) != ConnectionState::idle) continue;
        if (oldest == nullptr ||
            connection.parked_ns.load(std::memory_order_relaxed) < oldest->parked_ns.load(std::memory_order_relaxed)) {
            oldest = &connection;
        }
    }
    if (oldest == nullptr) return nullptr;
    const std::uint64_t word = oldest->word.load(std::memory_order_acquire);
    return state_of(word) == ConnectionState::idle ? try_claim(*oldest, word) : nullptr;
}

}  // namespace hbnb::worker
