// The objects of a deposit by RFC 9022, XML model, as we write them: one line each (docs/decisions/0018).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "escrow/object_list.hpp"
#include "escrow/xml_text.hpp"
#include "registration/catalog.hpp"
#include "registration/registration_data.hpp"

namespace regdata::escrow {

/// Namespaces of the objects.
inline constexpr std::string_view rde_namespace = "urn:ietf:params:xml:ns:rde-1.0";
inline constexpr std::string_view rde_header_namespace = "urn:ietf:params:xml:ns:rdeHeader-1.0";
inline constexpr std::string_view rde_registrar_namespace = "urn:ietf:params:xml:ns:rdeRegistrar-1.0";
inline constexpr std::string_view rde_domain_namespace = "urn:ietf:params:xml:ns:rdeDomain-1.0";
inline constexpr std::string_view rde_host_namespace = "urn:ietf:params:xml:ns:rdeHost-1.0";
inline constexpr std::string_view rde_contact_namespace = "urn:ietf:params:xml:ns:rdeContact-1.0";

/// What is ours to say in an object.
struct RdeNaming {
  std::string roid_suffix;  ///< behind the dash of ROIDs that we issue: 1–8 letters and digits
  std::uint32_t iana_id = 0;
};

/// The id of the registrar in `clID` (eppcom:clIDType, 3–16 characters).
std::string rde_registrar_id(const RdeNaming& naming);
/// The id of a contact: its handle, or one of 16 characters made of it.
std::string rde_contact_id(std::string_view handle);
/// The ROID that is held, or the one that we issue for an object: `kind` is a letter, `key` the object's own.
std::string rde_roid(std::string_view held, char kind, std::string_view key, const RdeNaming& naming);
/// Whether it is one that rde_roid() issues for this object, with whatever suffix.
bool is_issued_roid(std::string_view roid, char kind, std::string_view key);

/// Whether it is a status of a grace period (RFC 3915), which stands in an element of its own.
bool is_grace(Status status);

/// The statuses of EPP that stand in a deposit: those that are held, or "ok", or "inactive" without hosts.
std::vector<Status> epp_statuses_of(const Registration& registration);
/// Roles beside the registrant's, and their words.
inline constexpr std::array<std::pair<Role, std::string_view>, 3> rde_contact_types{
    {{Role::administrative, "admin"}, {Role::billing, "billing"}, {Role::technical, "tech"}}};
/// "int" where all of it is ASCII, else "loc" (RFC 5733 §2.4).
std::string_view rde_postal_type(const Contact& contact);

/// Elements that the schema demands and that are not held.
std::vector<std::string_view> lacks(const Registrar& registrar);
std::vector<std::string_view> lacks(const Registration& registration);
std::vector<std::string_view> lacks(const Contact& contact);

/// Builds objects. Each function leaves one line, with its end, in line(), and tells what the object lacks; then the line is
/// not valid.
class RdeObjects {
 public:
  explicit RdeObjects(RdeNaming naming) : naming_(std::move(naming)) {}

  std::vector<std::string_view> registrar(const Registrar& registrar);
  std::vector<std::string_view> domain(const RegistrationData& data);
  std::vector<std::string_view> host(const Host& host, bool linked);
  std::vector<std::string_view> contact(const Contact& contact);
  [[nodiscard]] const std::string& line() const noexcept { return xml_.text(); }

 private:
  void postal_info(const Contact& contact);

  RdeNaming naming_;
  XmlText xml_;
};

/// How many objects of each kind a deposit has.
struct RdeCounts {
  std::uint64_t registrars = 0;
  std::uint64_t domains = 0;
  std::uint64_t hosts = 0;
  std::uint64_t contacts = 0;
  std::map<std::string, std::uint64_t> domains_by_tld;
  friend bool operator==(const RdeCounts&, const RdeCounts&) = default;
};

/// What stands around the objects.
struct RdeFrame {
  bool has_tables = false;  ///< the CSV model
  std::string_view type = "FULL";
  std::string id;        ///< \w{1,13}, unique for the depositor
  std::string before{};  ///< id of the deposit that this one is the difference to; empty: of a full one
  std::uint32_t resend = 0;
  UtcTime watermark{};
  std::uint32_t iana_id = 0;
};
/// Lines before everything.
std::string rde_opening(const RdeFrame& frame);
/// A line for an object that is gone. Those stand between two lines of their own, behind the opening.
std::string rde_delete(const ListedObject& object);
inline constexpr std::string_view rde_deletes_opening = "<rde:deletes>\n";
inline constexpr std::string_view rde_deletes_closing = "</rde:deletes>\n";
/// Lines before the objects, the header among them. `counts`: of all objects that are held, also in a difference.
std::string rde_contents(const RdeFrame& frame, const RdeCounts& counts);
/// Lines behind them.
std::string_view rde_closing();

/// Whether a line of a document of ours is an object of the registrar's data, or says that one is gone.
bool is_rde_object(std::string_view line) noexcept;

}  // namespace regdata::escrow
