#include "relay/addresses.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "registration/ascii.hpp"

namespace regdata::relay {
namespace {

constexpr std::string_view bounce_prefix = "bounces-";
constexpr std::string_view mark = "{token}";
constexpr std::string_view technical_suffix = "-t";

}  // namespace

std::string new_token() {
  constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz234567";
  std::array<unsigned char, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string token;
  for (const unsigned char byte : bytes) token.push_back(digits[byte % digits.size()]);  // 32 divides 256: no bias
  return token;
}

bool is_token(std::string_view text) noexcept {
  return text.size() == 16 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

std::string envelope_sender(const Postmark& postmark, std::string_view token) {
  if (postmark.bounce_domain.empty()) return postmark.from;
  return std::string(bounce_prefix).append(token).append("@").append(postmark.bounce_domain);
}

std::string mailbox_of(std::string_view address) {
  std::string text = lowered(std::string(address));
  const std::size_t at = text.rfind('@');
  const std::size_t tag = text.find('+');
  if (at == std::string::npos) return text;
  const std::string_view domain = std::string_view(text).substr(at);
  std::string local = text.substr(0, tag < at && tag > 0 ? tag : at);
  std::erase(local, '.');
  return local.append(domain);
}

std::optional<Recipient> recipient_of(std::string_view address, const std::vector<std::string>& patterns,
                                      std::string_view bounce_domain) {
  std::string text = lowered(std::string(address));
  if (text.size() > 2 && text.front() == '<' && text.back() == '>') text = text.substr(1, text.size() - 2);
  const std::string tail = "@" + lowered(std::string(bounce_domain));
  if (!bounce_domain.empty() && text.starts_with(bounce_prefix) && text.ends_with(tail) &&
      text.size() >= bounce_prefix.size() + tail.size()) {
    const std::string token = text.substr(bounce_prefix.size(), text.size() - bounce_prefix.size() - tail.size());
    if (is_token(token)) return Recipient{Recipient::Kind::bounce, token, Addressee::registrant};
  }
  for (const std::string& each : patterns) {
    const std::string pattern = lowered(each);
    const std::size_t at = pattern.find(mark);
    if (at == std::string::npos) continue;
    const std::string_view before = std::string_view(pattern).substr(0, at);
    const std::string_view after = std::string_view(pattern).substr(at + mark.size());
    if (text.size() < before.size() + after.size() || !text.starts_with(before) || !text.ends_with(after)) continue;
    std::string_view token = std::string_view(text).substr(before.size(), text.size() - before.size() - after.size());
    const bool technical = token.ends_with(technical_suffix);
    if (technical) token.remove_suffix(technical_suffix.size());
    if (is_token(token))
      return Recipient{Recipient::Kind::relay, std::string(token), technical ? Addressee::technical : Addressee::registrant};
  }
  return std::nullopt;
}

}  // namespace regdata::relay
