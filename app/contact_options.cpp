#include "app/contact_options.hpp"

#include <sodium.h>

#include <filesystem>

namespace regdata::app {

Expected<std::shared_ptr<whois::ContactDesk>> contact_desk(const Config::Contact& contact) {
  if (!contact.form) return std::shared_ptr<whois::ContactDesk>();
  const auto key = relay::PublicKey::load(contact.public_key);
  if (!key) return key.error();
  std::error_code error;
  if (!std::filesystem::is_directory(contact.spool, error)) {
    return make_error(Errc::configuration, "[contact] spool: " + contact.spool.string() + " is not there",
                      "`regdata init` makes it; the unit's tmpfiles do");
  }
  const relay::SpoolLimits limits{contact.spool_files, static_cast<std::uint64_t>(contact.spool_mib) << 20U};
  whois::ContactLimits rates;
  rates.bits = contact.proof_bits;
  rates.letters_an_hour = contact.letters_per_hour;
  rates.letters_at_once = contact.letters_burst;
  rates.letters_to_a_name = contact.letters_per_name;
  return std::make_shared<whois::ContactDesk>(std::make_unique<relay::Spool>(contact.spool, *key, limits), rates,
                                              randombytes_buf);
}

}  // namespace regdata::app
