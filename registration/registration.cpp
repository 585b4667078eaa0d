#include "registration/registration.hpp"

#include <utility>

namespace regdata {

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
