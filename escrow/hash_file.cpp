#include "escrow/hash_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace regdata::escrow {
namespace {

constexpr std::string_view extension = ".csv";

}  // namespace

std::string hash_file_text(std::span<const PartFacts> parts, bool with_extension) {
  std::string text;
  for (const PartFacts& one : parts) {
    std::string_view name = one.content_name;
    if (!with_extension && name.ends_with(extension)) name.remove_suffix(extension.size());
    text += fmt::format("{}  {}\n", hex(one.content_sha256), name);
  }
  return text;
}

Expected<std::vector<HashLine>> read_hash_file(std::string_view text) {
  constexpr std::size_t digits = 2 * std::tuple_size_v<Digest>;
  std::vector<HashLine> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    HashLine one;
    // two blanks, or a blank and a star for a file that was read as bytes: the second character says nothing here
    const auto digest = digest_from(line.substr(0, digits));
    if (!digest || line.size() <= digits + 2 || line[digits] != ' ')
      return make_error(Errc::invalid, fmt::format("hash file: line {} is not a digest and a name", lines.size() + 1));
    one.digest = *digest;
    one.name = line.substr(digits + 2);
    lines.push_back(std::move(one));
  }
  return lines;
}

}  // namespace regdata::escrow
