#include "whois/tls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <string>
#include <system_error>

namespace regdata::whois {
namespace {

/// rules.md §4.1: what ICANN's checker allows under TLS 1.2.
constexpr const char* suites_of_tls12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr int most_at_once = 16384;

/// OpenSSL's last complaint; its queue is emptied.
std::string openssl_error() {
  std::string text = "unknown error";
  while (const unsigned long code = ERR_get_error()) {
    if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
    std::array<char, 256> buffer{};
    ERR_error_string_n(code, buffer.data(), buffer.size());
    text = buffer.data();
  }
  return text.substr(text.rfind(':') + 1);
}

Error refused(const std::filesystem::path& file, std::string_view why, std::string hint = {}) {
  return make_error(Errc::configuration, file.string() + ": " + std::string(why), std::move(hint));
}

/// RFC 7301: HTTP/1.1 or nothing; a client that offers only others goes on without.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered, unsigned int size,
                    void*) {
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, length, ours.data(), ours.size(), offered, size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

bool set_rules(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, suites_of_tls12) == 1 && SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1;
}

UtcTime end_of(SSL_CTX* context) {
  std::tm time{};
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return UtcTime(std::chrono::seconds(::timegm(&time)));
}

}  // namespace

Expected<std::shared_ptr<const TlsContext>> TlsContext::load(const std::filesystem::path& chain,
                                                             const std::filesystem::path& key) {
  struct stat status {};
  if (::stat(key.c_str(), &status) != 0)
    return refused(key, "the TLS key cannot be read: " + std::generic_category().message(errno));
  if ((status.st_mode & S_IRWXO) != 0) return refused(key, "the TLS key is open to everybody", "chmod o-rwx " + key.string());
  ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* context = made->context_;
  if (context == nullptr || !set_rules(context)) return make_error(Errc::internal, "TLS does not start: " + openssl_error());
  if (SSL_CTX_use_certificate_chain_file(context, chain.c_str()) != 1)
    return refused(chain, "the certificate chain cannot be used: " + openssl_error(), "PEM, the server's certificate first");
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1)
    return refused(key, "the private key cannot be used: " + openssl_error(), "PEM without a passphrase, of this certificate");
  made->not_after_ = end_of(context);
  return std::shared_ptr<const TlsContext>(std::move(made));
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Channel::~Channel() { SSL_free(tls_); }

bool Channel::start_tls(const TlsContext& context) {
  tls_ = SSL_new(context.get());
  if (tls_ == nullptr || SSL_set_fd(tls_, socket_) != 1) return false;
  SSL_set_accept_state(tls_);
  return true;
}

Channel::State Channel::state_of(int result) {
  switch (SSL_get_error(tls_, result)) {
    case SSL_ERROR_WANT_READ:
      return State::wait_read;
    case SSL_ERROR_WANT_WRITE:
      return State::wait_write;
    case SSL_ERROR_ZERO_RETURN:
      return State::ended;
    default:
      ERR_clear_error();  // or the next connection of this thread would be blamed
      return State::broken;
  }
}

Channel::State Channel::handshake() {
  if (tls_ == nullptr) return State::moved;
  const int result = SSL_accept(tls_);
  return result == 1 ? State::moved : state_of(result);
}

Channel::Moved Channel::receive(char* into, std::size_t most) {
  if (tls_ != nullptr) {
    const int got = SSL_read(tls_, into, static_cast<int>(std::min<std::size_t>(most, most_at_once)));
    return got > 0 ? Moved{State::moved, static_cast<std::size_t>(got)} : Moved{state_of(got), 0};
  }
  for (;;) {
    const auto got = ::recv(socket_, into, most, MSG_DONTWAIT);
    if (got > 0) {
      filled_ = static_cast<std::size_t>(got) == most;
      return {State::moved, static_cast<std::size_t>(got)};
    }
    if (got == 0) return {State::ended, 0};
    if (errno == EINTR) continue;
    return {errno == EAGAIN || errno == EWOULDBLOCK ? State::wait_read : State::broken, 0};
  }
}

Channel::Moved Channel::send(std::string_view bytes) {
  if (tls_ != nullptr) {
    const int sent = SSL_write(tls_, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), most_at_once)));
    return sent > 0 ? Moved{State::moved, static_cast<std::size_t>(sent)} : Moved{state_of(sent), 0};
  }
  for (;;) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return {State::moved, static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    return {errno == EAGAIN || errno == EWOULDBLOCK ? State::wait_write : State::broken, 0};
  }
}

bool Channel::may_have_more() const noexcept { return tls_ != nullptr ? SSL_has_pending(tls_) != 0 : filled_; }

void Channel::finish() {
  if (tls_ == nullptr || SSL_in_init(tls_) != 0) return;
  if (SSL_shutdown(tls_) < 0) ERR_clear_error();
}

}  // namespace regdata::whois
