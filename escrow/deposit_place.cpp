#include "escrow/deposit_place.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "escrow/deposit_copies.hpp"
#include "escrow/deposit_maker.hpp"
#include "escrow/manifest.hpp"
#include "escrow/part_file.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

Expected<void> rename_aside(const fs::path& directory, const fs::path& own, const Tell& tell) {
  const auto number = next_former(own);
  if (!number) return number.error();
  const fs::path aside = former_directory(own, *number);
  std::error_code failure;
  fs::rename(directory, aside, failure);
  if (failure) return file_error("put aside", directory, failure.value());
  if (auto synced = sync_directory(own.parent_path()); !synced) return synced;
  if (tell) tell("a deposit that the ledger does not have, or that may have left, was put aside: " + aside.string());
  return {};
}

}  // namespace

Expected<void> mark_leaving(const fs::path& directory) {
  // nothing is in it that could be half written; a former process may have been cut off before its name was on the disk
  const fs::path mark = directory / left_mark_name;
  const int descriptor = ::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return file_error("make", mark, errno);
  ::close(descriptor);
  return sync_directory(directory);
}

Expected<bool> may_have_left(const fs::path& directory, const std::vector<DepositEntry>& known) {
  auto marked = is_there(directory / left_mark_name);
  if (!marked || *marked) return marked;
  auto is_whole = is_there(directory / manifest_signature_name);
  if (!is_whole || !*is_whole) return is_whole;
  auto has_manifest = is_there(directory / manifest_name);
  if (!has_manifest) return has_manifest;
  if (!*has_manifest) return true;
  const auto manifest = read_file(directory / manifest_name, longest_manifest);
  if (!manifest && manifest.error().code == Errc::unavailable) return manifest.error();
  return !manifest || std::ranges::none_of(known, [&](const auto& row) { return row.manifest == as_text(*manifest); });
}

Expected<void> clear_place(const fs::path& directory, const fs::path& own, const std::vector<DepositEntry>& known,
                           const Tell& tell) {
  const auto is_of_use = may_have_left(directory, known);
  if (!is_of_use) return is_of_use.error();
  if (*is_of_use) return rename_aside(directory, own, tell);
  // its signature first: what a removal leaves that is cut off must be no deposit
  std::error_code failure;
  fs::remove(directory / manifest_signature_name, failure);
  if (failure && failure != std::errc::no_such_file_or_directory && failure != std::errc::not_a_directory)
    return file_error("remove", directory / manifest_signature_name, failure.value());
  failure.clear();
  fs::remove_all(directory, failure);
  return failure ? Expected<void>(file_error("remove", directory, failure.value())) : Expected<void>();
}

}  // namespace regdata::escrow
