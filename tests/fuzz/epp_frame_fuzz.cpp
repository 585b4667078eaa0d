// Any octets as a stream of frames, in pieces: units come out or an error, and nothing is read beyond.
#include "epp/frame.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  regdata::epp::FrameReader reader(4096);
  for (std::size_t at = 0; at < octets.size(); at += 7) {
    reader.feed(octets.substr(at, 7));
    for (auto next = reader.next();; next = reader.next()) {
      if (!next) return 0;
      if (!*next) break;
      if ((*next)->size() > 4096) std::abort();
    }
  }
  return 0;
}
