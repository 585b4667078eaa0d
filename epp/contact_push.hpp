// A contact of ours, brought to a registry that holds contacts: looked at, written where it is other, and looked at again. No
// sockets: a session comes in as Talk.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "epp/disclosure.hpp"
#include "epp/talk.hpp"

namespace regdata::epp {

/// In which of its two forms a registry takes names and addresses (RFC 5733 §2.3): ASCII alone, any script, or whichever fits.
enum class PostalForm : std::uint8_t { international, local, by_script };

/// What shall be there.
struct ContactTarget {
  std::string handle;  ///< of the store
  ContactData data;    ///< id at the registry, and what is sent
  Elements chosen;     ///< what may be shown
  /// Nothing of it is sent but what may be shown: it is not known, or must not go there.
  bool only_disclosure = false;
  /// It was not brought there by us, as far as is known, but found by its id: it is written to only where it is the same
  /// person. Errc::conflict.
  bool was_only_found = false;
};
/// That nothing is shown of the contact with this id.
ContactTarget hidden_target(const std::string& handle, const std::string& id);
/// `prefix` begins the ids of all our contacts there, which registries keep in one space for all registrars: id_at_registry().
/// Errc::invalid: something that the mapping demands is missing, or has no place in that form. Nothing is ever transliterated.
Expected<ContactTarget> target_of(const Contact& contact, const ContactChoices& choices, std::string_view prefix,
                                  PostalForm form);
/// Characters of a contact's id (RFC 5730 §4, clIDType).
inline constexpr std::size_t shortest_contact_id = 3;
inline constexpr std::size_t longest_contact_id = 16;
/// Prefix and handle; where that is longer than 16 characters (RFC 5730 clIDType) or shorter than 3, the prefix and a digest of
/// the handle: the same one always.
std::string id_at_registry(std::string_view prefix, std::string_view handle);

struct PushPlan {
  enum class Kind : std::uint8_t { nothing, create, update };
  Kind kind = Kind::nothing;
  std::vector<Command> commands;  ///< in the order in which they are to be said; push_contact() empties each
  std::vector<std::string> why;   ///< elements that are other there, without values
  Elements shown_before;          ///< nothing, where it was not there
  Elements shown;                 ///< at most, in the end
  Elements not_shown;             ///< was chosen, and the registry has no words for it
  /// Not all that must be hidden can be: only that is said which leaves least shown.
  std::optional<Error> falls_short{};
};
/// What a record says of it: what was chosen and is not shown; empty: nothing.
std::string note_of(const PushPlan& plan);
/// What the answer to an info tells is shown of ours and was not chosen; nothing, where it does not tell.
Elements shown_against(const ContactTarget& target, const DisclosureRules& rules, const std::string& account,
                       const Outcome& looked);
/// What follows from an answer to an info of the contact. Errors: refused (another registrar's, or it would be shown against
/// the choice), unavailable (the answer does not tell).
Expected<PushPlan> plan_push(const ContactTarget& target, const DisclosureRules& rules, const std::string& account,
                             const Outcome& looked);

/// What became of one push.
struct Pushed {
  PushPlan plan;                ///< also where something failed then
  std::optional<Error> failed;  ///< what push_contact() returns; empty: it is as it shall be
  Elements against_before;      ///< was shown against the choice
  Elements against;             ///< is, as far as the registry told last
  bool is_there = false;        ///< was there at the first look
  bool was_asked = false;       ///< the first look was sent, or may have been
};
/// Whether one that is not there is made.
enum class IfMissing : bool { leave, create };
/// Several in one session: each is looked at, what is to be said is said, and it is looked at again. What fails of one keeps
/// none of the others. Results in the order of targets; an error of Talk is that of all that have not come to their end.
std::vector<Pushed> push_contacts(const std::vector<ContactTarget>& targets, const DisclosureRules& rules,
                                  const std::string& account, IfMissing if_missing, const Talk& talk);

/// One, made where it is missing. `plan` gets what was planned, also where something failed then. Errors: those of plan_push()
/// and Talk; refused (the registry says no, or shows what was not chosen: its hint says what to do), unavailable (what became
/// of a command is not known; it is in the journal), damaged (it took other values than it was sent).
Expected<void> push_contact(const ContactTarget& target, const DisclosureRules& rules, const std::string& account,
                            const Talk& talk, PushPlan& plan);

}  // namespace regdata::epp
