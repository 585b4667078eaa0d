// What an answer holds back, for the counters: which element and why. Never whose, and no value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "redaction/public_view.hpp"
#include "registration/element.hpp"

namespace regdata::whois {

struct AnswerFrame;

/// Says no more than the rule does that the view carries: declined, withdrawn and never asked are one (house.md §1).
enum class RedactionReason : std::uint8_t {
  rule,         ///< a rule of the policy
  unknown,      ///< no rule fits: the policy has a gap
  unavailable,  ///< the contact cannot be opened, or is erased
  stale,        ///< shown by choice, and the publisher has been silent for too long
};
inline constexpr std::array all_redaction_reasons{RedactionReason::rule, RedactionReason::unknown, RedactionReason::unavailable,
                                                  RedactionReason::stale};
/// "unavailable".
std::string_view to_string(RedactionReason reason) noexcept;

/// The elements that a view can withhold: the registry's id of the domain, and what a contact has.
inline constexpr std::array withholdable_elements{Element::registry_domain_id,
                                                  Element::contact_id,
                                                  Element::name,
                                                  Element::organization,
                                                  Element::street,
                                                  Element::city,
                                                  Element::state,
                                                  Element::postal_code,
                                                  Element::country,
                                                  Element::phone,
                                                  Element::phone_ext,
                                                  Element::fax,
                                                  Element::fax_ext,
                                                  Element::email};

struct RedactedField {
  std::uint8_t element = 0;  ///< index into withholdable_elements
  RedactionReason reason = RedactionReason::rule;
};

/// What one answer holds back; of registrant and technical contact together at most one entry a line.
class RedactedFields {
 public:
  void add(RedactedField field) noexcept {
    if (size_ < fields_.size()) fields_[size_++] = field;
  }
  [[nodiscard]] const RedactedField* begin() const noexcept { return fields_.data(); }
  [[nodiscard]] const RedactedField* end() const noexcept { return fields_.data() + size_; }

 private:
  std::array<RedactedField, 2 * withholdable_elements.size()> fields_{};
  std::uint8_t size_ = 0;
};

/// The withheld elements for which append_domain writes a line, whether with the redaction text or, for an e-mail, with what
/// replaces it.
RedactedFields redacted_fields(const redaction::PublicView& view, const AnswerFrame& frame) noexcept;

}  // namespace regdata::whois
