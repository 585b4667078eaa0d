#include "tests/redaction/feed_store.hpp"

#include <algorithm>

namespace regdata::testing {
namespace {

Error down_error() { return make_error(Errc::unavailable, "the store is down"); }
Error unused() { return make_error(Errc::internal, "not used by the publisher"); }
DomainName stored(const std::string& name) { return DomainName::from_stored(name).value(); }

}  // namespace

void FeedStore::hold(const RegistrationData& data, bool hides) {
  const std::string& name = data.registration.name.ascii();
  registrations.insert_or_assign(name, data);
  for (const Host& host : data.subordinate_hosts) host_objects.insert_or_assign(host.name.ascii(), host);
  say(ChangeKind::registration_put, name, hides);
}

void FeedStore::end_registration(const std::string& name) {
  registrations.at(name).registration.ended = Ended{};
  say(ChangeKind::registration_ended, name, true);
}

void FeedStore::add_host(const std::string& name, std::vector<std::string> addresses) {
  host_objects.insert_or_assign(name, Host{stored(name), "", std::move(addresses), {}});
  say(ChangeKind::host_put, name);
}

void FeedStore::remove_host(const std::string& name) {
  host_objects.erase(name);
  say(ChangeKind::host_removed, name, true);
}

void FeedStore::say(ChangeKind kind, const std::string& subject, bool hides) {
  Change change;
  change.sequence = feed.empty() ? 1 : feed.back().sequence + 1;
  change.kind = kind;
  change.subject = subject;
  change.hides = hides;
  feed.push_back(change);
  marks_[change.sequence] = ++last_mark_;
}

void FeedStore::edit_contact(const std::string& handle, const std::function<void(RoleContact&)>& edit) {
  for (auto& [name, data] : registrations) {
    for (RoleContact& contact : data.contacts) {
      if (contact.contact.handle == handle) edit(contact);
    }
  }
}

RegistrationData FeedStore::complete(const RegistrationData& data) const {
  RegistrationData out = data;
  out.subordinate_hosts.clear();
  for (const auto& [name, host] : host_objects) {
    if (host.name.is_at_or_below(data.registration.name)) out.subordinate_hosts.push_back(host);
  }
  return out;
}

Expected<std::optional<RegistrationData>> FeedStore::find(const DomainName& name) {
  if (down) return down_error();
  if (before_find) before_find();
  found.push_back(name.ascii());
  if (broken_names.contains(name.ascii())) return make_error(Errc::damaged, "a row of " + name.ascii() + " is damaged");
  const auto held = registrations.find(name.ascii());
  if (held == registrations.end()) return std::optional<RegistrationData>{};
  return std::optional(complete(held->second));
}

Expected<FeedMark> FeedStore::for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) {
  if (down) return down_error();
  for (auto at = registrations.upper_bound(std::string(after)); at != registrations.end(); ++at) {
    if (!at->second.registration.ended && !visit(complete(at->second))) break;
  }
  return feed_mark();
}

Expected<FeedMark> FeedStore::read_snapshot(const std::function<Expected<void>(StoreSnapshot&)>& look) {
  struct Snapshot final : StoreSnapshot {
    Snapshot(FeedStore& from, FeedMark at) : store(from), state(at) {}
    [[nodiscard]] FeedMark mark() const override { return state; }
    Expected<void> for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) override {
      const auto walked = store.for_each(after, visit);
      return walked ? Expected<void>() : walked.error();
    }
    Expected<void> for_each_contact(const ContactUse&, const std::function<bool(const RoleContact&)>&) override {
      return make_error(Errc::internal, "contacts by themselves are not in this store");
    }
    Expected<void> for_each_host(const std::function<bool(const Host&, bool)>&) override {
      return make_error(Errc::internal, "hosts by themselves are not in this store");
    }
    FeedStore& store;
    FeedMark state;
  };
  const auto mark = feed_mark();
  if (!mark) return mark;
  Snapshot snapshot(*this, *mark);
  if (const auto looked = look(snapshot); !looked) return looked.error();
  return mark;
}

