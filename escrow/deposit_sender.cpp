#include "escrow/deposit_sender.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <vector>

#include "escrow/deposit_copies.hpp"
#include "escrow/deposit_maker.hpp"
#include "escrow/deposit_place.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t rows_looked_at = 400;

ContentsByName files_in(const Manifest& manifest) {
  ContentsByName files;
  for (const DepositFile& file : files_for_agent(manifest)) files[file.name].insert(file.sha256);
  return files;
}

bool share_names(const Manifest& one, const Manifest& other) {
  const auto files = files_in(other);
  return std::ranges::any_of(files_in(one), [&](const auto& file) { return files.contains(file.first); });
}

bool is_other_revision(const DepositEntry& one, const DepositEntry& row) {
  return one.kind == row.kind && one.date == row.date && one.revision != row.revision;
}

/// Of the same date and kind, among the agent's rows.
std::vector<DepositEntry> other_revisions(std::vector<DepositEntry> rows, const DepositEntry& row) {
  std::erase_if(rows, [&](const DepositEntry& one) { return one.registrar != row.registrar || !is_other_revision(one, row); });
  return rows;
}

/// Earlier ones that lie here, and of which the ledger has no row, or does not know that they left.
Expected<std::vector<DepositEntry>> forgotten_revisions(const std::vector<DepositEntry>& rows, const DepositEntry& row,
                                                        std::vector<DepositEntry> unknown,
                                                        const std::filesystem::path& agents_directory) {
  auto forgotten = without_row(agents_directory, row.agent, rows);
  if (!forgotten) return forgotten;
  std::erase_if(unknown, [](const DepositEntry& one) { return one.id == 0; });  // without_row() has them
  forgotten->insert(forgotten->end(), unknown.begin(), unknown.end());
  std::erase_if(*forgotten,
                [&](const DepositEntry& one) { return !is_other_revision(one, row) || one.revision > row.revision; });
  return forgotten;
}

/// Errc::conflict: one that lies here has left, and would take this one for its own, or has taken its place.
Expected<void> check_unknown(const DepositEntry& row, const std::vector<DepositEntry>& unknown) {
  for (const DepositEntry& one : unknown)
    if (one.kind != row.kind || one.revision > row.revision)
      return make_error(
          Errc::conflict,
          directory_name(one) +
              " lies here and has left, and the ledger, which may be an older one, does not know so: the agent may "
              "have it in the place of deposit " +
              std::to_string(row.id),
          "`regdata deposit make` makes the revision that follows");
  return {};
}

/// Errc::conflict: the agent has a later revision, whatever its files are called.
Expected<void> check_is_last(const DepositEntry& row, std::span<const DepositEntry> revisions) {
  for (const DepositEntry& other : revisions)
    if (other.revision > row.revision && is_taken(other.state))
      return make_error(Errc::conflict,
                        "deposit " + std::to_string(other.id) + " is a later revision, and is " +
                            std::string(to_string(other.state)) + ": it has taken the place of this one",
                        "nothing is to be sent, unless the agent refused or missed that one too");
  return {};
}

/// Those whose files are called as those of this one: of ICANN's specifications all of a date.
Expected<std::vector<DepositEntry>> of_same_names(std::vector<DepositEntry> others, const Manifest& manifest) {
  std::vector<DepositEntry> found;
  for (DepositEntry& other : others) {
    if (other.manifest.empty()) continue;
    const auto of_other = read_manifest(other.manifest);
    if (!of_other) return of_other.error();
    if (share_names(*of_other, manifest)) found.push_back(std::move(other));
  }
  return found;
}

/// What earlier revisions may have brought under our names.
struct Former {
  ContentsByName files;
  std::set<std::string> ends;  ///< those that said that all is there
};

/// What earlier revisions may have brought under these names: of the ledger, and of deposits here that it has forgotten.
Expected<Former> brought_before(std::span<const DepositEntry> others, std::span<const DepositEntry> forgotten,
                                const DepositEntry& row, const Manifest& manifest,
                                const std::filesystem::path& agents_directory) {
  Former before;
  const auto add = [&](const Manifest& former) {
    if (!share_names(former, manifest)) return;
    for (auto& [name, contents] : files_in(former)) before.files[name].merge(contents);
    before.ends.insert(former.facts.hash_file);
  };
  const auto add_copies = [&](const DepositEntry& of) -> Expected<void> {
    const auto copies = copies_of(agents_directory, of);
    if (!copies) return copies.error();
    for (const DepositCopy& copy : *copies)
      if (copy.manifest && !copy.is_of(row)) add(*copy.manifest);
    return {};
  };
  if (row.revision > 0)
    if (auto added = add_copies(row); !added) return added.error();
  for (const DepositEntry& former : forgotten)
    if (auto added = add_copies(former); !added) return added.error();
  for (const DepositEntry& former : others) {
    const auto of_former = read_manifest(former.manifest);
    if (!of_former) return of_former.error();
    add(*of_former);
    if (auto added = add_copies(former); !added) return added.error();
  }
  return before;
}

