// Commands and answers of the contact mapping (RFC 5733).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "epp/password.hpp"
#include "epp/response.hpp"
#include "epp/xml_writer.hpp"
#include "registration/personal.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

struct ContactCheck {
  std::vector<std::string> ids;
};
struct ContactInfo {
  std::string id;
  Password auth_info{};
};

/// `type` "int" is ASCII alone, "loc" any script.
struct PostalInfo {
  std::string type;
  PersonalText name;
  PersonalText organization;
  std::vector<PersonalText> street;  ///< at most three
  PersonalText city;
  PersonalText state;
  PersonalText postal_code;
  std::string country;
};

/// Elements that a registry shows or hides by themselves (RFC 5733 §2.9).
enum class Disclosable : std::uint8_t { name_int, name_loc, org_int, org_loc, addr_int, addr_loc, voice, fax, email };
inline constexpr std::size_t disclosable_count = 9;
/// An exception to the registry's announced policy: it may show these, or must not. Others follow that policy.
struct Disclosure {
  bool shows = false;
  std::array<bool, disclosable_count> elements{};  ///< at least one
  friend bool operator==(const Disclosure&, const Disclosure&) = default;
};

struct ContactCreate {
  std::string id;
  std::vector<PostalInfo> postal;  ///< one or two
  PersonalText voice, voice_ext, fax, fax_ext, email;
  Password auth_info;
  std::optional<Disclosure> disclosure;
};
/// Always the whole contact: registries empty what an update leaves out (epp.md §1.6).
struct ContactUpdate {
  std::string id;
  std::vector<std::string> add_statuses;
  std::vector<std::string> remove_statuses;
  std::vector<PostalInfo> postal;
  PersonalText voice, voice_ext, fax, fax_ext, email;
  std::optional<Password> auth_info;
  std::optional<Disclosure> disclosure;
};
struct ContactDelete {
  std::string id;
};

struct ContactData {
  std::string id;
  std::string roid;
  std::vector<std::string> statuses;
  std::vector<PostalInfo> postal;
  PersonalText voice, voice_ext, fax, fax_ext, email;
  std::string sponsor;
  std::string created_by;
  std::optional<UtcTime> created;
  std::optional<UtcTime> updated;
  std::optional<UtcTime> transferred;
  std::optional<Disclosure> disclosure;
  bool disclosure_is_doubtful = false;  ///< there are several, or its flag is neither yes nor no
};
Expected<ContactData> read_contact(const Response& response);
/// As it stands in create, chg and infData.
void write_disclosure(XmlWriter& xml, const std::optional<Disclosure>& disclosure);
/// A telephone number, also of the organization mapping; nothing where it is empty.
void write_number(XmlWriter& xml, std::string_view name, const PersonalText& number, const PersonalText& ext);
/// What an element holds that is made of the mapping's parts: infData, but also create and chg of what we said.
ContactData contact_in(const XmlElement& info);
/// A postalInfo, also of the organization mapping (RFC 8543 §3.6), which has the same parts.
PostalInfo postal_in(const XmlElement& element);

}  // namespace regdata::epp
