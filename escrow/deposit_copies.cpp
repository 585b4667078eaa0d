#include "escrow/deposit_copies.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>

#include "escrow/contact_list.hpp"
#include "escrow/deposit_maker.hpp"
#include "escrow/part_file.hpp"

namespace regdata::escrow {
namespace {

Expected<std::optional<DepositCopy>> copy_at(const std::filesystem::path& directory, DepositCopy::Place place) {
  std::error_code failure;
  if (!std::filesystem::is_directory(directory, failure)) {
    if (failure && failure != std::errc::no_such_file_or_directory) return file_error("look at", directory, failure.value());
    return std::optional<DepositCopy>();
  }
  DepositCopy copy;
  copy.directory = directory;
  copy.place = place;
  copy.may_have_left = place == DepositCopy::Place::aside;
  for (auto item = std::filesystem::directory_iterator(directory, failure);
       !failure && item != std::filesystem::directory_iterator(); item.increment(failure)) {
    const std::string name = item->path().filename().string();
    copy.has_files |= !is_lasting(name);
    copy.is_marked |= name == left_mark_name;
  }
  if (failure) return file_error("list", directory, failure.value());
  copy.may_have_left |= copy.is_marked;
  if (const auto text = read_file(directory / manifest_name, longest_manifest)) {
    copy.manifest_text = as_text(*text);
    if (auto manifest = read_manifest(copy.manifest_text)) copy.manifest = std::move(*manifest);
  }
  return std::optional(std::move(copy));
}

}  // namespace

bool is_lasting(std::string_view name) {
  return name == manifest_name || name == manifest_signature_name || name == contact_list_name || name == left_mark_name;
}

namespace {

/// "2026-11-27_full_R0", and what may stand around it where it was put aside or stands.
std::optional<DepositEntry> entry_of(std::string_view name) {
  constexpr std::size_t date_size = 10;
  if (name.starts_with('.')) name.remove_prefix(1);
  DepositEntry entry;
  const auto date = parse_rfc3339(std::string(name.substr(0, date_size)) + "T00:00:00Z");
  if (!date) return std::nullopt;
  entry.date = std::chrono::floor<std::chrono::days>(*date);
  name.remove_prefix(date_size);
  for (const DepositKind kind : {DepositKind::full, DepositKind::incremental, DepositKind::differential}) {
    const std::string word = "_" + std::string(to_string(kind)) + "_R";
    if (!name.starts_with(word)) continue;
    entry.kind = kind;
    const std::string_view digits = name.substr(word.size());
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), entry.revision);
    const std::string_view rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
    constexpr std::uint32_t most_revisions = 9999;  // else somebody has made the directory by hand
    if (failure != std::errc{} || entry.revision > most_revisions ||
        !(rest.empty() || rest.starts_with(".before-") || rest == ".standing"))
      return std::nullopt;
    return entry;
  }
  return std::nullopt;
}

/// Of those that were put aside, in order; gaps or not.
Expected<std::set<unsigned>> former_numbers(const std::filesystem::path& own) {
  const std::string begin = former_directory(own, 0).filename().string();
  const std::string_view stem = std::string_view(begin).substr(0, begin.size() - 1);
  std::set<unsigned> numbers;
  std::error_code failure;
  for (auto item = std::filesystem::directory_iterator(own.parent_path(), failure);
       !failure && item != std::filesystem::directory_iterator(); item.increment(failure)) {
    const std::string name = item->path().filename().string();
    if (!name.starts_with(stem)) continue;
    unsigned number = 0;
    const auto [end, bad] = std::from_chars(name.data() + stem.size(), name.data() + name.size(), number);
    if (bad == std::errc{} && end == name.data() + name.size() && former_directory(own, number).filename() == name)
      numbers.insert(number);
  }
  if (failure && failure != std::errc::no_such_file_or_directory) return file_error("list", own.parent_path(), failure.value());
  return numbers;
}

}  // namespace

Expected<unsigned> next_former(const std::filesystem::path& own) {
  const auto numbers = former_numbers(own);
  if (!numbers) return numbers.error();
  return numbers->empty() ? 1 : *numbers->rbegin() + 1;
}

