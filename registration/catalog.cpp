#include "registration/catalog.hpp"

#include <algorithm>

namespace regdata {
namespace {

template <class T>
const T* by_id(const std::vector<T>& entries, std::string_view id) noexcept {
  const auto found = std::ranges::find(entries, id, &T::id);
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

const Tld* Catalog::tld_of(const DomainName& domain) const noexcept {
  // From the longest suffix to the shortest, so that "co.test" wins over "test".
  for (std::string_view suffix = domain.parent(); !suffix.empty();) {
    const auto found = std::ranges::find(tlds, suffix, &Tld::name);
    if (found != tlds.end()) return &*found;
    const auto dot = suffix.find('.');
    suffix = dot == std::string_view::npos ? std::string_view{} : suffix.substr(dot + 1);
  }
  return nullptr;
}

const Registrar* Catalog::registrar(std::string_view id) const noexcept { return by_id(registrars, id); }

const PrivacyService* Catalog::privacy_service(std::string_view id) const noexcept { return by_id(privacy_services, id); }

}  // namespace regdata
