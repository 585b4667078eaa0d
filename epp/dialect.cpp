#include "epp/dialect.hpp"

namespace regdata::epp {
namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

std::string in_their_words(std::string frame, const Dialect& dialect) {
  for (const Dialect::Alias& alias : dialect.namespaces) {
    replace_all(frame, "=\"" + alias.ours + "\"", "=\"" + alias.theirs + "\"");    // a declaration
    replace_all(frame, "URI>" + alias.ours + "</", "URI>" + alias.theirs + "</");  // objURI, extURI of a login
  }
  return frame;
}

std::string_view sub_product_for(std::string_view object, const Dialect& dialect) noexcept {
  std::string_view product;
  const auto dot = object.rfind('.');
  const std::string_view tld = dot == std::string_view::npos ? std::string_view() : object.substr(dot + 1);
  for (const Dialect::SubProduct& one : dialect.sub_products) {
    if (!one.tld.empty() && one.tld == tld) return one.product;
    if (one.tld.empty()) product = one.product;
  }
  return product;
}

}  // namespace regdata::epp
