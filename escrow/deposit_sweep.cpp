#include "escrow/deposit_sweep.hpp"

#include <algorithm>
#include <system_error>

#include "escrow/deposit_maker.hpp"
#include "escrow/part_file.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t rows_swept = 100;

/// Of a whole deposit, which gets it last; empty: it is none.
Expected<std::optional<Manifest>> whole_manifest(const fs::path& directory, std::string& text) {
  const auto none = std::optional<Manifest>();
  for (const std::string_view name : {manifest_signature_name, manifest_name}) {
    const auto there = is_there(directory / name);
    if (!there) return there.error();
    if (!*there) return none;
  }
  const auto bytes = read_file(directory / manifest_name, longest_manifest);
  if (!bytes) return bytes.error().code == Errc::unavailable ? Expected<std::optional<Manifest>>(bytes.error()) : none;
  text = as_text(*bytes);
  auto manifest = read_manifest(text);
  if (!manifest) return none;
  for (const DepositFile& file : files_for_agent(*manifest)) {
    const auto there = is_there(directory / file.name);
    if (!there) return there.error();
    if (!*there) return none;
  }
  return std::optional(std::move(*manifest));
}

}  // namespace

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

Expected<bool> DepositSweep::stand_again(const DepositEntry& row, const std::vector<DepositEntry>& known) {
  const auto former = former_state(row.id);
  if (!former) return former.error();
  if (*former != DepositState::verified) return false;  // one that was held still waits for a person: it is made anew
  const fs::path directory = agent_.directory / directory_name(row);
  const fs::path standing = standing_directory(agent_.directory, row);
  const auto is_aside = is_there(standing);
  if (!is_aside) return is_aside.error();
  if (*is_aside) {
    if (auto cleared = clear_place(directory, directory, known, tell_); !cleared) return cleared.error();
    std::error_code failure;
    fs::rename(standing, directory, failure);
    if (failure) return file_error("put back", directory, failure.value());
    if (auto synced = sync_directory(agent_.directory); !synced) return synced.error();
  }
  const auto has_left = is_there(directory / left_mark_name);
  if (!has_left || *has_left) return has_left ? Expected<bool>(false) : has_left.error();  // it is put aside
  std::string text;
  const auto manifest = whole_manifest(directory, text);
  if (!manifest) return manifest.error();
  // with a row that is written, what lies in its place may be the attempt that was cut off; that has the row's watermark
  const bool is_former =
      *is_aside || row.state == DepositState::planned || (*manifest && (*manifest)->watermark != row.watermark);
  if (!*manifest || !is_former) return false;
  std::uint64_t bytes = 0;
  for (const PartFacts& part : (*manifest)->facts.parts) bytes += part.file_bytes;
  auto done = ledger_.reinstate(row.id, (*manifest)->watermark,
                                {.sequence = (*manifest)->sequence,
                                 .rows = (*manifest)->facts.names,
                                 .file_bytes = bytes,
                                 .recipient = (*manifest)->recipients.empty() ? std::string() : (*manifest)->recipients.front(),
                                 .manifest = text,
                                 .reason = "the one that was to take its place was not made"},
                                clock_());
  return done ? Expected<bool>(true) : done.error();
}

/// Of a row that is not being made: the one that is made in its place stands, unless the ledger knows the other one only.
Expected<void> DepositSweep::settle_standing(const DepositEntry& row, const std::vector<DepositEntry>& known) {
  const fs::path standing = standing_directory(agent_.directory, row);
  const fs::path directory = agent_.directory / directory_name(row);
  const auto stands = is_there(standing);
  if (!stands) return stands.error();
  if (!*stands) return {};
  const auto is_the_rows = [&](const fs::path& where) -> Expected<bool> {
    std::string text;
    const auto whole = whole_manifest(where, text);
    return whole ? Expected<bool>(whole->has_value() && text == row.manifest) : whole.error();
  };
  const auto is_of_row = is_the_rows(standing);
  if (!is_of_row) return is_of_row.error();
  const auto is_in_place = is_the_rows(directory);
  if (!is_in_place) return is_in_place.error();
  if (!*is_of_row || *is_in_place) return clear_place(standing, directory, known, tell_);
  if (auto cleared = clear_place(directory, directory, known, tell_); !cleared) return cleared;
  std::error_code failure;
  fs::rename(standing, directory, failure);
  return failure ? Expected<void>(file_error("put back", directory, failure.value())) : sync_directory(agent_.directory);
}

Expected<void> DepositSweep::run() {
  const auto rows = ledger_.list(agent_.id, rows_swept);
  if (!rows) return rows.error();
  for (const DepositEntry& row : *rows) {
    if (row.state != DepositState::planned && row.state != DepositState::written) {
      if (auto settled = settle_standing(row, *rows); !settled) return settled;
      continue;
    }
    const auto stands = stand_again(row, *rows);
    if (!stands) return stands.error();
    if (*stands) continue;
    // a whole one is never removed: of an attempt that was cut off in its last moment and of a deposit that was made, sent and
    // accepted before an older database was put back, row and manifest can be the same
    const fs::path directory = agent_.directory / directory_name(row);
    if (auto cleared = clear_place(directory, directory, *rows, tell_); !cleared) return cleared;
    if (auto failed = ledger_.advance(row.id, row.state, DepositState::failed, {.reason = "cut off"}, clock_()); !failed)
      return failed;
  }
  return {};
}

}  // namespace regdata::escrow
