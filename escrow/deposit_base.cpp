#include "escrow/deposit_base.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "escrow/deposit_copies.hpp"
#include "escrow/deposit_maker.hpp"
#include "escrow/measure.hpp"
#include "escrow/rde_writer.hpp"

namespace regdata::escrow {
namespace {

struct Candidate {
  const DepositEntry* row = nullptr;
  Manifest manifest;
};
using Candidates = std::map<std::string, Candidate>;  ///< by the SHA-256 of their manifests

/// The agent has it, as far as is known.
bool is_good(DepositState state) { return state == DepositState::sent || state == DepositState::accepted; }

std::vector<std::string> names_of(const std::vector<Column>& columns) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const Column& column : columns) names.emplace_back(column.name);
  return names;
}

/// A full one, or one whose bases are good to the last.
bool is_whole(const Candidates& all, const Candidate& one) {
  const Candidate* at = &one;
  while (at->manifest.kind != DepositKind::full) {
    const auto base = all.find(at->manifest.base);
    if (base == all.end() || base->second.row->watermark > at->row->watermark || &base->second == at) return false;
    at = &base->second;
  }
  return true;
}

/// Its list is there, and is the one that its manifest names.
bool has_list(const Agent& agent, const Candidate& one) {
  const ListFacts& told = *one.manifest.facts.objects;
  const auto found = measure_file(agent.directory / directory_name(*one.row) / object_list_name, FileSource::Memory::as_it_is);
  return found && found->size == told.bytes && found->digest == told.sha256;
}

/// A later revision has taken its place there.
bool is_replaced(const DepositEntry& row, std::span<const DepositEntry> rows) {
  return std::ranges::any_of(rows, [&](const DepositEntry& other) {
    return other.registrar == row.registrar && other.kind == row.kind && other.date == row.date &&
           other.revision > row.revision && is_taken(other.state);
  });
}

/// A full one of a later date is there too. Names of ICANN's files tell no more than dates: a restore lays a difference over
/// the last full one before it.
bool is_covered(const DepositEntry& row, std::span<const DepositEntry> rows, std::chrono::sys_days date) {
  return std::ranges::any_of(rows, [&](const DepositEntry& other) {
    return other.registrar == row.registrar && other.kind == DepositKind::full && other.date > row.date && other.date <= date &&
           is_taken(other.state);
  });
}

/// Something left behind `row` of which the ledger, an older one, does not know so: the agent may lay a difference over that.
Expected<bool> left_since(const Agent& agent, const DepositEntry& row, std::chrono::sys_days until,
                          std::span<const DepositEntry> rows) {
  const auto unknown = left_unknown(agent.directory, agent.id, {rows.begin(), rows.end()}, [&](const DepositEntry& one) {
    const bool is_earlier_revision = one.kind == row.kind && one.revision <= row.revision;
    return (one.date > row.date && one.date <= until) || (one.date == row.date && !is_earlier_revision);
  });
  if (!unknown) return unknown.error();
  return !unknown->empty();
}

/// By date first: what was made once more for an earlier one is not the later deposit, whenever that was done.
auto recency(const Candidate& one) { return std::tuple(one.row->date, one.row->watermark, one.row->id); }

}  // namespace

Expected<std::optional<DepositBase>> find_base(const Agent& agent, DepositKind kind, std::chrono::sys_days date, UtcTime now,
                                               std::span<const DepositEntry> rows) {
  Candidates all;
  for (const DepositEntry& row : rows) {
    if (!is_good(row.state) || row.manifest.empty() || row.registrar != agent.registrar.id) continue;
    auto manifest = read_manifest(row.manifest);
    if (!manifest) continue;  // no base; `deposit verify` tells what is wrong with it
    if (manifest->specification != agent.specification || manifest->columns != names_of(agent.plan.columns) ||
        manifest->contact_columns != names_of(agent.plan.contact_columns))
      continue;
    all.emplace(hash_of(row.manifest), Candidate{&row, std::move(*manifest)});
  }
  std::vector<const Candidates::value_type*> fit;
  for (const auto& item : all) {
    const Candidate& one = item.second;
    if (kind == DepositKind::incremental && one.manifest.kind != DepositKind::full) continue;
    if ((one.row->kind == kind && one.row->date == date) || one.row->date > date || one.row->watermark > now) continue;
    if (is_replaced(*one.row, rows) || (!agent.plan.is_document && is_covered(*one.row, rows, date))) continue;
    if (one.manifest.facts.objects && is_whole(all, one)) fit.push_back(&item);
  }
  std::ranges::sort(fit, std::ranges::greater(), [](const auto* item) { return recency(item->second); });
  const auto best = std::ranges::find_if(fit, [&](const auto* item) { return has_list(agent, item->second); });
  if (best == fit.end()) return std::optional<DepositBase>();
  const DepositEntry& row = *(*best)->second.row;
  const auto since = left_since(agent, row, date, rows);
  if (!since) return since.error();
  if (*since) return std::optional<DepositBase>();
  return std::optional(DepositBase{.directory = agent.directory / directory_name(row),
                                   .objects = *(*best)->second.manifest.facts.objects,
                                   .rde_id = rde_id((*best)->second.manifest),
                                   .manifest = (*best)->first});
}

}  // namespace regdata::escrow
