#include "store/merge.hpp"

#include <string_view>

namespace regdata::store {
namespace {

/// How far a source is believed about who holds a name: what people told us before what a registry copied.
constexpr int holder_rank(SourceClass source_class) noexcept {
  return source_class == SourceClass::registry ? -1 : static_cast<int>(source_class);
}

bool is_empty(const std::string& value) { return value.empty(); }
bool is_empty(const PersonalText& value) { return value.empty(); }
template <class T>
bool is_empty(const std::optional<T>& value) {
  return !value;
}
template <class T>
bool is_empty(const std::vector<T>& value) {
  return value.empty();
}
bool is_empty(StatusSet value) { return value.empty(); }
bool is_empty(DnssecState value) { return value == DnssecState::unknown; }
bool is_empty(ContactKind value) { return value == ContactKind::unknown; }
bool is_empty(std::int64_t value) { return value == 0; }
bool is_empty(UtcTime) { return false; }

/// Takes over field by field what one source states, if it may.
class FieldMerge {
 public:
  FieldMerge(std::string object, SourceClass held, bool kept, std::vector<Difference>* differences)
      : object_(std::move(object)), held_(held), kept_(kept), differences_(differences) {}

  /// True when the field changed.
  template <class T>
  bool take(std::string_view element, T& held, const T& stated) {
    if (held == stated) return false;
    if (kept_) {
      report(element, "kept (" + std::string(to_string(held_)) + ")");
      return false;
    }
    report(element, is_empty(held) ? "added" : is_empty(stated) ? "removed" : "changed");
    held = stated;
    changed_ = true;
    return true;
  }
  void report(std::string_view element, std::string what) {
    if (differences_ != nullptr) differences_->push_back({object_, std::string(element), std::move(what)});
  }
  [[nodiscard]] bool changed() const noexcept { return changed_; }

