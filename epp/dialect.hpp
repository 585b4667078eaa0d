// Where a registry does not speak quite as the RFCs have it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace regdata::epp {

struct Dialect {
  /// A namespace that a registry has replaced by one of its own, with the same elements in it.
  struct Alias {
    std::string ours;    ///< "urn:ietf:params:xml:ns:epp-1.0"
    std::string theirs;  ///< "https://epp.registry.test/epp-1.0.xsd"
  };
  /// Which product names of a top-level domain are, where one server has several (namestoreExt-1.1).
  struct SubProduct {
    std::string tld;  ///< "com"; empty: of all others
    std::string product;
  };
  std::vector<Alias> namespaces{};
  std::vector<SubProduct> sub_products{};
};

/// A frame of ours with their namespaces.
std::string in_their_words(std::string frame, const Dialect& dialect);
/// Of a name, or of the id of a contact; empty: none is told.
std::string_view sub_product_for(std::string_view object, const Dialect& dialect) noexcept;

}  // namespace regdata::epp
