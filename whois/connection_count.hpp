// How many connections each prefix holds open: exact, because a wrong count would turn people away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "whois/prefix.hpp"

namespace regdata::whois {

/// Thread-safe. Grows with the connections that are open and not with the addresses that ever came.
class ConnectionCount {
 public:
  /// Counts one more connection for `client`'s two prefixes, unless the narrow one holds `limit` already or the wide one
  /// `limit * factor`.
  bool enter(const ClientAddress& client, std::uint32_t limit, std::uint32_t factor);
  /// Undoes one enter() that said yes.
  void leave(const ClientAddress& client);

 private:
  struct Key {
    std::uint64_t bits;
    std::uint8_t kind;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  static Key narrow(const ClientAddress& client) noexcept;
  static Key wide(const ClientAddress& client) noexcept;

  std::mutex mutex_;
  std::unordered_map<Key, std::uint32_t, Hash> open_;
};

}  // namespace regdata::whois
