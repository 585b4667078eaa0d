#include "tests/whois/golden.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace regdata::testing {
namespace {

std::string readable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string golden_difference(std::string_view name, std::string_view text) {
  const std::filesystem::path path = std::filesystem::path(REGDATA_SOURCE_DIR) / "tests/whois/golden" / name;
  const std::string actual = readable(text);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return {};
  }
  std::ifstream file(path, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file && expected == actual) return {};
  return "tests/whois/golden/" + std::string(name) +
         " differs; if the new text is right, run the test again with UPDATE_GOLDEN=1. New text:\n" + actual;
}

}  // namespace regdata::testing
