#include "escrow/mail_readings.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string from_base64(const std::string& block) {
  std::string decoded(block.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(decoded.data()), decoded.size(), block.data(), block.size(), " \t",
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return {};
  return decoded.substr(0, size);
}

/// The encoded word that begins at `at` (RFC 2047 §2), decoded; its end goes to `end`. Empty: there is none.
std::optional<std::string> encoded_word(std::string_view mail, std::size_t at, std::size_t& end) {
  if (mail.substr(at, 2) != "=?") return std::nullopt;
  constexpr std::size_t longest_word = 1024;  // RFC 2047 §2 has 75
  const std::string_view word = mail.substr(at, longest_word);
  const auto how = word.find('?', 2);
  if (how == std::string_view::npos || how + 2 >= word.size() || word[how + 2] != '?') return std::nullopt;
  const auto close = word.find("?=", how + 3);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view text = word.substr(how + 3, close - how - 3);
  if (text.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
  end = at + close + 2;
  if (lower(word[how + 1]) == 'b') return from_base64(std::string(text));
  if (lower(word[how + 1]) != 'q') return std::nullopt;
  std::string plain(text);
  std::ranges::replace(plain, '_', ' ');
  return with_octets_decoded(plain);
}

/// With encoded words in their places; what stands between two of them is none (RFC 2047 §6.2).
std::string with_words_decoded(std::string_view mail) {
  std::string text;
  for (std::size_t at = 0; at < mail.size();) {
    std::size_t end = 0;
    const auto word = encoded_word(mail, at, end);
    if (!word) {
      text += mail[at++];
      continue;
    }
    text += *word;
    at = end;
    const auto next = std::min(mail.find_first_not_of(" \t\r\n", at), mail.size());
    std::size_t ignored = 0;
    if (next > at && encoded_word(mail, next, ignored)) at = next;
  }
  return text;
}

/// Without soft line breaks (RFC 2045 §6.7).
std::string without_soft_breaks(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 3) == "=\r\n") {
      at += 2;
    } else if (text.substr(at, 2) == "=\n") {
      at += 1;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

/// What parts in base64 hold.
std::string base64_parts(std::string_view mail) {
  std::string text;
  std::string_view rest = mail;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (!starts_with_ignoring_case(line, "content-transfer-encoding:") || !contains_ignoring_case(line, "base64")) continue;
    take_mail_fields(rest);  // the others of this part
    std::string block;
    while (!rest.empty()) {
      const std::string_view coded = take_line(rest);
      if (coded.empty() || coded.starts_with("--")) break;
      block += coded;
    }
    text += "\n" + from_base64(block);
  }
  return text;
}

/// Characters that HTML writes by number or name, of those that names of files and what stands around them are made of; the
/// full-width ones of ASCII as ASCII (U+FF01 to U+FF5E); and %5F and the like decoded.
std::string with_characters_decoded(std::string_view text) {
  struct Entity {
    std::string_view name;
    char character;
  };
  constexpr std::array entities{Entity{"nbsp", ' '}, Entity{"quot", '"'}, Entity{"apos", '\''},  Entity{"lt", '<'},
                                Entity{"gt", '>'},   Entity{"amp", '&'},  Entity{"lowbar", '_'}, Entity{"period", '.'}};
  const auto entity = [&](std::string_view body) -> std::optional<char> {
    for (const Entity& one : entities)
      if (same_ignoring_case(body, one.name)) return one.character;
    if (!body.starts_with('#')) return std::nullopt;
    const bool is_hex = body.size() > 1 && lower(body[1]) == 'x';
    unsigned number = 0;
    const std::string_view digits = body.substr(is_hex ? 2 : 1);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number, is_hex ? 16 : 10);
    if (failure != std::errc{} || end != digits.data() + digits.size() || number == 0 || number > 127) return std::nullopt;
    return static_cast<char>(number);
  };
  constexpr std::size_t longest_entity = 10;
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    if (rest.front() == '&') {
      const auto end = rest.substr(0, longest_entity).find(';');
      const auto character = end == std::string_view::npos ? std::nullopt : entity(rest.substr(1, end - 1));
      if (character) {
        plain += *character;
        at += end;
        continue;
      }
    }
    const auto byte = [&](std::size_t place) { return static_cast<unsigned char>(rest[place]); };
    if (rest.size() >= 3 && byte(0) == 0xEF && (byte(1) == 0xBC || byte(1) == 0xBD)) {
      const unsigned code = 0xF000U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
      if (code >= 0xFF01 && code <= 0xFF5E) {
        plain += static_cast<char>(code - 0xFF01 + '!');
        at += 2;
        continue;
      }
    }
    if (rest.front() == '%' && rest.size() >= 3) {
      std::string coded = "=" + std::string(rest.substr(1, 2));
      if (const std::string decoded = with_octets_decoded(coded); decoded.size() == 1) {
        plain += decoded;
        at += 2;
        continue;
      }
    }
    plain += rest.front();
  }
  return plain;
}

std::string without_tags(std::string_view text) {
  std::string plain;
  constexpr std::size_t longest_tag = 1024;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto end = text[at] == '<' ? text.substr(at, longest_tag).find('>') : std::string_view::npos;
    if (end == std::string_view::npos)
      plain += text[at];
    else
      at += end;
  }
  return plain;
}

}  // namespace

std::vector<MailField> take_mail_fields(std::string_view& rest) {
  std::vector<MailField> fields;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    if ((line.front() == ' ' || line.front() == '\t') && !fields.empty()) {
      fields.back().value += ' ';
      fields.back().value += trim(line);
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    fields.push_back({lowered(std::string(trim(line.substr(0, colon)))), std::string(trim(line.substr(colon + 1)))});
  }
  return fields;
}

std::string with_octets_decoded(std::string_view text) {
  std::string plain;
  const auto digit = [](char c) {
    return is_digit(c) ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '=' && at + 2 < text.size() ? digit(text[at + 1]) : -1;
    const int low = high < 0 ? -1 : digit(text[at + 2]);
    plain += low < 0 ? text[at] : static_cast<char>(high * 16 + low);
    if (low >= 0) at += 2;
  }
  return plain;
}

std::vector<std::string> mail_readings(std::string_view mail) {
  std::vector<std::string> all;
  all.push_back(without_soft_breaks(with_words_decoded(mail)) + base64_parts(mail));
  all.push_back(with_octets_decoded(all[0]));
  all.push_back(with_characters_decoded(all[1]));
  all.push_back(without_tags(all[1]));
  all.push_back(with_characters_decoded(all[3]));
  return all;
}

}  // namespace regdata::escrow
