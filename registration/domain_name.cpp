#include "registration/domain_name.hpp"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

namespace regdata {
namespace {

constexpr std::size_t max_name = 253;  // RFC 1035 §2.3.4: 255 octets on the wire
constexpr std::size_t max_label = 63;
// A U-label is at most 59 characters behind "xn--", four octets each; longer input cannot become a name.
constexpr std::size_t max_input = 4 * max_name + 4;
constexpr std::string_view ace_prefix = "xn--";

constexpr bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_ldh(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

bool has_ace_prefix(std::string_view label) noexcept {
  return label.size() >= ace_prefix.size() &&
         std::equal(ace_prefix.begin(), ace_prefix.end(), label.begin(), [](char a, char b) { return a == lower(b); });
}

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

/// UTS 46, non-transitional both ways (house.md §5): transitional processing would turn "faß" into another name. The object is
/// immutable and safe to share between threads.
const icu::IDNA* uts46() {
  static const std::unique_ptr<const icu::IDNA> instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<const icu::IDNA> made(
        icu::IDNA::createUTS46Instance(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_CHECK_CONTEXTO |
                                           UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
                                       status));
    return U_SUCCESS(status) ? std::move(made) : nullptr;
  }();
  return instance.get();
}

std::string_view idna_rule(std::uint32_t errors) {
  if (errors & UIDNA_ERROR_BIDI) return "breaks the rules for right-to-left labels";
  if (errors & (UIDNA_ERROR_CONTEXTJ | UIDNA_ERROR_CONTEXTO_PUNCTUATION | UIDNA_ERROR_CONTEXTO_DIGITS)) {
    return "has a character that its neighbours do not allow";
  }
  if (errors & (UIDNA_ERROR_PUNYCODE | UIDNA_ERROR_INVALID_ACE_LABEL))
    return "has an xn-- label that decodes to no valid label";
  if (errors & (UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG)) return "is too long in A-label form";
  if (errors & UIDNA_ERROR_EMPTY_LABEL) return "has an empty label";
  if (errors & (UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4))
    return "has a misplaced hyphen";
  if (errors & UIDNA_ERROR_LEADING_COMBINING_MARK) return "has a label that starts with a combining mark";
  return "has a character that IDNA does not allow";
}

/// RFC 5892 §2.6 exceptions: PVALID or CONTEXTO although their category is not, and the other way round. Whether the
/// neighbours of a contextual one allow it is checked by ICU (ContextJ, ContextO).
constexpr std::u32string_view valid_exceptions = U"\u00b7\u0375\u05f3\u05f4\u06fd\u06fe\u0f0b\u200c\u200d\u3007\u30fb-";
constexpr std::u32string_view refused_exceptions = U"\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b";

/// RFC 5892 §2.1 LetterDigits. UTS 46 alone lets symbols through ("☃"), which no registry following IDNA2008 sells.
bool is_idna2008_valid(UChar32 c) {
  if (valid_exceptions.find(static_cast<char32_t>(c)) != std::u32string_view::npos) return true;
  if (refused_exceptions.find(static_cast<char32_t>(c)) != std::u32string_view::npos) return false;
  return (U_MASK(u_charType(c)) & (U_GC_LL_MASK | U_GC_LO_MASK | U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK | U_GC_ND_MASK)) !=
         0;
}

bool is_idna2008_valid(const icu::IDNA& idna, std::string_view ascii) {
  return each_label(ascii, [&](std::string_view label) {
    if (!has_ace_prefix(label)) return true;
    icu::UnicodeString unicode;
    icu::IDNAInfo info;
    UErrorCode status = U_ZERO_ERROR;
    idna.labelToUnicode(icu::UnicodeString::fromUTF8(icu::StringPiece(label.data(), static_cast<std::int32_t>(label.size()))),
                        unicode, info, status);
    for (std::int32_t at = 0; at < unicode.length(); at = unicode.moveIndex32(at, 1)) {
      if (!is_idna2008_valid(unicode.char32At(at))) return false;
    }
    return U_SUCCESS(status) != 0;
  });
}

/// One label through UTS 46; `label` may hold full stops of other scripts, which map to dots.
Expected<std::string> to_ascii(std::string_view label, std::string_view whole) {
  const icu::IDNA* idna = uts46();
  if (idna == nullptr) return make_error(Errc::internal, "ICU has no UTS 46 data", "install libicu72");
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  icu::IDNAInfo info;
  UErrorCode status = U_ZERO_ERROR;
  idna->nameToASCII_UTF8(icu::StringPiece(label.data(), static_cast<std::int32_t>(label.size())), sink, info, status);
  if (U_FAILURE(status)) return invalid_name(whole, "cannot be processed");
  if (info.hasErrors()) return invalid_name(whole, idna_rule(info.getErrors()));
  if (!is_idna2008_valid(*idna, ascii)) return invalid_name(whole, idna_rule(UIDNA_ERROR_DISALLOWED));
  return ascii;
}

bool needs_idna(std::string_view label) noexcept { return has_ace_prefix(label) || !std::ranges::all_of(label, is_ascii); }

/// Each label on its own: a pure-ASCII label stays out of the IDN code even beside an internationalized one.
Expected<std::string> labels_to_ascii(std::string_view text) {
  std::string name;
  Error error;
  const bool good = each_label(text, [&](std::string_view label) {
    if (!name.empty() || label.data() != text.data()) name += '.';
    if (!needs_idna(label)) {
      std::ranges::transform(label, std::back_inserter(name), lower);
      return true;
    }
    auto ascii = to_ascii(label, text);
    if (!ascii) {
      error = std::move(ascii.error());
      return false;
    }
    name += *ascii;
    return true;
  });
  if (!good) return error;
  return name;
}

bool bidi_name_is_valid(std::string_view ascii) {
  // RFC 5893 §2: one right-to-left label makes the rule hold for all labels of the name, so the whole name is checked, with
  // the pure-ASCII labels that ICU refuses for their hyphens ("ab--cd") taken out of the question.
  const icu::IDNA* idna = uts46();
  std::string unicode;
  icu::StringByteSink<std::string> sink(&unicode);
  icu::IDNAInfo info;
  UErrorCode status = U_ZERO_ERROR;
  idna->nameToUnicodeUTF8(icu::StringPiece(ascii.data(), static_cast<std::int32_t>(ascii.size())), sink, info, status);
  return U_SUCCESS(status) && (info.getErrors() & UIDNA_ERROR_BIDI) == 0;
}

}  // namespace

Expected<DomainName> DomainName::parse(std::string_view text) {
  const std::string_view given = text;
  if (text.size() > max_input) return invalid_name(given, "is longer than 253 octets");
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);

