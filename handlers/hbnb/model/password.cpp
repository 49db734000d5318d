#include "model/password.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace hbnb {

namespace {

// OWASP's second choice for argon2id with one lane. libsodium's own "interactive" takes 64 MiB, which every worker
// would have to be allowed.
constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemory = 19u << 20;  // bytes

}  // namespace

std::string hash_password(const std::string &password) {
    if (::sodium_init() < 0) throw std::runtime_error("unable to hash the password: libsodium does not start");
    std::array<char, crypto_pwhash_STRBYTES> hashed{};
    if (::crypto_pwhash_str_alg(hashed.data(), password.data(), password.size(), kPasses, kMemory,
                                crypto_pwhash_ALG_ARGON2ID13) != 0) {
        throw std::runtime_error("unable to hash the password: not enough memory");
    }
    return hashed.data();
}

bool is_hashed(std::string_view stored) { return stored == "!" || stored.starts_with("$argon2id$"); }

}  // namespace hbnb
