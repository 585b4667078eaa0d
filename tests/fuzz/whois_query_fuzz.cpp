// Any bytes are a query or a refusal, whole or in pieces; a name that was read is read again as itself.
#include <cstdint>
#include <cstdlib>

#include "whois/line.hpp"
#include "whois/query.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const LineRead read = read_line(bytes, true);
  if (read.state == LineRead::State::more) std::abort();  // at the end of the stream there is an answer to everything
  if (read.line.find_first_of("\r\n") != std::string_view::npos) std::abort();
  for (const std::string_view line : {bytes, read.line}) {
    const Query query = parse_query(line);
    if (const auto* domain = std::get_if<DomainQuery>(&query); domain && parse_query(domain->name.ascii()) != query)
      std::abort();
    if (const auto* refusal = std::get_if<Refusal>(&query); refusal && refusal_text(*refusal).empty()) std::abort();
  }
  return 0;
}
