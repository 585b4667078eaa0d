#include "redaction/redact.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

#include "registration/personal.hpp"
#include "tests/redaction/random_registration.hpp"
#include "tests/redaction/redaction_table.hpp"

namespace regdata::redaction {
namespace {

using testing::Cell;
using ::testing::Contains;
using ::testing::Field;
using testing::Front;
using testing::registration_of;
using testing::shipped;
using ::testing::StartsWith;
using testing::test_now;

// --- what the compiler promises (house.md §3) ---

static_assert(!std::is_constructible_v<PublicView, RegistrationData>);
static_assert(!std::is_constructible_v<PublicView, const RegistrationData&>);
static_assert(!std::is_constructible_v<PublicView, PublicViewData>);
static_assert(!std::is_constructible_v<PublicView, const PublicViewData&>);
static_assert(!std::is_default_constructible_v<PublicView>);
static_assert(!std::is_assignable_v<PublicView&, PublicViewData>);
static_assert(!std::is_convertible_v<RegistrationData, PublicView>);
static_assert(!std::is_assignable_v<decltype(*std::declval<PublicView&>()), PublicViewData>);

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(Printable<std::string>);
static_assert(!Printable<PersonalText>);
static_assert(!Printable<Contact>);
static_assert(!Printable<RegistrationData>);
static_assert(fmt::is_formattable<std::string>::value);
static_assert(!fmt::is_formattable<PersonalText>::value);
static_assert(!fmt::is_formattable<Contact>::value);
static_assert(!std::is_convertible_v<PersonalText, std::string>);
static_assert(!std::is_convertible_v<PersonalText, std::string_view>);

// --- helpers of these tests ---

struct RedactTest : ::testing::Test {
  Catalog catalog = testing::test_catalog();
  RedactionContext context = testing::test_context(catalog);
  Policy policy = shipped("icann-gtld");

