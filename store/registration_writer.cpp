#include "store/registration_writer.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace regdata::store {
namespace {

/// Random, per domain, never derived from data (rules.md §1.7): 80 bits as 16 characters of [a-z2-7].
std::string new_relay_token() {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::array<std::uint8_t, 10> random;
  randombytes_buf(random.data(), random.size());
  std::string token;
  unsigned bits = 0;
  unsigned held = 0;
  for (const std::uint8_t byte : random) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 5;) {
      held -= 5;
      token += alphabet[(bits >> held) & 31U];
    }
  }
  return token;
}

template <class T, class U>
bool contains(const std::vector<T>& names, const U& name) {
  return std::ranges::find(names, name) != names.end();
}

/// A registration that the source ends again further on brings a held one back only where it is news: of a time between the end
/// that is held and the one that comes.
bool is_news(const Registration& held, const Registration& stated, const Superseded& superseded) {
  const UtcTime as_of = stated.provenance.as_of;
  return held.ended && superseded.ended_at && as_of > held.ended->at && as_of <= *superseded.ended_at;
}

/// What is known of who had the registration that ended, so that what is stated of the one that follows takes its place.
void forget_holder(StoredRegistration& ended) {
  ended.holder_class = SourceClass::registry;  // the lowest, for holders
  ended.contacts = {};
  ended.registration.registrar_expires.reset();
  ended.registration.reseller.reset();
  ended.registration.privacy_service.clear();
  ended.registration.region.clear();
}

Error not_held(const DomainName& name, Role role, const std::string& handle) {
  return make_error(Errc::invalid,
                    "registration " + name.ascii() + ": " + std::string(to_string(role)) + " " + handle + " is not held",
                    "state the contact with the registration, or put it first");
}

}  // namespace

RegistrationWriter::RegistrationWriter(StoreTables& tables, std::string_view reason, UtcTime now,
                                       std::vector<Difference>* differences)
    : tables_(tables),
      reason_(reason),
      now_(now),
      differences_(differences),
      hosts_(tables.hosts, tables.registrations, tables.feed) {}

Expected<PutOutcome> RegistrationWriter::put(const RegistrationPut& put) {
  holder_changes_.clear();
  bool changed = false;
  for (const Contact& contact : put.contacts) {
    const auto contact_changed = put_contact(contact, put.superseded);
    if (!contact_changed) return contact_changed.error();
    changed |= *contact_changed;
  }
  const auto choices_changed = put_choices(put.choices, put.superseded);
  if (!choices_changed) return choices_changed.error();

  const auto contacts = resolve(put.registration);
  if (!contacts) return contacts.error();
  StoredRegistration stated{put.registration, *contacts, {}, false, put.registration.provenance.source_class};
  stated.registration.ended.reset();
  bool added = false;
  const auto registration_changed = put_registration(put, std::move(stated), added);
  if (!registration_changed) return registration_changed.error();
  if (added) return PutOutcome::added;
  return changed || *choices_changed || *registration_changed ? PutOutcome::changed : PutOutcome::unchanged;
}

Expected<PutOutcome> RegistrationWriter::put_facts(const RegistrationPut& put) {
  holder_changes_.clear();
  const auto held = tables_.registrations.load(put.registration.name.ascii());
  if (!held) return held.error();
  if (!*held) return PutOutcome::unchanged;
  StoredRegistration stated{put.registration, (*held)->contacts, {}, false, put.registration.provenance.source_class};
  stated.registration.ended.reset();
  bool added = false;
  const auto changed = put_registration(put, std::move(stated), added);
  if (!changed) return changed.error();
  return *changed ? PutOutcome::changed : PutOutcome::unchanged;
}

