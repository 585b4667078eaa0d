#include "escrow/retirement.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "escrow/deposit_copies.hpp"
#include "escrow/deposit_maker.hpp"
#include "escrow/ledger_clock.hpp"
#include "escrow/manifest.hpp"
#include "escrow/part_file.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

Expected<void> remove_tree(const fs::path& path) {
  std::error_code failure;
  fs::remove_all(path, failure);
  return failure ? Expected<void>(file_error("remove", path, failure.value())) : Expected<void>();
}

Expected<void> remove_files(const fs::path& directory) {
  std::vector<fs::path> going;
  std::error_code failure;
  for (auto item = fs::directory_iterator(directory, failure); !failure && item != fs::directory_iterator();
       item.increment(failure))
    if (!is_lasting(item->path().filename().string())) going.push_back(item->path());
  if (failure) return file_error("list", directory, failure.value());
  for (const fs::path& file : going)
    if (auto removed = remove_tree(file); !removed) return removed;
  return sync_directory(directory);
}

/// The last full one of a registrar that is good, which everything newer may stand on; empty: there is none. `ahead`: those
/// that are not looked at.
std::optional<std::chrono::sys_days> last_full(std::span<const DepositEntry> rows, const std::set<std::uint64_t>& ahead,
                                               const std::string& registrar, DepositState state) {
  std::optional<std::chrono::sys_days> last;
  for (const DepositEntry& row : rows)
    if (row.registrar == registrar && row.kind == DepositKind::full && row.state == state && (!last || row.date > *last) &&
        !ahead.contains(row.id))
      last = row.date;
  return last;
}

/// Somebody may still want to restore from it, or send it.
bool is_good(DepositState state) {
  return state == DepositState::verified || state == DepositState::held || (has_left(state) && state != DepositState::rejected);
}

/// Takes out what those that stay are differences to, down to the full ones: no agent gives back a store without them.
void keep_bases(std::vector<const DepositEntry*>& going, std::span<const DepositEntry> rows) {
  std::map<std::string, const DepositEntry*> by_hash;
  for (const DepositEntry& row : rows)
    if (!row.manifest.empty()) by_hash.emplace(hash_of(row.manifest), &row);
  std::set<const DepositEntry*> stay;
  const auto mark = [&](const DepositEntry* row) {
    while (row != nullptr && row->kind != DepositKind::full && stay.insert(row).second) {
      const auto manifest = read_manifest(row->manifest);
      const auto base = manifest ? by_hash.find(manifest->base) : by_hash.end();
      row = base == by_hash.end() ? nullptr : base->second;
    }
    if (row != nullptr) stay.insert(row);
  };
  for (const DepositEntry& row : rows)
    if (is_good(row.state) && std::ranges::find(going, &row) == going.end()) mark(&row);
  std::erase_if(going, [&](const DepositEntry* row) { return stay.contains(row); });
}

/// Nothing is done with it any more. One that the agent misses, or that was broken off, may be sent once more, unless a later
/// revision has taken its place.
bool is_settled(const DepositEntry& row, std::span<const DepositEntry> rows) {
  if (row.state == DepositState::sending || row.state == DepositState::missing)
    return std::ranges::any_of(rows, [&](const DepositEntry& other) {
      return other.registrar == row.registrar && other.kind == row.kind && other.date == row.date &&
             other.revision > row.revision && is_taken(other.state);
    });
  return row.state == DepositState::sent || row.state == DepositState::accepted || row.state == DepositState::rejected ||
         row.state == DepositState::failed;
}

}  // namespace

std::vector<const DepositEntry*> deposits_to_retire(std::span<const DepositEntry> rows, const Retention& retention,
                                                    UtcTime now) {
  std::vector<const DepositEntry*> going;
  if (retention.here.count() == 0) return going;
  const auto ahead = made_ahead(rows, now);
  std::map<std::string, std::optional<std::chrono::sys_days>> kept_from;  // by registrar
  for (const DepositEntry& row : rows) {
    if (kept_from.contains(row.registrar)) continue;
    const auto accepted = last_full(rows, ahead, row.registrar, DepositState::accepted);
    kept_from[row.registrar] = accepted ? accepted : last_full(rows, ahead, row.registrar, DepositState::sent);
  }
  const UtcTime seen = time_seen(rows, now);
  const auto today = std::chrono::floor<std::chrono::days>(seen);
  for (const DepositEntry& row : rows) {
    const auto& kept = kept_from.at(row.registrar);
    const bool is_old = row.date + retention.here < today && row.changed + retention.here < today;
    const bool is_awaited = row.state == DepositState::sent && row.changed + retention.answer_within >= seen;
    if (is_settled(row, rows) && kept && row.date < *kept && is_old && !is_awaited) going.push_back(&row);
  }
  if (!going.empty()) keep_bases(going, rows);
  std::ranges::stable_sort(going, {}, [](const DepositEntry* row) { return row->date; });
  return going;
}

namespace {

enum class Gone : std::uint8_t { nothing, records, files };

/// What was removed of a deposit. `is_destroyed`: at the agent.
Expected<Gone> retire(const Agent& agent, const DepositEntry& row, bool is_destroyed) {
  auto copies = copies_of(agent.directory, row);
  if (!copies) return copies.error();
  std::ranges::reverse(*copies);  // the highest number first, so that what is cut off leaves no gap
  Gone gone = Gone::nothing;
  for (const DepositCopy& copy : *copies) {
    // what may be with the agent is answered for until the agent has destroyed it
    const bool stays = !is_destroyed && (copy.place == DepositCopy::Place::own || copy.may_have_left);
    if (stays && !copy.has_files) continue;
    auto removed = stays ? remove_files(copy.directory) : remove_tree(copy.directory);
    if (!removed) return removed.error();
    gone = std::max(gone, copy.has_files ? Gone::files : Gone::records);
  }
  return gone;
}

}  // namespace

Expected<std::vector<std::uint64_t>> retire_deposits(Ledger& ledger, const Agent& agent, const Retention& retention,
                                                     UtcTime now) {
  std::vector<std::uint64_t> retired;
  if (retention.here.count() == 0) return retired;
  const auto lock = AgentLock::take(agent.directory);
  if (!lock) return lock.error();
  const auto rows = ledger.list(agent.id, std::numeric_limits<std::int64_t>::max());
  if (!rows) return rows.error();
  const auto today = std::chrono::floor<std::chrono::days>(time_seen(*rows, now));
  std::size_t done = 0;
  for (const DepositEntry* const row : deposits_to_retire(*rows, retention, now)) {
    if (done == most_retired_at_once) break;
    const auto gone = retire(agent, *row, retention.at_agent.count() > 0 && row->date + retention.at_agent < today);
    if (!gone) return gone.error();
    if (*gone != Gone::nothing) ++done;
    if (*gone == Gone::files) retired.push_back(row->id);
  }
  return retired;
}

}  // namespace regdata::escrow
