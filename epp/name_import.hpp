// Names that a registry holds for us and the store does not: how a portfolio comes in, and what was transferred to us.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "epp/contact_record.hpp"
#include "epp/name_look.hpp"
#include "epp/sync_state.hpp"
#include "registration/registration_store.hpp"

namespace regdata::epp {

struct ImportRules {
  std::string registry;   ///< id of the configuration
  std::string account;    ///< clID
  std::string registrar;  ///< id of ours, whose account it is; empty: nobody knows, and nothing is taken
  std::string prefix;     ///< of ids of our contacts there (contact_push.hpp)
  /// Whether a name is of this registry.
  std::function<bool(const DomainName&)> belongs;
};

/// A name that is to be taken, and handles of contacts that are held here. Empty: as the registry tells.
struct NameToTake {
  DomainName name;
  std::string registrant{};
  std::string technical{};
};

enum class NameFate : std::uint8_t {
  taken,          ///< is held now
  held,           ///< was held already: nothing is changed, sync keeps it true
  not_there,      ///< the registry does not have it
  anothers,       ///< another registrar sponsors it
  not_told,       ///< what the registry said is not believed, or is not of this registry
  not_answered,   ///< the registry did not answer, or with a trouble of its own: it may do later
  without_holder  ///< nobody says who holds it
};
/// "taken", "held", "not-there", "anothers", "not-told", "not-answered", "without-holder".
std::string_view to_string(NameFate fate) noexcept;

struct FateOfName {
  std::string name;
  NameFate fate = NameFate::not_told;
  std::string note;  ///< why, or what was left out; handles and elements, nothing that is in them
};

/// For one registry, used by one thread. What is referred to must outlive it. Nothing is changed at the registry.
///
/// A name is put with the registry's facts and the contacts that it names. A contact that is not held here is asked for and
/// put with it; who the registry names is taken for one that is held here only where that is the same person, and noted in the
/// record of contacts there, so that sync follows it. No choice is made for anybody: what the registry shows of a contact is
/// not consent. Where the name has ended here before, nothing of who had it then is carried over.
class NameImport {
 public:
  /// `record` may be null: nobody follows contacts there.
  NameImport(ImportRules rules, RegistrationStore& store, SyncState& state, ContactRecord* record, Talk talk, Clock clock);

  enum class Writes : bool { no, yes };
  /// What became of each, in their order; what is taken is put in one transaction. A name or contact whose question breaks the
  /// line keeps none of the others from being taken. Errors: those of Talk, where nobody could be spoken with, of the store,
  /// the state and the record; then nothing was taken. Errc::configuration: nobody knows whose account it is.
  Expected<std::vector<FateOfName>> take(const std::vector<NameToTake>& names, Writes writes);

 private:
  struct Batch;
  struct Found;
  struct Told;
  Expected<void> choose(const std::vector<NameToTake>& names, Batch& batch);
  void judge(Batch& batch) const;
  Expected<void> find_contacts(Batch& batch);
  Expected<Found> find_by_id(const std::string& id, const Told& told, Batch& batch);
  Expected<Found> find_recorded(const std::string& handle, const std::string& id, const Told& told);
  Expected<Found> find_given(const std::string& handle);
  Expected<void> fill(Batch& batch);
  Expected<void> fill_one(std::size_t number, Batch& batch, const Provenance& from);
  Expected<void> write(Batch& batch);

  ImportRules rules_;
  RegistrationStore& store_;
  SyncState& state_;
  ContactRecord* record_;
  Talk talk_;
  Clock clock_;
};

}  // namespace regdata::epp
