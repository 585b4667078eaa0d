#include "tests/redaction/redaction_table.hpp"

#include <algorithm>
#include <array>

#include "tests/redaction/random_registration.hpp"

namespace regdata::testing {
namespace {

using redaction::Decision;
using redaction::Field;
using redaction::Outcome;
using redaction::PublicContact;
using redaction::Redaction;

PersonalText planted(const Cell& cell, Role role, Element element) {
  if (!cell.held) return {};
  return PersonalText("planted-" + std::string(to_string(role)) + "-" + std::string(to_string(element)));
}

RoleContact contact_of(const Cell& cell, Role role) {
  RoleContact result;
  result.role = role;
  result.state = cell.state;
  Contact& contact = result.contact;
  contact.handle = "H-" + std::string(to_string(role));
  constexpr std::array acts{ChoiceAct::given,     ChoiceAct::given,     ChoiceAct::given, ChoiceAct::declined,
                            ChoiceAct::withdrawn, ChoiceAct::not_given, ChoiceAct::ended};
  if (cell.said != Said::nothing) {
    result.choices =
        uniform_choices(contact.handle, acts[static_cast<std::size_t>(cell.said)], cell.said != Said::given_without_evidence);
  }
  if (cell.state != ContactState::opened) return result;
  const auto text = [&](Element element) { return planted(cell, role, element); };
  contact.kind = cell.kind;
  contact.roid = text(Element::contact_id).reveal();
  contact.name = text(Element::name);
  contact.organization = text(Element::organization);
  if (cell.held) contact.street = {text(Element::street), PersonalText("planted-second-line")};
  contact.city = text(Element::city);
  contact.state = text(Element::state);
  contact.postal_code = text(Element::postal_code);
  contact.country = cell.held ? "FR" : "";
  contact.phone = text(Element::phone);
  contact.phone_ext = text(Element::phone_ext);
  contact.fax = text(Element::fax);
  contact.fax_ext = text(Element::fax_ext);
  contact.email = text(Element::email);
  return result;
}

/// What stands in the view for an element: the outcome as the public sees it, and the text.
struct Seen {
  Outcome outcome = Outcome::not_held;
  std::string text;
  bool by_choice = false;
};

template <class T>
Seen seen(const Field<T>& field, const std::function<std::string(const T&)>& text) {
  if (const auto* shown = field.shown()) return {Outcome::shown, text(shown->value), shown->by_choice};
  return {field.withheld() != nullptr ? Outcome::withheld : Outcome::not_held, {}, false};
}

Seen seen(const PublicContact& contact, Element element) {
  const auto same = [](const std::string& value) { return value; };
  switch (element) {
    case Element::contact_id:
      return seen<std::string>(contact.id, same);
    case Element::name:
      return seen<std::string>(contact.name, same);
    case Element::organization:
      return seen<std::string>(contact.organization, same);
    case Element::street:
      return seen<std::vector<std::string>>(contact.street,
                                            [](const auto& lines) { return lines.empty() ? "" : lines.front(); });
    case Element::city:
      return seen<std::string>(contact.city, same);
    case Element::state:
      return seen<std::string>(contact.state, same);
    case Element::postal_code:
      return seen<std::string>(contact.postal_code, same);
    case Element::country:
      return seen<std::string>(contact.country, same);
    case Element::phone:
      return seen<std::string>(contact.phone, same);
    case Element::phone_ext:
      return seen<std::string>(contact.phone_ext, same);
    case Element::fax:
      return seen<std::string>(contact.fax, same);
    case Element::fax_ext:
      return seen<std::string>(contact.fax_ext, same);
    default:
      break;
  }
  Seen result = seen<std::string>(contact.email, same);
  if (result.outcome == Outcome::withheld && contact.replaced_email) result.outcome = Outcome::replaced;
  return result;
}

std::string service_text(Element element) {
  switch (element) {
    case Element::name:
      return "Service front";
    case Element::organization:
      return "Organization of front";
    case Element::street:
      return "2 Service Street";
    case Element::city:
      return "City of front";
    case Element::state:
      return "State of front";
    case Element::postal_code:
      return "S-front";
    case Element::country:
      return "IS";
    case Element::phone:
      return "+99.2000000";
    case Element::fax:
      return "+99.2000001";
    case Element::email:
      return "contact@front.example";
    default:
      return {};
  }
}

/// Empty: as the oracle says, decision and view alike.
std::string wrong_with(const Cell& cell, const Redaction& result, const Decision& decision, Outcome expected) {
  if (decision.outcome != expected) {
    return to_string(cell) + ": decided " + std::string(to_string(decision.outcome)) + ", expected " +
           std::string(to_string(expected));
  }
  // A shipped policy has a reason for everything; `unknown` is for policies with gaps.
  if (!cell.closed() && decision.rule == redaction::Policy::rule_unknown) return to_string(cell) + ": no rule covers it";
  const auto& contacts = result.view->contacts;
  const auto found =
      std::find_if(contacts.begin(), contacts.end(), [&](const PublicContact& each) { return each.role == cell.role; });
  const Seen is = found == contacts.end() ? Seen{} : seen(*found, cell.element);
  const Outcome visible = expected == Outcome::omitted ? Outcome::not_held : expected;
  // Administrative and billing contacts are in no view at all.
  const bool never = cell.role == Role::administrative || cell.role == Role::billing;
  if (never ? found != contacts.end() : is.outcome != visible)
    return to_string(cell) + ": the view disagrees with the decision";
  if (expected != Outcome::shown) return {};
  const std::string own = cell.element == Element::country ? "FR" : planted(cell, cell.role, cell.element).reveal();
  if (is.text != (cell.service() ? service_text(cell.element) : own)) return to_string(cell) + ": shows another text";
  if (is.by_choice && !cell.given()) return to_string(cell) + ": says that it was chosen";
  if (cell.element == Element::email && is.by_choice && !found->replaced_email)
    return to_string(cell) + ": nothing to fall back to";
  return {};
}

template <class Visit>
void for_each_situation(const Visit& visit) {
  for (const ContactState state : {ContactState::opened, ContactState::erased, ContactState::unreadable}) {
    for (int said = 0; said < 7; ++said) {
      for (const ContactKind kind : {ContactKind::unknown, ContactKind::natural_person, ContactKind::legal_person}) {
        for (int front = 0; front < 4; ++front) {
          for (const bool held : {true, false}) {
            Cell cell;
            cell.state = state;
            cell.said = static_cast<Said>(said);
            cell.kind = kind;
            cell.front = static_cast<Front>(front);
            cell.held = held;
            if (!visit(cell)) return;
          }
        }
      }
    }
  }
}

}  // namespace

std::string to_string(const Cell& cell) {
  constexpr std::array said{"nothing said", "given", "given without evidence", "declined", "withdrawn", "no answer", "ended"};
  constexpr std::array front{"no service", "affiliated service", "other service", "unknown service"};
  constexpr std::array kind{"unknown kind", "natural person", "legal person"};
  constexpr std::array state{"opened", "erased", "unreadable"};
  return std::string(to_string(cell.role)) + " " + std::string(to_string(cell.element)) + " (" +
         state[static_cast<std::size_t>(cell.state)] + ", " + said[static_cast<std::size_t>(cell.said)] + ", " +
         kind[static_cast<std::size_t>(cell.kind)] + ", " + front[static_cast<std::size_t>(cell.front)] +
         (cell.held ? ", held)" : ", not held)");
}

RegistrationData registration_of(const Cell& cell) {
  RegistrationData data = random_registration(1, "table.test");
  data.contacts.clear();
  for (const Role role : all_roles) data.contacts.push_back(contact_of(cell, role));
  data.registration.registrant = "H-registrant";
  data.registration.technical = "H-technical";
  data.registration.administrative = "H-administrative";
  data.registration.billing = "H-billing";
  constexpr std::array services{"", "front", "other", "forgotten"};
  data.registration.privacy_service = services[static_cast<std::size_t>(cell.front)];
  data.registration.roid = cell.held ? "D1-TEST" : "";
  return data;
}

TableResult run_table(const redaction::Policy& policy, const Oracle& oracle, UtcTime now, bool stop) {
  TableResult table;
  const Catalog catalog = test_catalog();
  const redaction::RedactionContext context = test_context(catalog);
  for_each_situation([&](Cell cell) {
    const Redaction result = redact(registration_of(cell), policy, context, now);
    for (const Decision& decision : result.decisions) {
      if (!is_contact_element(decision.element) && decision.element != Element::registry_domain_id) continue;
      cell.role = decision.role.value_or(Role::registrant);
      cell.element = decision.element;
      ++table.cells;
      const Outcome expected = oracle(cell);
      std::string wrong;
      if (decision.role) {
        wrong = wrong_with(cell, result, decision, expected);
      } else if (decision.outcome != expected) {
        wrong = to_string(cell) + ": decided " + std::string(to_string(decision.outcome));
      }
      if (wrong.empty()) continue;
      if (table.wrong++ == 0) table.first_wrong = wrong;
    }
    return !stop || table.wrong == 0;
  });
  return table;
}

redaction::PolicySettings IcannSettings::values() const {
  return {{"city", city ? "publish" : "withhold"},
          {"email", relay ? "relay" : "form"},
          {"legal-person", legal_person ? "publish-organization" : "off"},
          {"domain-id", domain_id ? "publish" : "withhold"}};
}

Outcome icann_outcome(const IcannSettings& settings, const Cell& cell) {
  const Element element = cell.element;
  const auto shown_if = [](bool shown) { return shown ? Outcome::shown : Outcome::withheld; };
  // rules.md §1.3 row 2
  if (element == Element::registry_domain_id) return cell.held ? shown_if(settings.domain_id) : Outcome::not_held;
  // rows 37, 38
  if (cell.role == Role::administrative || cell.role == Role::billing) return Outcome::omitted;
  // §1.10: of a technical contact name, phone, e-mail (and the registry's number, rows 28-31)
  if (cell.role == Role::technical && element != Element::contact_id && element != Element::name && element != Element::phone &&
      element != Element::email) {
    return Outcome::omitted;
  }
  // §1.7: always something; §1.14: fail closed
  if (cell.closed()) return element == Element::email ? Outcome::replaced : Outcome::withheld;
  // §1.9: the service's own data in full
  if (cell.service()) return service_text(element).empty() ? Outcome::not_held : Outcome::shown;
  if (element == Element::email) return cell.given() && cell.held ? Outcome::shown : Outcome::replaced;
  if (!cell.held) return Outcome::not_held;
  switch (element) {
    case Element::state:
    case Element::country:
      return Outcome::shown;  // rows 20, 22
    case Element::contact_id:
      return Outcome::withheld;  // rows 15, 28: nobody is asked about it
    case Element::organization:  // §1.6, §1.5
      return shown_if(cell.given() || (settings.legal_person && cell.kind == ContactKind::legal_person && !cell.no()));
    case Element::city:
      return shown_if(cell.given() || (settings.city && !cell.no()));  // row 19
    default:
      return shown_if(cell.given());  // §1.8
  }
}

Outcome cctld_outcome(bool second_stage, const Cell& cell) {
  const Element element = cell.element;
  const auto shown_if = [](bool shown) { return shown ? Outcome::shown : Outcome::withheld; };
  if (element == Element::registry_domain_id) return cell.held ? Outcome::withheld : Outcome::not_held;
  if (!cell.of_registrant()) return Outcome::omitted;
  if (cell.closed()) return element == Element::email ? Outcome::replaced : Outcome::withheld;
  const bool is_number =
      element == Element::phone || element == Element::phone_ext || element == Element::fax || element == Element::fax_ext;
  if (cell.service()) {
    if (service_text(element).empty()) return Outcome::not_held;
    return shown_if(!is_number);
  }
  const bool legal = cell.kind == ContactKind::legal_person;
  if (element == Element::email) {
    return cell.given() && cell.held && cell.kind != ContactKind::natural_person ? Outcome::shown : Outcome::replaced;
  }
  if (!cell.held) return Outcome::not_held;
  switch (element) {
    case Element::state:
    case Element::country:
      return Outcome::shown;
    case Element::contact_id:
      return Outcome::withheld;
    case Element::city:
      return shown_if(legal || !cell.no());
    case Element::name:
    case Element::organization:
      return shown_if(legal || cell.given());
    case Element::street:
    case Element::postal_code:
      return shown_if((legal && second_stage) || cell.given());
    default:
      return Outcome::withheld;  // numbers, for everybody
  }
}

}  // namespace regdata::testing
