// Any bytes are a prefix or none, and one that was read holds no address but its own.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "whois/prefix.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  const auto prefix = Prefix::parse({reinterpret_cast<const char*>(data), size});
  if (prefix && !contains(std::vector{*prefix}, prefix->address)) std::abort();
  return 0;
}
