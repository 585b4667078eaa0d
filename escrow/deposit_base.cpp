#include "escrow/deposit_base.hpp"

#include <algorithm>
#include <map>
#include <system_error>
#include <tuple>

#include "escrow/deposit_maker.hpp"
#include "escrow/rde_writer.hpp"

namespace regdata::escrow {
namespace {

struct Candidate {
  const DepositEntry* row = nullptr;
  Manifest manifest;
};
using Candidates = std::map<std::string, Candidate>;  ///< by the SHA-256 of their manifests

bool is_good(DepositState state) {
  return state == DepositState::verified || state == DepositState::sending || state == DepositState::sent ||
         state == DepositState::accepted;
}

std::vector<std::string> names_of(const std::vector<Column>& columns) {
  std::vector<std::string> names;
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

auto recency(const Candidate& one) { return std::tuple(one.row->watermark, one.row->revision, one.row->id); }

}  // namespace

Expected<std::optional<DepositBase>> find_base(const Agent& agent, DepositKind kind, std::chrono::sys_days date,
                                               std::span<const DepositEntry> rows) {
  Candidates all;
  for (const DepositEntry& row : rows) {
    if (!is_good(row.state) || row.manifest.empty() || row.registrar != agent.registrar.id) continue;
    auto manifest = read_manifest(row.manifest);
    if (!manifest) return manifest.error();
    if (manifest->specification != agent.specification || manifest->columns != names_of(agent.plan.columns) ||
        manifest->contact_columns != names_of(agent.plan.contact_columns))
      continue;
    all.emplace(hash_of(row.manifest), Candidate{&row, std::move(*manifest)});
  }
  const std::pair<const std::string, Candidate>* best = nullptr;
  for (const auto& item : all) {
    const auto& [hash, one] = item;
    if (kind == DepositKind::incremental && one.manifest.kind != DepositKind::full) continue;
    if (one.row->kind == kind && one.row->date == date) continue;
    std::error_code failure;
    if (!one.manifest.facts.objects || !is_whole(all, one) ||
        !std::filesystem::exists(agent.directory / directory_name(*one.row) / object_list_name, failure))
      continue;
    if (best == nullptr || recency(best->second) < recency(one)) best = &item;
  }
  if (best == nullptr) return std::optional<DepositBase>();
  const DepositEntry& row = *best->second.row;
  return std::optional(DepositBase{.directory = agent.directory / directory_name(row),
                                   .objects = *best->second.manifest.facts.objects,
                                   .rde_id = rde_id(row.kind, row.date, row.revision),
                                   .manifest = best->first});
}

}  // namespace regdata::escrow
