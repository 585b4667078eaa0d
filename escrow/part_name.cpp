#include "escrow/part_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
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

namespace {

/// What lies in one directory of one date.
struct Together {
  std::map<std::string, std::map<unsigned, fs::path>> by_kind;
};

Expected<std::vector<fs::path>> without_gap(const std::map<unsigned, fs::path>& parts) {
  std::vector<fs::path> files;
  std::optional<unsigned> before;
  for (const auto& [part, file] : parts) {
    if (before && *before + 1 != part)
      return make_error(Errc::usage, "a part between the others is missing", "give all files of the deposit");
    before = part;
    files.push_back(file);
  }
  return files;
}

/// A directory may hold a full and an incremental deposit of one date: then nothing says whose the handle files are.
Expected<void> add_deposits(std::vector<DepositFiles>& deposits, const std::string& name, const Together& together) {
  auto names = together.by_kind;
  const auto handles = names.extract("hdl");
  if (handles && names.size() > 1)
    return make_error(Errc::usage, name + ": a full and an incremental deposit lie together, with handle files of one of them",
                      "give them from directories of their own");
  if (names.empty()) names["full"];
  for (const auto& [kind, parts] : names) {
    DepositFiles deposit{.deposit = name, .is_full = kind == "full", .contacts = {}, .names = {}};
    auto files = without_gap(parts);
    if (!files) return files.error();
    deposit.names = std::move(*files);
    if (handles) {
      files = without_gap(handles.mapped());
      if (!files) return files.error();
      deposit.contacts = std::move(*files);
    }
    deposits.push_back(std::move(deposit));
  }
  return {};
}

}  // namespace

Expected<std::vector<DepositFiles>> in_order(const std::vector<fs::path>& files) {
  std::map<std::pair<std::string, fs::path>, Together> found;  // by deposit and directory
  for (const fs::path& file : files) {
    const auto name = part_name(file);
    if (!name) return std::vector{DepositFiles{.deposit = {}, .is_full = true, .contacts = {}, .names = files}};
    if (name->kind != "full" && name->kind != "hdl" && name->kind != "inc")
      return make_error(Errc::usage, fmt::format("{}: a deposit of kind \"{}\" cannot be restored", file.string(), name->kind),
                        "full and incremental ones of ICANN's specifications of 2024 and 2007 can");
    if (!found[{name->deposit, file.parent_path()}].by_kind[name->kind].emplace(name->part, file).second)
      return make_error(Errc::usage, fmt::format("part {} is given twice", name->part));
  }
  std::vector<DepositFiles> deposits;
  for (const auto& [where, together] : found)
    if (auto added = add_deposits(deposits, where.first, together); !added) return added.error();
  // of one date the difference is the later one
  const auto older = [](const DepositFiles& one, const DepositFiles& other) {
    return std::pair(one.deposit, !one.is_full) > std::pair(other.deposit, !other.is_full);
  };
  std::ranges::sort(deposits, older);
  for (std::size_t at = 0; at + 1 < deposits.size(); ++at) {
    if (deposits[at].is_full || (deposits[at].deposit == deposits[at + 1].deposit && !deposits[at + 1].is_full))
      return make_error(Errc::usage,
                        fmt::format("{} and {} are different deposits", deposits[at + 1].deposit, deposits[at].deposit),
                        "give the files of one full deposit, and of incremental ones after it");
  }
  if (!deposits.empty() && !deposits.back().is_full)
    return make_error(Errc::usage, deposits.back().deposit + " is incremental: a full deposit before it is needed",
                      "give the files of the full one too");
  // an incremental deposit has all since the full one: those before the last were overtaken by it
  if (deposits.size() > 2) deposits.erase(deposits.begin() + 1, deposits.end() - 1);
  return deposits;
}

}  // namespace regdata::escrow
