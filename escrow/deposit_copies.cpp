#include "escrow/deposit_copies.hpp"

#include "escrow/contact_list.hpp"
#include "escrow/deposit_maker.hpp"
#include "escrow/part_file.hpp"

namespace regdata::escrow {
namespace {

Expected<std::optional<DepositCopy>> copy_at(const std::filesystem::path& directory, DepositCopy::Place place) {
  std::error_code failure;
  if (!std::filesystem::exists(directory, failure)) {
    if (failure) return file_error("look at", directory, failure.value());
    return std::optional<DepositCopy>();
  }
  DepositCopy copy;
  copy.directory = directory;
  copy.place = place;
  for (auto item = std::filesystem::directory_iterator(directory, failure);
       !failure && item != std::filesystem::directory_iterator(); item.increment(failure)) {
    const std::string name = item->path().filename().string();
    copy.has_files |= !is_lasting(name);
  }
  if (failure) return file_error("list", directory, failure.value());
  if (const auto text = read_file(directory / manifest_name, longest_manifest)) {
    copy.manifest_text = as_text(*text);
    if (auto manifest = read_manifest(copy.manifest_text)) copy.manifest = std::move(*manifest);
  }
  return std::optional(std::move(copy));
}

}  // namespace

bool is_lasting(std::string_view name) {
  return name == manifest_name || name == manifest_signature_name || name == contact_list_name;
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
  for (unsigned number = 1;; ++number) {
    const auto looked = look(former_directory(own, number), DepositCopy::Place::aside);
    if (!looked) return looked.error();
    if (!*looked) return found;
  }
}

}  // namespace regdata::escrow
