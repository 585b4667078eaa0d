#include "redaction/policy_diff.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/redaction/random_registration.hpp"
#include "tests/redaction/redaction_table.hpp"

namespace regdata::redaction {
namespace {

using testing::Chance;
using testing::registration_of;
using testing::shipped;
using testing::test_now;

struct PolicyDiffTest : ::testing::Test {
  Catalog catalog = testing::test_catalog();
  RedactionContext context = testing::test_context(catalog);
  Policy before = shipped("icann-gtld");

  std::vector<ElementChange> diff(const Policy& after, const RegistrationData& data) const {
    return policy_diff(data, before, after, context, test_now());
  }
};

TEST_F(PolicyDiffTest, SamePolicyChangesNothing) {
  EXPECT_TRUE(diff(shipped("icann-gtld", {}, 900), registration_of({})).empty());
}

TEST_F(PolicyDiffTest, CityComesIntoView) {
  const auto changes = diff(shipped("icann-gtld", {{"city", "publish"}}), registration_of({}));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].role, Role::registrant);
  EXPECT_EQ(changes[0].element, Element::city);
  EXPECT_EQ(changes[0].rule_before, "registrant-withheld");
  EXPECT_EQ(changes[0].rule_after, "city-published");
  EXPECT_TRUE(changes[0].exposes());
  EXPECT_FALSE(changes[0].hides());
  // Who objected stays withheld, and who holds no city has nothing to show.
  EXPECT_TRUE(diff(shipped("icann-gtld", {{"city", "publish"}}), registration_of({.said = testing::Said::declined})).empty());
  EXPECT_TRUE(diff(shipped("icann-gtld", {{"city", "publish"}}), registration_of({.held = false})).empty());
}

TEST_F(PolicyDiffTest, FormGivesWayToRelay) {
  const auto changes = diff(shipped("icann-gtld", {{"email", "relay"}}), registration_of({}));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].role, Role::registrant);
  EXPECT_EQ(changes[1].role, Role::technical);
  for (const ElementChange& change : changes) {
    EXPECT_EQ(change.element, Element::email);
    EXPECT_EQ(change.before, Outcome::replaced);
    EXPECT_EQ(change.after, Outcome::replaced);
    EXPECT_TRUE(change.value_differs);
    EXPECT_FALSE(change.exposes());
  }
}

TEST_F(PolicyDiffTest, AnotherReasonIsAChangeToo) {
  std::vector<Rule> rules = before.rules();
  for (Rule& rule : rules) {
    if (rule.id == "registrant-state-country") rule.text = "Another sentence.";
  }
  const auto changes = diff(*Policy::parse(testing::to_toml("new", rules), "new.toml"), registration_of({}));
  ASSERT_EQ(changes.size(), 2U);
  for (const ElementChange& change : changes) {
    EXPECT_TRUE(change.reason_differs);
    EXPECT_EQ(change.before, change.after);
  }
}

TEST_F(PolicyDiffTest, TechnicalContactLeavesTheAnswer) {
  const auto changes = diff(shipped("cctld-example"), registration_of({.said = testing::Said::given}));
  const auto hidden = std::count_if(changes.begin(), changes.end(), [](const ElementChange& change) {
    return change.role == Role::technical && change.before == Outcome::shown && change.after == Outcome::omitted &&
           change.hides();
  });
  EXPECT_EQ(hidden, 3);  // name, phone, e-mail
}

/// A view with the public reasons in place of the numbers of rules.
struct Reasoned {
  std::vector<std::string> elements;
  friend bool operator==(const Reasoned&, const Reasoned&) = default;
};

template <class T>
std::string reasoned(const Field<T>& field, const Policy& policy) {
  const auto reason = [&](RuleId id) {
    const Rule* rule = policy.rule(id);
    return rule != nullptr ? rule->section + "|" + rule->text : "built-in " + std::to_string(id);
  };
  if (field.shown() != nullptr) return "shown " + reason(field.shown()->rule);
  return field.withheld() != nullptr ? "withheld " + reason(field.withheld()->rule) : "not held";
}

Reasoned reasoned(const PublicView& view, const Policy& policy) {
  Reasoned result{{reasoned(view->registry_domain_id, policy), view->updated ? "updated" : "",
                   view->registry_expires ? "expires" : "", view->registrar_expires ? "ends" : "",
                   view->reseller ? "reseller" : ""}};
  for (const PublicContact& contact : view->contacts) {
    for (const auto* field :
         {&contact.id, &contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
          &contact.country, &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email}) {
      result.elements.push_back(reasoned(*field, policy));
    }
    result.elements.push_back(reasoned(contact.street, policy));
    result.elements.push_back(contact.replaced_email ? contact.replaced_email->value : "");
  }
  return result;
}

// Promise P18: the diff is what two full publications differ in. Facts have no public reason in a view and are left out here.
RC_GTEST_PROP(PolicyDiffProperty, EmptyExactlyWhereTheViewsAgree, ()) {
  Chance chance(*testing::seeds());
  const Catalog catalog = testing::test_catalog();
  const RedactionContext context = testing::test_context(catalog);
  const Policy before = testing::random_policy(chance.next());
  std::vector<Rule> rules = before.rules();
  for (Rule& rule : rules) {
    if (chance.one_in(6)) rule.text = "Another sentence.";
    if (chance.one_in(8) && rule.action == Action::replace_with_form) rule.action = Action::replace_with_relay;
  }
  const bool same_file = chance.one_in(3);
  const Policy after = same_file ? *Policy::parse(testing::to_toml("random", rules), "after.toml", 300)
                                 : testing::random_policy(chance.next(), 300);
  for (int i = 0; i < 20; ++i) {
    const RegistrationData data = testing::random_registration(chance.next());
    const PublicView old_view = redact_view(data, before, context, test_now()).view;
    const PublicView new_view = redact_view(data, after, context, test_now()).view;
    std::vector<ElementChange> changes = policy_diff(data, before, after, context, test_now());
    std::erase_if(changes, [](const ElementChange& change) {
      return !change.role && change.element != Element::registry_domain_id && change.before == change.after;
    });
    RC_ASSERT(changes.empty() == (reasoned(old_view, before) == reasoned(new_view, after)));
  }
}

}  // namespace
}  // namespace regdata::redaction
