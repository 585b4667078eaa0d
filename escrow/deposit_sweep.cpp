#include "escrow/deposit_sweep.hpp"

#include <algorithm>
#include <system_error>

#include "escrow/deposit_maker.hpp"
#include "escrow/part_file.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t rows_swept = 100;

/// Of a whole deposit, which gets it last.
std::optional<Manifest> whole_manifest(const fs::path& directory, std::string& text) {
  std::error_code failure;
  if (!fs::exists(directory / manifest_signature_name, failure)) return std::nullopt;
  const auto bytes = read_file(directory / manifest_name, longest_manifest);
  if (!bytes) return std::nullopt;
  text = as_text(*bytes);
  auto manifest = read_manifest(text);
  if (!manifest) return std::nullopt;
  for (const DepositFile& file : files_for_agent(*manifest))
    if (!fs::exists(directory / file.name, failure)) return std::nullopt;
  return std::move(*manifest);
}

}  // namespace

Expected<void> put_aside(const fs::path& directory, const std::vector<DepositEntry>& known) {
  std::error_code failure;
  if (!fs::exists(directory / manifest_signature_name, failure)) return {};
  const auto manifest = read_file(directory / manifest_name, longest_manifest);
  if (manifest && std::ranges::any_of(known, [&](const auto& row) { return row.manifest == as_text(*manifest); })) return {};
  for (unsigned number = 1;; ++number) {
    const fs::path aside = former_directory(directory, number);
    if (fs::exists(aside, failure)) continue;
    fs::rename(directory, aside, failure);
    return failure ? Expected<void>(file_error("put aside", directory, failure.value())) : Expected<void>();
  }
}

/// What the row was before it was planned for the last time.
Expected<std::optional<DepositState>> DepositSweep::former_state(std::uint64_t id) {
  const auto history = ledger_.history(id);
  if (!history) return history.error();
  std::optional<DepositState> before;
  std::optional<DepositState> former;
  for (const DepositEvent& event : *history) {
    if (event.state == DepositState::planned) former = before;
    before = event.state;
  }
  return former;
}

Expected<bool> DepositSweep::stand_again(const DepositEntry& row) {
  const auto former = former_state(row.id);
  if (!former) return former.error();
  if (*former != DepositState::verified) return false;  // one that was held still waits for a person: it is made anew
  const fs::path directory = agent_.directory / directory_name(row);
  const fs::path standing = standing_directory(agent_.directory, row);
  std::error_code failure;
  const bool is_aside = fs::exists(standing, failure);
  if (is_aside) {
    fs::remove_all(directory, failure);
    if (failure) return file_error("remove", directory, failure.value());
    fs::rename(standing, directory, failure);
    if (failure) return file_error("put back", directory, failure.value());
    if (auto synced = sync_directory(agent_.directory); !synced) return synced.error();
  }
  std::string text;
  const auto manifest = whole_manifest(directory, text);
  // with a row that is written, what lies in its place may be the attempt that was cut off; that has the row's watermark
  const bool is_former = is_aside || row.state == DepositState::planned || (manifest && manifest->watermark != row.watermark);
  if (!manifest || !is_former) return false;
  std::uint64_t bytes = 0;
  for (const PartFacts& part : manifest->facts.parts) bytes += part.file_bytes;
  auto done = ledger_.reinstate(row.id, manifest->watermark,
                                {.sequence = manifest->sequence,
                                 .rows = manifest->facts.names,
                                 .file_bytes = bytes,
                                 .recipient = manifest->recipients.empty() ? std::string() : manifest->recipients.front(),
                                 .manifest = text,
                                 .reason = "the one that was to take its place was not made"},
                                clock_());
  return done ? Expected<bool>(true) : done.error();
}

/// Of a row that is not being made: the one that is made in its place stands, unless the ledger knows the other one only.
Expected<void> DepositSweep::settle_standing(const DepositEntry& row, const std::vector<DepositEntry>& known) {
  const fs::path standing = standing_directory(agent_.directory, row);
  const fs::path directory = agent_.directory / directory_name(row);
  std::error_code failure;
  if (!fs::exists(standing, failure)) return {};
  std::string text;
  const bool is_of_row = whole_manifest(standing, text) && text == row.manifest;
  const bool is_in_place = whole_manifest(directory, text) && text == row.manifest;
  if (!is_of_row || is_in_place) {
    fs::remove_all(standing, failure);
    return {};  // gone another time
  }
  if (auto aside = put_aside(directory, known); !aside) return aside;
  fs::remove_all(directory, failure);
  if (!failure) fs::rename(standing, directory, failure);
  return failure ? Expected<void>(file_error("put back", directory, failure.value())) : sync_directory(agent_.directory);
}

Expected<void> DepositSweep::clear(const DepositEntry& row, const std::vector<DepositEntry>& known) {
  const fs::path directory = agent_.directory / directory_name(row);
  // a whole one is never removed: of an attempt that was cut off in its last moment and of a deposit that was made, sent and
  // accepted before an older database was put back, row and manifest can be the same
  if (auto aside = put_aside(directory, known); !aside) return aside;
  std::error_code failure;
  fs::remove_all(directory, failure);
  return failure ? Expected<void>(file_error("remove", directory, failure.value())) : Expected<void>();
}

Expected<void> DepositSweep::run() {
  const auto rows = ledger_.list(agent_.id, rows_swept);
  if (!rows) return rows.error();
  for (const DepositEntry& row : *rows) {
    if (row.state != DepositState::planned && row.state != DepositState::written) {
      if (auto settled = settle_standing(row, *rows); !settled) return settled;
      continue;
    }
    const auto stands = stand_again(row);
    if (!stands) return stands.error();
    if (*stands) continue;
    if (auto cleared = clear(row, *rows); !cleared) return cleared;
    if (auto failed = ledger_.advance(row.id, row.state, DepositState::failed, {.reason = "cut off"}, clock_()); !failed)
      return failed;
  }
  return {};
}

}  // namespace regdata::escrow
