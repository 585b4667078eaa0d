#include "relay/message.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <chrono>

namespace regdata::relay {
namespace {

constexpr std::string_view crlf = "\r\n";

std::string base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminator
  return text;
}

/// Lines of 76 characters (RFC 2045 §6.8).
std::string base64_lines(std::string_view bytes) {
  const std::string text = base64(bytes);
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += 76) lines.append(text, at, 76).append(crlf);
  return lines;
}

/// LF becomes CRLF, as text/plain has it whatever its encoding (RFC 2046 §4.1.1).
std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') out.push_back('\r');
    out.push_back(c);
  }
  return out;
}

/// RFC 5322 §3.3: "Tue, 24 Nov 2026 21:06:52 +0000".
std::string date_text(UtcTime time) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days.at(std::chrono::weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()), months.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

/// Not the token itself: it opens the bounce address, and this line is quoted in replies.
std::string message_id(const Posting& posting) {
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(posting.token.data()),
                     posting.token.size(), nullptr, 0);
  std::array<char, 33> text{};
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  const std::string& from = posting.postmark.from;
  return fmt::format("<{}@{}>", text.data(), from.substr(from.rfind('@') + 1));
}

/// The address alone is put into a header, and only one that cannot end it: check_email refuses everything else long before.
std::string plain_address(std::string_view address) {
  std::string out;
  for (const char c : address) {
    if (c > ' ' && c < 0x7F && c != '<' && c != '>' && c != ',' && c != ';' && c != '"' && c != '(' && c != ')')
      out.push_back(c);
  }
  return out;
}

std::string headers(const Posting& posting, std::string_view subject, std::string_view reply_to) {
  std::string out;
  const auto line = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append(crlf);
  };
  line("Date", date_text(posting.queued));
  line("From", plain_address(posting.postmark.from));
  line("To", plain_address(posting.to));
  if (!reply_to.empty()) line("Reply-To", plain_address(reply_to));
  line("Subject", encoded_header_text(subject));
  line("Message-ID", message_id(posting));
  // RFC 3834 §2: an absence notice in answer would go to the sender and tell who the holder is.
  line("Auto-Submitted", "auto-generated");
  line("X-Auto-Response-Suppress", "All");  // what Exchange listens to
  line("MIME-Version", "1.0");
  return out;
}

std::string text_mail(const Posting& posting, std::string_view subject, std::string_view reply_to, std::string_view text) {
  std::string out = headers(posting, subject, reply_to);
  out.append("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
  return out.append(base64_lines(with_crlf(text)));
}

constexpr std::string_view letter_opening =
    "Someone who does not know who you are wrote to you through the contact form of your registrar, as the {} of the domain "
    "name\n"
    "{}. Your address was not shown to them. If you answer this mail, your answer goes to the address that they gave, {}, and\n"
    "shows them yours. You need not answer. Neither the address nor what follows was checked.\n"
    "\n"
    "------------------------------------------------------------\n";

constexpr std::string_view forward_opening =
    "The attached mail came to the relay address that stands in place of yours in public answers about the domain name {}.\n"
    "Your address was not shown to its sender. If you answer, the sender sees your address. You need not answer.\n";

constexpr std::string_view ask_opening =
    "Someone, most likely you, entered this address in the contact form of a domain registrar. To send what was written "
    "there,\n"
    "open this page and confirm:\n\n{}\n\n"
    "The link works for one day. If it was not you, do nothing: nothing is sent, and you are asked at most three times a "
    "day.\n";
constexpr std::string_view ask_opening_de =
    "Jemand, vermutlich Sie, hat diese Adresse in das Kontaktformular eines Domain-Registrars eingetragen. Damit abgeschickt\n"
    "wird, was dort geschrieben wurde, öffnen Sie diese Seite und bestätigen Sie:\n\n{}\n\n"
    "Der Link gilt einen Tag. Waren Sie es nicht, so tun Sie nichts: Es wird nichts abgeschickt, und Sie werden höchstens\n"
    "dreimal am Tag gefragt.\n";

}  // namespace

std::string encoded_header_text(std::string_view text) {
  bool plain = text.size() <= 60;
  for (const char c : text) plain = plain && c >= ' ' && c <= '~';
  if (plain && text.find("=?") == std::string_view::npos) return std::string(text);
  // 45 bytes make 60 characters, 72 with their frame. Cut between code points (RFC 2047 §5).
  // The first has the field's name before it: no line is longer than 76 (§2).
  std::string out;
  while (!text.empty()) {
    const std::size_t most = out.empty() ? 39 : 45;
    std::size_t size = std::min(text.size(), most);
    while (size > most - 4 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    out.append(out.empty() ? "" : "\r\n ").append("=?UTF-8?B?").append(base64(text.substr(0, size))).append("?=");
    text.remove_prefix(size);
  }
  return out;
}

std::string letter_message(const Posting& posting, const Letter& letter) {
  const std::string_view role = letter.addressee == Addressee::technical ? "technical contact" : "holder";
  std::string text = fmt::format(letter_opening, role, letter.domain, letter.sender);
  text.append(letter.text).append("\n");
  return text_mail(posting, fmt::format("[{}] {}", letter.domain, letter.subject), letter.sender, text);
}

std::string confirmation_message(const Posting& posting, std::string_view link, std::string_view language) {
  const bool german = language == "de";
  return text_mail(posting, german ? "Bitte bestätigen Sie Ihre Nachricht" : "Please confirm your message", "",
                   german ? fmt::format(ask_opening_de, link) : fmt::format(ask_opening, link));
}

std::string operator_message(const Posting& posting, std::string_view subject, std::string_view text) {
  return text_mail(posting, subject, "", text);
}

std::string forwarded_message(const Posting& posting, std::string_view domain, const InboundMail& inbound) {
  std::string out = headers(posting, fmt::format("[{}] mail to your relay address", domain), inbound.sender);
  const std::string boundary = "=_" + new_token() + new_token();  // random: what was written before cannot hold it
  const auto part = [&](std::string_view type) { out.append(fmt::format("--{}\r\nContent-Type: {}\r\n", boundary, type)); };
  out.append(fmt::format("Content-Type: multipart/mixed; boundary=\"{}\"\r\n\r\n", boundary));
  part("text/plain; charset=utf-8");
  out.append("Content-Transfer-Encoding: base64\r\n\r\n").append(base64_lines(with_crlf(fmt::format(forward_opening, domain))));
  // As a file and not as message/rfc822: that may not be encoded (RFC 2046 §5.2.1), and a line of ours may not be longer than
  // 998 bytes whatever the sender's is. Readers open it by its name.
  part("application/octet-stream; name=\"message.eml\"");
  out.append("Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"message.eml\"\r\n\r\n");
  return out.append(base64_lines(inbound.mail)).append(fmt::format("--{}--\r\n", boundary));
}

}  // namespace regdata::relay
