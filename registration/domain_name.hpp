// A domain name that has passed every check: lower-case A-labels, U-label at hand.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "registration/error.hpp"

namespace regdata {

/// A fully qualified domain or host name of two or more labels, without a trailing dot.
///
/// Invariant: 3–253 octets, labels of 1–63 octets of lower-case letters, digits and hyphens that neither start nor end with
/// a hyphen (RFC 5890 LDH; RFC 1035 §2.3.4 sizes); each label starting with "xn--" decodes and round-trips under UTS 46
/// non-transitional processing with STD3, BiDi and ContextJ/O rules, to characters of IDNA2008 only (RFC 5892 §2: no symbols,
/// no emoji). Bad text cannot be held.
///
/// Pure-ASCII labels that do not start with "xn--" never reach the IDN code: ICU refuses "ab--cd", registries have sold it.
class DomainName {
 public:
  /// Accepts A-labels, U-labels and one trailing dot, in any case. Mixed A- and U-labels are accepted here; callers that
  /// must refuse them ask `is_mixed_label_form` first. Errors: Errc::invalid with the rule that was broken; the context never
  /// repeats more of the input than 64 printable characters.
  static Expected<DomainName> parse(std::string_view text);

  /// Takes text that this class produced before (a stored A-label). Checks the LDH shape only, not IDNA again.
  static Expected<DomainName> from_stored(std::string_view a_label);

  /// Lower-case A-label form; what is stored and compared.
  [[nodiscard]] const std::string& ascii() const noexcept { return ascii_; }
  /// U-label form, UTF-8; equals ascii() where no label is internationalized.
  [[nodiscard]] std::string unicode() const;
  /// True when at least one label starts with "xn--".
  [[nodiscard]] bool is_idn() const noexcept;
  /// Last label, "com" of "www.example.com".
  [[nodiscard]] std::string_view last_label() const noexcept;
  /// Everything behind the first dot; a single label for a two-label name.
  [[nodiscard]] std::string_view parent() const noexcept;
  /// True when this name equals `ancestor` or lies below it.
  [[nodiscard]] bool is_at_or_below(const DomainName& ancestor) const noexcept;

  friend bool operator==(const DomainName&, const DomainName&) = default;
  friend std::strong_ordering operator<=>(const DomainName&, const DomainName&) = default;

 private:
  explicit DomainName(std::string ascii) : ascii_(std::move(ascii)) {}
  std::string ascii_;
};

/// "ns1.example.test" → "test.example.ns1", and back: sorted in this form, all names below one stand together.
std::string reverse_labels(std::string_view name);

/// True when `text` holds both a label beginning with "xn--" and a label with non-ASCII characters (RDAP TIG 2024 §3.1).
bool is_mixed_label_form(std::string_view text);

}  // namespace regdata

template <>
struct std::hash<regdata::DomainName> {
  std::size_t operator()(const regdata::DomainName& name) const noexcept { return std::hash<std::string>{}(name.ascii()); }
};
