#include "redaction/redact.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "redaction/holder.hpp"
#include "redaction/policy_verdicts.hpp"

namespace regdata::redaction {
namespace {

/// In the order of contact_elements; the street is no single text.
constexpr std::array<Field<std::string> PublicContact::*, contact_elements.size()> text_fields{
    &PublicContact::id,    &PublicContact::name,      &PublicContact::organization, nullptr,
    &PublicContact::city,  &PublicContact::state,     &PublicContact::postal_code,  &PublicContact::country,
    &PublicContact::phone, &PublicContact::phone_ext, &PublicContact::fax,          &PublicContact::fax_ext,
    &PublicContact::email};
constexpr std::size_t email_place = contact_elements.size() - 1;
static_assert(contact_elements[3] == Element::street && contact_elements[email_place] == Element::email);

/// 16 of [a-z2-7], as the store makes them; anything else is not a token and goes nowhere.
bool is_token(std::string_view text) {
  return text.size() == 16 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

/// Appends `pattern` with each mark replaced by its value.
struct Filling {
  std::string_view mark;
  std::string_view value;
};
void append_filled(std::string& text, std::string_view pattern, std::initializer_list<Filling> fillings) {
  for (std::size_t brace; (brace = pattern.find('{')) != std::string_view::npos;) {
    text.append(pattern, 0, brace);
    pattern.remove_prefix(brace);
    const Filling* hit = std::find_if(fillings.begin(), fillings.end(),
                                      [&](const Filling& filling) { return pattern.starts_with(filling.mark); });
    text.append(hit == fillings.end() ? pattern.substr(0, 1) : hit->value);
    pattern.remove_prefix(hit == fillings.end() ? 1 : hit->mark.size());
  }
  text.append(pattern);
}

/// One redaction, into a view that may hold another name's: every field is set. Decisions are written down only where
/// somebody asked for them.
class Redactor {
 public:
  Redactor(const RegistrationData& data, PolicyVerdicts& verdicts, const RedactionContext& context,
           std::vector<Decision>* decisions)
      : data_(data),
        verdicts_(verdicts),
        policy_(verdicts.policy()),
        context_(context),
        clock_{verdicts.now(), {}},
        decisions_(decisions) {}

  void run(PublicViewData& view);
  [[nodiscard]] std::optional<UtcTime> look_again() const { return clock_.look_again; }

 private:
  void add_facts(PublicViewData& view);
  bool publishes(const FactVerdict& fact, bool held);
  void look_again_at(const std::optional<UtcTime>& when);
  void note_facts();
  /// False: the policy leaves the contact out altogether.
  bool add_contact(PublicContact& contact, Role role);
  void note_unpublished_contact(Role role);
  void decide_street(PublicContact& contact, const Holder& holder, Outcome outcome, const Verdict& verdict);
  bool decide_email(PublicContact& contact, const Holder& holder, const ContactVerdicts& verdicts);
  bool show_email(PublicContact& contact, const Holder& holder, const Verdict& verdict) const;
  void replace_email(PublicContact& contact, Action action, RuleId rule) const;
  void note(std::optional<Role> role, Element element, Outcome outcome, const Verdict& verdict, const Provenance& source);
  void note_contact(Role role, Element element, Outcome outcome, const Verdict& verdict, const Holder& holder);

  const RegistrationData& data_;
  PolicyVerdicts& verdicts_;
  const Policy& policy_;
  const RedactionContext& context_;
  RuleClock clock_;
  std::vector<Decision>* decisions_;
};

void Redactor::run(PublicViewData& view) {
  add_facts(view);
  if (decisions_ != nullptr) note_facts();
  const bool technical = !data_.registration.technical.empty();
  view.contacts.reserve(2);
  view.contacts.resize(technical ? 2 : 1);
  add_contact(view.contacts[0], Role::registrant);
  // A role that the policy leaves out altogether leaves no trace.
  if (technical && !add_contact(view.contacts[1], Role::technical)) view.contacts.pop_back();
  // Administrative and billing contacts are never published (rules.md §1.3 rows 37, 38): no code here could show one.
  if (decisions_ != nullptr) {
    note_unpublished_contact(Role::administrative);
    note_unpublished_contact(Role::billing);
  }
}

void Redactor::add_facts(PublicViewData& view) {
  const Registration& from = data_.registration;
  view.name = from.name.ascii();
  if (from.name.is_idn()) {
    view.unicode_name = from.name.unicode();
  } else {
    view.unicode_name = view.name;
  }
  view.registrar = from.registrar;
  view.created = from.created;
  view.statuses = from.statuses;
  view.dnssec = static_cast<PublicDnssec>(from.dnssec);
  view.hosts.resize(from.hosts.size());
  for (std::size_t i = 0; i < from.hosts.size(); ++i) view.hosts[i] = from.hosts[i].ascii();
  view.ds.clear();
  for (const DsRecord& ds : from.ds) view.ds.push_back({ds.key_tag, ds.algorithm, ds.digest_type, ds.digest});
  view.updated = publishes(verdicts_.updated, from.updated.has_value()) ? from.updated : std::nullopt;
  view.registry_expires =
      publishes(verdicts_.registry_expiry, from.registry_expires.has_value()) ? from.registry_expires : std::nullopt;
  view.registrar_expires =
      publishes(verdicts_.registrar_expiry, from.registrar_expires.has_value()) ? from.registrar_expires : std::nullopt;
  view.transferred = from.transferred;
  view.reseller.reset();
  if (publishes(verdicts_.reseller, from.reseller.has_value())) {
    view.reseller = PublicReseller{from.reseller->name, from.reseller->url};
  }
  const Verdict& number = verdicts_.registry_domain_id.verdict;
  if (!from.roid.empty()) look_again_at(verdicts_.registry_domain_id.look_again);
  if (!from.roid.empty() && number.action == Action::publish) {
    view.registry_domain_id.show(from.roid, number.rule, false);
  } else if (!from.roid.empty() && number.action == Action::withhold) {
    view.registry_domain_id.withhold(number.rule);
  } else {
    view.registry_domain_id.clear();
  }
}

bool Redactor::publishes(const FactVerdict& fact, bool held) {
  if (held) look_again_at(fact.look_again);
  return held && fact.verdict.action == Action::publish;
}

void Redactor::look_again_at(const std::optional<UtcTime>& when) {
  if (when && (!clock_.look_again || *when < *clock_.look_again)) clock_.look_again = when;
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

bool Redactor::add_contact(PublicContact& contact, Role role) {
  const Holder holder = holder_of(data_, context_.catalog, role);
  Facts facts;
  facts.service = holder.service != nullptr;
  if (!holder.closed && holder.service == nullptr) {
    facts.choices = &holder.contact->choices;
    facts.kind = holder.contact->contact.kind;
  }
  const ContactVerdicts& verdicts = verdicts_.on_contact(role, facts);
  look_again_at(verdicts.look_again);
  const auto texts = holder.closed ? std::array<const std::string*, contact_elements.size()>{} : texts_of(holder);
  contact.role = role;
  bool traced = false;
  for (std::size_t i = 0; i < email_place; ++i) {
    const bool is_street = text_fields[i] == nullptr;
    Field<std::string>* const field = is_street ? nullptr : &(contact.*text_fields[i]);
    const Verdict& verdict = verdicts.elements[i];
    Outcome outcome = Outcome::withheld;
    if (verdict.action == Action::omit) {
      outcome = Outcome::omitted;
    } else if (!holder.closed && (is_street ? !is_held(holder, Element::street) : texts[i]->empty())) {
      outcome = Outcome::not_held;
    } else if (!holder.closed && verdict.action == Action::publish) {
      outcome = Outcome::shown;
    }
    traced = traced || outcome == Outcome::shown || outcome == Outcome::withheld;
    if (field == nullptr) {
      decide_street(contact, holder, outcome, verdict);
    } else if (outcome == Outcome::shown) {
      field->show(*texts[i], verdict.rule, verdict.by_choice());
    } else if (outcome == Outcome::withheld) {
      field->withhold(holder.closed ? holder.closed_by : verdict.rule);
    } else {
      field->clear();
    }
    if (decisions_ != nullptr) note_contact(role, contact_elements[i], outcome, verdict, holder);
  }
  return decide_email(contact, holder, verdicts) || traced;
}

void Redactor::decide_street(PublicContact& contact, const Holder& holder, Outcome outcome, const Verdict& verdict) {
  if (outcome == Outcome::shown) {
    contact.street.show(street_of(holder), verdict.rule, verdict.by_choice());
  } else if (outcome == Outcome::withheld) {
    contact.street.withhold(holder.closed ? holder.closed_by : verdict.rule);
  } else {
    contact.street.clear();
  }
}

/// Always something, never empty (RDP §9.2; rules.md §1.7): an address that is not shown is replaced, whether one is held
/// or not, and whether its contact can be opened or not. False: omitted.
bool Redactor::decide_email(PublicContact& contact, const Holder& holder, const ContactVerdicts& verdicts) {
  const Verdict& verdict = verdicts.elements[email_place];
  if (verdict.action == Action::omit) {
    contact.email.clear();
    contact.replaced_email.reset();
    if (decisions_ != nullptr) note_contact(contact.role, Element::email, Outcome::omitted, verdict, holder);
    return false;
  }
  const bool shown = !holder.closed && verdict.action == Action::publish && show_email(contact, holder, verdict);
  // What replaces the address where it is not held, and beside one that was chosen: a server with stale views prints it.
  const Verdict& way = verdicts.unpublished_email;
  if (!shown || verdict.by_choice()) {
    replace_email(contact, way.action, way.rule);
  } else {
    contact.replaced_email.reset();
  }
  if (!shown) contact.email.withhold(holder.closed ? holder.closed_by : way.rule);
  if (decisions_ == nullptr) return true;
  const Outcome hidden = contact.replaced_email ? Outcome::replaced : Outcome::withheld;
  note_contact(contact.role, Element::email, shown ? Outcome::shown : hidden, shown ? verdict : way, holder);
  if (!shown && !holder.closed && verdict.action == Action::publish) decisions_->back().basis = "not held";
  return true;
}

bool Redactor::show_email(PublicContact& contact, const Holder& holder, const Verdict& verdict) const {
  constexpr std::string_view mark = "{token}";
  const std::string& email = text_of(holder, Element::email);
  if (email.empty()) return false;
  if (holder.service == nullptr || email.find(mark) == std::string::npos) {
    contact.email.show(email, verdict.rule, verdict.by_choice());
    return true;
  }
  if (!is_token(data_.relay_token)) return false;
  std::string address;
  append_filled(address, email, {{mark, data_.relay_token}});
  contact.email.show(address, verdict.rule, verdict.by_choice());
  return true;
}

void Redactor::replace_email(PublicContact& contact, Action action, RuleId rule) const {
  const bool can_relay = !context_.relay_domain.empty() && is_token(data_.relay_token);
  const bool relays = can_relay && (action == Action::replace_with_relay || context_.contact_form.empty());
  if (!relays && context_.contact_form.empty()) {
    contact.replaced_email.reset();
    return;
  }
  ReplacedEmail& replaced = contact.replaced_email ? *contact.replaced_email : contact.replaced_email.emplace();
  replaced.rule = rule;
  replaced.value.clear();
  if (relays) {
    // Random per domain and per role, made of nothing that is known about the person (rules.md §1.7).
    replaced.kind = ReplacedEmail::Kind::relay_address;
    replaced.value.append(data_.relay_token).append(contact.role == Role::technical ? "-t@" : "@");
    replaced.value.append(context_.relay_domain);
  } else {
    replaced.kind = ReplacedEmail::Kind::form_url;
    append_filled(replaced.value, context_.contact_form,
                  {{"{name}", data_.registration.name.ascii()},
                   {"{role}", contact.role == Role::technical ? "technical" : "registrant"}});
  }
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
    const bool of_kind = rule->when == Condition::legal_person || rule->when == Condition::natural_person;
    if (of_kind) decision.basis = rule->when == Condition::legal_person ? "legal person" : "natural person";
    if (of_kind) decision.basis_at = source.as_of;  // when the kind was stated
    if (!rule->law.empty()) decision.basis += ": " + rule->law;
  }
  if (outcome == Outcome::not_held) {
    decision.basis = "not held";
    decision.basis_at.reset();
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
  PolicyVerdicts verdicts(policy, now);
  Redactor redactor(data, verdicts, context, &decisions);
  PublicViewData view;
  redactor.run(view);
  return {PublicView(std::move(view)), std::move(decisions), redactor.look_again()};
}

RedactedView redact_view(const RegistrationData& data, const Policy& policy, const RedactionContext& context, UtcTime now) {
  ViewRedactor once(context, now);
  once.redact(data, policy);
  return {std::move(once.view_), once.look_again_};
}

ViewRedactor::ViewRedactor(const RedactionContext& context, UtcTime now) : context_(context), now_(now), view_({}) {}
ViewRedactor::~ViewRedactor() = default;

const PublicView& ViewRedactor::redact(const RegistrationData& data, const Policy& policy) {
  auto met = std::find_if(verdicts_.begin(), verdicts_.end(), [&](const auto& one) { return &one->policy() == &policy; });
  if (met == verdicts_.end()) met = verdicts_.insert(met, std::make_unique<PolicyVerdicts>(policy, now_));
  Redactor redactor(data, **met, context_, nullptr);
  redactor.run(view_.data_);
  look_again_ = redactor.look_again();
  return view_;
}

std::string_view to_string(Outcome outcome) noexcept {
  constexpr std::array<std::string_view, 5> words{"shown", "withheld", "replaced", "not held", "omitted"};
  return words[static_cast<std::size_t>(outcome)];
}

}  // namespace regdata::redaction
