// Any bytes are a form; a value that comes out is UTF-8 without control characters but line ends.
#include <cstdint>
#include <cstdlib>

#include "whois/target.hpp"
#include "whois/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::string_view name : {"name", "message", "a", ""}) {
    const auto value = form_value(bytes, name);
    if (!value) continue;
    if (value->size() > bytes.size()) std::abort();
    for (std::size_t at = 0; at < value->size();) {
      const CodePoint point = decode_utf8(*value, at);
      const bool line = point.value == '\n' || point.value == '\r' || point.value == '\t';
      if (!point.valid || (point.value < 0x20 && !line)) std::abort();
      at += point.length;
    }
  }
  return 0;
}
