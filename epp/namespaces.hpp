// Names of what is spoken (IANA registry "EPP Extensions" and RFC 5730–5733).
#pragma once

#include <string_view>

namespace regdata::epp {

inline constexpr std::string_view epp_namespace = "urn:ietf:params:xml:ns:epp-1.0";
inline constexpr std::string_view domain_namespace = "urn:ietf:params:xml:ns:domain-1.0";
inline constexpr std::string_view host_namespace = "urn:ietf:params:xml:ns:host-1.0";
inline constexpr std::string_view contact_namespace = "urn:ietf:params:xml:ns:contact-1.0";
inline constexpr std::string_view sec_dns_namespace = "urn:ietf:params:xml:ns:secDNS-1.1";               ///< RFC 5910
inline constexpr std::string_view rgp_namespace = "urn:ietf:params:xml:ns:rgp-1.0";                      ///< RFC 3915
inline constexpr std::string_view login_sec_namespace = "urn:ietf:params:xml:ns:epp:loginSec-1.0";       ///< RFC 8807
inline constexpr std::string_view change_poll_namespace = "urn:ietf:params:xml:ns:changePoll-1.0";       ///< RFC 8590
inline constexpr std::string_view fee_namespace = "urn:ietf:params:xml:ns:epp:fee-1.0";                  ///< RFC 8748
inline constexpr std::string_view launch_namespace = "urn:ietf:params:xml:ns:launch-1.0";                ///< RFC 8334
inline constexpr std::string_view token_namespace = "urn:ietf:params:xml:ns:allocationToken-1.0";        ///< RFC 8495
inline constexpr std::string_view org_namespace = "urn:ietf:params:xml:ns:epp:org-1.0";                  ///< RFC 8543
inline constexpr std::string_view org_ext_namespace = "urn:ietf:params:xml:ns:epp:orgext-1.0";           ///< RFC 8544
inline constexpr std::string_view maintenance_namespace = "urn:ietf:params:xml:ns:epp:maintenance-1.0";  ///< RFC 9167
/// RFC 9038: what was not logged in for comes in extValue.
inline constexpr std::string_view unhandled_namespace = "urn:ietf:params:xml:ns:epp:unhandled-namespaces-1.0";
/// RFC 9154: an empty authInfo unsets it, and no answer holds one.
inline constexpr std::string_view secure_auth_info_namespace = "urn:ietf:params:xml:ns:epp:secure-authinfo-transfer-1.0";
inline constexpr std::string_view idn_namespace = "urn:ietf:params:xml:ns:idn-1.0";
inline constexpr std::string_view name_store_namespace = "http://www.verisign-grs.com/epp/namestoreExt-1.1";
inline constexpr std::string_view expiry_sync_namespace = "http://www.verisign.com/epp/sync-1.0";
inline constexpr std::string_view rgp_poll_namespace = "http://www.verisign.com/epp/rgp-poll-1.0";
inline constexpr std::string_view low_balance_namespace = "http://www.verisign.com/epp/lowbalance-poll-1.0";

}  // namespace regdata::epp
