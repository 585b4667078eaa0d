#include "registration/idna.hpp"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <memory>
#include <string>

namespace regdata::idna {
namespace {

/// Non-transitional both ways (house.md §5): transitional processing would turn "faß" into another name. The object is
/// immutable and shared between threads (ICU user guide: IDNA instances are thread-safe).
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

struct Outcome {
  std::string text;
  std::uint32_t errors = UIDNA_ERROR_DISALLOWED;
};

using Convert = void (icu::IDNA::*)(icu::StringPiece, icu::ByteSink&, icu::IDNAInfo&, UErrorCode&) const;

Outcome convert(Convert how, std::string_view text) {
  Outcome outcome;
  const icu::IDNA* idna = uts46();
  if (idna == nullptr) return outcome;  // ICU without its data: nothing internationalized is accepted
  icu::StringByteSink<std::string> sink(&outcome.text);
  icu::IDNAInfo info;
  UErrorCode status = U_ZERO_ERROR;
  (idna->*how)(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, info, status);
  if (U_SUCCESS(status)) outcome.errors = info.getErrors();
  return outcome;
}

std::string_view broken_rule(std::uint32_t errors) {
  if (errors & UIDNA_ERROR_BIDI) return "breaks the rules for right-to-left labels";
  if (errors & (UIDNA_ERROR_CONTEXTJ | UIDNA_ERROR_CONTEXTO_PUNCTUATION | UIDNA_ERROR_CONTEXTO_DIGITS)) {
    return "has a character that its neighbours do not allow";
  }
  if (errors & (UIDNA_ERROR_PUNYCODE | UIDNA_ERROR_INVALID_ACE_LABEL)) {
    return "has an xn-- label that decodes to no valid label";
  }
  if (errors & (UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG)) return "is too long in A-label form";
  if (errors & UIDNA_ERROR_EMPTY_LABEL) return "has an empty label";
  if (errors & (UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4)) {
    return "has a misplaced hyphen";
  }
  if (errors & UIDNA_ERROR_LEADING_COMBINING_MARK) return "has a label that starts with a combining mark";
  return "has a character that IDNA does not allow";
}

constexpr bool within(UChar32 c, UChar32 first, UChar32 last) { return c >= first && c <= last; }

/// RFC 5892 §2: UTS 46 alone lets symbols and emoji pass, which no registry under IDNA2008 may hold. What reaches this is
/// mapped and stable already, so the categories that mapping settles (unstable, ignorable, unassigned) need no look.
bool is_idna2008(UChar32 c) {
  // §2.6 Exceptions and §2.7 BackwardCompatible; the CONTEXTO characters among them were checked by ICU (§A.3–A.9).
  if (c == 0x00B7 || c == 0x0375 || c == 0x05F3 || c == 0x05F4 || c == 0x06FD || c == 0x06FE || c == 0x0F0B || c == 0x3007 ||
      c == 0x30FB) {
    return true;
  }
  if (c == 0x0640 || c == 0x07FA || c == 0x302E || c == 0x302F || within(c, 0x3031, 0x3035) || c == 0x303B) return false;
  // §2.9 OldHangulJamo
  if (within(c, 0x1100, 0x11FF) || within(c, 0xA960, 0xA97F) || within(c, 0xD7B0, 0xD7FF)) return false;
  // §2.5 LDH and §2.8 JoinControl (checked by ICU, §A.1, §A.2), then §2.1 LetterDigits
  if (c == '-' || c == 0x200C || c == 0x200D) return true;
  return (U_GET_GC_MASK(c) &
          (U_GC_LL_MASK | U_GC_LU_MASK | U_GC_LO_MASK | U_GC_ND_MASK | U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
}

bool is_idna2008(const std::string& u_label) {
  const auto size = static_cast<std::int32_t>(u_label.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(u_label.data(), at, size, c);
    if (c < 0 || !is_idna2008(c)) return false;
  }
  return true;
}

}  // namespace

AsciiLabel to_ascii(std::string_view label) {
  Outcome ascii = convert(&icu::IDNA::labelToASCII_UTF8, label);
  if (ascii.errors != 0) return {{}, broken_rule(ascii.errors)};
  const Outcome unicode = convert(&icu::IDNA::labelToUnicodeUTF8, ascii.text);
  if (unicode.errors != 0) return {{}, broken_rule(unicode.errors)};
  if (!is_idna2008(unicode.text)) return {{}, broken_rule(UIDNA_ERROR_DISALLOWED)};
  const Outcome again = convert(&icu::IDNA::labelToASCII_UTF8, unicode.text);
  if (again.errors != 0 || again.text != ascii.text) return {{}, broken_rule(UIDNA_ERROR_INVALID_ACE_LABEL)};
  return {std::move(ascii.text), {}};
}

std::string to_unicode(std::string_view a_label) {
  Outcome outcome = convert(&icu::IDNA::labelToUnicodeUTF8, a_label);
  return outcome.errors == 0 ? std::move(outcome.text) : std::string(a_label);
}

bool keeps_bidi_rule(std::string_view a_name) {
  return (convert(&icu::IDNA::nameToUnicodeUTF8, a_name).errors & UIDNA_ERROR_BIDI) == 0;
}

}  // namespace regdata::idna
