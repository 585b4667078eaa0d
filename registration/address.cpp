// Host addresses in the one text form that is stored and compared.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "registration/host.hpp"

namespace regdata {

Expected<std::string> canonical_address(std::string_view text) {
  // inet_pton wants a terminated string; the longest IPv6 text has 45 characters.
  std::array<char, INET6_ADDRSTRLEN> input{};
  const Error error = make_error(Errc::invalid, "address: neither IPv4 nor IPv6", "expected 192.0.2.1 or 2001:db8::1");
  if (text.size() >= input.size() || text.find('\0') != std::string_view::npos) return error;
  text.copy(input.data(), text.size());

  std::array<char, INET6_ADDRSTRLEN> output{};
  in_addr v4{};
  if (inet_pton(AF_INET, input.data(), &v4) == 1) {
    inet_ntop(AF_INET, &v4, output.data(), output.size());
    return std::string(output.data());
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, input.data(), &v6) != 1) return error;
  // Both are an IPv4 address in disguise (RFC 4291 §2.5.5); glue says which family it is (RFC 5732 §2.5).
  if (IN6_IS_ADDR_V4MAPPED(&v6) || IN6_IS_ADDR_V4COMPAT(&v6)) {
    return make_error(Errc::invalid, "address: IPv4 inside IPv6", "write the IPv4 address itself");
  }
  // glibc writes the form of RFC 5952: lower case, longest run of zeros shortened.
  inet_ntop(AF_INET6, &v6, output.data(), output.size());
  return std::string(output.data());
}

void sort_by_family(std::vector<std::string>& addresses) {
  std::stable_partition(addresses.begin(), addresses.end(),
                        [](const std::string& address) { return address.find(':') == std::string::npos; });
}

}  // namespace regdata