  Redaction run(const RegistrationData& data, UtcTime now = test_now()) const { return redact(data, policy, context, now); }
};

const Decision& decision_on(const Redaction& result, std::optional<Role> role, Element element) {
  for (const Decision& decision : result.decisions) {
    if (decision.role == role && decision.element == element) return decision;
  }
  throw std::logic_error("no decision on " + std::string(to_string(element)));
}

ChoiceEntry entry(std::uint64_t sequence, Element element, ChoiceAct act) {
  ChoiceEntry result;
  result.sequence = sequence;
  result.element = element;
  result.act = act;
  result.at = result.recorded = test_now() - std::chrono::hours(30);
  result.notice_version = "n-1";
  result.evidence_id = "ev-9";
  return result;
}

RegistrationData with_choice(std::vector<ChoiceEntry> entries) {
  RegistrationData data = registration_of({});
  data.contacts[0].choices = ContactChoices::fold(entries);
  return data;
}

// --- facts of the registration ---

TEST_F(RedactTest, FactsOfTheRegistration) {
  RegistrationData data = registration_of({});
  Registration& from = data.registration;
  from.registrar = "ours";
  from.updated = test_now() - std::chrono::hours(1);
  from.registry_expires = test_now() + std::chrono::hours(1);
  from.registrar_expires = test_now() + std::chrono::hours(2);
  from.transferred = test_now() - std::chrono::hours(9);
  from.statuses = StatusSet::from_bits(0x28);
  from.hosts = {*DomainName::from_stored("ns1.table.test"), *DomainName::from_stored("ns.host.example")};
  from.dnssec = DnssecState::signed_delegation;
  from.ds = {{12345, 13, 2, "AABB"}};
  from.reseller = Reseller{"Reseller", "https://reseller.example/"};
  data.subordinate_hosts = {
      {*DomainName::from_stored("ns1.table.test"), "", {"192.0.2.7"}, {SourceClass::registry, "epp:r", {}}}};
  const Redaction result = run(data);
  const PublicViewData& view = *result.view;
  EXPECT_EQ(view.name, "table.test");
  EXPECT_EQ(view.unicode_name, "table.test");
  EXPECT_EQ(view.registrar, "ours");
  ASSERT_NE(view.registry_domain_id.shown(), nullptr);
  EXPECT_EQ(view.registry_domain_id.shown()->value, "D1-TEST");
  EXPECT_EQ(view.created, from.created);
  EXPECT_EQ(view.updated, from.updated);
  EXPECT_EQ(view.registry_expires, from.registry_expires);
  EXPECT_EQ(view.registrar_expires, from.registrar_expires);
  EXPECT_EQ(view.transferred, from.transferred);
  EXPECT_EQ(view.statuses, from.statuses);
  EXPECT_EQ(view.hosts, (std::vector<std::string>{"ns1.table.test", "ns.host.example"}));
  EXPECT_EQ(view.dnssec, PublicDnssec::signed_delegation);
  EXPECT_EQ(view.ds, (std::vector<PublicDs>{{12345, 13, 2, "AABB"}}));
  ASSERT_TRUE(view.reseller);
  EXPECT_EQ(*view.reseller, (PublicReseller{"Reseller", "https://reseller.example/"}));
  std::size_t facts = 0;
  for (const Decision& decision : result.decisions) {
    if (decision.role) continue;
    ++facts;
    const Outcome expected = decision.element == Element::registrar_whois_server ? Outcome::not_held : Outcome::shown;
    EXPECT_EQ(decision.outcome, expected) << to_string(decision.element);
    EXPECT_EQ(decision.section.empty(), false);
  }
  EXPECT_EQ(facts, 17U);
  EXPECT_EQ(decision_on(result, {}, Element::name_server_address).source.source, "epp:r");
  EXPECT_EQ(decision_on(result, {}, Element::abuse_email).source.source, "configuration");
}

TEST_F(RedactTest, InternationalizedNameHasBothForms) {
  RegistrationData data = registration_of({});
  data.registration.name = *DomainName::from_stored("xn--bcher-kva.example");
  const Redaction result = run(data);
  EXPECT_EQ(result.view->name, "xn--bcher-kva.example");
  EXPECT_EQ(result.view->unicode_name, "bücher.example");
  EXPECT_EQ(result.view->contacts[0].replaced_email->value,
            "https://registrar.example/contact?d=xn--bcher-kva.example&r=registrant");
}

TEST_F(RedactTest, PolicyMayLeaveOutOptionalFacts) {
  RegistrationData data = registration_of({});
  data.registration.registrar_expires = test_now();
  policy = shipped("cctld-example");
  const Redaction result = run(data);
  EXPECT_FALSE(result.view->registrar_expires);
  EXPECT_EQ(decision_on(result, {}, Element::registrar_expiry_date).outcome, Outcome::omitted);
  ASSERT_NE(result.view->registry_domain_id.withheld(), nullptr);
  // Every technical element is omitted, so there is no technical contact.
  ASSERT_EQ(result.view->contacts.size(), 1U);
  EXPECT_EQ(result.view->contacts[0].role, Role::registrant);
}

// --- what a decision rests on ---

TEST_F(RedactTest, BasisNamesWhatThePersonSaid) {
  const std::vector<std::pair<ChoiceAct, std::string>> words{{ChoiceAct::given, "choice given"},
                                                             {ChoiceAct::declined, "choice declined"},
                                                             {ChoiceAct::withdrawn, "choice withdrawn"},
                                                             {ChoiceAct::ended, "choice ended"},
                                                             {ChoiceAct::not_given, "asked, no answer"}};
  for (const auto& [act, word] : words) {
    const ChoiceEntry said = entry(41, Element::name, act);
    const Redaction result = run(with_choice({entry(40, Element::name, ChoiceAct::given), said}));
    const Decision& decision = decision_on(result, Role::registrant, Element::name);
    EXPECT_EQ(decision.basis, word);
    EXPECT_EQ(decision.ledger, 41U);
    EXPECT_EQ(decision.basis_at, said.at);
    EXPECT_EQ(decision.outcome, act == ChoiceAct::given ? Outcome::shown : Outcome::withheld);
    EXPECT_EQ(decision.rule_name, act == ChoiceAct::given ? "registrant-by-choice" : "registrant-withheld");
    // Nobody was asked about the fax.
    EXPECT_EQ(decision_on(result, Role::registrant, Element::fax).basis, "never asked");
    EXPECT_EQ(decision_on(result, Role::registrant, Element::fax).ledger, std::nullopt);
  }
  ChoiceEntry unproven = entry(3, Element::name, ChoiceAct::given);
  unproven.evidence_id.clear();
  const Redaction result = run(with_choice({unproven}));
  EXPECT_EQ(decision_on(result, Role::registrant, Element::name).outcome, Outcome::withheld);
  EXPECT_EQ(decision_on(result, Role::registrant, Element::name).basis, "choice without evidence");
}

TEST_F(RedactTest, BasisIsTheRuleWhereNobodyIsAsked) {
  const Redaction result = run(with_choice({entry(1, Element::name, ChoiceAct::declined)}));
  EXPECT_EQ(decision_on(result, Role::registrant, Element::country).basis, "rule");
  EXPECT_EQ(decision_on(result, Role::registrant, Element::contact_id).basis, "rule");
  EXPECT_EQ(decision_on(result, Role::administrative, Element::name).basis, "rule");
  EXPECT_EQ(decision_on(result, Role::administrative, Element::name).outcome, Outcome::omitted);
}

TEST_F(RedactTest, BasisOfClosedContacts) {
  RegistrationData data = registration_of({.state = ContactState::erased});
  data.contacts[0].erased_at = test_now() - std::chrono::hours(2);
  Redaction result = run(data);
  for (const Element element : contact_elements) {
    const Decision& decision = decision_on(result, Role::registrant, element);
    EXPECT_EQ(decision.basis, "contact erased");
    EXPECT_EQ(decision.basis_at, data.contacts[0].erased_at);
    EXPECT_EQ(decision.rule, Policy::rule_unavailable);
    EXPECT_EQ(decision.rule_name, "unavailable");
  }
  result = run(registration_of({.state = ContactState::unreadable}));
  EXPECT_EQ(decision_on(result, Role::registrant, Element::country).basis, "contact unreadable");
  EXPECT_EQ(result.view->contacts[0].country.withheld()->rule, Policy::rule_unavailable);
  // The way to write to the holder stays open.
  ASSERT_TRUE(result.view->contacts[0].replaced_email);
  EXPECT_THAT(result.view->contacts[0].replaced_email->value, StartsWith("https://"));
}

TEST_F(RedactTest, ContactThatIsNamedAndMissingIsUnreadable) {
  RegistrationData data = registration_of({});
  data.contacts.clear();
  const Redaction result = run(data);
  ASSERT_EQ(result.view->contacts.size(), 2U);
  EXPECT_EQ(result.view->contacts[0].state.withheld()->rule, Policy::rule_unavailable);
  EXPECT_EQ(decision_on(result, Role::technical, Element::name).basis, "contact unreadable");
}

TEST_F(RedactTest, SourceIsTheContactsOwn) {
  RegistrationData data = registration_of({});
  data.contacts[0].contact.provenance = {SourceClass::own, "import:panel", test_now()};
  EXPECT_EQ(decision_on(run(data), Role::registrant, Element::name).source, data.contacts[0].contact.provenance);
}

// --- who objects is heard (GDPR Art. 21(1)) ---

TEST_F(RedactTest, ObjectionOutweighsLegitimateInterestAndPublicTask) {
  policy = shipped("icann-gtld", {{"city", "publish"}});
  EXPECT_EQ(decision_on(run(registration_of({})), Role::registrant, Element::city).outcome, Outcome::shown);
  for (const ChoiceAct act : {ChoiceAct::declined, ChoiceAct::withdrawn}) {
    const Redaction result = run(with_choice({entry(5, Element::city, act)}));
    const Decision& decision = decision_on(result, Role::registrant, Element::city);
    EXPECT_EQ(decision.outcome, Outcome::withheld);
    EXPECT_EQ(decision.ledger, 5U);
  }
  // No answer is neither consent nor objection: the rule's own basis holds.
  const Redaction silent = run(with_choice({entry(5, Element::city, ChoiceAct::not_given)}));
  EXPECT_EQ(decision_on(silent, Role::registrant, Element::city).outcome, Outcome::shown);
  EXPECT_TRUE(decision_on(silent, Role::registrant, Element::city).basis.starts_with("rule: "))
      << decision_on(silent, Role::registrant, Element::city).basis << ": names the law";
  EXPECT_FALSE(silent.view->contacts[0].city.shown()->by_choice);
}

// --- e-mail ---

TEST_F(RedactTest, ChosenEmailKeepsItsReplacementBesideIt) {
  const Redaction result = run(with_choice({entry(1, Element::email, ChoiceAct::given)}));
  const PublicContact& registrant = result.view->contacts[0];
  ASSERT_NE(registrant.email.shown(), nullptr);
  EXPECT_TRUE(registrant.email.shown()->by_choice);
  ASSERT_TRUE(registrant.replaced_email);
  EXPECT_EQ(registrant.replaced_email->kind, ReplacedEmail::Kind::form_url);
  EXPECT_EQ(policy.rule(registrant.replaced_email->rule)->id, "registrant-email-form");
}

// A chosen address is withheld by a server with stale views even where a rule below would publish it by law.
TEST_F(RedactTest, ChosenEmailHasAReplacementWhateverStandsBelow) {
  std::vector<Rule> rules = shipped("icann-gtld").rules();
  const auto end =
      std::find_if(rules.begin(), rules.end(), [](const Rule& rule) { return rule.id == "registrant-email-form"; });
  Rule by_law = *end;
  by_law.id = "email-by-law";
  by_law.action = Action::publish;
  by_law.basis = LegalBasis::legitimate_interest;
  by_law.law = "an act";
  rules.insert(end, by_law);
  policy = *Policy::parse(testing::to_toml("law", rules), "law.toml");
  const Redaction chosen = run(with_choice({entry(1, Element::email, ChoiceAct::given)}));
  EXPECT_TRUE(chosen.view->contacts[0].email.shown()->by_choice);
  ASSERT_TRUE(chosen.view->contacts[0].replaced_email);
  EXPECT_EQ(policy.rule(chosen.view->contacts[0].replaced_email->rule)->id, "registrant-email-form");
  const Redaction silent = run(with_choice({}));
  EXPECT_FALSE(silent.view->contacts[0].email.shown()->by_choice);
  EXPECT_FALSE(silent.view->contacts[0].replaced_email);
}

// Nobody can tell from outside whether an address is held.
TEST_F(RedactTest, EmailThatIsNotHeldLooksLikeOneThatIsWithheld) {
  const Redaction held = run(registration_of({.said = testing::Said::declined}));
  const Redaction empty = run(registration_of({.said = testing::Said::given, .held = false}));
  EXPECT_EQ(empty.view->contacts[0].email, held.view->contacts[0].email);
  EXPECT_EQ(empty.view->contacts[0].replaced_email, held.view->contacts[0].replaced_email);
  EXPECT_EQ(decision_on(empty, Role::registrant, Element::email).basis, "not held");
  EXPECT_EQ(decision_on(empty, Role::registrant, Element::email).rule_name, "registrant-email-form");
}

TEST_F(RedactTest, RelayFallsBackToTheFormWithoutDomainOrToken) {
  policy = shipped("icann-gtld", {{"email", "relay"}});
  RegistrationData data = registration_of({});
  EXPECT_EQ(run(data).view->contacts[0].replaced_email->kind, ReplacedEmail::Kind::relay_address);
  for (const std::string& token :
       {std::string(), std::string("person@private.example"), std::string(15, 'a'), std::string(16, '1')}) {
    data.relay_token = token;
    const Redaction result = run(data);
    EXPECT_EQ(result.view->contacts[0].replaced_email->kind, ReplacedEmail::Kind::form_url) << token;
  }
  data = registration_of({});
  context.relay_domain.clear();
  EXPECT_EQ(run(data).view->contacts[0].replaced_email->kind, ReplacedEmail::Kind::form_url);
  context.contact_form.clear();
  const Redaction nothing = run(data);
  EXPECT_FALSE(nothing.view->contacts[0].replaced_email);
  EXPECT_NE(nothing.view->contacts[0].email.withheld(), nullptr);
  EXPECT_EQ(decision_on(nothing, Role::registrant, Element::email).outcome, Outcome::withheld);
}

// --- privacy and proxy services ---

TEST_F(RedactTest, AffiliatedServiceStandsInFullForTheHolder) {
  RegistrationData data = registration_of({.front = Front::affiliated});
  data.registration.privacy_service = "veil";
  data.relay_token = "tokentokentoken2";
  // The customer chose to show everything: that is about the customer's own data, which are not in the answer.
  data.contacts[0].choices = testing::uniform_choices("H-registrant", ChoiceAct::given);
  const Redaction result = run(data);
  const PublicContact& registrant = result.view->contacts[0];
  EXPECT_EQ(registrant.name.shown()->value, "Service veil");
  EXPECT_EQ(registrant.street.shown()->value, (std::vector<std::string>{"2 Service Street", "Box veil"}));
  EXPECT_EQ(registrant.country.shown()->value, "IS");
  EXPECT_EQ(registrant.email.shown()->value, "tokentokentoken2@veil.example");
  EXPECT_FALSE(registrant.email.shown()->by_choice);
  EXPECT_FALSE(registrant.replaced_email);
  EXPECT_FALSE(registrant.id.is_held());
  EXPECT_EQ(decision_on(result, Role::registrant, Element::name).basis, "affiliated service");
  EXPECT_EQ(decision_on(result, Role::registrant, Element::name).source.source, "configuration");
  EXPECT_EQ(decision_on(result, Role::registrant, Element::contact_id).outcome, Outcome::not_held);
  // A service address that needs a token and gets none is replaced.
  data.relay_token.clear();
  const Redaction without = run(data);
  EXPECT_EQ(without.view->contacts[0].email.shown(), nullptr);
  EXPECT_TRUE(without.view->contacts[0].replaced_email);
}

TEST_F(RedactTest, ServiceThatIsNotConfiguredClosesTheContact) {
  const RegistrationData data = registration_of({.said = testing::Said::given, .front = Front::unknown});
  const Redaction result = run(data);
  EXPECT_EQ(result.view->contacts[0].country.withheld()->rule, Policy::rule_unknown);
  EXPECT_EQ(decision_on(result, Role::registrant, Element::name).basis, "service not configured");
  // Without a catalog no service is known.
  context.catalog = nullptr;
  const Redaction blind = run(registration_of({.said = testing::Said::given, .front = Front::affiliated}));
  EXPECT_NE(blind.view->contacts[0].name.withheld(), nullptr);
}

// --- time ---

TEST_F(RedactTest, LooksAgainWhenARuleBoundToTimeWouldDecide) {
  const UtcTime day = std::chrono::sys_days{std::chrono::year{2027} / 3 / 1};
  policy = shipped("cctld-example");
  const RegistrationData legal = registration_of({.kind = ContactKind::legal_person});
  EXPECT_EQ(run(legal).look_again, day);
  EXPECT_EQ(run(legal, day).look_again, std::nullopt);
  EXPECT_NE(run(legal, day).view->contacts[0].street.shown(), nullptr);
  EXPECT_EQ(run(legal).view->contacts[0].street.shown(), nullptr);
  // The rule is about legal persons: nothing will change for others.
  EXPECT_EQ(run(registration_of({.kind = ContactKind::natural_person})).look_again, std::nullopt);
}

TEST_F(RedactTest, EndedRuleGivesWayToTheNext) {
  std::vector<Rule> rules = shipped("icann-gtld").rules();
  for (Rule& rule : rules) {
    if (rule.id == "registrant-by-choice") rule.until = test_now() + std::chrono::hours(3);
  }
  policy = *Policy::parse(testing::to_toml("timed", rules), "timed.toml");
  const RegistrationData data = registration_of({.said = testing::Said::given});
  const UtcTime end = test_now() + std::chrono::hours(3);
  EXPECT_EQ(run(data).look_again, end);
  EXPECT_NE(run(data).view->contacts[0].name.shown(), nullptr);
  EXPECT_NE(run(data, end - std::chrono::milliseconds(1)).view->contacts[0].name.shown(), nullptr);
  EXPECT_EQ(run(data, end).view->contacts[0].name.shown(), nullptr);
  EXPECT_EQ(run(data, end).look_again, std::nullopt);
}

}  // namespace
}  // namespace regdata::redaction
