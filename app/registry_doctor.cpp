#include "app/registry_doctor.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "app/registry_line.hpp"
#include "epp/password.hpp"

namespace regdata::app {
namespace {

constexpr std::chrono::days warned_before{60};

class RegistryExamination : private Findings {
 public:
  RegistryExamination(const Config::Registry& settings, UtcTime now) : settings_(settings), now_(now) {}

  std::vector<Finding> run() {
    certificate();
    door();
    return take();
  }
  std::vector<Finding> run(const std::vector<epp::LoginEvent>& events) {
    certificate();
    warned_of(events);
    return take();
  }

 private:
  [[nodiscard]] std::string at(const char* what) const { return fmt::format("{}: {}", settings_.id, what); }

  void ends(const char* what, UtcTime at_time, const char* hint) {
    if (at_time <= now_)
      bad(at(what), make_error(Errc::configuration, "has ended at " + format_rfc3339(at_time), hint));
    else if (at_time <= now_ + warned_before)
      warning(at(what), "ends at " + format_rfc3339(at_time), hint);
    else
      good(at(what), "ends at " + format_rfc3339(at_time));
  }

  void certificate() {
    if (settings_.certificate.empty()) return;
    if (const auto end = certificate_end(settings_.certificate))
      ends("certificate", *end, "get the next one, and tell the registry before you use it");
    else
      bad(at("certificate"), make_error(Errc::configuration, settings_.certificate.string() + " cannot be read", "PEM"));
  }

  void door() {
    if (settings_.account.empty()) return good(at("door"), "no account: nobody logs in");
    auto password = epp::read_password(settings_.password);
    if (!password) return bad(at("password"), password.error());
    const LoginTried tried = log_in(settings_, std::move(*password), {}, LoginSlot::wanted);
    if (tried.trouble) return bad(at("door"), *tried.trouble);
    good(at("door"), fmt::format("{} takes {}", settings_.address, settings_.account));
    warned_of(tried.events);
  }

  void warned_of(const std::vector<epp::LoginEvent>& events) {
    for (const epp::LoginEvent& event : events) {
      if (event.type == "password" && event.ends)
        ends("password", *event.ends, "`regdata epp password` changes it");
      else
        warning(at("login"), text_of(event), "RFC 8807; ask the registry");
    }
  }

  const Config::Registry& settings_;
  UtcTime now_;
};

}  // namespace

std::vector<Finding> examine_registry(const Config::Registry& settings, const Clock& clock) {
  return RegistryExamination(settings, clock()).run();
}

std::vector<Finding> examine_ends(const Config::Registry& settings, const std::vector<epp::LoginEvent>& events, UtcTime now) {
  return RegistryExamination(settings, now).run(events);
}

std::optional<UtcTime> certificate_end(const std::filesystem::path& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new_file(file.c_str(), "r"), &BIO_free);
  if (!bytes) return std::nullopt;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(
          bytes.get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr),
      &X509_free);
  std::tm parts{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) != 1) return std::nullopt;
  return UtcTime(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace regdata::app
