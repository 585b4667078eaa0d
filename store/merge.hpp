// Which source wins: pure rules about what is held and what a source states (operations.md §1.3, import order of trust).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registration/contact.hpp"
#include "registration/host.hpp"
#include "registration/registration_store.hpp"
#include "store/registration_table.hpp"

namespace regdata::store {

/// What became of an object. `differences`, where wanted, get one entry per field, without values.
template <class T>
struct Merged {
  T value;
  bool changed = false;
  bool hides = false;           ///< may take something out of public view
  bool holder_changed = false;  ///< of a contact: name or organization
};

/// Domain facts (ROID, registrar, dates of the registry, statuses, hosts, DS): the higher class wins, the registry over all.
/// Contact links, reseller, privacy service, region, the registrar's own date: own over panel over CSV over registry.
/// Equal facts change nothing; a higher class for the same facts is recorded. A registration that ended comes back when a
/// source that may speak for it states it later than the end.
Merged<StoredRegistration> merge(StoredRegistration held, const StoredRegistration& stated,
                                 std::vector<Difference>* differences);

/// Contacts: own over panel over CSV over registry; a contact of the registry only fills what is not held.
Merged<Contact> merge(Contact held, const Contact& stated, std::vector<Difference>* differences);

/// Hosts: as domain facts.
Merged<Host> merge(Host held, const Host& stated, std::vector<Difference>* differences);

/// True where facts of `held` outrank those of `stated`.
bool registry_outranks(SourceClass held, SourceClass stated) noexcept;
bool holder_outranks(SourceClass held, SourceClass stated) noexcept;

/// Labels of objects in a Difference.
std::string contact_label(std::string_view handle);
std::string host_label(const DomainName& name);

}  // namespace regdata::store