Expected<PutOutcome> RegistrationWriter::put(const Contact& contact) {
  holder_changes_.clear();
  const bool held = tables_.contacts.id_of(contact.handle).has_value();
  const auto changed = put_contact(contact, {});
  if (!changed) return changed.error();
  if (const auto ended = put_choices({}); !ended) return ended.error();
  if (!held) return PutOutcome::added;
  return *changed ? PutOutcome::changed : PutOutcome::unchanged;
}

Expected<bool> RegistrationWriter::put_contact(const Contact& stated, const Superseded& superseded) {
  ContactTable& contacts = tables_.contacts;
  const auto held = contacts.load(stated.handle);
  if (stated.street.size() > most_street_lines)
    return make_error(Errc::invalid, "contact " + stated.handle + ": the street has more than three lines", "RFC 5733 §2.4");
  if (!held) {
    contacts.add(stated);
    report(contact_label(stated.handle), "contact", "added");
    tables_.feed.append(ChangeKind::contact_put, stated.handle, stated.roid, reason_, false, now_);
    return true;
  }
  if (held->state == ContactState::erased) {
    // Erased is erased: a source that still has the person does not bring them back (promise P9).
    report(contact_label(stated.handle), "contact", "kept (erased)");
    return false;
  }
  if (held->state == ContactState::unreadable) return mend_contact(*held, stated);
  // The way to the last statement must not lead through another holder, whose coming would end choices each time.
  if (contains(superseded.contacts, stated.handle) &&
      (contains(superseded.other_holder, stated.handle) || same_holder(held->contact, stated))) {
    return false;
  }

  const auto merged = merge(held->contact, stated, differences_);
  if (!merged.changed) return false;
  if (merged.holder_changed) holder_changes_.push_back({stated.handle, held->contact.provenance.as_of});
  Contact facts = merged.value;
  facts.provenance = held->contact.provenance;
  if (facts == held->contact) {
    contacts.set_provenance(held->id, merged.value.provenance);
  } else {
    contacts.replace(*held, merged.value, announced_);
  }
  tables_.feed.append(ChangeKind::contact_put, stated.handle, merged.value.roid, reason_, merged.hides, now_);
  return true;
}

/// The held contact cannot be opened: a source that is believed as far replaces it. Whether the holder is the same cannot be
/// known, so consent ends.
bool RegistrationWriter::mend_contact(const StoredContact& held, const Contact& stated) {
  if (holder_outranks(held.contact.provenance.source_class, stated.provenance.source_class)) {
    report(contact_label(stated.handle), "contact", "kept (unreadable)");
    return false;
  }
  report(contact_label(stated.handle), "contact", "replaced (unreadable)");
  holder_changes_.push_back({stated.handle, held.contact.provenance.as_of});
  tables_.contacts.replace(held, stated, announced_);
  tables_.feed.append(ChangeKind::contact_put, stated.handle, stated.roid, reason_, true, now_);
  return true;
}

Expected<ContactIds> RegistrationWriter::resolve(const Registration& registration) {
  ContactIds contacts{};
  for (const Role role : all_roles) {
    const std::string& handle = handle_of(registration, role);
    if (handle.empty() && role != Role::registrant) continue;
    const auto id = tables_.contacts.id_of(handle);
    if (!id) return not_held(registration.name, role, handle);
    contacts[static_cast<std::size_t>(role)] = *id;
  }
  return contacts;
}

