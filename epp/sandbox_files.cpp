#include "epp/sandbox_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <new>
#include <system_error>

namespace regdata::epp {
namespace {

namespace fs = std::filesystem;

constexpr long year_in_seconds = 365L * 24 * 3600;
constexpr long month_in_seconds = 30L * 24 * 3600;
constexpr std::size_t password_octets = 12;

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
  void operator()(BIO* memory) const noexcept { BIO_free(memory); }
};
using OwnKey = std::unique_ptr<EVP_PKEY, FreeKey>;
using OwnCertificate = std::unique_ptr<X509, FreeKey>;
using Memory = std::unique_ptr<BIO, FreeKey>;

Error no_file(const char* doing, const fs::path& file, int code) {
  return make_error(Errc::unavailable,
                    fmt::format("cannot {} {}: {}", doing, file.string(), std::generic_category().message(code)));
}

/// Whole or not at all.
Expected<void> write_new(const fs::path& file, std::string_view text) {
  const fs::path part = file.string() + ".part";
  ::unlink(part.c_str());
  const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return no_file("write", part, errno);
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
  const int code = errno;
  ::close(descriptor);
  if (!written) return no_file("write", part, code);
  return ::rename(part.c_str(), file.c_str()) == 0 ? Expected<void>() : no_file("write", file, errno);
}

template <class Write>
std::string pem(const Write& write) {
  const Memory memory(BIO_new(BIO_s_mem()));
  if (!memory || write(memory.get()) != 1) throw std::bad_alloc();
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void add(X509* certificate, X509* issuer, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, FreeKey> extension(X509V3_EXT_conf_nid(nullptr, &context, what, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) throw std::bad_alloc();
}

/// `issuer` null: signed by itself.
OwnCertificate certificate_for(EVP_PKEY* key, const char* name, X509* issuer, EVP_PKEY* signer, std::time_t now) {
  OwnCertificate certificate(X509_new());
  if (!certificate) throw std::bad_alloc();
  X509* const made = certificate.get();
  X509_set_version(made, 2);
  std::uint64_t serial = 0;
  randombytes_buf(&serial, sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1U);
  X509_time_adj(X509_getm_notBefore(made), -3600, &now);
  X509_time_adj(X509_getm_notAfter(made), year_in_seconds, &now);
  X509_set_pubkey(made, key);
  X509_NAME* const subject = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(made, X509_get_subject_name(issuer != nullptr ? issuer : made));
  if (issuer == nullptr) {
    add(made, made, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add(made, made, NID_key_usage, "critical,keyCertSign");
    add(made, made, NID_subject_key_identifier, "hash");
  } else {
    add(made, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add(made, issuer, NID_ext_key_usage, "serverAuth");
    add(made, issuer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    add(made, issuer, NID_authority_key_identifier, "keyid");
  }
  if (X509_sign(made, signer, EVP_sha256()) == 0) throw std::bad_alloc();
  return certificate;
}

/// It is there, and has a month to live.
bool is_fresh(const fs::path& file, std::time_t now) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "re"), &std::fclose);
  if (!in) return false;
  const OwnCertificate certificate(PEM_read_X509(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  std::time_t soon = now + month_in_seconds;
  return certificate && X509_cmp_time(X509_get0_notAfter(certificate.get()), &soon) > 0;
}

}  // namespace

Expected<SandboxFiles> make_sandbox_files(const fs::path& directory, UtcTime now) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return no_file("make", directory, errno);
  SandboxFiles files{.authority = directory / "authority.pem",
                     .certificate = directory / "server.pem",
                     .key = directory / "server.key",
                     .password = directory / "password"};
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::error_code ignored;
  if (!is_fresh(files.certificate, seconds) || !fs::exists(files.key, ignored) || !fs::exists(files.authority, ignored)) {
    const OwnKey authority_key(EVP_EC_gen("P-256"));
    const OwnKey key(EVP_EC_gen("P-256"));
    if (!authority_key || !key) throw std::bad_alloc();
    const auto authority =
        certificate_for(authority_key.get(), "regdata sandbox authority", nullptr, authority_key.get(), seconds);
    const auto certificate = certificate_for(key.get(), "localhost", authority.get(), authority_key.get(), seconds);
    const auto text_of = [](X509* one) { return pem([&](BIO* out) { return PEM_write_bio_X509(out, one); }); };
    auto written = write_new(files.key, pem([&](BIO* out) {
                               return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
                             }));
    if (written) written = write_new(files.authority, text_of(authority.get()));
    if (written) written = write_new(files.certificate, text_of(certificate.get()));  // last: it says that the others are there
    if (!written) return written.error();
  }
  if (!fs::exists(files.password, ignored)) {
    std::array<unsigned char, password_octets> random{};
    randombytes_buf(random.data(), random.size());
    std::array<char, sodium_base64_ENCODED_LEN(password_octets, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> word{};
    sodium_bin2base64(word.data(), word.size(), random.data(), random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (auto written = write_new(files.password, std::string(word.data()) + "\n"); !written) return written.error();
  }
  return files;
}

}  // namespace regdata::epp