Expected<std::vector<DomainName>> FeedStore::names_of_contact(std::string_view handle, std::string_view after,
                                                              std::size_t limit) {
  if (down) return down_error();
  std::vector<DomainName> names;
  for (auto at = registrations.upper_bound(std::string(after)); at != registrations.end() && names.size() < limit; ++at) {
    const auto& contacts = at->second.contacts;
    if (std::any_of(contacts.begin(), contacts.end(), [&](const auto& one) { return one.contact.handle == handle; })) {
      names.push_back(at->second.registration.name);
    }
  }
  return names;
}

Expected<std::optional<Host>> FeedStore::find_host(const DomainName& name) {
  if (down) return down_error();
  const auto held = host_objects.find(name.ascii());
  if (held == host_objects.end()) return std::optional<Host>{};
  return std::optional(held->second);
}

Expected<std::optional<DomainName>> FeedStore::sponsored_ancestor(const DomainName& name) {
  if (down) return down_error();
  std::optional<DomainName> nearest;
  for (const auto& [text, data] : registrations) {
    const DomainName& candidate = data.registration.name;
    if (data.registration.ended || !name.is_at_or_below(candidate)) continue;
    if (!nearest || candidate.ascii().size() > nearest->ascii().size()) nearest = candidate;
  }
  return nearest;
}

Expected<std::uint64_t> FeedStore::count() { return registrations.size(); }

Expected<std::vector<Change>> FeedStore::changes_after(std::uint64_t sequence, std::size_t limit) {
  if (down) return down_error();
  std::vector<Change> changes;
  for (const Change& change : feed) {
    if (change.sequence > sequence && changes.size() < limit) changes.push_back(change);
  }
  return changes;
}

Expected<std::uint64_t> FeedStore::last_sequence() {
  if (down) return down_error();
  return feed.empty() ? 0 : feed.back().sequence;
}

Expected<FeedMark> FeedStore::feed_mark() {
  if (down) return down_error();
  const std::uint64_t last = feed.empty() ? 0 : feed.back().sequence;
  return FeedMark{last, marks_.at(last)};
}

Expected<bool> FeedStore::was_at(const FeedMark& mark) {
  if (down) return down_error();
  if (mark.sequence > (feed.empty() ? 0 : feed.back().sequence)) return false;
  const auto held = marks_.find(mark.sequence);
  return held != marks_.end() && held->second == mark.mark;
}

Expected<std::vector<DomainName>> FeedStore::due_names(UtcTime now, std::size_t limit) {
  if (down) return down_error();
  std::vector<DomainName> names;
  for (const auto& [name, when] : due) {
    if (when <= now && names.size() < limit) names.push_back(stored(name));
  }
  return names;
}

Expected<std::optional<UtcTime>> FeedStore::next_due() { return unused(); }

Expected<void> FeedStore::set_due(std::span<const DueTime> times) {
  if (times.empty()) return {};
  if (before_set_due) before_set_due();
  if (down) return down_error();
  ++due_writes;
  for (const DueTime& time : times) {
    if (time.when) {
      due[time.name.ascii()] = *time.when;
    } else {
      due.erase(time.name.ascii());
    }
  }
  return {};
}

Expected<std::optional<RoleContact>> FeedStore::find_contact(std::string_view) { return unused(); }
Expected<std::vector<std::string>> FeedStore::handles_by_email(std::string_view) { return unused(); }
Expected<std::vector<PutOutcome>> FeedStore::put(const std::vector<RegistrationPut>&, std::string_view, UtcTime) {
  return unused();
}
Expected<std::vector<PutOutcome>> FeedStore::put_contacts(const std::vector<Contact>&, std::string_view, UtcTime) {
  return unused();
}
Expected<std::vector<Difference>> FeedStore::difference(const RegistrationPut&) { return unused(); }
Expected<PutOutcome> FeedStore::end(const DomainName&, Ended, std::string_view, UtcTime) { return unused(); }
Expected<std::uint64_t> FeedStore::add_choices(const std::vector<ChoiceEntry>&, std::string_view, UtcTime) { return unused(); }
Expected<std::vector<ChoiceEntry>> FeedStore::choice_entries(std::string_view) { return unused(); }
Expected<std::uint64_t> FeedStore::verify_choices() { return unused(); }
Expected<void> FeedStore::erase_contact(std::string_view, std::string_view, UtcTime) { return unused(); }
Expected<void> FeedStore::erase_contact_unless_needed(std::string_view, std::string_view, UtcTime) { return unused(); }

}  // namespace regdata::testing
