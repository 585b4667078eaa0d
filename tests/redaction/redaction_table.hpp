// Every element × role × contact state × choice × kind × service × held, against an oracle written from rules.md and not from
// the policy file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "redaction/policy.hpp"
#include "redaction/redact.hpp"
#include "registration/registration_data.hpp"

namespace regdata::testing {

enum class Said : std::uint8_t { nothing, given, given_without_evidence, declined, withdrawn, no_answer, ended };
enum class Front : std::uint8_t { nobody, affiliated, unaffiliated, unknown };

/// One cell of the table.
struct Cell {
  Role role = Role::registrant;
  Element element = Element::name;
  ContactState state = ContactState::opened;
  Said said = Said::nothing;
  ContactKind kind = ContactKind::unknown;
  Front front = Front::nobody;
  bool held = true;

  [[nodiscard]] bool no() const { return said == Said::declined || said == Said::withdrawn; }
  [[nodiscard]] bool given() const { return said == Said::given; }
  [[nodiscard]] bool of_registrant() const { return role == Role::registrant; }
  /// Nothing of the contact may be shown, whatever else holds.
  [[nodiscard]] bool closed() const { return state != ContactState::opened || (of_registrant() && front == Front::unknown); }
  [[nodiscard]] bool service() const { return of_registrant() && front == Front::affiliated && !closed(); }
};
std::string to_string(const Cell& cell);

using Oracle = std::function<redaction::Outcome(const Cell&)>;

struct TableResult {
  std::size_t cells = 0;
  std::size_t wrong = 0;
  std::string first_wrong;
};
/// Fills the table; with `stop` only up to the first cell that differs.
TableResult run_table(const redaction::Policy& policy, const Oracle& oracle, UtcTime now, bool stop = false);

/// A registration with all four roles, every contact as `cell` says; its element and role do not matter.
RegistrationData registration_of(const Cell& cell);

/// rules.md §1.3–§1.14 under the settings of icann-gtld.
struct IcannSettings {
  bool city = false;
  bool relay = false;
  bool legal_person = false;
  bool domain_id = true;

  [[nodiscard]] redaction::PolicySettings values() const;
};
redaction::Outcome icann_outcome(const IcannSettings& settings, const Cell& cell);
/// The invented act of cctld-example; its second stage is in force or not.
redaction::Outcome cctld_outcome(bool second_stage, const Cell& cell);

}  // namespace regdata::testing
