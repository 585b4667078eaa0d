// A person's choices about publication: an append-only ledger, folded to what holds at a point in time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "registration/contact.hpp"
#include "registration/element.hpp"
#include "registration/utc_time.hpp"

namespace regdata {

/// What happened to a choice. Only `given` can lead to publication. The numbers are stored: append only.
enum class ChoiceAct : std::uint8_t {
  given,      ///< the person agreed, by an act of their own
  declined,   ///< the person said no
  withdrawn,  ///< the person took back what was given
  not_given,  ///< asked, no answer in time: silence is never consent (promise P5)
  ended,      ///< the software ended it: the name or organization of the contact changed
};
std::string_view to_string(ChoiceAct act) noexcept;
std::optional<ChoiceAct> choice_act_from(std::string_view text) noexcept;

/// One ledger entry, for one element of one contact, in all its domains and roles.
struct ChoiceEntry {
  std::uint64_t sequence = 0;  ///< position in the ledger, from 1; given by the store
  std::string handle;
  Element element = Element::name;
  ChoiceAct act = ChoiceAct::not_given;
  UtcTime at{};                             ///< when the person acted
  UtcTime recorded{};                       ///< when we wrote it down; given by the store
  std::string method;                       ///< how: "portal", "phone", "import", ...; a label without personal data
  std::string notice_version;               ///< version of the text that the person was shown; required for `given`
  std::string evidence_id;                  ///< where the proof lies; required for `given`; a label without personal data
  std::array<std::uint8_t, 32> previous{};  ///< hash of the entry before it in the ledger
  std::array<std::uint8_t, 32> hash{};      ///< BLAKE2b-256 over `previous` and this entry

  friend bool operator==(const ChoiceEntry&, const ChoiceEntry&) = default;
};

/// The same act of the same person: everything equal but the place in the ledger. Repeating an import adds no such entry again.
bool same_choice(const ChoiceEntry& a, const ChoiceEntry& b);

/// What a contact's ledger says at one time: the last entry per element, or nothing where nobody ever asked. Behind a
/// no, a `given` counts only when the person said it later than everything before: when in doubt, withhold.
class ContactChoices {
 public:
  /// Folds entries of one contact, in ledger order, up to and including `as_of` (by `recorded`: what we knew then).
  static ContactChoices fold(const std::vector<ChoiceEntry>& entries, std::optional<UtcTime> as_of = std::nullopt);

  /// The entry that decides; null: never asked.
  [[nodiscard]] const ChoiceEntry* find(Element element) const noexcept;
  /// True only where the last entry is `given`, with a time, a notice version and evidence.
  [[nodiscard]] bool allows(Element element) const noexcept;
  [[nodiscard]] bool empty() const noexcept;

 private:
  std::vector<ChoiceEntry> last_;  ///< one per element that was ever asked about: few, so found by walking
};

/// Refuses an entry that could not count: an element nobody can choose, `given` without a time, notice version or evidence,
/// a time in the future of `now` by more than five minutes.
Expected<void> check_choice(const ChoiceEntry& entry, UtcTime now);

}  // namespace regdata
