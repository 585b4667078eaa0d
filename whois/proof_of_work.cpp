#include "whois/proof_of_work.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>

#include "registration/ascii.hpp"

namespace regdata::whois {
namespace {

// eight bytes of time, eight random ones, sixteen of a tag over both and the subject
constexpr std::size_t tag_begin = 16;
constexpr std::size_t challenge_bytes = 32;
using Bytes = std::array<std::uint8_t, challenge_bytes>;

void make_tag(const std::array<std::uint8_t, 32>& key, const Bytes& challenge, std::string_view subject, std::uint8_t* tag) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), key.size(), challenge_bytes - tag_begin);
  crypto_generichash_update(&state, challenge.data(), tag_begin);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(subject.data()), subject.size());
  crypto_generichash_final(&state, tag, challenge_bytes - tag_begin);
}

std::int64_t day_of(UtcTime time) { return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count(); }

}  // namespace

unsigned proof_bits(std::string_view challenge, std::string_view solution) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  const std::string text = std::string(challenge).append(".").append(solution);
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  unsigned bits = 0;
  for (const unsigned char byte : hash) {
    bits += static_cast<unsigned>(std::countl_zero(byte));
    if (byte != 0) break;
  }
  return bits;
}

void Challenges::turn(UtcTime now) {
  const std::int64_t day = day_of(now);
  // A thread that looked at the clock just before midnight, or a clock put back a little, does not end what was issued.
  if (day == today_.number || day == yesterday_.number) return;
  yesterday_ = day == today_.number + 1 ? today_ : Day{};
  today_.number = day;
  random_(today_.key.data(), today_.key.size());
}

std::string Challenges::issue(std::string_view subject, UtcTime now) {
  const std::lock_guard guard(mutex_);
  turn(now);
  Bytes bytes{};
  const auto count = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 0; i < 8; ++i) bytes.at(i) = static_cast<std::uint8_t>(count >> (56 - 8 * i));
  random_(bytes.data() + 8, 8);
  make_tag((day_of(now) == yesterday_.number ? yesterday_ : today_).key, bytes, subject, bytes.data() + tag_begin);
  std::array<char, 2 * challenge_bytes + 1> text{};
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  return text.data();
}

Challenges::Verdict Challenges::check(std::string_view challenge, std::string_view solution, std::string_view subject,
                                      unsigned bits, UtcTime now) {
  Bytes bytes{};
  std::size_t size = 0;
  const bool digits = solution.size() <= 16 && std::ranges::all_of(solution, [](char c) { return c >= '0' && c <= '9'; });
  if (challenge.size() != 2 * challenge_bytes || solution.empty() || !digits ||
      sodium_hex2bin(bytes.data(), bytes.size(), challenge.data(), challenge.size(), nullptr, &size, nullptr) != 0 ||
      size != bytes.size())
    return Verdict::wrong;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < 8; ++i) count = count << 8U | bytes.at(i);
  const UtcTime issued{std::chrono::milliseconds{static_cast<std::int64_t>(count & (~0ULL >> 8U))}};
  if (issued > now || now - issued > valid_for) return Verdict::stale;

  const std::lock_guard guard(mutex_);
  turn(now);
  const Day& day = day_of(issued) == today_.number ? today_ : yesterday_;
  std::array<std::uint8_t, challenge_bytes - tag_begin> tag{};
  make_tag(day.key, bytes, subject, tag.data());
  if (day.number != day_of(issued) || sodium_memcmp(tag.data(), bytes.data() + tag_begin, tag.size()) != 0)
    return Verdict::stale;
  if (proof_bits(challenge, solution) < bits) return Verdict::wrong;
  return remember(challenge, issued + valid_for, now) ? Verdict::good : Verdict::stale;
}

bool Challenges::remember(std::string_view challenge, UtcTime expires, UtcTime now) {
  // Hexadecimal digits of either case are the same challenge.
  const std::string text = lowered(std::string(challenge));
  while (!used_in_order_.empty() && (used_in_order_.front().first < now || used_in_order_.size() >= most_remembered)) {
    used_.erase(used_in_order_.front().second);
    used_in_order_.pop_front();
  }
  if (!used_.insert(text).second) return false;
  used_in_order_.emplace_back(expires, std::move(text));
  return true;
}

}  // namespace regdata::whois