Expected<bool> RegistrationWriter::put_registration(const RegistrationPut& put, StoredRegistration stated, bool& added) {
  const DomainName& name = put.registration.name;
  auto held = tables_.registrations.load(name.ascii());
  if (!held) return held.error();
  added = !held->has_value();
  if (added) {
    stated.relay_token = new_relay_token();
    stated.relay_drawn = now_;
    // other names may have been delegated to hosts below this one before it came
    const auto below = announce_hosts_below(name, false);
    if (!below) return below.error();
    stated.has_hosts_below =
        *below || std::ranges::any_of(put.registration.hosts, [&](const DomainName& h) { return h.is_at_or_below(name); });
    report("domain", "registration", "added");
    write_registration(stated, {}, false);
    ++sponsored_delta_;
    if (const auto used = use_hosts({}, stated.registration.hosts, stated.registration.provenance); !used) return used.error();
    const auto hosts = put_hosts(put, stated.registration);
    if (!hosts) return hosts.error();
    return true;
  }
  if (put.superseded.registration && !is_news((*held)->registration, put.registration, put.superseded)) return false;
  const bool was_ended = (*held)->registration.ended.has_value();
  const auto hosts_before = was_ended ? std::vector<DomainName>() : (*held)->registration.hosts;
  const ContactIds contacts_before = (*held)->contacts;
  if (was_ended && put.is_anew) forget_holder(**held);
  auto merged = merge(std::move(**held), stated, differences_);
  const bool is_ended = merged.value.registration.ended.has_value();
  const bool sponsored_again = was_ended && !is_ended;
  if (sponsored_again || merged.value.contacts.front() != contacts_before.front()) {
    // There may be a new holder: the old addresses must not reach them.
    merged.value.relay_token = new_relay_token();
    merged.value.relay_drawn = now_;
    tables_.registrations.drop_former_tokens(name.ascii());
  }
  if (sponsored_again) {
    merged.value.has_hosts_below = true;
    ++sponsored_delta_;
    if (const auto done = announce_hosts_below(name, false); !done) return done.error();
  }
  if (merged.changed) write_registration(merged.value, contacts_before, merged.hides);
  if (is_ended) return merged.changed;
  const Registration& result = merged.value.registration;
  if (const auto used = use_hosts(hosts_before, result.hosts, result.provenance); !used) return used.error();
  const auto hosts = put_hosts(put, result);
  if (!hosts) return hosts.error();
  return merged.changed || *hosts;
}

void RegistrationWriter::write_registration(const StoredRegistration& stored, const ContactIds& held_contacts, bool hides) {
  const Registration& registration = stored.registration;
  tables_.registrations.write(stored);
  tables_.registrations.relink(registration.name.ascii(), held_contacts, stored.contacts);
  // there it may still have those that it had here
  const bool has_others = held_contacts != ContactIds{} && held_contacts != stored.contacts;
  if (has_others) tables_.registrations.ask_registries_again(registration.name.ascii(), now_);
  tables_.feed.append(ChangeKind::registration_put, registration.name.ascii(), registration.roid, reason_, hides, now_);
}

Expected<void> RegistrationWriter::use_hosts(const std::vector<DomainName>& before, const std::vector<DomainName>& after,
                                             const Provenance& provenance) {
  const auto count = [&](const DomainName& name, std::int64_t difference) -> Expected<void> {
    const auto entry = hosts_.get(name, provenance);
    if (!entry) return entry.error();
    (*entry)->stored.uses += difference;
    (*entry)->counted = true;
    return {};
  };
  for (const DomainName& name : after) {
    if (contains(before, name)) continue;
    if (const auto counted = count(name, 1); !counted) return counted.error();
  }
  for (const DomainName& name : before) {
    if (contains(after, name)) continue;
    if (const auto counted = count(name, -1); !counted) return counted.error();
  }
  return {};
}

/// Stated hosts with what is stated of them. A delegated host below the name itself that comes as a bare name has no glue: a
/// line is complete (absent means not held). Of any other bare name nothing is stated.
Expected<bool> RegistrationWriter::put_hosts(const RegistrationPut& put, const Registration& result) {
  bool changed = false;
  for (const Host& host : put.hosts) {
    if (!contains(result.hosts, host.name) && !host.name.is_at_or_below(result.name)) continue;
    const auto done = put_host(host, put.superseded);
    if (!done) return done.error();
    changed |= *done;
  }
  for (const DomainName& name : put.registration.hosts) {
    if (!name.is_at_or_below(result.name)) continue;
    if (std::ranges::any_of(put.hosts, [&](const Host& host) { return host.name == name; })) continue;
    if (!contains(result.hosts, name)) continue;
    const auto done = put_host(Host{name, {}, {}, put.registration.provenance}, put.superseded);
    if (!done) return done.error();
    changed |= *done;
  }
  return changed;
}

