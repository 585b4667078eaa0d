#include "registration/registration.hpp"

#include <array>
#include <utility>

namespace regdata {

std::optional<std::string> ds_digest(std::uint8_t type, std::string_view text) {
  constexpr std::array<std::size_t, 7> octets{0, 20, 32, 32, 48, 32, 32};
  const std::size_t size = type < octets.size() ? octets[type] : 0;
  if (size == 0 || text.size() != 2 * size) return std::nullopt;
  std::string digest;
  digest.reserve(text.size());
  for (const char one : text) {
    const char upper = one >= 'a' && one <= 'f' ? static_cast<char>(one - 'a' + 'A') : one;
    if (!(upper >= '0' && upper <= '9') && !(upper >= 'A' && upper <= 'F')) return std::nullopt;
    digest += upper;
  }
  return digest;
}

const std::string& handle_of(const Registration& registration, Role role) {
  switch (role) {
    case Role::registrant:
      return registration.registrant;
    case Role::technical:
      return registration.technical;
    case Role::administrative:
      return registration.administrative;
    case Role::billing:
      break;
  }
  return registration.billing;
}

std::string& handle_of(Registration& registration, Role role) {
  // The object is not const, whatever the reading overload promises about it.
  return const_cast<std::string&>(handle_of(std::as_const(registration), role));
}

}  // namespace regdata