/// Their hash file goes first, so that nobody takes old and new files for a whole, then what this one has not.
Expected<void> take_former_back(const Former& former, const ContentsByName& ours, Delivery& delivery) {
  ContentsByName parts = former.files;
  for (auto& [name, contents] : parts)  // what an attempt of this one was broken off at is gone on with
    if (const auto own = ours.find(name); own != ours.end())
      for (const Digest& digest : own->second) contents.erase(digest);
  if (auto cleared = delivery.clear(parts); !cleared) return cleared;
  for (const std::string& end : former.ends) {
    Contents contents = former.files.at(end);
    if (const auto own = ours.find(end); own != ours.end()) contents.insert(own->second.begin(), own->second.end());
    if (auto taken = delivery.take_back(end, contents); !taken) return taken;
  }
  for (const auto& [name, contents] : former.files)
    if (!ours.contains(name))
      if (auto taken = delivery.take_back(name, contents); !taken) return taken;
  return {};
}

Expected<void> deliver(const Manifest& manifest, const std::filesystem::path& directory, Delivery& delivery,
                       const ContentsByName& former) {
  for (const DepositFile& file : files_for_agent(manifest)) {
    const auto known = former.find(file.name);
    auto done = delivery.put(directory / file.name, known == former.end() ? Contents() : known->second);
    if (!done) return done;
  }
  return {};
}

}  // namespace

Expected<DepositEntry> send_deposit(Ledger& ledger, const Agent& agent, std::uint64_t id, const openpgp::PublicKey& signer,
                                    Delivery& delivery, const Clock& clock) {
  if (auto may = check_transfer(agent); !may) return may.error();
  const auto lock = AgentLock::take(agent.directory);
  if (!lock) return lock.error();
  auto entry = ledger.find(id);
  if (!entry) return entry.error();
  if (!*entry) return make_error(Errc::not_found, "no deposit has the number " + std::to_string(id));
  DepositEntry& row = **entry;
  if (row.agent != agent.id) return make_error(Errc::internal, "a deposit is sent to the agent that it was made for");
  const std::filesystem::path directory = agent.directory / directory_name(row);
  if (row.state == DepositState::sent) return std::move(row);  // what the agent took away would lie there twice
  if (!may_follow(row.state, DepositState::sending))
    return make_error(Errc::conflict,
                      "deposit " + std::to_string(id) + " is " + std::string(to_string(row.state)) + " and is not sent",
                      row.state == DepositState::held ? "see why it is held; --accept-drift sends it all the same" : "");
  if (auto same = compare_with_manifest(directory, row.manifest, signer); !same) return same.error();
  const auto manifest = read_manifest(row.manifest);
  if (!manifest) return manifest.error();
  if (!manifest->region.empty() && manifest->region != agent.region)
    return make_error(Errc::refused,
                      "deposit " + std::to_string(id) + " was made for an agent in " + manifest->region + ", and " + agent.id +
                          " keeps deposits in " + agent.region + " now",
                      "what may go there is looked at while a deposit is made: make it again");
  if (auto sealed = check_recipients(agent, manifest->recipients); !sealed)
    return Error{sealed.error().code, "deposit " + std::to_string(id) + ": " + sealed.error().context, sealed.error().hint};
  const auto rows = ledger.list(row.agent, rows_looked_at);
  if (!rows) return rows.error();
  auto revisions = other_revisions(*rows, row);
  if (auto last = check_is_last(row, revisions); !last) return last.error();
  const bool has_kind_in_names = manifest->specification.starts_with("rfc9022");
  auto unknown = left_unknown(agent.directory, row.agent, *rows, [&](const DepositEntry& one) {
    return one.id != row.id && one.date == row.date && (one.kind == row.kind || !has_kind_in_names);
  });
  if (!unknown) return unknown.error();
  if (auto last = check_unknown(row, *unknown); !last) return last.error();
  auto others = of_same_names(std::move(revisions), *manifest);
  if (!others) return others.error();
  for (const DepositEntry& other : *others)
    if (other.revision > row.revision && has_left(other.state))
      return make_error(
          Errc::conflict,
          "deposit " + std::to_string(other.id) + " is a later revision, and has left: its files have the same names",
          "send that one");
  std::erase_if(*others, [&](const DepositEntry& other) { return other.revision > row.revision; });
  const auto forgotten = forgotten_revisions(*rows, row, std::move(*unknown), agent.directory);
  if (!forgotten) return forgotten.error();
  const auto former = brought_before(*others, *forgotten, row, *manifest, agent.directory);
  if (!former) return former.error();
  if (auto marked = mark_leaving(directory); !marked) return marked.error();
  if (auto moved = ledger.advance(id, row.state, DepositState::sending, {}, clock()); !moved) return moved.error();
  auto delivered = take_former_back(*former, files_in(*manifest), delivery);
  if (delivered) delivered = deliver(*manifest, directory, delivery, former->files);
  if (!delivered) {
    const Error& why = delivered.error();
    static_cast<void>(ledger.advance(id, DepositState::sending, DepositState::sending, {.reason = why.context}, clock()));
    return why;
  }
  if (auto moved = ledger.advance(id, DepositState::sending, DepositState::sent, {}, clock()); !moved) return moved.error();
  auto sent = ledger.find(id);
  if (!sent) return sent.error();
  if (!*sent) return make_error(Errc::damaged, "the ledger lost a deposit that was just sent");
  return std::move(**sent);
}

}  // namespace regdata::escrow
