#include "registration/domain_name.hpp"

#include <algorithm>
#include <iterator>

#include "registration/ascii.hpp"
#include "registration/idna.hpp"

namespace regdata {
namespace {

constexpr std::size_t max_name = 253;  // RFC 1035 §2.3.4: 255 octets on the wire
constexpr std::size_t max_label = 63;
// A U-label is at most 59 characters behind "xn--", four octets each; longer input cannot become a name.
constexpr std::size_t max_input = 4 * max_name + 4;
constexpr std::string_view ace_prefix = "xn--";

constexpr bool is_ldh(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

bool has_ace_prefix(std::string_view label) noexcept { return starts_with_ignoring_case(label, ace_prefix); }

/// At most 64 printable ASCII characters of the input, for an error text.
std::string excerpt(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 64)) shown += c > 0x20 && c < 0x7f ? c : '?';
  if (text.size() > 64) shown += "...";
  return shown;
}

Error invalid_name(std::string_view text, std::string_view rule) {
  return make_error(Errc::invalid, "domain name \"" + excerpt(text) + "\": " + std::string(rule));
}

/// Splits at dots and calls `visit(label)`; stops when it returns false.
template <class Visit>
bool each_label(std::string_view name, Visit visit) {
  for (std::size_t start = 0;;) {
    const std::size_t dot = name.find('.', start);
    if (!visit(name.substr(start, dot - start))) return false;
    if (dot == std::string_view::npos) return true;
    start = dot + 1;
  }
}

/// The rule that a lower-case ASCII name breaks (RFC 1035 §2.3.4, RFC 5890 §2.3.1); empty: none.
std::string_view broken_ldh_rule(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > max_name) return "is longer than 253 octets";
  std::string_view broken;
  std::size_t labels = 0;
  each_label(name, [&](std::string_view label) {
    ++labels;
    if (label.empty()) {
      broken = "has an empty label";
    } else if (label.size() > max_label) {
      broken = "has a label longer than 63 octets";
    } else if (label.front() == '-' || label.back() == '-') {
      broken = "has a label that starts or ends with a hyphen";
    } else if (!std::ranges::all_of(label, is_ldh)) {
      broken = "has a character other than letters, digits and hyphens";
    }
    return broken.empty();
  });
  if (broken.empty() && labels < 2) return "needs at least two labels";
  return broken;
}

bool needs_idna(std::string_view label) noexcept { return has_ace_prefix(label) || !std::ranges::all_of(label, is_ascii); }

/// Full stops of other scripts are dots between labels (UTS 46 §4, IdnaMappingTable: U+3002, U+FF0E, U+FF61).
std::string with_ascii_dots(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view three = text.substr(at, 3);
    const bool dot = three == "\u3002" || three == "\uFF0E" || three == "\uFF61";
    plain += dot ? '.' : text[at];
    at += dot ? 3 : 1;
  }
  return plain;
}

/// Each label on its own: a pure-ASCII label stays out of the IDN code even beside an internationalized one.
Expected<std::string> labels_to_ascii(std::string_view text) {
  std::string name;
  std::string_view broken;
  each_label(text, [&](std::string_view label) {
    if (label.data() != text.data()) name += '.';
    if (!needs_idna(label)) {
      std::ranges::transform(label, std::back_inserter(name), lower);
      return true;
    }
    const idna::AsciiLabel ascii = idna::to_ascii(label);
    name += ascii.text;
    broken = ascii.broken;
    return broken.empty();
  });
  if (!broken.empty()) return invalid_name(text, broken);
  return name;
}

}  // namespace

Expected<DomainName> DomainName::parse(std::string_view text) {
  if (text.size() > max_input) return invalid_name(text, "is longer than 253 octets");
  const bool ascii = std::ranges::all_of(text, is_ascii);
  const std::string plain = ascii ? std::string() : with_ascii_dots(text);
  std::string_view labels = ascii ? text : plain;
  if (labels.ends_with('.')) labels.remove_suffix(1);

  const bool idn = !each_label(labels, [](std::string_view label) { return !needs_idna(label); });
  std::string name;
  if (idn) {
    auto converted = labels_to_ascii(labels);
    if (!converted) return converted.error();
    name = *std::move(converted);
  } else {
    name.resize(labels.size());
    std::ranges::transform(labels, name.begin(), lower);
  }
  if (const auto broken = broken_ldh_rule(name); !broken.empty()) return invalid_name(text, broken);
  if (idn && !idna::keeps_bidi_rule(name)) return invalid_name(text, "breaks the rules for right-to-left labels");
  return DomainName(std::move(name));
}

Expected<DomainName> DomainName::from_stored(std::string_view a_label) {
  if (const auto broken = broken_ldh_rule(a_label); !broken.empty()) {
    return make_error(Errc::damaged, "stored domain name \"" + excerpt(a_label) + "\" " + std::string(broken));
  }
  return DomainName(std::string(a_label));
}

std::string DomainName::unicode() const {
  if (!is_idn()) return ascii_;
  std::string name;
  each_label(ascii_, [&](std::string_view label) {
    if (label.data() != ascii_.data()) name += '.';
    name += has_ace_prefix(label) ? idna::to_unicode(label) : std::string(label);
    return true;
  });
  return name;
}

bool DomainName::is_idn() const noexcept { return ascii_.starts_with(ace_prefix) || ascii_.find(".xn--") != std::string::npos; }

std::string_view DomainName::last_label() const noexcept { return std::string_view(ascii_).substr(ascii_.rfind('.') + 1); }

std::string_view DomainName::parent() const noexcept { return std::string_view(ascii_).substr(ascii_.find('.') + 1); }

bool DomainName::is_at_or_below(const DomainName& ancestor) const noexcept {
  const std::string& other = ancestor.ascii_;
  if (ascii_.size() == other.size()) return ascii_ == other;
  return ascii_.size() > other.size() && ascii_[ascii_.size() - other.size() - 1] == '.' && ascii_.ends_with(other);
}

std::string reverse_labels(std::string_view name) {
  std::string reversed;
  reversed.reserve(name.size());
  while (true) {
    const auto dot = name.rfind('.');
    reversed += dot == std::string_view::npos ? name : name.substr(dot + 1);
    if (dot == std::string_view::npos) return reversed;
    reversed += '.';
    name = name.substr(0, dot);
  }
}

bool is_mixed_label_form(std::string_view text) {
  if (std::ranges::all_of(text, is_ascii)) return false;
  bool a_label = false;
  bool u_label = false;
  each_label(with_ascii_dots(text), [&](std::string_view label) {
    a_label = a_label || has_ace_prefix(label);
    u_label = u_label || !std::ranges::all_of(label, is_ascii);
    return true;
  });
  return a_label && u_label;
}

}  // namespace regdata
