#include "escrow/mail_text.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "escrow/html_text.hpp"
#include "registration/ascii.hpp"
#include "registration/utf8.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t most_text = 4U << 20;

Error cannot_read(const std::string& what) {
  return make_error(Errc::invalid, "has " + what + ", which cannot be read", "read it, then `regdata deposit verdict` says it");
}

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

/// =5F and the like (RFC 2045 §6.7); what is none stays as it is.
void append_octets(std::string& text, std::string_view coded) {
  for (std::size_t at = 0; at < coded.size(); ++at) {
    const int high = coded[at] == '=' && at + 2 < coded.size() ? hex_value(coded[at + 1]) : -1;
    const int low = high < 0 ? -1 : hex_value(coded[at + 2]);
    text += low < 0 ? coded[at] : static_cast<char>(high * 16 + low);
    if (low >= 0) at += 2;
  }
}

std::string from_quoted_printable(std::string_view coded) {
  std::string text;
  while (!coded.empty()) {
    std::string_view line = take_line(coded);
    line = line.substr(0, line.find_last_not_of(" \t") + 1);
    const bool goes_on = line.ends_with('=');
    if (goes_on) line.remove_suffix(1);
    append_octets(text, line);
    if (!goes_on) text += '\n';
  }
  return text;
}

/// Also without padding, and several one behind the other, as readers take them. Empty: something else stands in it.
std::optional<std::string> from_base64(std::string_view coded) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : coded) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '=') {
      held = 0;
      continue;
    }
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : is_digit(c)          ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) return std::nullopt;
    bits = (bits << 6U | static_cast<unsigned>(value)) & 0xFFFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    text += static_cast<char>(bits >> held & 0xFFU);
  }
  return text;
}

/// Empty: it is not of that character set, or nobody knows it.
std::optional<icu::UnicodeString> from_charset(std::string_view octets, std::string_view charset) {
  std::string name = lowered(std::string(trim(charset)));
  const bool is_untold = name.empty() || name == "us-ascii" || name == "ascii";
  if (name == "utf8" || (is_untold && is_utf8(octets))) name = "utf-8";
  if (is_untold && name != "utf-8") name = "windows-1252";
  if (name == "iso-8859-1" || name == "latin1") name = "windows-1252";  // as all readers do
  if (name == "utf-8") {
    if (!is_utf8(octets)) return std::nullopt;
    return icu::UnicodeString::fromUTF8(icu::StringPiece(octets.data(), static_cast<std::int32_t>(octets.size())));
  }
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(name.c_str(), &status), &ucnv_close);
  if (U_FAILURE(status)) return std::nullopt;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  icu::UnicodeString text(octets.data(), static_cast<std::int32_t>(octets.size()), converter.get(), status);
  if (U_FAILURE(status)) return std::nullopt;
  return text;
}

/// More marks on one letter than any script has (Unicode UAX #15, Stream-Safe Text Format): to put them in order takes the
/// square.
bool has_pile_of_marks(const icu::UnicodeString& text) {
  constexpr unsigned most_marks = 30;
  unsigned marks = 0;
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    marks = u_getCombiningClass(text.char32At(at)) == 0 ? 0 : marks + 1;
    if (marks > most_marks) return true;
  }
  return false;
}

/// As mail_text() has it. Empty: it has control characters, or piles of marks.
std::optional<std::string> as_read(const icu::UnicodeString& told) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status)) return std::nullopt;
  if (has_pile_of_marks(told)) return std::nullopt;
  const icu::UnicodeString text = normalizer->normalize(told, status);
  if (U_FAILURE(status)) return std::nullopt;
  icu::UnicodeString plain;
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const UChar32 c = text.char32At(at);
    const bool is_line = c == '\n' || c == 0x2028 || c == 0x2029;
    const bool is_dash = (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
    if (is_line)
      plain += UChar32('\n');
    else if (c == '\r')
      plain += UChar32(text.char32At(text.moveIndex32(at, 1)) == '\n' ? ' ' : '\n');
    else if (is_dash)
      plain += UChar32('-');
    else if (c != 0x85 && u_isUWhiteSpace(c) != 0)
      plain += UChar32(' ');
    else if (u_charType(c) == U_CONTROL_CHAR)
      return std::nullopt;
    else if (u_charType(c) != U_FORMAT_CHAR && u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) == 0)
      plain += c;
  }
  std::string utf8;
  plain.toUTF8String(utf8);
  return utf8;
}

