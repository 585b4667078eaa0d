#include "app/layout_options.hpp"

#include <fmt/format.h>

#include "app/nearest.hpp"
#include "whois/layout.hpp"

namespace regdata::app {

Expected<std::uint32_t> layout_bits(const std::vector<std::string>& names) {
  std::uint32_t bits = 0;
  for (const auto& name : names) {
    const auto option = whois::layout_from(name);
    if (!option) {
      const auto guess = nearest(name, layout_names());
      return make_error(Errc::configuration, fmt::format("unknown layout option \"{}\"", name.substr(0, 64)),
                        guess ? fmt::format("did you mean \"{}\"?", *guess) : "docs/configuration.md lists the options");
    }
    bits |= static_cast<std::uint32_t>(*option);
  }
  return bits;
}

std::vector<std::string> layout_names() {
  std::vector<std::string> names;
  names.reserve(whois::all_layouts.size());
  for (const auto option : whois::all_layouts) names.emplace_back(to_string(option));
  return names;
}

}  // namespace regdata::app
