// Any bytes are a name or an error; a name reads back as itself in every form.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registration/domain_name.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(regdata::is_mixed_label_form(text));
  const auto name = regdata::DomainName::parse(text);
  if (!name) return 0;
  if (name->ascii().size() > 253) std::abort();
  if (regdata::DomainName::parse(name->ascii()).value() != *name) std::abort();
  if (regdata::DomainName::parse(name->unicode()).value() != *name) std::abort();
  if (regdata::DomainName::from_stored(name->ascii()).value() != *name) std::abort();
  return 0;
}
