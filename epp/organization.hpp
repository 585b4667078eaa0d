// Commands and answers of the organization mapping (RFC 8543): resellers and the like, as objects of their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "epp/contact.hpp"
#include "epp/domain.hpp"
#include "epp/response.hpp"
#include "epp/xml_writer.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

struct OrganizationRole {
  std::string type;  ///< "reseller", "registrar", "proxy" (RFC 8543 §7.3)
  std::string id{};  ///< of the organization in that role, as an IANA id; empty: none
  friend bool operator==(const OrganizationRole&, const OrganizationRole&) = default;
};

/// Where it is and how it is reached. Empty: nothing is said of it.
struct OrganizationFacts {
  std::string parent{};              ///< id of the organization above it
  std::vector<PostalInfo> postal{};  ///< two at most, one of each type; `organization` in it is not said: `name` is its name
  PersonalText voice{}, voice_ext{}, fax{}, fax_ext{}, email{};
  std::string url{};
  [[nodiscard]] bool is_empty() const {
    return parent.empty() && postal.empty() && voice.empty() && fax.empty() && email.empty() && url.empty();
  }
};

struct OrganizationCheck {
  std::vector<std::string> ids;
};
struct OrganizationInfo {
  std::string id;
};
struct OrganizationCreate {
  std::string id;
  std::vector<OrganizationRole> roles;  ///< one at least
  std::vector<std::string> statuses{};
  OrganizationFacts facts{};
  std::vector<DomainContact> contacts{};  ///< "admin", "billing", "tech", "abuse"
};
struct OrganizationUpdate {
  struct Part {
    std::vector<DomainContact> contacts{};
    std::vector<OrganizationRole> roles{};
    std::vector<std::string> statuses{};
    [[nodiscard]] bool empty() const { return contacts.empty() && roles.empty() && statuses.empty(); }
  };
  std::string id;
  Part add{};
  Part remove{};
  OrganizationFacts change{};  ///< an address is replaced as a whole
};
struct OrganizationDelete {
  std::string id;
};

struct OrganizationData {
  std::string id;
  std::string roid;
  std::vector<OrganizationRole> roles;
  std::vector<std::string> statuses;
  OrganizationFacts facts;
  std::vector<DomainContact> contacts;
  std::string sponsor;
  std::string created_by;
  std::optional<UtcTime> created;
  std::optional<UtcTime> updated;
  std::optional<UtcTime> transferred{};  ///< never: organizations are not transferred
};
/// As they stand in create, chg and infData.
void write_facts(XmlWriter& xml, const OrganizationFacts& facts);
/// Errc::invalid: the response has none.
Expected<OrganizationData> read_organization(const Response& response);
/// What an element holds that is made of the mapping's parts: infData, but also create, chg, add and rem of what we said.
OrganizationData organization_in(const XmlElement& element);

}  // namespace regdata::epp
