// Any bytes are an address or an error; an address has one text form.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registration/host.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto address = regdata::canonical_address({reinterpret_cast<const char*>(data), size});
  if (address && regdata::canonical_address(*address).value() != *address) std::abort();
  return 0;
}
