#include "registration/registration.hpp"

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

}  // namespace regdata
