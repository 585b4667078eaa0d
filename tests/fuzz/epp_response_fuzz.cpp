// Any octets as a registry's answer, with everything that is read from one.
#include <cstdint>
#include <cstdlib>

#include "epp/contact.hpp"
#include "epp/domain.hpp"
#include "epp/host.hpp"
#include "epp/response.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::epp;
  auto document = XmlDocument::parse({reinterpret_cast<const char*>(data), size}, {.nodes = 2000, .depth = 16});
  if (!document) return 0;
  const auto response = Response::read(*document);
  if (!response) return 0;
  if (response->results().empty()) std::abort();
  static_cast<void>(read_availability(*response));
  static_cast<void>(read_domain(*response));
  static_cast<void>(read_host(*response));
  static_cast<void>(read_contact(*response));
  for (const std::string& payload : response->payloads())  // what is kept raw can be read again
    if (!XmlDocument::parse(payload, {.nodes = 4000, .depth = 16})) std::abort();
  return 0;
}
