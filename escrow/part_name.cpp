#include "escrow/part_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include "escrow/content_file.hpp"

namespace regdata::escrow {

namespace fs = std::filesystem;

std::optional<PartName> part_name(const fs::path& file) {
  const std::string name = content_name_of(file);
  if (!name.ends_with(".csv")) return std::nullopt;
  const std::string_view stem = std::string_view(name).substr(0, name.size() - 4);
  const auto number = stem.rfind('_');
  if (number == std::string_view::npos || number == 0) return std::nullopt;
  const auto kind = stem.rfind('_', number - 1);
  const auto date = kind == std::string_view::npos || kind == 0 ? kind : stem.rfind('_', kind - 1);
  if (date == std::string_view::npos || date < 4 || stem.substr(date - 4, 4) != "_RDE") return std::nullopt;
  PartName found{.deposit = std::string(stem.substr(0, kind)),
                 .iana = std::string(stem.substr(0, date - 4)),
                 .date = std::string(stem.substr(date + 1, kind - date - 1)),
                 .kind = std::string(stem.substr(kind + 1, number - kind - 1))};
  const auto [end, code] = std::from_chars(stem.data() + number + 1, stem.data() + stem.size(), found.part);
  if (code != std::errc{} || end != stem.data() + stem.size()) return std::nullopt;
  return found;
}

UtcTime as_of(const fs::path& file, UtcTime now) {
  const auto name = part_name(file);
  if (!name) return now;
  const auto day = parse_rfc3339(name->date + "T00:00:00Z");
  return day ? std::min(*day, now) : now;
}

Expected<std::vector<fs::path>> in_order(std::vector<fs::path> files) {
  std::optional<PartName> first;
  std::map<std::pair<bool, unsigned>, fs::path> ordered;  // by whether it holds names, and part
  for (const fs::path& file : files) {
    const auto name = part_name(file);
    if (!name) continue;
    if (name->kind != "full" && name->kind != "hdl")
      return make_error(Errc::usage, fmt::format("{}: a deposit of kind \"{}\" cannot be restored", file.string(), name->kind),
                        "full deposits of ICANN's specifications of 2024 and 2007 can");
    if (first && first->deposit != name->deposit)
      return make_error(Errc::usage, fmt::format("{} and {} are parts of different deposits", first->deposit, name->deposit),
                        "give the files of one");
    if (!ordered.emplace(std::pair(name->kind == "full", name->part), file).second)
      return make_error(Errc::usage, fmt::format("part {} is given twice", name->part));
    first = name;
  }
  if (ordered.size() != files.size()) return files;
  std::optional<std::pair<bool, unsigned>> before;
  files.clear();
  for (const auto& [place, file] : ordered) {
    if (before && before->first == place.first && before->second + 1 != place.second)
      return make_error(Errc::usage, "a part between the others is missing", "give all files of the deposit");
    before = place;
    files.push_back(file);
  }
  return files;
}

}  // namespace regdata::escrow
