// Any bytes in a file that should be a deposit: opened with a key that anything may have been sealed under.
#include <algorithm>
#include <cstdint>

#include "escrow/openpgp/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::escrow;
  static const auto signer = openpgp::SecretKey::generate(
      6, openpgp::KeyAlgorithm::ed25519, {}, [](std::span<std::uint8_t> bytes) { std::fill(bytes.begin(), bytes.end(), 7); });
  const openpgp::SessionKeyFinder fixed = [](const std::vector<Bytes>&) -> regdata::Expected<openpgp::SessionKey> {
    openpgp::SessionKey key;
    std::fill(key.bytes().begin(), key.bytes().end(), std::uint8_t{7});
    return key;
  };
  MemorySource source({data, size});
  const auto reader = openpgp::MessageReader::open(source, fixed, signer->public_key());
  if (!reader) return 0;
  std::array<std::uint8_t, 4096> block{};
  while (const auto read = (*reader)->read(block))
    if (*read == 0) break;
  return 0;
}
