// Sentences that say a verdict, in a text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "escrow/named_deposits.hpp"
#include "escrow/verdict.hpp"

namespace regdata::escrow {

/// Where the name of a deposit stands in a setting.
inline constexpr std::string_view deposit_place = "{deposit}";

/// Whether it can say a verdict: it has the place once, and something beside it.
bool is_verdict_sentence(std::string_view setting);
/// As sentences are compared: without regard to case, lines that only go on, signs of emphasis, quotation and a full stop at
/// the end.
std::string sentence_form(std::string_view text);

/// A text in which sentences are looked for; as mail_text() gives it. What is quoted (">") says nothing.
class VerdictText {
 public:
  explicit VerdictText(std::string_view text);
  /// The names that stand in the place of `setting` wherever the whole of a sentence, line or paragraph is this one; each name
  /// once for each time. A name may be a list of names.
  [[nodiscard]] std::vector<DepositName> said(std::string_view setting, std::uint32_t iana_id,
                                              const std::string& rde_name) const;
  /// Whether what stands beside the place in `setting` stands anywhere in it.
  [[nodiscard]] bool hints_at(std::string_view setting) const;

 private:
  std::string whole_;
};

}  // namespace regdata::escrow