/// "text/html; charset=utf-8" (RFC 2045 §5.1), without comments.
struct ContentType {
  std::string type;
  std::vector<std::pair<std::string, std::string>> parameters;
  [[nodiscard]] std::string_view parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
      if (key == name) return value;
    return {};
  }
};

ContentType content_type(std::string_view value) {
  std::vector<std::string> words(1);
  each_character(value, [&](char c, bool is_quoted) {
    if (c == ';' && !is_quoted)
      words.emplace_back();
    else
      words.back() += c;
  });
  ContentType told{lowered(std::string(trim(words.front()))), {}};
  for (std::size_t one = 1; one < words.size(); ++one) {
    const auto equals = words[one].find('=');
    if (equals == std::string::npos) continue;
    told.parameters.emplace_back(lowered(std::string(trim(std::string_view(words[one]).substr(0, equals)))),
                                 std::string(trim(std::string_view(words[one]).substr(equals + 1))));
  }
  return told;
}

/// The only one of that name; more than one can be read in several ways.
Expected<std::string> only_field(const std::vector<MailField>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &MailField::name);
  if (found == fields.end()) return std::string();
  if (std::ranges::count(fields, name, &MailField::name) > 1) return cannot_read("several fields " + std::string(name));
  return found->value;
}

/// The encoded word that the text begins with (RFC 2047 §2), which is taken off it.
Expected<std::optional<std::string>> take_encoded_word(std::string_view& rest) {
  if (!rest.starts_with("=?")) return std::optional<std::string>();
  const auto how = rest.substr(0, 128).find('?', 2);
  if (how == std::string_view::npos || how + 2 >= rest.size() || rest[how + 2] != '?') return std::optional<std::string>();
  constexpr std::size_t longest_word = 1024;  // RFC 2047 §2 has 75
  const auto close = rest.substr(0, longest_word).find("?=", how + 3);
  if (close == std::string_view::npos) return std::optional<std::string>();
  const std::string_view coded = rest.substr(how + 3, close - how - 3);
  std::string_view charset = rest.substr(2, how - 2);
  charset = charset.substr(0, charset.find('*'));  // its language (RFC 2231 §5)
  std::optional<std::string> octets;
  if (lower(rest[how + 1]) == 'b') octets = from_base64(coded);
  if (lower(rest[how + 1]) == 'q') {
    std::string plain(coded);
    std::ranges::replace(plain, '_', ' ');
    append_octets(octets.emplace(), plain);
  }
  const auto text = octets ? from_charset(*octets, charset) : std::nullopt;
  if (!text) return cannot_read("an encoded word in its subject");
  std::string utf8;
  text->toUTF8String(utf8);
  rest.remove_prefix(close + 2);
  return std::optional(std::move(utf8));
}

