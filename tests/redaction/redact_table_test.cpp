// The whole table of decisions, and whether it would notice a policy that went wrong.
#include <gtest/gtest.h>

#include <array>

#include "tests/redaction/random_registration.hpp"
#include "tests/redaction/redaction_table.hpp"

namespace regdata::redaction {
namespace {

using testing::Cell;
using testing::IcannSettings;
using testing::Oracle;
using testing::TableResult;

const UtcTime before_second_stage = testing::test_now();
const UtcTime after_second_stage = std::chrono::sys_days{std::chrono::year{2027} / 3 / 1};

struct NamedTable {
  std::string name;
  Policy policy;
  Oracle oracle;
  UtcTime now;
};

/// Both shipped policies under every combination of settings, the time-bound one on both sides of its day.
std::vector<NamedTable> all_tables() {
  std::vector<NamedTable> tables;
  for (unsigned bits = 0; bits < 16; ++bits) {
    const IcannSettings settings{(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0, (bits & 8U) != 0};
    tables.push_back({"icann-gtld with settings " + std::to_string(bits), testing::shipped("icann-gtld", settings.values()),
                      [settings](const Cell& cell) { return icann_outcome(settings, cell); }, before_second_stage});
  }
  tables.push_back({"cctld-example", testing::shipped("cctld-example"),
                    [](const Cell& cell) { return testing::cctld_outcome(false, cell); }, before_second_stage});
  tables.push_back({"cctld-example, second stage", testing::shipped("cctld-example"),
                    [](const Cell& cell) { return testing::cctld_outcome(true, cell); }, after_second_stage});
  return tables;
}

TEST(RedactTable, EveryCellOfEveryShippedPolicy) {
  std::size_t cells = 0;
  for (const NamedTable& table : all_tables()) {
    const TableResult result = run_table(table.policy, table.oracle, table.now);
    EXPECT_EQ(result.wrong, 0U) << table.name << ": " << result.first_wrong;
    cells += result.cells;
  }
  RecordProperty("cells", std::to_string(cells));
  EXPECT_GE(cells, 450'000U);
}

// The day itself belongs to the second stage, the millisecond before does not.
TEST(RedactTable, TimeBoundRuleBeginsOnItsDay) {
  const Oracle first = [](const Cell& cell) { return testing::cctld_outcome(false, cell); };
  const TableResult result =
      run_table(testing::shipped("cctld-example"), first, after_second_stage - std::chrono::milliseconds(1));
  EXPECT_EQ(result.wrong, 0U) << result.first_wrong;
}

/// One choice shows one element and no other, in any role.
TEST(RedactTable, ChoiceOnOneElementShowsThatElementOnly) {
  const Catalog catalog = testing::test_catalog();
  const RedactionContext context = testing::test_context(catalog);
  const Policy policy = testing::shipped("icann-gtld");
  const Redaction silent = redact(testing::registration_of({}), policy, context, testing::test_now());
  std::size_t shown = 0;
  for (const Role role : {Role::registrant, Role::technical}) {
    for (const Element chosen : contact_elements) {
      RegistrationData data = testing::registration_of({});
      ChoiceEntry entry;
      entry.sequence = 7;
      entry.element = chosen;
      entry.act = ChoiceAct::given;
      entry.at = entry.recorded = testing::test_now();
      entry.notice_version = "n-1";
      entry.evidence_id = "ev-1";
      for (RoleContact& contact : data.contacts) {
        if (contact.role == role) contact.choices = ContactChoices::fold({entry});
      }
      const Redaction result = redact(data, policy, context, testing::test_now());
      ASSERT_EQ(result.decisions.size(), silent.decisions.size());
      for (std::size_t i = 0; i < result.decisions.size(); ++i) {
        const Decision& decision = result.decisions[i];
        if (decision.outcome == silent.decisions[i].outcome) continue;
        EXPECT_EQ(decision.role, role);
        EXPECT_EQ(decision.element, chosen);
        EXPECT_EQ(decision.outcome, Outcome::shown);
        EXPECT_EQ(decision.ledger, 7U);
        ++shown;
      }
    }
  }
  EXPECT_EQ(shown, 10U + 3U);  // all of the registrant's that can be chosen; name, phone and e-mail of the technical contact
}

// --- mutants ---

/// The rule as a mutant: another action, with what the file format asks for it.
Rule with_action(Rule rule, Action action) {
  rule.action = action;
  if (action != Action::publish) {
    rule.basis = LegalBasis::none;
    rule.law.clear();
  } else if (rule.when != Condition::choice_given && rule.when != Condition::organization_agreed &&
             rule.when != Condition::affiliated_service) {
    rule.basis = LegalBasis::legal_obligation;
    rule.law = "no act";
  }
  return rule;
}

bool is_replacement(Action action) { return action == Action::replace_with_form || action == Action::replace_with_relay; }

struct Tally {
  std::size_t mutants = 0;
  std::size_t refused = 0;  ///< by Policy::parse
  std::size_t noticed = 0;  ///< by the table
  std::vector<std::string> survivors;
};

void try_mutant(const NamedTable& table, const std::vector<Rule>& rules, const std::string& what, Tally& tally) {
  ++tally.mutants;
  const auto mutant = Policy::parse(testing::to_toml("mutant", rules), "mutant.toml");
  if (!mutant) {
    ++tally.refused;
  } else if (run_table(*mutant, table.oracle, table.now, true).wrong > 0) {
    ++tally.noticed;
  } else {
    tally.survivors.push_back(table.name + ": " + what);
  }
}

/// Removals that change no outcome: a service has no such element, or the rules below decide the same about the service's
/// data; and a choice to show the city adds nothing where the policy shows it.
bool is_redundant(const NamedTable& table, const Rule& rule, Element element) {
  if (rule.id == "registrant-by-choice") return element == Element::city && table.policy.settings().at("city") == "publish";
  if (rule.id != "privacy-service") return false;
  if (element == Element::city) return table.policy.settings().at("city") == "publish";
  return element == Element::contact_id || element == Element::phone_ext || element == Element::fax_ext ||
         element == Element::state || element == Element::country;
}

Tally try_mutants(const NamedTable& table) {
  Tally tally;
  const std::vector<Rule>& original = table.policy.rules();
  for (std::size_t i = 0; i < original.size(); ++i) {
    const std::string name = "rule " + original[i].id;
    for (const Action action :
         {Action::publish, Action::withhold, Action::replace_with_form, Action::replace_with_relay, Action::omit}) {
      // Form against relay is told apart by SettingsDecideWhatReplacesAnEmail below.
      if (action == original[i].action || (is_replacement(action) && is_replacement(original[i].action))) continue;
      std::vector<Rule> rules = original;
      rules[i] = with_action(rules[i], action);
      try_mutant(table, rules, name + " " + std::string(to_string(action)), tally);
    }
    for (const Element element : original[i].elements) {
      std::vector<Rule> rules = original;
      std::erase(rules[i].elements, element);
      // The table's columns are what can differ; facts of the registration are in RedactTest.FactsOfTheRegistration.
      if (original[i].id == "registration-facts" || is_redundant(table, original[i], element)) continue;
      try_mutant(table, rules, name + " without " + std::string(to_string(element)), tally);
    }
  }
  return tally;
}

TEST(RedactTable, NoticesEveryMutantOfIcannGtld) {
  Tally total;
  for (NamedTable& table : all_tables()) {
    if (!table.name.starts_with("icann")) continue;
    const Tally tally = try_mutants(table);
    total.mutants += tally.mutants;
    total.refused += tally.refused;
    total.noticed += tally.noticed;
    for (const std::string& survivor : tally.survivors) ADD_FAILURE() << "not noticed: " << survivor;
  }
  RecordProperty("mutants", std::to_string(total.mutants));
  std::printf("%zu mutants: %zu refused when read, %zu noticed by the table\n", total.mutants, total.refused, total.noticed);
  EXPECT_EQ(total.mutants, total.refused + total.noticed);
  EXPECT_GT(total.noticed, 500U);
}

TEST(RedactTable, SettingsDecideWhatReplacesAnEmail) {
  const Catalog catalog = testing::test_catalog();
  const RedactionContext context = testing::test_context(catalog);
  RegistrationData data = testing::registration_of({});
  data.relay_token = "abcdefgh234567ab";
  for (const bool relay : {false, true}) {
    const Policy policy = testing::shipped("icann-gtld", {{"email", relay ? "relay" : "form"}});
    const Redaction result = redact(data, policy, context, testing::test_now());
    const auto& contacts = result.view->contacts;
    ASSERT_EQ(contacts.size(), 2U);
    for (const PublicContact& contact : contacts) ASSERT_TRUE(contact.replaced_email);
    EXPECT_EQ(contacts[0].replaced_email->kind, relay ? ReplacedEmail::Kind::relay_address : ReplacedEmail::Kind::form_url);
    EXPECT_EQ(contacts[0].replaced_email->value,
              relay ? "abcdefgh234567ab@relay.example" : "https://registrar.example/contact?d=table.test&r=registrant");
    EXPECT_EQ(contacts[1].replaced_email->value,
              relay ? "abcdefgh234567ab-t@relay.example" : "https://registrar.example/contact?d=table.test&r=technical");
  }
}

}  // namespace
}  // namespace regdata::redaction
