// The query log: what kind of answer, how fast, and a pseudonym instead of a client (promise P11).
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "app/log.hpp"
#include "whois/server.hpp"

namespace regdata::app {

/// Pseudonyms of client prefixes: 12 hexadecimal digits of BLAKE2b under a random key that lives in memory only and is replaced
/// every day (UTC). The same prefix has the same pseudonym for a day; afterwards nobody can join or undo them. Thread-safe.
class Pseudonyms {
 public:
  /// `fill` gives random bytes (randombytes_buf).
  using Randomness = void (*)(void* bytes, std::size_t count);
  explicit Pseudonyms(Randomness fill) : fill_(fill) {}
  ~Pseudonyms() { sodium_memzero(key_.data(), key_.size()); }
  Pseudonyms(const Pseudonyms&) = delete;
  Pseudonyms& operator=(const Pseudonyms&) = delete;

  std::string of(const whois::ClientPrefix& prefix, UtcTime now);

 private:
  Randomness fill_;
  std::mutex mutex_;
  std::int64_t day_ = -1;
  std::array<std::uint8_t, crypto_generichash_KEYBYTES> key_{};
};

/// Writes one line a query: neither the query nor a name nor an address.
whois::WhoisServer::QueryLog query_log(Log& log, std::string_view protocol, Pseudonyms& pseudonyms, Clock clock);

}  // namespace regdata::app
