#include "escrow/agent.hpp"

#include <algorithm>

#include "escrow/part_file.hpp"
#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

/// Lower case, without blanks and colons.
std::string plain_hex(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == ' ' || c == ':') continue;
    plain += lower(c);
  }
  return plain;
}

Error about(const std::filesystem::path& file, const Error& error) {
  return Error{error.code, file.string() + ": " + error.context, error.hint};
}

}  // namespace

Expected<std::unique_ptr<PinnedCertificate>> PinnedCertificate::read(const std::filesystem::path& file,
                                                                     std::string_view fingerprint, UtcTime now) {
  auto bytes = read_file(file, openpgp::Certificate::longest);
  if (!bytes) return bytes.error();
  auto certificate = openpgp::Certificate::read(*bytes);
  wipe(*bytes);  // it may hold a secret key that has no business there
  if (!certificate) return about(file, certificate.error());
  const std::string found = hex(certificate->primary().fingerprint());
  if (found != plain_hex(fingerprint))
    return make_error(Errc::refused, file.string() + ": the certificate's fingerprint is " + found,
                      "ask the agent over another channel whether it has a new key; then change the setting");
  auto pinned = std::make_unique<PinnedCertificate>(PinnedCertificate{std::move(*certificate)});
  const auto key = pinned->certificate.encryption_key(now);
  if (!key) return about(file, key.error());
  pinned->encryption_key = *key;
  return pinned;
}

bool may_keep(const Agent& agent, std::string_view region, bool bound) noexcept {
  return region == agent.region || (!bound && agent.takes_abroad);
}

Expected<void> check_transfer(const Agent& agent) {
  if (agent.agreement.empty())
    return make_error(Errc::refused, "no agreement is recorded with agent " + agent.id,
                      "[[recipient]] agreement: without one no personal data goes there");
  if (!may_keep(agent, agent.store_region, false))
    return make_error(Errc::refused,
                      "agent " + agent.id + " keeps deposits in " + agent.region + ", the store is of " + agent.store_region +
                          ", and no transfer basis is recorded",
                      "[[recipient]] transfer_basis, once there is one; nothing was deposited");
  return {};
}

Expected<void> check_recipients(const Agent& agent, const std::vector<std::string>& recipients) {
  const std::string wanted = plain_hex(agent.fingerprint);
  const auto is_agents = [&](const std::string& one) { return plain_hex(one) == wanted; };
  if (wanted.empty() || std::ranges::any_of(recipients, is_agents)) return {};
  return make_error(Errc::refused,
                    "it is sealed to the certificate " + (recipients.empty() ? std::string("of nobody") : recipients.front()) +
                        ", and that of " + agent.id + " is another one now",
                    "the agent may not open it any more, or somebody else may: make it again");
}

std::string left_out_by(const Agent& agent, const Catalog& catalog, const DomainName& name) {
  if (name.last_label().size() == 2) return "two-letter TLD";  // escrow.md §1.2
  const Tld* tld = catalog.tld_of(name);
  if (tld == nullptr) return "TLD that is not configured";
  const bool covered = std::ranges::find(agent.policies, tld->policy) != agent.policies.end();
  return covered ? std::string() : "policy " + tld->policy;
}

}  // namespace regdata::escrow
