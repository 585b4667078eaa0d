// What is accepted as a contact encodes to the same bytes; everything else is refused.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "store/contact_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> bytes(data, data + size);
  regdata::Contact contact;
  if (!regdata::store::decode_contact(bytes, contact)) return 0;
  std::vector<std::uint8_t> again;
  regdata::store::encode_contact(contact, again);
  if (again != bytes) std::abort();
  return 0;
}
