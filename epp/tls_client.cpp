#include "epp/tls_client.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <new>
#include <system_error>

namespace regdata::epp {
namespace {

Error not_usable(const char* what, const std::filesystem::path& file) {
  ERR_clear_error();
  return make_error(Errc::configuration, fmt::format("{} {} cannot be read", what, file.string()), "PEM, as openssl writes it");
}

bool is_address(const std::string& name) {
  ASN1_OCTET_STRING* const address = a2i_IPADDRESS(name.c_str());
  ASN1_OCTET_STRING_free(address);
  ERR_clear_error();
  return address != nullptr;
}

/// A common name counts for no host (RFC 9525 §2): where there is nothing else that is told, not a name that differs.
int tell_apart(int good, X509_STORE_CTX* verified) {
  const int error = X509_STORE_CTX_get_error(verified);
  const X509* const certificate = X509_STORE_CTX_get_current_cert(verified);
  if (good == 0 && (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH) &&
      certificate != nullptr && X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0)
    X509_STORE_CTX_set_error(verified, X509_V_ERR_APPLICATION_VERIFICATION);
  return good;
}

/// Whether the peer asked for a certificate of ours, and there was none to give.
int asked_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}
int note_asked(SSL* connection, X509** /*certificate*/, EVP_PKEY** /*key*/) {
  static char yes = 1;
  SSL_set_ex_data(connection, asked_index(), &yes);
  return 0;
}

bool is_of_protocol(int reason) {
  return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ||
         reason == SSL_R_WRONG_SSL_VERSION || reason == SSL_R_VERSION_TOO_LOW;
}

/// The peer says so of our certificate (RFC 8446 §6.2).
bool is_of_our_certificate(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return true;
    default:
      return false;
  }
}

/// What to do about what verification found.
const char* hint_for(long verdict) noexcept {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "look at this machine's clock; else the registry must mend it";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
    case X509_V_ERR_APPLICATION_VERIFICATION:
      return "server_name is the name that the registry's certificate has";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "a registry with an authority of its own gives you its certificate: authorities";
    default:
      return "ask the registry";
  }
}

}  // namespace

std::optional<UtcTime> end_of(const X509* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return std::nullopt;
  return UtcTime(std::chrono::seconds(::timegm(&parts)));
}

PeerEnds peer_ends(const SSL* connection) {
  PeerEnds ends;
  const STACK_OF(X509)* const chain = SSL_get0_verified_chain(connection);
  for (int place = 0; place < sk_X509_num(chain); ++place) {  // of none: -1
    const auto end = end_of(sk_X509_value(chain, place));
    std::optional<UtcTime>& earliest = place == 0 ? ends.server : ends.authority;
    if (end && (!earliest || *end < *earliest)) earliest = end;
  }
  return ends;
}

Expected<TlsClient> TlsClient::make(TlsSettings settings) {
  TlsClient client(std::move(settings));
  client.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = client.context_.get();
  if (context == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_security_level(context, 2);  // 112 bits, whatever the system's configuration lets pass
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, tell_apart);
  SSL_CTX_set_client_cert_cb(context, note_asked);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  const TlsSettings& held = client.settings_;
  if (held.authorities.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1)
      return make_error(Errc::configuration, "the system's certificate authorities cannot be read",
                        "apt install ca-certificates");
  } else if (SSL_CTX_load_verify_locations(context, held.authorities.c_str(), nullptr) != 1) {
    return not_usable("authorities", held.authorities);
  }
  if (held.certificate.empty() != held.key.empty())
    return make_error(Errc::configuration, "a certificate of ours needs its key, and a key its certificate");
  if (held.certificate.empty()) return client;
  if (SSL_CTX_use_certificate_chain_file(context, held.certificate.c_str()) != 1)
    return not_usable("certificate", held.certificate);
  // without a callback OpenSSL would ask for a passphrase on the terminal
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_PrivateKey_file(context, held.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH) {
      ERR_clear_error();
      return make_error(Errc::configuration, fmt::format("key {} does not belong to the certificate", held.key.string()));
    }
    return not_usable("key", held.key);
  }
  return client;
}

Expected<void> TlsClient::prepare(SSL* connection) const {
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(connection);
  std::string name = settings_.server_name;  // OpenSSL copies it, and asks for one that it might change
  bool told = !name.empty() && name.find('\0') == std::string::npos;
  if (is_address(name)) {
    told = told && X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1;
  } else {
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    told = told && X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), 0) == 1 &&
           SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
  }
  if (told) return {};
  ERR_clear_error();
  return make_error(Errc::configuration, "\"" + settings_.server_name + "\" cannot be the name of a server", "server_name");
}

Error TlsClient::trouble(const SSL* connection, unsigned long code, const std::string& where) const {
  const long verdict = SSL_get_verify_result(connection);
  const char* const words = code == 0 ? nullptr : ERR_reason_error_string(code);
  const std::string said = words != nullptr ? words : "the connection was closed";
  const auto tell = [&](const std::string& what, const char* hint) {
    return make_error(Errc::unavailable, where + ": " + what, hint);
  };
  if (verdict == X509_V_ERR_APPLICATION_VERIFICATION)
    return make_error(Errc::refused, where + ": its certificate is not taken: it names no host (subjectAltName)",
                      "a common name does not count (RFC 9525): the registry must mend it");
  if (verdict != X509_V_OK)
    return make_error(Errc::refused,
                      fmt::format("{}: its certificate is not taken: {}", where, X509_verify_cert_error_string(verdict)),
                      hint_for(verdict));
  const int reason = code == 0 ? 0 : ERR_GET_REASON(code);
  if (reason == SSL_R_WRONG_VERSION_NUMBER) return tell("what answers there speaks no TLS", "look at address and port");
  if (is_of_protocol(reason)) return tell("it speaks neither TLS 1.2 nor 1.3 (" + said + ")", "ask the registry");
  if (settings_.certificate.empty() && SSL_get_ex_data(connection, asked_index()) != nullptr)
    return tell("it wants a certificate of ours (" + said + ")", "certificate and key of the [[registry]]");
  if (is_of_our_certificate(reason))
    return tell("it does not take our certificate (" + said + ")", "is it the one that the registry knows, and still good?");
  if (reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE)
    return tell("there is no protocol or cipher that both speak (" + said + ")", "ask the registry");
  return tell("TLS failed: " + said, "");
}

}  // namespace regdata::epp
