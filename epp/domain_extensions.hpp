// What registries want or tell beside a command about a domain: fees, launch phases, tokens, IDN tables, resellers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "epp/password.hpp"
#include "epp/response.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

struct Period {
  std::uint32_t number = 1;  ///< 1–99
  bool in_months = false;    ///< else years
};

/// What it would cost, asked with a check (RFC 8748 §5.1.1).
struct FeeQuestion {
  struct Of {
    std::string command;  ///< "create", "renew", "transfer", "restore", "update", "delete"
    std::optional<Period> period{};
  };
  std::string currency;  ///< "EUR"; empty: the registry's own
  std::vector<Of> commands;
};
/// What we agree to pay: a registry refuses where it would take more (RFC 8748 §5.2).
struct FeeTerms {
  std::string currency;  ///< empty: the registry's own
  std::string fee;       ///< "12.50"
};

struct LaunchPhase {
  std::string phase;   ///< "sunrise", "landrush", "claims", "open", "custom"
  std::string name{};  ///< of one that the registry has made itself
};
/// Which names have a claim of a mark's holder (RFC 8334 §3.1.1), asked with a check.
struct ClaimsQuestion {
  std::optional<LaunchPhase> phase;
};
/// A claims notice that the registrant has accepted (RFC 8334 §2.3.1, RFC 7848 for its source).
struct ClaimsNotice {
  std::string id;
  std::string validator;  ///< empty: the registry's own, "tmch" elsewhere
  UtcTime ends;           ///< notAfter
  UtcTime accepted;
};
struct LaunchTerms {
  LaunchPhase phase;
  std::vector<ClaimsNotice> notices{};
};

/// An organization beside us, as a reseller (RFC 8544).
struct Organization {
  std::string role;  ///< "reseller"
  std::string id;
  friend bool operator==(const Organization&, const Organization&) = default;
};
struct OrganizationChange {
  std::vector<Organization> add;
  std::vector<Organization> remove;
  std::vector<Organization> change;  ///< the role gets this one instead
  [[nodiscard]] bool empty() const { return add.empty() && remove.empty() && change.empty(); }
};

/// How an internationalized name is meant (idn-1.0).
struct IdnTerms {
  std::string table;  ///< "de", as the registry calls it
  std::string name;   ///< U-label; empty: not told
};

/// A month and a day: Verisign's ConsoliDate (sync-1.0).
struct ExpiryDay {
  unsigned month = 1;
  unsigned day = 1;
};

/// An amount as it was told: decimal numbers are not made binary ones.
struct Amount {
  std::string amount;
  std::string description{};
};
/// What one command costs.
struct FeeOffer {
  std::string command;
  std::optional<Period> period{};
  bool is_standard = false;
  std::vector<Amount> fees{};
  std::vector<Amount> credits{};
  std::string reason{};  ///< why it is not told
};
/// What one name costs.
struct NameFees {
  std::string name;
  std::string fee_class{};  ///< "premium"
  bool is_available = true;
  std::vector<FeeOffer> offers{};
  std::string reason{};
};
struct FeeAnswer {
  std::string currency;
  std::vector<NameFees> names;
};
/// Of an answer to a check. Empty: fees are not told.
std::optional<FeeAnswer> read_fees(const Response& response);

/// What a command has cost.
struct Charge {
  std::string currency;
  std::vector<Amount> fees{};
  std::vector<Amount> credits{};
  std::string balance{};
  std::string credit_limit{};
};
std::optional<Charge> read_charge(const Response& response);

/// What a registry tells of claims to a name.
struct NameClaims {
  struct Key {
    std::string key;
    std::string validator;
  };
  std::string name;
  bool exists = false;
  std::vector<Key> keys{};
};
/// Of an answer to a check; empty: nothing is told.
std::vector<NameClaims> read_claims(const Response& response);

/// Of an answer to an info.
struct DomainExtras {
  std::vector<Organization> organizations{};
  std::string idn_table{};
};
DomainExtras read_domain_extras(const Response& response);

}  // namespace regdata::epp
