// Replays a corpus through a fuzzer's entry point without libFuzzer: each seed, each of its prefixes up to 256 bytes and each
// seed with single bytes changed. Exits 1 when there is nothing to replay: an empty corpus proves nothing.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::size_t replay(const std::vector<std::uint8_t>& seed) {
  std::size_t runs = 1;
  LLVMFuzzerTestOneInput(seed.data(), seed.size());
  for (std::size_t length = 0; length < seed.size() && length < 256; ++length, ++runs) {
    // A copy of the exact length, so that the address sanitizer sees a read past the end.
    const std::vector<std::uint8_t> prefix(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(length));
    LLVMFuzzerTestOneInput(prefix.data(), prefix.size());
  }
  const std::size_t step = seed.size() / 512 + 1;
  for (std::size_t at = 0; at < seed.size(); at += step) {
    for (const std::uint8_t flip : {0x01, 0x20, 0x80, 0xFF}) {
      std::vector<std::uint8_t> changed = seed;
      changed[at] ^= flip;
      LLVMFuzzerTestOneInput(changed.data(), changed.size());
      ++runs;
    }
  }
  return runs;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t seeds = 0;
  std::size_t runs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<std::uint8_t> seed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      runs += replay(seed);
      ++seeds;
    }
  }
  std::printf("%zu seeds, %zu inputs replayed\n", seeds, runs);
  return seeds == 0 ? 1 : 0;
}
