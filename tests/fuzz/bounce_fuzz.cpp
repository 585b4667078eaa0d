// Any bytes that a mail server pipes to us.
#include <cstdint>
#include <string_view>

#include "relay/bounce.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = regdata::relay::read_mail({reinterpret_cast<const char*>(data), size});
  if (read.status.find_first_not_of("0123456789.") != std::string::npos) __builtin_trap();
  if (read.reply_to.find_first_of("\r\n <>,;") != std::string::npos) __builtin_trap();
  return 0;
}
