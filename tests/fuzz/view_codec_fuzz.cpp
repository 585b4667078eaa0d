// Any bytes are a record or an error; a record is written back byte for byte.
#include <cstdint>
#include <cstdlib>

#include "redaction/view_store.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using regdata::redaction::ViewCodec;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto view = ViewCodec::decode(bytes); view && ViewCodec::encode(*view) != bytes) std::abort();
  if (const auto host = ViewCodec::decode_host(bytes); host && ViewCodec::encode(*host) != bytes) std::abort();
  if (const auto texts = ViewCodec::decode_texts(bytes); texts && ViewCodec::encode(*texts) != bytes) std::abort();
  return 0;
}
