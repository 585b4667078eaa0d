// Any bytes that an operator takes for an agent's certificate, or for a secret key.
#include <chrono>
#include <cstdint>

#include "escrow/openpgp/signing_identity.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace openpgp = regdata::escrow::openpgp;
  static const bool ready = sodium_init() >= 0;
  if (!ready) return 0;
  const regdata::UtcTime now(std::chrono::seconds(1795694400));
  if (const auto certificate = openpgp::Certificate::read({data, size})) {
    const auto key = certificate->encryption_key(now);
    if (key && !(*key)->can_encrypt()) __builtin_trap();
    if (key && (*key)->algorithm() == openpgp::KeyAlgorithm::rsa && (*key)->strength() < 3072) __builtin_trap();
  }
  (void)openpgp::SigningIdentity::read({data, size});
  return 0;
}
