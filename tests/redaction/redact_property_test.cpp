// Promises that hold for every registration, every choice and every policy that can be loaded.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "redaction/holder.hpp"
#include "redaction/redact.hpp"
#include "redaction/shipped_policies.hpp"
#include "tests/redaction/hidden_twin.hpp"

namespace regdata::redaction {
namespace {

using testing::Chance;
using testing::random_registration;
using testing::test_now;

/// Registrations per case; RapidCheck runs 100 cases.
std::size_t rounds() { return std::getenv("REGDATA_LONG") != nullptr ? 1000 : 20; }

/// A random policy, or one of the shipped ones under random settings.
Policy some_policy(Chance& chance) {
  if (chance.one_in(4)) {
    return testing::shipped("icann-gtld", {{"city", chance.one_in(2) ? "publish" : "withhold"},
                                           {"email", chance.one_in(2) ? "relay" : "form"},
                                           {"legal-person", chance.one_in(2) ? "publish-organization" : "off"}});
  }
  if (chance.one_in(4)) return testing::shipped("cctld-example");
  return testing::random_policy(chance.next());
}

/// Runs `check` on many registrations under one policy.
template <class Check>
void for_random_cases(std::uint64_t seed, const Check& check) {
  Chance chance(seed);
  const Catalog catalog = testing::test_catalog();
  const RedactionContext context = testing::test_context(catalog);
  const Policy policy = some_policy(chance);
  for (std::size_t i = rounds(); i > 0; --i) check(chance, random_registration(chance.next()), policy, context);
}

void add(std::vector<std::string>& texts, const Field<std::string>& field) {
  if (field.shown() != nullptr) texts.push_back(field.shown()->value);
}

/// Every text that is anywhere in a view.
std::vector<std::string> texts_of(const PublicView& view) {
  std::vector<std::string> texts{view->name, view->unicode_name, view->registrar};
  add(texts, view->registry_domain_id);
  texts.insert(texts.end(), view->hosts.begin(), view->hosts.end());
  for (const PublicDs& ds : view->ds) texts.push_back(ds.digest);
  if (view->reseller) texts.insert(texts.end(), {view->reseller->name, view->reseller->url});
  for (const PublicContact& contact : view->contacts) {
    for (const auto* field :
         {&contact.id, &contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
          &contact.country, &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email}) {
      add(texts, *field);
    }
    if (contact.street.shown() != nullptr) {
      texts.insert(texts.end(), contact.street.shown()->value.begin(), contact.street.shown()->value.end());
    }
    if (contact.replaced_email) texts.push_back(contact.replaced_email->value);
  }
  return texts;
}

bool is_in(const std::vector<std::string>& texts, const std::string& value) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(value) != std::string::npos; });
}

using Shown = std::map<std::pair<Role, Element>, Outcome>;
Shown outcomes(const Redaction& result) {
  Shown map;
  for (const Decision& decision : result.decisions) {
    if (decision.role) map[{*decision.role, decision.element}] = decision.outcome;
  }
  return map;
}

bool shows_by_choice(const PublicView& view) {
  for (const PublicContact& contact : view->contacts) {
    for (const auto* field :
         {&contact.id, &contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
          &contact.country, &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email}) {
      if (field->shown() != nullptr && field->shown()->by_choice) return true;
    }
    if (contact.street.shown() != nullptr && contact.street.shown()->by_choice) return true;
  }
  return false;
}

