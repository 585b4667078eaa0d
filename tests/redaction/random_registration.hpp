// Random registrations, catalogs and policies for property tests. Everything is made from a seed, so that a failure is
// reproduced by the number that it prints. Every personal element carries a planted value of its own, at least 12 characters
// long and found nowhere else.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "redaction/policy.hpp"
#include "redaction/redact.hpp"
#include "registration/catalog.hpp"
#include "registration/registration_data.hpp"

namespace regdata::testing {

/// Repeatable everywhere: distributions of the standard library are not, so none is used.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() { return engine_(); }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class Container>
  const auto& pick(const Container& container) {
    return container[below(container.size())];
  }
  /// `length` of [a-z2-7].
  std::string letters(std::size_t length);
  std::string digits(std::size_t length);

 private:
  std::mt19937_64 engine_;
};

/// Around this time random choices, rules and registrations lie.
UtcTime test_now();

/// A value that was planted in a contact and must not be seen unless it is shown.
struct Planted {
  Role role = Role::registrant;
  Element element = Element::name;
  std::string value;
};
/// Every text held of the contacts of `data`, country codes (too short to search for) left out; each line of a street.
std::vector<Planted> planted_values(const RegistrationData& data);

/// Two registrars, three TLDs, and privacy services "front" (affiliated), "veil" (affiliated, "{token}" in its e-mail) and
/// "other" (not affiliated). Policies named: icann-gtld, cctld-example.
Catalog test_catalog();
/// Forms and relay addresses of reserved names; points at `catalog`.
redaction::RedactionContext test_context(const Catalog& catalog);

/// A registration under `name` (a fresh name when empty) with contacts in some or all roles, each opened, erased or unreadable,
/// with some, all or no elements held and choices of every kind.
RegistrationData random_registration(std::uint64_t seed, std::string_view name = {});
/// Choices of every act for random elements of the contact `handle`; a given choice may lack its evidence.
ContactChoices random_choices(Chance& chance, const std::string& handle);
/// Choices with one act on every choosable element.
ContactChoices uniform_choices(const std::string& handle, ChoiceAct act, bool with_evidence = true);

/// Rules as a policy file; parse(to_toml(rules)) gives the same rules.
std::string to_toml(std::string_view name, const std::vector<redaction::Rule>& rules);
/// A random policy that is sound, as a file.
std::string random_policy_toml(std::uint64_t seed);
redaction::Policy random_policy(std::uint64_t seed, redaction::RuleId first_rule = 2);
/// A shipped policy; fails the program where it does not parse.
redaction::Policy shipped(std::string_view name, const redaction::PolicySettings& settings = {},
                          redaction::RuleId first_rule = 2);

/// Seeds for RapidCheck: `const auto seed = *testing::seeds();`. Not shrunk: a smaller seed is not a smaller case.
inline rc::Gen<std::uint64_t> seeds() {
  return rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
}
inline rc::Gen<RegistrationData> registrations() {
  return rc::gen::map(seeds(), [](std::uint64_t seed) { return random_registration(seed); });
}
inline rc::Gen<redaction::Policy> policies() {
  return rc::gen::map(seeds(), [](std::uint64_t seed) { return random_policy(seed); });
}

}  // namespace regdata::testing
