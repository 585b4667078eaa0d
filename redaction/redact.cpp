#include "redaction/redact.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "redaction/holder.hpp"
#include "redaction/rule_walk.hpp"

namespace regdata::redaction {
namespace {

Field<std::string>& field_of(PublicContact& contact, Element element) {
  switch (element) {
    case Element::contact_id:
      return contact.id;
    case Element::name:
      return contact.name;
    case Element::organization:
      return contact.organization;
    case Element::city:
      return contact.city;
    case Element::state:
      return contact.state;
    case Element::postal_code:
      return contact.postal_code;
    case Element::country:
      return contact.country;
    case Element::phone:
      return contact.phone;
    case Element::phone_ext:
      return contact.phone_ext;
    case Element::fax:
      return contact.fax;
    case Element::fax_ext:
      return contact.fax_ext;
    default:
      return contact.email;
  }
}

/// 16 of [a-z2-7], as the store makes them; anything else is not a token and goes nowhere.
bool is_token(std::string_view text) {
  return text.size() == 16 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

std::string filled(std::string_view pattern, std::string_view mark, std::string_view value) {
  std::string text;
  text.reserve(pattern.size() + value.size());
  std::size_t at = 0;
  for (std::size_t hit; (hit = pattern.find(mark, at)) != std::string_view::npos; at = hit + mark.size()) {
    text.append(pattern, at, hit - at).append(value);
  }
  return text.append(pattern, at);
}

/// One redaction. Decisions are written down only where somebody asked for them.
class Redactor {
 public:
  Redactor(const RegistrationData& data, const Policy& policy, const RedactionContext& context, UtcTime now,
           std::vector<Decision>* decisions)
      : data_(data), policy_(policy), context_(context), clock_{now, {}}, decisions_(decisions) {}

  PublicViewData run();
  [[nodiscard]] std::optional<UtcTime> look_again() const { return clock_.look_again; }

 private:
  void add_facts(PublicViewData& view);
  bool publishes(Element element, bool held);
  void note_facts();
  void add_contact(PublicViewData& view, Role role);
  void note_unpublished_contact(Role role);
  void decide_element(PublicContact& contact, const Holder& holder, const Facts& facts, Element element);
  void decide_email(PublicContact& contact, const Holder& holder, const Facts& facts);
  bool show_email(PublicContact& contact, const Holder& holder, const Verdict& verdict) const;
  std::optional<ReplacedEmail> replacement(Role role, Action action, RuleId rule) const;
  void note(std::optional<Role> role, Element element, Outcome outcome, const Verdict& verdict, const Provenance& source);
  void note_contact(Role role, Element element, Outcome outcome, const Verdict& verdict, const Holder& holder);

  const RegistrationData& data_;
  const Policy& policy_;
  const RedactionContext& context_;
  RuleClock clock_;
  std::vector<Decision>* decisions_;
};

PublicViewData Redactor::run() {
  PublicViewData view;
  add_facts(view);
  if (decisions_ != nullptr) note_facts();
  view.contacts.reserve(2);
  add_contact(view, Role::registrant);
  if (!data_.registration.technical.empty()) add_contact(view, Role::technical);
  // Administrative and billing contacts are never published (rules.md §1.3 rows 37, 38): no code here could show one.
  if (decisions_ != nullptr) {
    note_unpublished_contact(Role::administrative);
    note_unpublished_contact(Role::billing);
  }
  return view;
}

void Redactor::add_facts(PublicViewData& view) {
  const Registration& from = data_.registration;
  view.name = from.name.ascii();
  view.unicode_name = from.name.is_idn() ? from.name.unicode() : view.name;
  view.registrar = from.registrar;
  view.created = from.created;
  view.statuses = from.statuses;
  view.dnssec = static_cast<PublicDnssec>(from.dnssec);
  view.hosts.reserve(from.hosts.size());
  for (const DomainName& host : from.hosts) view.hosts.push_back(host.ascii());
  view.ds.reserve(from.ds.size());
  for (const DsRecord& ds : from.ds) view.ds.push_back({ds.key_tag, ds.algorithm, ds.digest_type, ds.digest});
  if (publishes(Element::updated_date, from.updated.has_value())) view.updated = from.updated;
  if (publishes(Element::registry_expiry_date, from.registry_expires.has_value()))
    view.registry_expires = from.registry_expires;
  if (publishes(Element::registrar_expiry_date, from.registrar_expires.has_value())) {
    view.registrar_expires = from.registrar_expires;
  }
  view.transferred = from.transferred;
  if (publishes(Element::reseller, from.reseller.has_value())) {
    view.reseller = PublicReseller{from.reseller->name, from.reseller->url};
  }
  if (!from.roid.empty()) {
    const Verdict verdict = decide(policy_.steps(Element::registry_domain_id), Element::registry_domain_id, {}, clock_);
    if (verdict.action == Action::publish) view.registry_domain_id = Shown<std::string>{from.roid, verdict.rule, false};
    if (verdict.action == Action::withhold) view.registry_domain_id = Withheld{verdict.rule};
  }
}

bool Redactor::publishes(Element element, bool held) {
  return held && decide(policy_.steps(element), element, {}, clock_).action == Action::publish;
}

void Redactor::note_facts() {
  const Registration& from = data_.registration;
  const Registrar* registrar = context_.catalog != nullptr ? context_.catalog->registrar(from.registrar) : nullptr;
  const auto configured = [&](const std::string Registrar::*member) {
    return registrar != nullptr && !(registrar->*member).empty();
  };
  const auto has_address = [](const Host& host) { return !host.addresses.empty(); };
  const auto glue = std::find_if(data_.subordinate_hosts.begin(), data_.subordinate_hosts.end(), has_address);
  const Provenance configuration{SourceClass::own, "configuration", {}};
  const auto fact = [&](Element element, bool held, const Provenance& source) {
    const Verdict verdict = decide(policy_.steps(element), element, {}, clock_);
    // Only the registry's number has a place where an answer can say that it is withheld; other facts are left out.
    const bool says_so = element == Element::registry_domain_id && verdict.action == Action::withhold;
    Outcome outcome = Outcome::omitted;
    if (verdict.action == Action::publish || says_so) {
      outcome = !held ? Outcome::not_held : says_so ? Outcome::withheld : Outcome::shown;
    }
    note(std::nullopt, element, outcome, verdict, source);
  };
  fact(Element::domain_name, true, from.provenance);
  fact(Element::registry_domain_id, !from.roid.empty(), from.provenance);
  fact(Element::registrar_whois_server, configured(&Registrar::whois_server), configuration);
  fact(Element::registrar_url, configured(&Registrar::url), configuration);
  fact(Element::updated_date, from.updated.has_value(), from.provenance);
  fact(Element::creation_date, true, from.provenance);
  fact(Element::registry_expiry_date, from.registry_expires.has_value(), from.provenance);
  fact(Element::registrar_expiry_date, from.registrar_expires.has_value(), from.provenance);
  fact(Element::registrar_name, configured(&Registrar::name), configuration);
  fact(Element::registrar_iana_id, registrar != nullptr, configuration);
  fact(Element::abuse_email, configured(&Registrar::abuse_email), configuration);
  fact(Element::abuse_phone, configured(&Registrar::abuse_phone), configuration);
  fact(Element::reseller, from.reseller.has_value(), from.provenance);
  fact(Element::domain_status, !from.statuses.empty(), from.provenance);
  fact(Element::name_server, !from.hosts.empty(), from.provenance);
  fact(Element::name_server_address, glue != data_.subordinate_hosts.end(),
       glue != data_.subordinate_hosts.end() ? glue->provenance : from.provenance);
  fact(Element::dnssec, from.dnssec != DnssecState::unknown, from.provenance);
}

void Redactor::add_contact(PublicViewData& view, Role role) {
  const Holder holder = holder_of(data_, context_.catalog, role);
  Facts facts;
  facts.service = holder.service != nullptr;
  if (!holder.closed && holder.service == nullptr) {
    facts.choices = &holder.contact->choices;
    facts.kind = holder.contact->contact.kind;
  }
  PublicContact& contact = view.contacts.emplace_back();
  contact.role = role;
  for (const Element element : contact_elements) {
    if (element == Element::email) {
      decide_email(contact, holder, facts);
    } else {
      decide_element(contact, holder, facts, element);
    }
  }
  if (role == Role::registrant) return;
  // A role that the policy leaves out altogether leaves no trace.
  PublicContact blank;
  blank.role = role;
  if (contact == blank) view.contacts.pop_back();
}

void Redactor::decide_element(PublicContact& contact, const Holder& holder, const Facts& facts, Element element) {
  const Verdict verdict = decide(policy_.steps(contact.role, element), element, facts, clock_);
  Outcome outcome = Outcome::withheld;
  if (verdict.action == Action::omit) {
    outcome = Outcome::omitted;
  } else if (!holder.closed && !is_held(holder, element)) {
    outcome = Outcome::not_held;
  } else if (!holder.closed && verdict.action == Action::publish) {
    outcome = Outcome::shown;
  }
  const bool is_street = element == Element::street;
  if (outcome == Outcome::shown) {
    if (is_street) {
      contact.street = Shown<std::vector<std::string>>{street_of(holder), verdict.rule, verdict.by_choice()};
    } else {
      field_of(contact, element) = Shown<std::string>{text_of(holder, element), verdict.rule, verdict.by_choice()};
    }
  } else if (outcome == Outcome::withheld) {
    const Withheld withheld{holder.closed ? holder.closed_by : verdict.rule};
    if (is_street) {
      contact.street = withheld;
    } else {
      field_of(contact, element) = withheld;
    }
  }
  if (decisions_ != nullptr) note_contact(contact.role, element, outcome, verdict, holder);
}

/// Always something, never empty (RDP §9.2; rules.md §1.7): an address that is not shown is replaced, whether one is held
/// or not, and whether its contact can be opened or not.
void Redactor::decide_email(PublicContact& contact, const Holder& holder, const Facts& facts) {
  const auto steps = policy_.steps(contact.role, Element::email);
  const Verdict verdict = decide(steps, Element::email, facts, clock_);
  if (verdict.action == Action::omit) {
    if (decisions_ != nullptr) note_contact(contact.role, Element::email, Outcome::omitted, verdict, holder);
    return;
  }
  const bool shown = !holder.closed && verdict.action == Action::publish && show_email(contact, holder, verdict);
  Verdict way = verdict;
  if (verdict.action == Action::publish) {
    // What replaces the address where it is not held, and beside one that was chosen: a server with stale views prints it.
    Facts unpublished = facts;
    unpublished.skip_publish = true;
    way = decide(steps, Element::email, unpublished, clock_);
  }
  if (!shown || verdict.by_choice()) contact.replaced_email = replacement(contact.role, way.action, way.rule);
  if (!shown) contact.email = Withheld{holder.closed ? holder.closed_by : way.rule};
  if (decisions_ == nullptr) return;
  const Outcome hidden = contact.replaced_email ? Outcome::replaced : Outcome::withheld;
  note_contact(contact.role, Element::email, shown ? Outcome::shown : hidden, shown ? verdict : way, holder);
  if (!shown && !holder.closed && verdict.action == Action::publish) decisions_->back().basis = "not held";
}

bool Redactor::show_email(PublicContact& contact, const Holder& holder, const Verdict& verdict) const {
  constexpr std::string_view mark = "{token}";
  std::string email = text_of(holder, Element::email);
  if (email.empty()) return false;
  if (holder.service != nullptr && email.find(mark) != std::string::npos) {
    if (!is_token(data_.relay_token)) return false;
    email = filled(email, mark, data_.relay_token);
  }
  contact.email = Shown<std::string>{std::move(email), verdict.rule, verdict.by_choice()};
  return true;
}

std::optional<ReplacedEmail> Redactor::replacement(Role role, Action action, RuleId rule) const {
  const bool can_relay = !context_.relay_domain.empty() && is_token(data_.relay_token);
  if (can_relay && (action == Action::replace_with_relay || context_.contact_form.empty())) {
    // Random per domain and per role, made of nothing that is known about the person (rules.md §1.7).
    std::string address = data_.relay_token;
    if (role == Role::technical) address += "-t";
    return ReplacedEmail{ReplacedEmail::Kind::relay_address, address.append("@").append(context_.relay_domain), rule};
  }
  if (context_.contact_form.empty()) return std::nullopt;
  const std::string_view role_word = role == Role::technical ? "technical" : "registrant";
  return ReplacedEmail{ReplacedEmail::Kind::form_url,
                       filled(filled(context_.contact_form, "{name}", data_.registration.name.ascii()), "{role}", role_word),
                       rule};
}

void Redactor::note_unpublished_contact(Role role) {
  if (handle_of(data_.registration, role).empty()) return;
  const Holder holder = holder_of(data_, context_.catalog, role);
  for (const Element element : contact_elements) {
    const Verdict verdict = decide(policy_.steps(role, element), element, {}, clock_);
    note_contact(role, element, verdict.action == Action::omit ? Outcome::omitted : Outcome::withheld, verdict, holder);
  }
}

void Redactor::note_contact(Role role, Element element, Outcome outcome, const Verdict& verdict, const Holder& holder) {
  static const Provenance nowhere;
  const Provenance configuration{SourceClass::own, "configuration", {}};
  const Provenance& stored = holder.contact != nullptr ? holder.contact->contact.provenance : nowhere;
  note(role, element, outcome, verdict, holder.service != nullptr ? configuration : stored);
  Decision& decision = decisions_->back();
  if (outcome == Outcome::omitted) return;
  if (holder.closed) {
    decision.basis = holder.closed_because;
    decision.basis_at = holder.closed_at;
    decision.ledger.reset();
    decision.rule = holder.closed_by;
    const bool unavailable = holder.closed_by == Policy::rule_unavailable;
    decision.rule_name = unavailable ? "unavailable" : "unknown";
    decision.section = "rules.md §1.14";
  } else if (holder.service != nullptr && outcome != Outcome::not_held) {
    decision.basis = "affiliated service";
  }
}

void Redactor::note(std::optional<Role> role, Element element, Outcome outcome, const Verdict& verdict,
                    const Provenance& source) {
  Decision decision{.role = role,
                    .element = element,
                    .outcome = outcome,
                    .rule = verdict.rule,
                    .rule_name = "unknown",
                    .section = "rules.md §1.14",
                    .basis = "rule",
                    .basis_at = {},
                    .ledger = {},
                    .source = source};
  if (const Rule* rule = policy_.rule(verdict.rule)) {
    decision.rule_name = rule->id;
    decision.section = rule->section;
  }
  if (outcome == Outcome::not_held) {
    decision.basis = "not held";
  } else if (outcome != Outcome::omitted && verdict.asked != Asked::not_needed) {
    decision.basis = to_string(verdict.asked);
    if (verdict.entry != nullptr) {
      decision.basis_at = verdict.entry->at;
      decision.ledger = verdict.entry->sequence;
    }
  }
  decisions_->push_back(std::move(decision));
}

}  // namespace

Redaction redact(const RegistrationData& data, const Policy& policy, const RedactionContext& context, UtcTime now) {
  std::vector<Decision> decisions;
  decisions.reserve(all_elements.size() + 3 * contact_elements.size());
  Redactor redactor(data, policy, context, now, &decisions);
  PublicView view(redactor.run());
  return {std::move(view), std::move(decisions), redactor.look_again()};
}

RedactedView redact_view(const RegistrationData& data, const Policy& policy, const RedactionContext& context, UtcTime now) {
  Redactor redactor(data, policy, context, now, nullptr);
  PublicView view(redactor.run());
  return {std::move(view), redactor.look_again()};
}

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::shown:
      return "shown";
    case Outcome::withheld:
      return "withheld";
    case Outcome::replaced:
      return "replaced";
    case Outcome::not_held:
      return "not held";
    case Outcome::omitted:
      return "omitted";
  }
  return "withheld";
}

}  // namespace regdata::redaction
