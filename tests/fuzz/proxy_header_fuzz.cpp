// Any bytes are a header, a beginning of one or neither; a whole header never reaches beyond its bytes, and what follows it
// does not change it.
#include <cstdint>
#include <cstdlib>

#include "whois/proxy_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ProxyHeader header = parse_proxy_header(bytes);
  if (header.state == ProxyHeader::State::incomplete && size >= max_proxy_header_bytes) std::abort();
  if (header.state != ProxyHeader::State::complete) return header.source || header.length != 0 ? (std::abort(), 0) : 0;
  if (header.length > size || header.length < 16) std::abort();
  const ProxyHeader alone = parse_proxy_header(bytes.substr(0, header.length));
  if (alone.state != header.state || alone.length != header.length || alone.source != header.source) std::abort();
  return 0;
}
