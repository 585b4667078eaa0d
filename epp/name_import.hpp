// Names that a registry holds for us and the store does not: how a portfolio comes in, and what was transferred to us.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

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
  not_told,       ///< the registry did not say, or what it said is not believed
  without_holder  ///< nobody says who holds it
};
/// "taken", "held", "not-there", "anothers", "not-told", "without-holder".
std::string_view to_string(NameFate fate) noexcept;

struct FateOfName {
  std::string name;
  NameFate fate = NameFate::not_told;
  std::string note;  ///< why, or what was left out; handles and elements, nothing that is in them
};

/// For one registry, used by one thread. What is referred to must outlive it. Nothing is changed at the registry.
///
/// A name is put with the registry's facts and the contacts that it names. A contact that is not held here is asked for and
/// put with it; who the registry names is taken for one that is held here only where that is the same person. No choice is made
/// for anybody: what the registry shows of a contact is not consent.
class NameImport {
 public:
  NameImport(ImportRules rules, RegistrationStore& store, SyncState& state, Talk talk, Clock clock);

  enum class Writes : bool { no, yes };
  /// What became of each, in their order; what is taken is put in one transaction. Errors: those of
  /// Talk, the store and the state; then nothing was taken. Errc::configuration: nobody knows whose account it is.
  Expected<std::vector<FateOfName>> take(const std::vector<NameToTake>& names, Writes writes);

 private:
  struct Batch;
  struct Found;
  Expected<void> choose(const std::vector<NameToTake>& names, Batch& batch);
  void judge(Batch& batch) const;
  Expected<void> find_contacts(Batch& batch);
  Expected<Found> find_by_id(const std::string& id, const ContactData* told, Batch& batch);
  Expected<void> find_given(const std::string& handle, Found& found);
  Expected<void> fill(Batch& batch);
  Expected<void> write(Batch& batch);

  ImportRules rules_;
  RegistrationStore& store_;
  SyncState& state_;
  Talk talk_;
  Clock clock_;
  std::map<std::string, std::string> known_;  ///< id there to handle here, of contacts that were found before
};

}  // namespace regdata::epp
