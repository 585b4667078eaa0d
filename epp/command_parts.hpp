// How each command is written: what stands in its element, and what in the extension.
#pragma once

#include <string_view>
#include <vector>

#include "epp/command.hpp"
#include "epp/xml_writer.hpp"

namespace regdata::epp {

/// The element of the command itself, with the object in it.
void write_body(XmlWriter& xml, const Login& login);
void write_body(XmlWriter& xml, const Logout& logout);
void write_body(XmlWriter& xml, const PollRequest& poll);
void write_body(XmlWriter& xml, const PollAcknowledgement& poll);
void write_body(XmlWriter& xml, const DomainCheck& check);
void write_body(XmlWriter& xml, const DomainInfo& info);
void write_body(XmlWriter& xml, const DomainCreate& create);
void write_body(XmlWriter& xml, const DomainUpdate& update);
void write_body(XmlWriter& xml, const DomainRenew& renew);
void write_body(XmlWriter& xml, const DomainTransfer& transfer);
void write_body(XmlWriter& xml, const DomainDelete& command);
void write_body(XmlWriter& xml, const HostCheck& check);
void write_body(XmlWriter& xml, const HostInfo& info);
void write_body(XmlWriter& xml, const HostCreate& create);
void write_body(XmlWriter& xml, const HostUpdate& update);
void write_body(XmlWriter& xml, const HostDelete& command);
void write_body(XmlWriter& xml, const ContactCheck& check);
void write_body(XmlWriter& xml, const ContactInfo& info);
void write_body(XmlWriter& xml, const ContactCreate& create);
void write_body(XmlWriter& xml, const ContactUpdate& update);
void write_body(XmlWriter& xml, const ContactDelete& command);
void write_body(XmlWriter& xml, const OrganizationCheck& check);
void write_body(XmlWriter& xml, const OrganizationInfo& info);
void write_body(XmlWriter& xml, const OrganizationCreate& create);
void write_body(XmlWriter& xml, const OrganizationUpdate& update);
void write_body(XmlWriter& xml, const OrganizationDelete& command);
void write_body(XmlWriter& xml, const MaintenanceInfo& info);
void write_body(XmlWriter& xml, const RawCommand& raw);

/// The namespaces of what stands in the extension.
using ExtensionUris = std::vector<std::string_view>;

template <class Other>
void extensions_of(const Other&, ExtensionUris&) {}
/// What stands there.
template <class Other>
void write_extension(XmlWriter&, const Other&) {}
void extensions_of(const Login& login, ExtensionUris& uris);
void write_extension(XmlWriter& xml, const Login& login);
void extensions_of(const DomainCheck& check, ExtensionUris& uris);
void write_extension(XmlWriter& xml, const DomainCheck& check);
void extensions_of(const DomainCreate& create, ExtensionUris& uris);
void write_extension(XmlWriter& xml, const DomainCreate& create);
void extensions_of(const DomainUpdate& update, ExtensionUris& uris);
void write_extension(XmlWriter& xml, const DomainUpdate& update);
void extensions_of(const DomainRenew& renew, ExtensionUris& uris);
void write_extension(XmlWriter& xml, const DomainRenew& renew);
void extensions_of(const DomainTransfer& transfer, ExtensionUris& uris);
void write_extension(XmlWriter& xml, const DomainTransfer& transfer);

}  // namespace regdata::epp
