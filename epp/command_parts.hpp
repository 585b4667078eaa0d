// How each command is written: what stands in its element, and what in the extension.
#pragma once

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

/// Whether something stands in the extension, and that.
template <class Other>
bool has_extension(const Other&) {
  return false;
}
template <class Other>
void write_extension(XmlWriter&, const Other&) {}
bool has_extension(const Login& login);
void write_extension(XmlWriter& xml, const Login& login);
bool has_extension(const DomainCreate& create);
void write_extension(XmlWriter& xml, const DomainCreate& create);
bool has_extension(const DomainUpdate& update);
void write_extension(XmlWriter& xml, const DomainUpdate& update);

}  // namespace regdata::epp
