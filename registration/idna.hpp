// Internationalized labels by UTS 46 and IDNA2008 (ICU). Used by DomainName only.
#pragma once

#include <string>
#include <string_view>

namespace regdata::idna {

/// A label in ASCII form, or the rule that it breaks.
struct AsciiLabel {
  std::string text;
  std::string_view broken;  ///< empty: none; else words that follow "domain name …"
};

/// One label, U- or A-label in any case, without dots. What comes out decodes and encodes to itself (RFC 5891 §4.4, §5.4).
AsciiLabel to_ascii(std::string_view label);

/// The U-label of an A-label; the text itself where it decodes to nothing valid.
std::string to_unicode(std::string_view a_label);

/// RFC 5893 §2 for a whole name: one right-to-left label makes the rule hold for all labels, the ASCII ones too.
bool keeps_bidi_rule(std::string_view a_name);

}  // namespace regdata::idna