Expected<bool> RegistrationWriter::put_host(const Host& stated, const Superseded& superseded) {
  const auto entry = hosts_.get(stated.name, stated.provenance);
  if (!entry) return entry.error();
  HostBatch::Entry& host = **entry;
  if (!host.held && host.stored.host.roid.empty() && host.stored.host.addresses.empty()) {
    report(host_label(stated.name), "host", "added");
    host.stored.host = stated;
    return true;
  }
  if (contains(superseded.hosts, stated.name)) return false;
  auto merged = merge(host.stored.host, stated, differences_);
  if (!merged.changed) return false;
  host.stored.host = std::move(merged.value);
  host.changed = true;
  return true;
}

Expected<bool> RegistrationWriter::announce_hosts_below(const DomainName& name, bool hides) {
  const auto below = hosts_.at_or_below(name);
  if (!below) return below.error();
  for (HostBatch::Entry* entry : *below) {
    entry->announce = true;
    entry->hides |= hides;
  }
  return !below->empty();
}

Expected<PutOutcome> RegistrationWriter::end(const DomainName& name, const Ended& ended) {
  auto held = tables_.registrations.load(name.ascii());
  if (!held) return held.error();
  if (!*held) return make_error(Errc::not_found, "registration " + name.ascii() + " is not held");
  Registration& registration = (*held)->registration;
  if (registration.ended && registration.ended->reason == ended.reason) return PutOutcome::unchanged;
  const bool was_sponsored = !registration.ended;
  registration.ended = ended;
  tables_.registrations.write(**held);
  tables_.feed.append(ChangeKind::registration_ended, name.ascii(), registration.roid, reason_, true, now_);
  if (was_sponsored) {
    --sponsored_delta_;
    if (const auto used = use_hosts(registration.hosts, {}, registration.provenance); !used) return used.error();
    if (const auto done = announce_hosts_below(name, true); !done) return done.error();
  }
  return PutOutcome::changed;
}

Expected<std::size_t> RegistrationWriter::renew_relay_tokens(UtcTime drawn_before, UtcTime former_until, std::size_t limit) {
  RegistrationTable& registrations = tables_.registrations;
  registrations.drop_former_tokens(now_);
  const auto names = registrations.relay_drawn_before(drawn_before, limit);
  for (const std::string& name : names) {
    auto held = registrations.load(name);
    if (!held) return held.error();
    if (!*held) return make_error(Errc::damaged, "registration " + name + ": an index names it, and it is not there");
    StoredRegistration& stored = **held;
    if (!stored.relay_token.empty()) registrations.keep_former_token(stored.relay_token, name, former_until);
    stored.relay_token = new_relay_token();
    stored.relay_drawn = now_;
    registrations.write(stored);
    // nothing that is held of the registration changed: only the public view is made anew
    tables_.feed.append(ChangeKind::look_again, name, stored.registration.roid, reason_, false, now_);
  }
  return names.size();
}

ChangeFeed::Appended RegistrationWriter::finish() {
  hosts_.write(reason_, now_);
  tables_.ledger.seal_head();
  SQLite::Database& database = tables_.database;
  if (sponsored_delta_ != 0) write_meta(database, "sponsored", read_meta(database, "sponsored") + sponsored_delta_);
  if (tables_.contacts.last_key() > read_meta(database, "last_key"))
    write_meta(database, "last_key", tables_.contacts.last_key());
  return tables_.feed.mark_end();
}

void RegistrationWriter::report(std::string object, std::string element, std::string what) {
  if (differences_ != nullptr) differences_->push_back({std::move(object), std::move(element), std::move(what)});
}

}  // namespace regdata::store
