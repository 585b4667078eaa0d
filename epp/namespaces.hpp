// Names of what is spoken (IANA registry "EPP Extensions" and RFC 5730–5733).
#pragma once

#include <string_view>

namespace regdata::epp {

inline constexpr std::string_view epp_namespace = "urn:ietf:params:xml:ns:epp-1.0";
inline constexpr std::string_view domain_namespace = "urn:ietf:params:xml:ns:domain-1.0";
inline constexpr std::string_view host_namespace = "urn:ietf:params:xml:ns:host-1.0";
inline constexpr std::string_view contact_namespace = "urn:ietf:params:xml:ns:contact-1.0";
inline constexpr std::string_view sec_dns_namespace = "urn:ietf:params:xml:ns:secDNS-1.1";          ///< RFC 5910
inline constexpr std::string_view rgp_namespace = "urn:ietf:params:xml:ns:rgp-1.0";                 ///< RFC 3915
inline constexpr std::string_view login_sec_namespace = "urn:ietf:params:xml:ns:epp:loginSec-1.0";  ///< RFC 8807

inline constexpr std::string_view change_poll_namespace = "urn:ietf:params:xml:ns:changePoll-1.0";  ///< RFC 8590

}  // namespace regdata::epp
