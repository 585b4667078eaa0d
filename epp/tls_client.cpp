#include "epp/tls_client.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

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

/// What to do about what verification found.
const char* hint_for(long verdict) noexcept {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "look at this machine's clock; else the registry must mend it";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
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

Expected<TlsClient> TlsClient::make(TlsSettings settings) {
  TlsClient client(std::move(settings));
  client.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = client.context_.get();
  if (context == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
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
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    told = told && X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), 0) == 1 &&
           SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
  }
  if (told) return {};
  ERR_clear_error();
  return make_error(Errc::configuration, "\"" + settings_.server_name + "\" cannot be the name of a server", "server_name");
}

Error TlsClient::trouble(const SSL* connection, unsigned long code, const std::string& where) const {
  const long verdict = SSL_get_verify_result(connection);
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (verdict != X509_V_OK)
    return make_error(Errc::refused,
                      fmt::format("{}: its certificate is not taken: {}", where, X509_verify_cert_error_string(verdict)),
                      hint_for(verdict));
  if (code != 0 && ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
    return make_error(Errc::unavailable, where + ": what answers there speaks no TLS", "look at address and port");
  return make_error(Errc::unavailable,
                    fmt::format("{}: TLS failed: {}", where, reason != nullptr ? reason : "the connection was closed"),
                    settings_.certificate.empty() ? "some registries want a certificate of yours: certificate, key" : "");
}

}  // namespace regdata::epp
