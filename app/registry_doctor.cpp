#include "app/registry_doctor.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "app/registry_line.hpp"
#include "epp/password.hpp"

namespace regdata::app {
namespace {

constexpr std::chrono::days warned_before{60};
/// Of a server's certificate: registries renew them by themselves, many of them one month before the end.
constexpr std::chrono::days server_warned_before{14};

class RegistryExamination : private Findings {
 public:
  RegistryExamination(const Config::Registry& settings, UtcTime now) : settings_(settings), now_(now) {}

  std::vector<Finding> run() {
    certificate();
    door();
    return take();
  }
  std::vector<Finding> run(const std::vector<epp::LoginEvent>& events, const epp::PeerEnds& peer) {
    certificate();
    warned_of(events);
    proof_of(peer);
    return take();
  }

 private:
  [[nodiscard]] std::string at(const char* what) const { return fmt::format("{}: {}", settings_.id, what); }

  void ends(const char* what, UtcTime at_time, const char* hint, std::chrono::days before = warned_before) {
    if (at_time <= now_)
      bad(at(what), make_error(Errc::configuration, "has ended at " + format_rfc3339(at_time), hint));
    else if (at_time <= now_ + before)
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
    proof_of(tried.peer);
  }

  /// Behind its end nobody is let in, by us.
  void proof_of(const epp::PeerEnds& peer) {
    if (peer.server)
      ends("certificate of the registry", *peer.server, "ask the registry when it changes it", server_warned_before);
    if (peer.authority && !settings_.authorities.empty())
      ends("authority of the registry", *peer.authority, "ask the registry for the next one: authorities");
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

std::vector<Finding> examine_ends(const Config::Registry& settings, const std::vector<epp::LoginEvent>& events,
                                  const epp::PeerEnds& peer, UtcTime now) {
  return RegistryExamination(settings, now).run(events, peer);
}

std::optional<UtcTime> certificate_end(const std::filesystem::path& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new_file(file.c_str(), "r"), &BIO_free);
  if (!bytes) return std::nullopt;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(
          bytes.get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr),
      &X509_free);
  return certificate ? epp::end_of(certificate.get()) : std::nullopt;
}

}  // namespace regdata::app