 private:
  std::string object_;
  SourceClass held_;
  bool kept_;
  std::vector<Difference>* differences_;
  bool changed_ = false;
};

/// The fields that RFC 5731 gives to the registry. Returns whether one changed.
bool take_domain_facts(StoredRegistration& held, const StoredRegistration& stated, bool kept,
                       std::vector<Difference>* differences) {
  Registration& to = held.registration;
  const Registration& from = stated.registration;
  FieldMerge fields("domain", to.provenance.source_class, kept, differences);
  fields.take("roid", to.roid, from.roid);
  fields.take("registrar", to.registrar, from.registrar);
  fields.take("created", to.created, from.created);
  fields.take("updated", to.updated, from.updated);
  fields.take("registry_expires", to.registry_expires, from.registry_expires);
  fields.take("transferred", to.transferred, from.transferred);
  fields.take("statuses", to.statuses, from.statuses);
  fields.take("hosts", to.hosts, from.hosts);
  fields.take("dnssec", to.dnssec, from.dnssec);
  fields.take("ds", to.ds, from.ds);
  return fields.changed();
}

/// The fields that are ours to say. `hides` gets whether who is behind the name changed.
bool take_holder_facts(StoredRegistration& held, const StoredRegistration& stated, bool kept, bool& hides,
                       std::vector<Difference>* differences) {
  Registration& to = held.registration;
  const Registration& from = stated.registration;
  FieldMerge fields("domain", held.holder_class, kept, differences);
  fields.take("registrar_expires", to.registrar_expires, from.registrar_expires);
  for (const Role role : all_roles) {
    const auto index = static_cast<std::size_t>(role);
    hides |= fields.take(to_string(role), held.contacts[index], stated.contacts[index]);
  }
  fields.take("reseller", to.reseller, from.reseller);
  hides |= fields.take("privacy_service", to.privacy_service, from.privacy_service);
  fields.take("region", to.region, from.region);
  return fields.changed();
}

}  // namespace

bool registry_outranks(SourceClass held, SourceClass stated) noexcept { return held > stated; }

bool holder_outranks(SourceClass held, SourceClass stated) noexcept { return holder_rank(held) > holder_rank(stated); }

Merged<StoredRegistration> merge(StoredRegistration held, const StoredRegistration& stated,
                                 std::vector<Difference>* differences) {
  Merged<StoredRegistration> result{std::move(held)};
  StoredRegistration& value = result.value;
  Registration& registration = value.registration;
  const Provenance& from = stated.registration.provenance;
  const bool facts_kept = registry_outranks(registration.provenance.source_class, from.source_class);
  const bool holder_kept = holder_outranks(value.holder_class, from.source_class);
  if (registration.ended) {
    FieldMerge fields("domain", registration.provenance.source_class, facts_kept, differences);
    if (!facts_kept && from.as_of <= registration.ended->at) {
      fields.report("ended", "kept (ended later)");
      return result;
    }
    if (!fields.take("ended", registration.ended, std::optional<Ended>())) return result;
    result.changed = true;
  }
  const bool facts_changed = take_domain_facts(value, stated, facts_kept, differences);
  const bool holder_changed = take_holder_facts(value, stated, holder_kept, result.hides, differences);
  const bool risen = from.source_class > registration.provenance.source_class;
  const bool holder_risen = !holder_kept && value.holder_class != from.source_class;
  result.changed = result.changed || facts_changed || holder_changed || risen || holder_risen;
  if (result.changed && !facts_kept) registration.provenance = from;
  if (!holder_kept) value.holder_class = from.source_class;
  return result;
}

Merged<Contact> merge(Contact held, const Contact& stated, std::vector<Difference>* differences) {
  Merged<Contact> result{std::move(held)};
  Contact& value = result.value;
  const SourceClass held_class = value.provenance.source_class;
  const bool kept = holder_outranks(held_class, stated.provenance.source_class);
  FieldMerge fields(contact_label(value.handle), held_class, kept, differences);
  const bool name_changed = fields.take("name", value.name, stated.name);
  const bool organization_changed = fields.take("organization", value.organization, stated.organization);
  result.holder_changed = name_changed || organization_changed;
  bool personal = result.holder_changed;
  personal |= fields.take("roid", value.roid, stated.roid);
  personal |= fields.take("kind", value.kind, stated.kind);
  personal |= fields.take("street", value.street, stated.street);
  personal |= fields.take("city", value.city, stated.city);
  personal |= fields.take("state", value.state, stated.state);
  personal |= fields.take("postal_code", value.postal_code, stated.postal_code);
  personal |= fields.take("country", value.country, stated.country);
  personal |= fields.take("phone", value.phone, stated.phone);
  personal |= fields.take("phone_ext", value.phone_ext, stated.phone_ext);
  personal |= fields.take("fax", value.fax, stated.fax);
  personal |= fields.take("fax_ext", value.fax_ext, stated.fax_ext);
  personal |= fields.take("email", value.email, stated.email);
  fields.take("region", value.region, stated.region);
  result.hides = personal;
  const bool risen = !kept && held_class != stated.provenance.source_class;
  result.changed = fields.changed() || risen;
  if (result.changed) value.provenance = stated.provenance;
  return result;
}

Merged<Host> merge(Host held, const Host& stated, std::vector<Difference>* differences) {
  Merged<Host> result{std::move(held)};
  Host& value = result.value;
  const SourceClass held_class = value.provenance.source_class;
  FieldMerge fields(host_label(value.name), held_class, registry_outranks(held_class, stated.provenance.source_class),
                    differences);
  fields.take("roid", value.roid, stated.roid);
  fields.take("addresses", value.addresses, stated.addresses);
  result.changed = fields.changed() || stated.provenance.source_class > held_class;
  if (result.changed) value.provenance = stated.provenance;
  result.hides = result.changed;
  return result;
}

std::string contact_label(std::string_view handle) { return "contact " + std::string(handle); }

std::string host_label(const DomainName& name) { return "host " + name.ascii(); }

}  // namespace regdata::store
