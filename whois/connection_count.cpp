#include "whois/connection_count.hpp"

namespace regdata::whois {
namespace {

std::uint64_t leading(const ClientAddress& client, unsigned count) noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i) value = value << 8 | client.bytes[i];
  return value;
}

}  // namespace

std::size_t ConnectionCount::Hash::operator()(const Key& key) const noexcept {
  std::uint64_t x = (key.bits + key.kind) * 0x9E3779B97F4A7C15U;
  x ^= x >> 32;
  return static_cast<std::size_t>(x * 0xBF58476D1CE4E5B9U >> 8);
}

ConnectionCount::Key ConnectionCount::narrow(const ClientAddress& client) noexcept {
  return client.v6 ? Key{leading(client, 8), 3} : Key{leading(client, 4), 1};
}
ConnectionCount::Key ConnectionCount::wide(const ClientAddress& client) noexcept {
  return client.v6 ? Key{leading(client, 6), 4} : Key{leading(client, 3), 2};
}

bool ConnectionCount::enter(const ClientAddress& client, std::uint32_t limit, std::uint32_t factor) {
  const std::lock_guard lock(mutex_);
  const auto wide_found = open_.find(wide(client));
  if (wide_found != open_.end() && wide_found->second >= std::uint64_t{limit} * factor) return false;
  std::uint32_t& count = open_[narrow(client)];
  if (count >= limit) {
    if (count == 0) open_.erase(narrow(client));
    return false;
  }
  ++count;
  ++open_[wide(client)];
  return true;
}

void ConnectionCount::leave(const ClientAddress& client) {
  const std::lock_guard lock(mutex_);
  for (const Key& key : {narrow(client), wide(client)}) {
    const auto found = open_.find(key);
    if (found != open_.end() && --found->second == 0) open_.erase(found);
  }
}

}  // namespace regdata::whois
