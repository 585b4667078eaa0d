// What lies beside a deposit: any bytes are a manifest or none, and one that was read gives the same text again; the same bytes
// as a hash file.
#include <cstdint>
#include <cstdlib>

#include "escrow/hash_file.hpp"
#include "escrow/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::escrow;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = read_manifest(text)) {
    const auto again = read_manifest(to_text(*manifest));
    if (!again || !(*again == *manifest)) std::abort();
  }
  static_cast<void>(read_hash_file(text));
  return 0;
}
