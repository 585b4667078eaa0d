#include "redaction/publish_names.hpp"

#include <algorithm>
#include <array>

namespace regdata::redaction {
namespace {

constexpr std::size_t most_problems = 1000;

using TextField = Field<std::string> PublicContact::*;
constexpr std::array<TextField, 12> all_text_fields{
    &PublicContact::id,        &PublicContact::name,    &PublicContact::organization, &PublicContact::city,
    &PublicContact::state,     &PublicContact::country, &PublicContact::postal_code,  &PublicContact::phone,
    &PublicContact::phone_ext, &PublicContact::fax,     &PublicContact::fax_ext,      &PublicContact::email};

template <class T>
bool hides(const Field<T>& before, const Field<T>& after) {
  const Shown<T>* shown = before.shown();
  return shown != nullptr && (after.shown() == nullptr || after.shown()->value != shown->value);
}

bool hides(const PublicContact& before, const PublicContact& after) {
  return hides(before.street, after.street) || std::any_of(all_text_fields.begin(), all_text_fields.end(),
                                                           [&](TextField field) { return hides(before.*field, after.*field); });
}

/// Errors that speak of one name's rows and not of the store.
bool concerns_one_name(Errc code) { return code == Errc::damaged || code == Errc::key_missing || code == Errc::invalid; }

const Policy* policy_named(const Publication& publication, std::string_view name) {
  const auto policy = publication.policies.find(name);
  return policy == publication.policies.end() ? nullptr : &policy->second;
}

/// The view as it lies in the store; an old record that does not decode counts as gone, and as hidden by what follows.
Expected<std::optional<PublicView>> view_before(ViewWriter& views, const std::string& name, bool& damaged) {
  auto view = views.find(name);
  damaged = !view && view.error().code == Errc::damaged;
  if (damaged) return std::optional<PublicView>{};
  return view;
}

}  // namespace

bool hides_something(const PublicView& before, const PublicView& after) {
  if (hides(before->registry_domain_id, after->registry_domain_id)) return true;
  if (before->reseller && before->reseller != after->reseller) return true;
  static const PublicContact nobody;
  return std::any_of(before->contacts.begin(), before->contacts.end(), [&](const PublicContact& contact) {
    const auto same = std::find_if(after->contacts.begin(), after->contacts.end(),
                                   [&](const PublicContact& other) { return other.role == contact.role; });
    return hides(contact, same == after->contacts.end() ? nobody : *same);
  });
}

const Policy* policy_of(const Publication& publication, const DomainName& name) {
  const Tld* tld = publication.catalog.tld_of(name);
  return tld == nullptr ? nullptr : policy_named(publication, tld->policy);
}

PolicyFinder::PolicyFinder(const Publication& publication) {
  // The first of two entries for one TLD counts, as in Catalog::tld_of.
  for (const Tld& tld : publication.catalog.tlds) by_tld_.emplace(tld.name, policy_named(publication, tld.policy));
}

const Policy* PolicyFinder::find(const DomainName& name) const {
  for (std::string_view suffix = name.parent();;) {
    if (const auto found = by_tld_.find(suffix); found != by_tld_.end()) return found->second;
    const auto dot = suffix.find('.');
    if (dot == std::string_view::npos) return nullptr;
    suffix.remove_prefix(dot + 1);
  }
}

PublicHost public_host(const Host& host, const std::string& registrar) {
  return PublicHost{host.name.ascii(), host.addresses, registrar};
}

void note_problem(PublishReport& report, std::string line) {
  if (report.problems.size() < most_problems) report.problems.push_back(std::move(line));
}

void note_unreadable(PublishReport& report, const RegistrationData& data) {
  for (const RoleContact& contact : data.contacts) {
    if (contact.state != ContactState::unreadable) continue;
    ++report.unreadable;
    note_problem(report, data.registration.name.ascii() + ": contact " + contact.contact.handle +
                             " cannot be opened and is withheld whole" +
                             (contact.problem.empty() ? "" : ": " + contact.problem));
  }
}

Expected<void> NamePublisher::publish(const PublishPlan::Name& name) {
  if (name.due) due_after.push_back({name.name, std::nullopt});
  const auto found = store_.find(name.name);
  if (!found) return concerns_one_name(found.error().code) ? unreadable(name, found.error()) : found.error();
  if (!*found || (**found).registration.ended) return remove(name.name);
  const Policy* policy = policy_of(publication_, name.name);
  if (policy == nullptr) {
    note_problem(report, name.name.ascii() + ": no policy is configured for it: not published");
    return remove(name.name);
  }
  return put(name, **found, *policy);
}

Expected<void> NamePublisher::put(const PublishPlan::Name& name, const RegistrationData& data, const Policy& policy) {
  note_unreadable(report, data);
  RedactedView now = redact_view(data, policy, publication_.context, now_);
  if (name.due) {
    due_after.back().when = now.look_again;
  } else if (now.look_again) {
    due_before.push_back({name.name, now.look_again});
  }
  bool damaged = false;
  const auto before = view_before(views_, name.name.ascii(), damaged);
  if (!before) return before.error();
  if (!*before || **before != now.view) {
    batch.hides = batch.hides || damaged || (*before && hides_something(**before, now.view));
    batch.put.push_back(std::move(now.view));
    ++report.published;
  }
  return put_hosts(name.name, data);
}

/// The hosts below a name go with it: put as they are, and those that are no more are taken out.
Expected<void> NamePublisher::put_hosts(const DomainName& name, const RegistrationData& data) {
  const auto held = views_.hosts_below(name.ascii());
  if (!held) return held.error();
  for (const std::string& host : *held) {
    const auto same = [&](const Host& other) { return other.name.ascii() == host; };
    if (std::any_of(data.subordinate_hosts.begin(), data.subordinate_hosts.end(), same)) continue;
    const auto parsed = DomainName::from_stored(host);
    if (!parsed) continue;
    if (auto done = publish_host(*parsed); !done) return done;
  }
  for (const Host& host : data.subordinate_hosts) {
    if (auto done = put_host(public_host(host, data.registration.registrar)); !done) return done;
  }
  return {};
}

Expected<void> NamePublisher::put_host(const PublicHost& host) {
  const auto before = views_.find_host(host.name);
  if (!before && before.error().code != Errc::damaged) return before.error();
  if (!before || !*before || **before != host) batch.put_hosts.push_back(host);
  return {};
}

Expected<void> NamePublisher::publish_host(const DomainName& host) {
  const auto held = store_.find_host(host);
  if (!held) return held.error();
  if (*held) {
    const auto above = store_.sponsored_ancestor(host);
    if (!above) return above.error();
    if (*above && policy_of(publication_, **above) != nullptr) {
      const auto data = store_.find(**above);
      if (!data && !concerns_one_name(data.error().code)) return data.error();
      if (data && *data) return put_host(public_host(**held, (**data).registration.registrar));
    }
  }
  const auto before = views_.find_host(host.ascii());
  if (before && !*before) return {};
  batch.remove_hosts.push_back(host.ascii());
  batch.hides = true;
  return {};
}

Expected<void> NamePublisher::remove(const DomainName& name) {
  bool damaged = false;
  const auto before = view_before(views_, name.ascii(), damaged);
  if (!before) return before.error();
  if (*before || damaged) {
    batch.remove.push_back(name.ascii());
    batch.hides = true;
    ++report.removed;
  }
  const auto hosts = views_.hosts_below(name.ascii());
  if (!hosts) return hosts.error();
  for (const std::string& host : *hosts) {
    const auto parsed = DomainName::from_stored(host);
    if (!parsed) continue;
    if (auto done = publish_host(*parsed); !done) return done;  // another name of ours may stand above it
  }
  return {};
}

/// House.md §3: a name that cannot be opened is published with every contact element withheld, never left as it was.
Expected<void> NamePublisher::unreadable(const PublishPlan::Name& name, const Error& error) {
  note_problem(report, name.name.ascii() + ": cannot be read: " + error.context);
  ++report.unreadable;
  if (name.ended) return remove(name.name);
  bool damaged = false;
  const auto before = view_before(views_, name.name.ascii(), damaged);
  if (!before) return before.error();
  if (!*before) return remove(name.name);
  PublicView masked = ViewCodec::withhold_contacts(**before, Policy::rule_unavailable);
  if (masked == **before) return {};
  batch.put.push_back(std::move(masked));
  batch.hides = true;
  ++report.published;
  return {};
}

}  // namespace regdata::redaction
