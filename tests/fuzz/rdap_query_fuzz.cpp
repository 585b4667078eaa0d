// Any target that can be read is a query or a refusal with words; a name that was read is read again as itself.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "whois/rdap_query.hpp"
#include "whois/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  const auto target = parse_target(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!target) return 0;
  const RdapQuery query = parse_rdap_query(target->segments);
  if (const auto* refusal = std::get_if<RdapRefusal>(&query)) {
    if (refusal->status < 400 || refusal->title.empty() || refusal->description.empty()) std::abort();
  } else if (const auto* domain = std::get_if<DomainQuery>(&query)) {
    if (parse_rdap_query(std::vector<std::string>{"domain", domain->name.ascii()}) != query) std::abort();
  } else if (const auto* host = std::get_if<HostQuery>(&query)) {
    if (parse_rdap_query(std::vector<std::string>{"nameserver", host->host.ascii()}) != query) std::abort();
  }
  return 0;
}
