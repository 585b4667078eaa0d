// Any octets as a registry's greeting, and the login that it leads to.
#include <cstdint>
#include <cstdlib>

#include "epp/command.hpp"
#include "epp/greeting.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::epp;
  if (std::string_view(reinterpret_cast<const char*>(data), size).find("s3cr3t") != std::string_view::npos) return 0;
  const auto document = XmlDocument::parse({reinterpret_cast<const char*>(data), size}, {.nodes = 2000, .depth = 16});
  if (!document) return 0;
  const auto greeting = read_greeting(*document);
  if (!greeting) return 0;
  auto login = login_for(*greeting, greeting->services, "REG-TEST", Password("s3cr3t"), "en");
  if (!login) return 0;
  const auto frame = write(Command(std::move(*login)), "RD-1");
  if (frame && masked(*frame).find("s3cr3t") != std::string::npos) std::abort();
  return 0;
}