// The proof of issue and promise P1: what is withheld is not there.
RC_GTEST_PROP(RedactProperty, NoWithheldValueIsInTheView, ()) {
  std::size_t searched = 0;
  for_random_cases(*testing::seeds(),
                   [&](Chance&, const RegistrationData& data, const Policy& policy, const RedactionContext& context) {
                     const Redaction result = redact(data, policy, context, test_now());
                     const std::vector<std::string> texts = texts_of(result.view);
                     const Shown shown = outcomes(result);
                     const bool service = holder_of(data, context.catalog, Role::registrant).service != nullptr;
                     for (const testing::Planted& planted : testing::planted_values(data)) {
                       const bool stands_in = service && planted.role == Role::registrant;
                       const bool visible = shown.at({planted.role, planted.element}) == Outcome::shown && !stands_in;
                       RC_ASSERT(is_in(texts, planted.value) == visible);
                       ++searched;
                     }
                     for (const RoleContact& contact : data.contacts) RC_ASSERT(!is_in(texts, contact.contact.handle));
                   });
  RC_ASSERT(searched > 0U);
}

// Promise P5: no answer, a no, a withdrawal and an end never show what depends on a choice, and never more than never asking.
RC_GTEST_PROP(RedactProperty, SilenceNeverShows, ()) {
  for_random_cases(
      *testing::seeds(), [](Chance&, RegistrationData data, const Policy& policy, const RedactionContext& context) {
        for (RoleContact& contact : data.contacts) contact.choices = {};
        const Redaction unasked = redact(data, policy, context, test_now());
        RC_ASSERT(!shows_by_choice(unasked.view));
        const Shown before = outcomes(unasked);
        for (const ChoiceAct act : {ChoiceAct::not_given, ChoiceAct::declined, ChoiceAct::withdrawn, ChoiceAct::ended}) {
          for (RoleContact& contact : data.contacts) contact.choices = testing::uniform_choices(contact.contact.handle, act);
          const Redaction result = redact(data, policy, context, test_now());
          RC_ASSERT(!shows_by_choice(result.view));
          for (const auto& [where, outcome] : outcomes(result)) {
            RC_ASSERT(outcome != Outcome::shown || before.at(where) == Outcome::shown);
          }
        }
        // Agreement that cannot be proved is silence.
        for (RoleContact& contact : data.contacts) {
          contact.choices = testing::uniform_choices(contact.contact.handle, ChoiceAct::given, false);
        }
        RC_ASSERT(redact(data, policy, context, test_now()).view == unasked.view);
      });
}

// Missing data never turn withheld into shown.
RC_GTEST_PROP(RedactProperty, LosingKnowledgeNeverShows, ()) {
  for_random_cases(*testing::seeds(),
                   [](Chance& chance, const RegistrationData& data, const Policy& policy, RedactionContext context) {
                     const Redaction result = redact(data, policy, context, test_now());
                     const Shown before = outcomes(result);
                     const std::vector<std::string> texts = texts_of(result.view);
                     RegistrationData less = data;
                     Catalog empty;
                     if (chance.one_in(2)) context.catalog = chance.one_in(2) ? nullptr : &empty;
                     if (!less.contacts.empty() && chance.one_in(2)) less.contacts.erase(less.contacts.begin());
                     for (RoleContact& contact : less.contacts) {
                       if (!chance.one_in(3)) continue;
                       contact.state = chance.one_in(2) ? ContactState::erased : ContactState::unreadable;
                       if (chance.one_in(2)) contact.contact = Contact{};  // or the data are still there, and must not be used
                     }
                     const Redaction after = redact(less, policy, context, test_now());
                     const std::vector<std::string> after_texts = texts_of(after.view);
                     for (const testing::Planted& planted : testing::planted_values(data)) {
                       RC_ASSERT(!is_in(after_texts, planted.value) || is_in(texts, planted.value));
                     }
                     for (const RoleContact& contact : less.contacts) {
                       if (contact.state == ContactState::opened) continue;
                       for (const Element element : contact_elements)
                         RC_ASSERT(outcomes(after).at({contact.role, element}) != Outcome::shown);
                     }
                   });
}

