#include "app/repository_ids.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "whois/profile_check.hpp"

namespace regdata::app {

Expected<std::string> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return make_error(Errc::not_found, fmt::format("\"{}\" cannot be read", path));
  return text;
}

Expected<std::optional<RepositoryIds>> read_repository_ids(const std::string& path) {
  if (path.empty()) return std::optional<RepositoryIds>();
  const auto list = read_whole(path);
  if (!list) return list.error();
  auto ids = whois::read_repository_ids(*list);
  if (ids.empty())
    return make_error(Errc::invalid, fmt::format("\"{}\" holds no repository ids", path),
                      "one id a line, or the CSV of IANA's registry \"EPP Repository Identifiers\"");
  return std::optional(std::move(ids));
}

}  // namespace regdata::app
