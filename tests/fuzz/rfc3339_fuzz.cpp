// Any bytes are a time or an error; a time reads back as itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registration/utc_time.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto time = regdata::parse_rfc3339({reinterpret_cast<const char*>(data), size});
  if (time && regdata::parse_rfc3339(regdata::format_rfc3339(*time)).value() != *time) std::abort();
  return 0;
}
