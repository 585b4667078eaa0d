#include "tests/redaction/hidden_twin.hpp"

#include <algorithm>

namespace regdata::testing {
namespace {

std::string other_text(Chance& chance) {
  static const std::vector<std::string> texts{
      "x",          "something else altogether", "\u5C71\u7530\u592A\u90CE", "\u05D3\u05D5\u05D2\u05DE\u05D4", "<script>\"&\\",
      "\U0001F98A", std::string(255, 'W')};
  return chance.one_in(2) ? chance.pick(texts) : chance.letters(1 + chance.below(60));
}

}  // namespace

RegistrationData hidden_twin(RegistrationData data, const std::vector<redaction::Decision>& decisions, bool service,
                             Chance& chance) {
  for (RoleContact& role : data.contacts) {
    Contact& contact = role.contact;
    const auto hidden = [&](Element element) {
      if (service && role.role == Role::registrant) return true;
      return std::none_of(decisions.begin(), decisions.end(), [&](const redaction::Decision& one) {
        return one.role == role.role && one.element == element && one.outcome == redaction::Outcome::shown;
      });
    };
    const auto personal = [&](Element element, PersonalText& value) {
      if (!value.empty() && hidden(element)) value = PersonalText(other_text(chance));
    };
    const auto plain = [&](Element element, std::string& value) {
      if (!value.empty() && hidden(element)) value = other_text(chance);
    };
    plain(Element::contact_id, contact.roid);
    personal(Element::name, contact.name);
    personal(Element::organization, contact.organization);
    if (!contact.street.empty() && hidden(Element::street)) {
      contact.street.clear();
      for (std::size_t i = chance.below(3) + 1; i > 0; --i) contact.street.emplace_back(other_text(chance));
    }
    personal(Element::city, contact.city);
    personal(Element::state, contact.state);
    personal(Element::postal_code, contact.postal_code);
    plain(Element::country, contact.country);
    personal(Element::phone, contact.phone);
    personal(Element::phone_ext, contact.phone_ext);
    personal(Element::fax, contact.fax);
    personal(Element::fax_ext, contact.fax_ext);
    personal(Element::email, contact.email);
    contact.handle = "H-" + chance.letters(8);
    contact.region = "ELSEWHERE";
    contact.provenance.source = "import:other";
    role.problem = "another problem";
    if (role.erased_at) role.erased_at = test_now();
  }
  return data;
}

}  // namespace regdata::testing