// Non-interference: nothing about a view tells two registrations apart that differ only in what is withheld.
RC_GTEST_PROP(RedactProperty, WithheldValuesDoNotInfluenceTheView, ()) {
  for_random_cases(*testing::seeds(),
                   [](Chance& chance, const RegistrationData& data, const Policy& policy, const RedactionContext& context) {
                     const Redaction result = redact(data, policy, context, test_now());
                     const bool service = holder_of(data, context.catalog, Role::registrant).service != nullptr;
                     const RegistrationData other = testing::hidden_twin(data, result.decisions, service, chance);
                     const Redaction twin = redact(other, policy, context, test_now());
                     RC_ASSERT(twin.view == result.view);
                     RC_ASSERT(twin.look_again == result.look_again);
                   });
}

RC_GTEST_PROP(RedactProperty, QuickAndExplainedRedactionAgree, ()) {
  for_random_cases(*testing::seeds(),
                   [](Chance&, const RegistrationData& data, const Policy& policy, const RedactionContext& context) {
                     const Redaction full = redact(data, policy, context, test_now());
                     const RedactedView quick = redact_view(data, policy, context, test_now());
                     RC_ASSERT(quick.view == full.view);
                     RC_ASSERT(quick.look_again == full.look_again);
                     std::size_t roles = 0;
                     for (const Role role : all_roles) roles += handle_of(data.registration, role).empty() ? 0 : 1;
                     RC_ASSERT(full.decisions.size() == 17 + roles * contact_elements.size());
                   });
}

// Buffers and verdicts that are kept from name to name, under policies in turns, leave nothing of one name in the next.
RC_GTEST_PROP(RedactProperty, OneRedactorForManyNamesDecidesAsOneForEach, ()) {
  Chance chance(*testing::seeds());
  const Catalog catalog = testing::test_catalog();
  const RedactionContext context = testing::test_context(catalog);
  const Policy policies[] = {some_policy(chance), some_policy(chance)};
  ViewRedactor many(context, test_now());
  for (std::size_t i = 2 * rounds(); i > 0; --i) {
    const RegistrationData data = random_registration(chance.next());
    const Policy& policy = policies[chance.below(2)];
    const Redaction alone = redact(data, policy, context, test_now());
    RC_ASSERT(many.redact(data, policy) == alone.view);
    RC_ASSERT(many.look_again() == alone.look_again);
  }
}

// Nothing changes by itself before look_again, and nothing ever without one.
RC_GTEST_PROP(RedactProperty, ViewHoldsUntilLookAgain, ()) {
  for_random_cases(*testing::seeds(),
                   [](Chance& chance, const RegistrationData& data, const Policy& policy, const RedactionContext& context) {
                     const RedactedView now = redact_view(data, policy, context, test_now());
                     const UtcTime horizon = now.look_again.value_or(test_now() + std::chrono::hours(24 * 3000));
                     RC_ASSERT(horizon > test_now());
                     const auto span = static_cast<std::size_t>((horizon - test_now()).count());
                     for (const UtcTime later : {horizon - std::chrono::milliseconds(1),
                                                 test_now() + std::chrono::milliseconds(chance.below(span))}) {
                       RC_ASSERT(redact_view(data, policy, context, later).view == now.view);
                     }
                   });
}

// What stays when a server must stop trusting choices (views too old) reaches the holder still.
RC_GTEST_PROP(RedactProperty, EmailIsNeverMissing, ()) {
  for_random_cases(
      *testing::seeds(), [](Chance&, const RegistrationData& data, const Policy& policy, const RedactionContext& context) {
        const Redaction result = redact(data, policy, context, test_now());
        RC_ASSERT(result.view->contacts.at(0).role == Role::registrant);
        for (const PublicContact& contact : result.view->contacts) {
          if (contact.role == Role::technical && outcomes(result).at({Role::technical, Element::email}) == Outcome::omitted)
            continue;
          const auto* email = contact.email.shown();
          RC_ASSERT(contact.replaced_email.has_value() || (email != nullptr && !email->by_choice));
        }
      });
}

}  // namespace
}  // namespace regdata::redaction