  bool idn = false;
  each_label(text, [&](std::string_view label) {
    idn = needs_idna(label);
    return !idn;
  });
  std::string name;
  if (idn) {
    auto ascii = labels_to_ascii(text);
    if (!ascii) return std::move(ascii.error());
    name = std::move(*ascii);
    // An ideographic full stop at the end maps to a dot, and one trailing dot is allowed.
    if (name.size() > 1 && name.back() == '.' && given.back() != '.') name.pop_back();
  } else {
    name.resize(text.size());
    std::ranges::transform(text, name.begin(), lower);
  }
  if (const auto broken = broken_ldh_rule(name); !broken.empty()) return invalid_name(given, broken);
  if (idn && !bidi_name_is_valid(name)) return invalid_name(given, idna_rule(UIDNA_ERROR_BIDI));
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
  const icu::IDNA* idna = uts46();
  std::string name;
  each_label(ascii_, [&](std::string_view label) {
    if (label.data() != ascii_.data()) name += '.';
    if (!has_ace_prefix(label) || idna == nullptr) {
      name += label;
      return true;
    }
    icu::StringByteSink<std::string> sink(&name);
    icu::IDNAInfo info;
    UErrorCode status = U_ZERO_ERROR;
    idna->labelToUnicodeUTF8(icu::StringPiece(label.data(), static_cast<std::int32_t>(label.size())), sink, info, status);
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

bool is_mixed_label_form(std::string_view text) noexcept {
  bool a_label = false;
  bool u_label = false;
  each_label(text, [&](std::string_view label) {
    a_label = a_label || has_ace_prefix(label);
    u_label = u_label || !std::ranges::all_of(label, is_ascii);
    return true;
  });
  return a_label && u_label;
}

}  // namespace regdata
