#include "relay/bounce.hpp"

#include <algorithm>
#include <optional>

#include "registration/ascii.hpp"
#include "registration/contact.hpp"

namespace regdata::relay {
namespace {

constexpr std::string_view line_blanks = " \t\r\n";

/// Takes the next line, CRLF or LF, off `rest`.
std::string_view next_line(std::string_view& rest) noexcept {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// A block of "Name: value" lines up to an empty one. Continued lines belong to their field (RFC 5322 §2.2.3).
class Fields {
 public:
  /// Takes the block off `rest`.
  explicit Fields(std::string_view& rest) : begin_(rest) {
    while (!rest.empty()) {
      const std::string_view before = rest;
      if (next_line(rest).empty()) {
        begin_ = begin_.substr(0, static_cast<std::size_t>(before.data() - begin_.data()));
        return;
      }
    }
  }
  /// The first field of the name, with its continued lines; nothing: no such field.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
    std::string_view rest = begin_;
    while (!rest.empty()) {
      const std::string_view line = next_line(rest);
      if (!starts_with_ignoring_case(line, name)) continue;
      const std::string_view after = line.substr(name.size());
      const std::size_t colon = after.find_first_not_of(" \t");
      if (colon == std::string_view::npos || after[colon] != ':') continue;
      std::string value(trim(after.substr(colon + 1), line_blanks));
      while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t'))
        value.append(" ").append(trim(next_line(rest), line_blanks));
      return value;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool any() const {
    std::string_view rest = begin_;
    while (!rest.empty()) {
      const std::string_view line = next_line(rest);
      const std::size_t colon = line.find(':');
      if (colon != std::string_view::npos && colon > 0 && line.substr(0, colon).find_first_of(" \t") == std::string_view::npos)
        return true;
    }
    return false;
  }

 private:
  std::string_view begin_;
};

/// The first "c.ddd.ddd" with this class; empty: none (RFC 3463 §2).
std::string status_in(std::string_view text, char status_class) {
  for (std::size_t at = 0; (at = text.find(status_class, at)) != std::string_view::npos; ++at) {
    if (at > 0 && (is_digit(text[at - 1]) || text[at - 1] == '.')) continue;
    std::size_t end = at + 1;
    bool good = true;
    for (int part = 0; part < 2 && good; ++part) {
      good = end < text.size() && text[end] == '.';
      const std::size_t digits = ++end;
      while (good && end < text.size() && end < digits + 3 && is_digit(text[end])) ++end;
      good = good && end > digits;
    }
    if (good && (end == text.size() || (!is_digit(text[end]) && text[end] != '.')))
      return std::string(text.substr(at, end - at));
  }
  return {};
}

/// The groups of fields behind the header of a message/delivery-status part (RFC 3464 §2.1), whatever frames them.
std::optional<MailRead> read_delivery_status(std::string_view body) {
  std::string_view rest = body;
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    const bool begins =
        starts_with_ignoring_case(line, "Content-Type:") && (contains_ignoring_case(line, "message/delivery-status") ||
                                                             contains_ignoring_case(line, "message/global-delivery-status"));
    if (!begins) continue;
    const Fields rest_of_header(rest);
    MailRead read{MailRead::Kind::delayed, {}, {}};
    for (int group = 0; group < 64 && !rest.empty(); ++group) {
      const Fields fields(rest);
      const auto action = fields.find("Action");
      if (!action || !starts_with_ignoring_case(*action, "failed")) continue;
      read.kind = MailRead::Kind::failed;
      read.status = status_in(fields.find("Status").value_or(""), '5');
      // Some servers write "5.0.0" for everything and the next server's words into Diagnostic-Code.
      if (read.status.empty() || read.status == "5.0.0") {
        const std::string said = status_in(fields.find("Diagnostic-Code").value_or(""), '5');
        if (!said.empty()) read.status = said;
      }
      break;
    }
    return read;
  }
  return std::nullopt;
}

/// The first address of a From or Reply-To field: in angle brackets, or alone (RFC 5322 §3.4).
std::string address_in(std::string_view value) {
  bool quoted = false;
  std::size_t end = value.size();
  std::size_t open = std::string_view::npos;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (quoted && value[at] == '\\') {
      ++at;
    } else if (value[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && value[at] == '<') {
      open = at;
    } else if (!quoted && (value[at] == '>' || value[at] == ',')) {
      end = at;
      break;
    }
  }
  const std::string_view text = open == std::string_view::npos ? value.substr(0, end) : value.substr(open + 1, end - open - 1);
  const auto checked = check_email(trim(text, line_blanks));
  return checked ? *checked : std::string();
}

bool is_automatic(const Fields& header) {
  if (const auto submitted = header.find("Auto-Submitted"); submitted && !starts_with_ignoring_case(*submitted, "no"))
    return true;
  if (const auto precedence = header.find("Precedence")) {
    for (const std::string_view word : {"bulk", "junk", "list", "auto_reply"}) {
      if (starts_with_ignoring_case(*precedence, word)) return true;
    }
  }
  const auto path = header.find("Return-Path");
  return path && *path == "<>";
}

}  // namespace

MailRead read_mail(std::string_view bytes) {
  bytes = bytes.substr(0, largest_mail);
  if (bytes.starts_with("From ")) next_line(bytes);  // mbox: what a pipe of some servers begins with
  std::string_view body = bytes;
  const Fields header(body);
  if (!header.any()) return {};
  const std::string type = header.find("Content-Type").value_or("");
  const std::string from = header.find("From").value_or("");
  if (contains_ignoring_case(type, "multipart/report") || contains_ignoring_case(type, "message/delivery-status")) {
    // A report that is one part alone has its fields as its body.
    if (auto read = read_delivery_status(starts_with_ignoring_case(type, "message/") ? bytes : body)) return *read;
  }
  if (contains_ignoring_case(from, "mailer-daemon") || header.find("X-Failed-Recipients")) {
    // Older servers write for people only. A permanent code is believed, silence counts as a failure without one.
    if (contains_ignoring_case(header.find("Subject").value_or(""), "delay") ||
        contains_ignoring_case(header.find("Subject").value_or(""), "warning"))
      return {MailRead::Kind::delayed, {}, {}};
    return {MailRead::Kind::failed, status_in(body, '5'), {}};
  }
  if (is_automatic(header)) return {MailRead::Kind::automatic, {}, {}};
  std::string reply_to = address_in(header.find("Reply-To").value_or(""));
  if (reply_to.empty()) reply_to = address_in(from);
  return {MailRead::Kind::message, {}, std::move(reply_to)};
}

bool tells_of_address(std::string_view status) noexcept {
  return status != "5.3.4" && !status.starts_with("5.6.") && !status.starts_with("5.7.");
}

}  // namespace regdata::relay