Expected<std::vector<std::string>> agents_with_deposits(const std::filesystem::path& directory) {
  std::vector<std::string> agents;
  std::error_code failure;
  for (auto item = std::filesystem::directory_iterator(directory, failure);
       !failure && item != std::filesystem::directory_iterator(); item.increment(failure))
    if (std::error_code ignored; item->is_directory(ignored)) agents.push_back(item->path().filename().string());
  if (failure && failure != std::errc::no_such_file_or_directory) return file_error("list", directory, failure.value());
  std::ranges::sort(agents);
  return agents;
}

Expected<std::vector<DepositEntry>> without_row(const std::filesystem::path& agents_directory, const std::string& agent,
                                                const std::vector<DepositEntry>& rows) {
  std::set<std::string> known;
  for (const DepositEntry& row : rows) known.insert(directory_name(row));
  std::vector<DepositEntry> found;
  std::error_code failure;
  for (auto item = std::filesystem::directory_iterator(agents_directory, failure);
       !failure && item != std::filesystem::directory_iterator(); item.increment(failure)) {
    auto entry = entry_of(item->path().filename().string());
    if (!entry || !known.insert(directory_name(*entry)).second) continue;
    entry->agent = agent;
    found.push_back(std::move(*entry));
  }
  if (failure && failure != std::errc::no_such_file_or_directory) return file_error("list", agents_directory, failure.value());
  std::ranges::sort(found, {}, [](const DepositEntry& one) { return directory_name(one); });
  return found;
}

Expected<std::vector<DepositEntry>> left_unknown(const std::filesystem::path& agents_directory, const std::string& agent,
                                                 const std::vector<DepositEntry>& rows,
                                                 const std::function<bool(const DepositEntry&)>& is_meant) {
  auto candidates = without_row(agents_directory, agent, rows);
  if (!candidates) return candidates;
  for (const DepositEntry& row : rows)
    if (!has_left(row.state)) candidates->push_back(row);
  std::vector<DepositEntry> found;
  for (DepositEntry& one : *candidates) {
    if (!is_meant(one)) continue;
    const auto copies = copies_of(agents_directory, one);
    if (!copies) return copies.error();
    if (std::ranges::any_of(*copies, &DepositCopy::is_marked)) found.push_back(std::move(one));
  }
  return found;
}

Expected<void> check_mounted(const std::filesystem::path& agents_directory, const std::vector<DepositEntry>& rows) {
  const auto left = std::ranges::find_if(rows, [](const DepositEntry& row) { return has_left(row.state); });
  if (left == rows.end()) return {};
  const auto there = without_row(agents_directory, {}, {});
  if (!there) return there.error();
  if (!there->empty()) return {};
  return make_error(
      Errc::unavailable, agents_directory.string() + " has no deposit, and some have left: is its disk mounted?",
      "if they are lost for good, make an empty directory " + (agents_directory / directory_name(*left)).string());
}

Expected<std::vector<DepositCopy>> copies_of(const std::filesystem::path& agents_directory, const DepositEntry& entry) {
  std::vector<DepositCopy> found;
  const auto look = [&](const std::filesystem::path& directory, DepositCopy::Place place) -> Expected<bool> {
    auto copy = copy_at(directory, place);
    if (!copy) return copy.error();
    if (*copy) found.push_back(std::move(**copy));
    return copy->has_value();
  };
  const std::filesystem::path own = agents_directory / directory_name(entry);
  if (const auto looked = look(own, DepositCopy::Place::own); !looked) return looked.error();
  if (const auto looked = look(standing_directory(agents_directory, entry), DepositCopy::Place::standing); !looked)
    return looked.error();
  const auto numbers = former_numbers(own);
  if (!numbers) return numbers.error();
  for (const unsigned number : *numbers)
    if (const auto looked = look(former_directory(own, number), DepositCopy::Place::aside); !looked) return looked.error();
  return found;
}

}  // namespace regdata::escrow
