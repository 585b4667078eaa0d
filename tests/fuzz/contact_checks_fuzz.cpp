// Any bytes are a value or an error; what a check gave, it takes again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registration/contact.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  using namespace regdata;
  for (const auto check : {check_handle, check_phone, check_phone_ext, check_country, check_email, check_postal_line,
                           check_postal_code, check_roid}) {
    const auto value = check(text);
    if (value && check(*value).value() != *value) std::abort();
  }
  return 0;
}
