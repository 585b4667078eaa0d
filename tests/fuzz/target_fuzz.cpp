// Any bytes are a target or none; what was decoded is text without slashes and comes back from its own encoding.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "whois/target.hpp"
#include "whois/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (percent_decode(percent_encode(bytes), true).value_or("") != bytes && percent_decode(percent_encode(bytes), true))
    std::abort();
  const auto target = parse_target(bytes);
  if (!target) return 0;
  std::string again = "/";
  for (const std::string& segment : target->segments) {
    if (segment.empty() || segment == "." || segment == ".." || segment.find('/') != std::string::npos) std::abort();
    for (std::size_t at = 0; at < segment.size();) {
      const CodePoint point = decode_utf8(segment, at);
      if (!point.valid || point.value < 0x20 || point.value == 0x7F) std::abort();
      at += point.length;
    }
    again += percent_encode(segment) + "/";
  }
  const auto read_again = parse_target(again);
  if (again.size() <= max_target_bytes && (!read_again || read_again->segments != target->segments)) std::abort();
  if (!origin_form(bytes).starts_with('/')) std::abort();
  return 0;
}
