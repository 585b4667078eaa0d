// Everything that we say to a registry.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "epp/contact.hpp"
#include "epp/domain.hpp"
#include "epp/host.hpp"
#include "epp/maintenance.hpp"
#include "epp/organization.hpp"
#include "epp/raw_command.hpp"
#include "epp/session_commands.hpp"

namespace regdata::epp {

using Command =
    std::variant<Hello, Login, Logout, PollRequest, PollAcknowledgement, DomainCheck, DomainInfo, DomainCreate, DomainUpdate,
                 DomainRenew, DomainTransfer, DomainDelete, HostCheck, HostInfo, HostCreate, HostUpdate, HostDelete,
                 ContactCheck, ContactInfo, ContactCreate, ContactUpdate, ContactDelete, OrganizationCheck, OrganizationInfo,
                 OrganizationCreate, OrganizationUpdate, OrganizationDelete, MaintenanceInfo, RawCommand>;

enum class CommandClass : std::uint8_t {
  session,    ///< hello, login, logout
  query,      ///< changes nothing: may be said again
  poll,       ///< request and acknowledgement
  transform,  ///< what became of it must be known
};
CommandClass class_of(const Command& command) noexcept;
/// "domain:check", "hello".
std::string_view name_of(const Command& command) noexcept;

/// The namespaces of extensions that it needs, beside that of its object.
std::vector<std::string_view> extensions_of(const Command& command);
/// The name or id of what it is about; of a check the first one; empty: it is about no object.
std::string_view object_in(const Command& command) noexcept;

/// The XML of a frame, valid by the schemas, in UTF-8. `client_id` is the clTRID, 3–64 characters; Hello has none.
/// `sub_product` is told with commands about objects (namestoreExt-1.1); empty: it is not. Errc::invalid: a value holds what
/// XML cannot.
Expected<std::string> write(const Command& command, std::string_view client_id, std::string_view sub_product = {});

enum class Masks : std::uint8_t {
  secrets,  ///< passwords and authorization information
  persons,  ///< what elements of contacts hold, wherever elements are called so: names of domains too
};
/// The frame with dots for these, whatever prefix they have: for evidence.
std::string masked(std::string_view xml, Masks what = Masks::secrets);
/// The frame that would be said, for the screen: no secrets, nobody's data. Errors as write().
Expected<std::string> evidence_of(const Command& command);

}  // namespace regdata::epp