Expected<std::string> subject_of(const std::vector<MailField>& fields) {
  const auto value = only_field(fields, "subject");
  if (!value) return value.error();
  std::string text;
  std::string_view rest = *value;
  while (!rest.empty()) {
    auto word = take_encoded_word(rest);
    if (!word) return word.error();
    if (!*word) {
      text += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    text += **word;
    const auto next = std::min(rest.find_first_not_of(" \t"), rest.size());  // between two of them nothing is told (§6.2)
    if (rest.substr(next).starts_with("=?")) rest.remove_prefix(next);
  }
  return text;
}

class MailReader {
 public:
  Expected<void> add(std::string_view octets, std::string_view charset, const char* what) {
    const auto told = from_charset(octets, charset);
    if (!told) return cannot_read(what);
    return add(*told, what);
  }
  Expected<void> add(const icu::UnicodeString& told, const char* what) {
    const auto plain = as_read(told);
    if (!plain) return cannot_read(what);
    if (text_.size() + plain->size() > most_text) return cannot_read("more than 4 MiB of text");
    text_ += *plain + "\n\n";
    return {};
  }

  Expected<void> entity(const std::vector<MailField>& fields, std::string_view body, unsigned depth) {
    constexpr unsigned deepest = 8;
    constexpr unsigned most_parts = 100;
    if (depth > deepest || ++parts_ > most_parts) return cannot_read("too many parts");
    const auto disposition = only_field(fields, "content-disposition");
    if (!disposition) return disposition.error();
    const auto value = only_field(fields, "content-type");
    if (!value) return value.error();
    const ContentType type = content_type(*value);
    if (type.type.starts_with("multipart/")) return multipart(type, body, depth);
    if (content_type(*disposition).type == "attachment") return {};
    if (type.type.starts_with("message/")) return cannot_read("another message in it");
    const bool is_html = type.type == "text/html";
    if (type.type.empty() || type.type == "text/plain" || is_html) return text_part(fields, type, body, is_html);
    if (type.type.starts_with("text/")) return cannot_read("a part of text that is neither plain nor HTML");
    return {};  // pictures, signatures
  }
  std::string take() { return std::move(text_); }

 private:
  Expected<void> text_part(const std::vector<MailField>& fields, const ContentType& type, std::string_view body, bool is_html) {
    const auto encoding = only_field(fields, "content-transfer-encoding");
    if (!encoding) return encoding.error();
    const std::string how = content_type(*encoding).type;
    std::optional<std::string> octets;
    if (how.empty() || how == "7bit" || how == "8bit" || how == "binary")
      octets = std::string(body);
    else if (how == "quoted-printable")
      octets = from_quoted_printable(body);
    else if (how == "base64")
      octets = from_base64(body);
    if (!octets) return cannot_read("a part in an encoding of its own");
    const auto told = from_charset(*octets, type.parameter("charset"));
    if (!told) return cannot_read(is_html ? "a part of HTML" : "a part of text");
    std::string utf8;
    told->toUTF8String(utf8);
    if (!is_html && looks_like_html(utf8)) return cannot_read("HTML that is called plain text");
    if (!is_html) return add(*told, "a part of text");
    const auto text = html_text(utf8);
    if (!text) return cannot_read("HTML without an end");
    return add(*text, "utf-8", "a part of HTML");
  }

  Expected<void> multipart(const ContentType& type, std::string_view body, unsigned depth) {
    const std::string boundary = "--" + std::string(type.parameter("boundary"));
    if (boundary.size() == 2) return cannot_read("parts without a boundary");
    const char* begin = nullptr;  // of the part
    bool has_ended = false;
    unsigned parts = 0;
    for (std::string_view rest = body; !rest.empty() && !has_ended;) {
      const char* const line_begin = rest.data();
      std::string_view line = take_line(rest);
      line = line.substr(0, line.find_last_not_of(" \t") + 1);
      has_ended = line == boundary + "--";
      if (!has_ended && line != boundary) continue;
      if (begin != nullptr) {
        std::string_view part(begin, static_cast<std::size_t>(line_begin - begin));
        const std::vector<MailField> fields = take_mail_fields(part);
        if (auto read = entity(fields, part, depth + 1); !read) return read;
        ++parts;
      }
      begin = rest.data();
    }
    return has_ended && parts > 0 ? Expected<void>() : cannot_read("parts without an end");
  }

  std::string text_;
  unsigned parts_ = 0;
};

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

Expected<std::string> mail_text(const std::vector<MailField>& fields, std::string_view body) {
  MailReader reader;
  const auto subject = subject_of(fields);
  if (!subject) return subject.error();
  if (auto added = reader.add(*subject, "utf-8", "a subject"); !added) return added.error();
  if (auto read = reader.entity(fields, body, 0); !read) return read.error();
  return reader.take();
}

}  // namespace regdata::escrow
