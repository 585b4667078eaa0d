// Commands and answers of the domain mapping (RFC 5731), with DNSSEC (RFC 5910) and grace periods (RFC 3915).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "epp/domain_extensions.hpp"
#include "epp/password.hpp"
#include "epp/response.hpp"
#include "registration/registration.hpp"

namespace regdata::epp {

struct DomainCheck {
  std::vector<std::string> names;  ///< A-labels, lower case
  std::optional<FeeQuestion> fee{};
  std::optional<ClaimsQuestion> claims{};
  Password token{};  ///< allocation token (RFC 8495)
};

struct DomainInfo {
  std::string name;
  std::string hosts = "all";  ///< "all", "del", "sub", "none"
  Password auth_info{};       ///< of another registrar's name
};

struct NameServer {
  std::string name;
  std::vector<std::string> addresses;  ///< where name servers are attributes
};
/// A registry has objects or attributes, never both.
struct NameServers {
  std::vector<NameServer> servers;
  bool are_attributes = false;
};

struct DomainContact {
  std::string type;  ///< "admin", "billing", "tech"
  std::string id;
  friend bool operator==(const DomainContact&, const DomainContact&) = default;
};

struct DomainCreate {
  std::string name;
  std::optional<Period> period;
  NameServers servers;
  std::string registrant;  ///< empty: the registry holds no contacts
  std::vector<DomainContact> contacts;
  Password auth_info;  ///< empty: by RFC 9154, where the registry lets it be unset
  std::vector<DsRecord> ds;
  std::optional<FeeTerms> fee{};
  std::optional<LaunchTerms> launch{};
  Password token{};  ///< allocation token (RFC 8495)
  std::optional<IdnTerms> idn{};
  std::vector<Organization> organizations{};
};

struct DomainUpdate {
  struct Part {
    NameServers servers;
    std::vector<DomainContact> contacts;
    std::vector<std::string> statuses;
    [[nodiscard]] bool empty() const { return servers.servers.empty() && contacts.empty() && statuses.empty(); }
  };
  std::string name;
  Part add;
  Part remove;
  std::optional<std::string> registrant;  ///< empty text: it is taken away
  std::optional<Password> auth_info;      ///< empty: it is unset
  std::vector<DsRecord> add_ds;
  std::vector<DsRecord> remove_ds;
  bool removes_all_ds = false;
  bool restores = false;  ///< a restore request (RFC 3915 §4.2.5)
  std::optional<FeeTerms> fee{};
  OrganizationChange organizations{};
  std::optional<ExpiryDay> expires_on{};
};

struct DomainRenew {
  std::string name;
  std::string current_expiry;  ///< "2027-01-31": a registry refuses another one, so that nothing is renewed twice
  std::optional<Period> period;
  std::optional<FeeTerms> fee{};
};

enum class TransferOperation : std::uint8_t { query, request, approve, reject, cancel };
struct DomainTransfer {
  TransferOperation operation = TransferOperation::query;
  std::string name;
  std::optional<Period> period;
  Password auth_info;
  std::optional<FeeTerms> fee{};
  Password token{};  ///< allocation token (RFC 8495)
};

struct DomainDelete {
  std::string name;
};

struct Availability {
  std::string name;
  bool is_available = false;
  std::string reason;
};
/// Of domains, hosts, contacts and organizations alike. Errc::invalid: the response has none.
Expected<std::vector<Availability>> read_availability(const Response& response);

/// What a registry holds of a name. What it leaves out is empty: others' names are told in part only.
struct DomainData {
  std::string name;
  std::string roid;
  std::vector<std::string> statuses;  ///< also those that RFC 5731 has not
  std::vector<std::string> grace;     ///< rgpStatus
  std::string registrant;
  std::vector<DomainContact> contacts;
  NameServers servers;
  std::vector<std::string> hosts;  ///< below it
  std::string sponsor;             ///< clID
  std::string created_by;
  std::string updated_by;
  std::optional<UtcTime> created;
  std::optional<UtcTime> updated;
  std::optional<UtcTime> expires;
  std::optional<UtcTime> transferred;
  std::vector<DsRecord> ds;
  bool has_auth_info = false;
  DomainExtras extras{};
};
/// Errc::invalid: the response has none, or no name in it.
Expected<DomainData> read_domain(const Response& response);
/// Children dsData of an element, ours or theirs; those that are none are left out.
void read_ds(const XmlElement& parent, std::vector<DsRecord>& records);
/// As we write names and addresses, whatever the registry does: lower case, A-labels, canonical; what is none as it stands.
std::string as_name(const std::string& text);
std::string as_address(const std::string& text);
/// Of an element ns; names and addresses as we write them.
void read_servers(const XmlElement& ns, NameServers& servers);

}  // namespace regdata::epp
