#include "escrow/deposit_maker.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "escrow/deposit_base.hpp"
#include "escrow/deposit_copies.hpp"
#include "escrow/deposit_place.hpp"
#include "escrow/deposit_sweep.hpp"
#include "escrow/deposit_walk.hpp"
#include "escrow/openpgp/detached.hpp"
#include "escrow/part_file.hpp"
#include "escrow/rde_table_writer.hpp"
#include "escrow/rde_writer.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t rows_known = 100;
constexpr std::size_t rows_searched = 400;  // for a base: a year of days

/// Empty, mode 0700, and there after a loss of power. What a maker that was cut off left in it goes.
Expected<void> fresh_directory(const fs::path& directory, const std::vector<DepositEntry>& known, const Tell& tell) {
  if (auto cleared = clear_place(directory, directory, known, tell); !cleared) return cleared;
  if (::mkdir(directory.c_str(), 0700) != 0) return file_error("make", directory, errno);
  return sync_directory(directory.parent_path());
}

/// One that the ledger knows and that never left waits beside while the next is made; another one is put aside.
Expected<void> stand_aside(const fs::path& directory, const fs::path& standing, const std::vector<DepositEntry>& known) {
  const auto there = is_there(directory);
  if (!there) return there.error();
  if (!*there) return {};
  const auto may_not_go = may_have_left(directory, known);
  if (!may_not_go) return may_not_go.error();
  if (*may_not_go) return {};  // fresh_directory() puts it aside
  std::error_code failure;
  fs::rename(directory, standing, failure);
  return failure ? Expected<void>(file_error("put aside", directory, failure.value())) : Expected<void>();
}

/// An earlier one of the same date that has not left.
bool is_waiting_revision(const DepositEntry& former, const DepositEntry& entry) {
  return former.registrar == entry.registrar && former.kind == entry.kind && former.date == entry.date &&
         former.revision < entry.revision && (former.state == DepositState::verified || former.state == DepositState::held);
}

}  // namespace

Expected<AgentLock> AgentLock::take(const fs::path& directory) {
  std::error_code failure;
  const bool made = fs::create_directory(directory, failure);
  if (failure) return file_error("make", directory, failure.value());
  if (made) fs::permissions(directory, fs::perms::owner_all, failure);
  const fs::path file = directory / ".lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return file_error("open", file, errno);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return AgentLock(descriptor);
  const int code = errno;
  ::close(descriptor);
  if (code != EWOULDBLOCK) return file_error("lock", file, code);
  return make_error(Errc::conflict, directory.string() + ": another process works on this agent's deposits",
                    "it goes on by itself; `regdata deposit list` shows how far it is");
}

AgentLock::AgentLock(AgentLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
AgentLock::~AgentLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string directory_name(const DepositEntry& entry) {
  return date_text(entry.date) + "_" + std::string(to_string(entry.kind)) + "_R" + std::to_string(entry.revision);
}

fs::path standing_directory(const fs::path& agents_directory, const DepositEntry& entry) {
  return agents_directory / ("." + directory_name(entry) + ".standing");
}

fs::path former_directory(const fs::path& directory, unsigned number) {
  return directory.string() + ".before-" + std::to_string(number);
}

DepositMaker::DepositMaker(Parts parts, const Agent& agent, Sealing sealing, std::vector<std::string> recipients)
    : parts_(std::move(parts)), agent_(agent), sealing_(std::move(sealing)), recipients_(std::move(recipients)) {}

Expected<DepositMaker::Walked> DepositMaker::walk(DepositForm& form, ContactList& contacts,
                                                  const std::function<void(std::uint64_t)>& progress) {
  Digest key{};
  sealing_.random(key);
  DepositWalk walk(agent_, parts_.catalog, form, contacts, key, progress);
  const auto mark = parts_.store.read_snapshot([&](StoreSnapshot& snapshot) { return walk.run(snapshot); });
  if (!mark) return mark.error();
  return Walked{.sequence = mark->sequence, .left_out = walk.left_out(), .contacts = {}};
}

Expected<std::unique_ptr<DepositForm>> DepositMaker::begin(const DepositEntry& entry, const fs::path& directory,
                                                           const std::optional<DepositBase>& base) {
  DepositPlan plan = agent_.plan;
  plan.kind = entry.kind;
  plan.base = base;
  plan.watermark = entry.watermark;
  plan.date = entry.date;
  plan.revision = entry.revision;
  plan.iana_id = agent_.registrar.iana_id;
  if (plan.has_tables) {
    auto writer = RdeTableWriter::begin(directory, std::move(plan), sealing_, agent_.registrar);
    if (!writer) return writer.error();
    return std::unique_ptr<DepositForm>(std::move(*writer));
  }
  if (plan.is_document) {
    auto writer = RdeWriter::begin(directory, std::move(plan), sealing_, agent_.registrar);
    if (!writer) return writer.error();
    return std::unique_ptr<DepositForm>(std::move(*writer));
  }
  auto writer = DepositWriter::begin(directory, std::move(plan), sealing_);
  if (!writer) return writer.error();
  return std::unique_ptr<DepositForm>(std::move(*writer));
}

Expected<Manifest> DepositMaker::write_manifest(const DepositEntry& entry, const fs::path& directory, Walked walked,
                                                DepositFacts facts, const std::optional<DepositBase>& base, std::string& text) {
  const auto before = parts_.ledger.last_made(agent_.id, agent_.registrar.id);
  if (!before) return before.error();
  Manifest manifest;
  manifest.agent = agent_.id;
  manifest.registrar = agent_.registrar.id;
  manifest.iana_id = agent_.registrar.iana_id;
  manifest.specification = agent_.specification;
  manifest.kind = entry.kind;
  manifest.date = date_text(entry.date);
  manifest.revision = entry.revision;
  manifest.watermark = entry.watermark;
  manifest.sequence = walked.sequence;
  for (const Column& column : agent_.plan.columns) manifest.columns.emplace_back(column.name);
  for (const Column& column : agent_.plan.contact_columns) manifest.contact_columns.emplace_back(column.name);
  manifest.facts = std::move(facts);
  manifest.region = agent_.region;
  manifest.contacts = walked.contacts;
  manifest.left_out = std::move(walked.left_out);
  manifest.recipients = recipients_;
  manifest.signer = upper_hex(sealing_.signer->public_key().fingerprint());
  if (*before) manifest.before = hash_of((*before)->manifest);
  if (base) manifest.base = base->manifest;
  manifest.program = parts_.program;
  text = to_text(manifest);
  const auto signature = openpgp::sign_detached(*sealing_.signer, as_bytes(text), sealing_.now, sealing_.random);
  if (!signature) return signature.error();
  if (auto written = write_file(directory / manifest_name, as_bytes(text)); !written) return written.error();
  if (auto written = write_file(directory / manifest_signature_name, *signature); !written) return written.error();
  return manifest;
}

Expected<DepositEntry> DepositMaker::write(DepositEntry entry, const fs::path& directory, const Request& request,
                                           const std::optional<DepositBase>& base) {
  auto writer = begin(entry, directory, base);
  if (!writer) return writer.error();
  Digest list_key{};
  sealing_.random(list_key);
  auto contacts = ContactList::begin(directory, list_key);
  if (!contacts) return contacts.error();
  auto walked = walk(**writer, *contacts, request.progress);
  if (!walked) return walked.error();
  auto facts = (*writer)->finish();
  if (!facts) return facts.error();
  const auto listed = contacts->finish();
  if (!listed) return listed.error();
  walked->contacts = *listed;
  std::uint64_t bytes = 0;
  for (const PartFacts& part : facts->parts) bytes += part.file_bytes;
  const auto move = [&](DepositState to, const DepositStep& step) {
    return parts_.ledger.advance(entry.id, std::exchange(entry.state, to), to, step, parts_.clock());
  };
  const DepositStep written{
      .sequence = walked->sequence, .rows = facts->names, .file_bytes = bytes, .recipient = recipients_.front()};
  if (auto moved = move(DepositState::written, written); !moved) return moved.error();
  std::string text;
  const auto manifest = write_manifest(entry, directory, std::move(*walked), std::move(*facts), base, text);
  if (!manifest) return manifest.error();
  if (auto same = compare_with_manifest(directory, text, sealing_.signer->public_key()); !same) return same.error();

  std::string reasons;
  const auto before = parts_.ledger.last_good(agent_.id, agent_.registrar.id);
  if (!before) return before.error();
  if (*before) {
    const auto former = read_manifest((*before)->manifest);
    if (!former) return former.error();
    for (const std::string& reason : drift(former->facts.quality, manifest->facts.quality, agent_.drift))
      reasons += (reasons.empty() ? "" : "; ") + reason;
  }
  const DepositState end = reasons.empty() ? DepositState::verified : DepositState::held;
  if (auto moved = move(end, {.manifest = text, .reason = reasons}); !moved) return moved.error();
  auto row = parts_.ledger.find(entry.id);
  if (!row) return row.error();
  if (!*row) return make_error(Errc::damaged, "the ledger lost a deposit that was just made");
  return std::move(**row);
}

Expected<DepositEntry> DepositMaker::write_with_threads(const DepositEntry& entry, const fs::path& directory,
                                                        const Request& request, const std::optional<DepositBase>& base) try {
  return write(entry, directory, request, base);
} catch (const std::system_error& failure) {  // of std::thread: all else is an Error
  return make_error(Errc::unavailable,
                    std::string("a deposit needs a few threads, and there is none to be had: ") + failure.what(),
                    "look at the limits of processes (TasksMax, ulimit -u); it can be made again");
}

Expected<std::optional<DepositBase>> DepositMaker::base_for(DepositKind kind, std::chrono::sys_days date, UtcTime now) {
  if (kind == DepositKind::full) return std::optional<DepositBase>();
  const auto rows = parts_.ledger.list(agent_.id, rows_searched);
  if (!rows) return rows.error();
  return find_base(agent_, kind, date, now, *rows);
}

/// A restore takes the latest date for the newest data. Today's beneath an earlier date would be overlaid by older ones.
Expected<void> DepositMaker::check_resend(DepositKind kind, std::chrono::sys_days date, UtcTime now) {
  const auto rows = parts_.ledger.list(agent_.id, rows_searched);
  if (!rows) return rows.error();
  const auto revision = std::ranges::find_if(*rows, [&](const DepositEntry& row) {
    return row.registrar == agent_.registrar.id && row.kind == kind && row.date == date && is_taken(row.state);
  });
  if (revision != rows->end())
    return make_error(Errc::conflict,
                      "deposit " + std::to_string(revision->id) + ", revision " + std::to_string(revision->revision) +
                          " of that date, is " + std::string(to_string(revision->state)) + ": nobody asked for another one",
                      "if the agent has refused or missed it too, note that first: `regdata deposit verdict`");
  const auto later = std::ranges::find_if(*rows, [&](const DepositEntry& row) {
    return row.registrar == agent_.registrar.id && row.date > date && is_taken(row.state) &&
           row.watermark <= now + clock_slack;  // one of the future is in nobody's way
  });
  const auto unknown = left_unknown(agent_.directory, agent_.id, *rows, [&](const DepositEntry& one) {
    const bool is_later = one.date > date && one.date <= std::chrono::floor<std::chrono::days>(now + clock_slack);
    return is_later || (one.date == date && one.kind == kind && one.revision > 0);
  });
  if (!unknown) return unknown.error();
  if (later == rows->end() && !unknown->empty())
    return make_error(
        Errc::conflict,
        directory_name(unknown->front()) +
            " lies here and has left, or began to, and the ledger, which may be an older one, does not know what became of it",
        "`regdata deposit make` makes a full one of today, which takes the place of all before");
  if (later == rows->end()) return {};
  return make_error(Errc::conflict,
                    "deposit " + std::to_string(later->id) + " of " + date_text(later->date) +
                        " has left since: data of today under an earlier date would pass for older than that",
                    "`regdata deposit make` makes a full one of today, which takes the place of all before");
}

const DepositEntry* DepositMaker::of_another_kind(const std::vector<DepositEntry>& rows, DepositKind kind,
                                                  std::chrono::sys_days date) const {
  if (agent_.plan.is_document) return nullptr;  // its names have the kind in them
  const auto found = std::ranges::find_if(rows, [&](const DepositEntry& row) {
    return row.kind != kind && row.date == date && row.registrar == agent_.registrar.id && row.state != DepositState::failed;
  });
  return found == rows.end() ? nullptr : &*found;
}

Expected<DepositEntry> DepositMaker::make(const Request& request) {
  if (auto may = check_transfer(agent_); !may) return may.error();
  const auto lock = AgentLock::take(agent_.directory);
  if (!lock) return lock.error();
  if (auto swept = DepositSweep(parts_.ledger, agent_, parts_.clock, request.tell).run(); !swept) return swept.error();
  const UtcTime now = std::chrono::floor<std::chrono::seconds>(parts_.clock());
  const auto known = parts_.ledger.list(agent_.id, rows_known);  // planning a row anew forgets its manifest
  if (!known) return known.error();
  if (auto mounted = check_mounted(agent_.directory, *known); !mounted) return mounted.error();
  if (request.kind == DepositKind::differential && !agent_.plan.is_document)
    return make_error(Errc::usage, "ICANN's specifications know no differential deposits", "incremental");
  if (request.date && agent_.plan.is_document)
    return make_error(Errc::usage, "the date of a deposit by RFC 9022 is that of what it shows, which is now",
                      "make one of today");
  if (request.date)
    if (auto may = check_resend(request.kind, *request.date, now); !may) return may.error();
  const std::chrono::sys_days date = request.date.value_or(std::chrono::floor<std::chrono::days>(now));
  auto base = base_for(request.kind, date, now);
  if (!base) return base.error();
  if (request.kind != DepositKind::full && !*base && !request.due)
    return make_error(Errc::not_found,
                      "agent " + agent_.id +
                          " has no deposit that this could be the difference to: sent by us, not refused, of "
                          "the same form, with its list of objects, and nothing that left since is unknown to the ledger",
                      "set `between` in [[escrow_agent]], so that deposits keep a list, and make a full one");
  DepositKind kind = *base ? request.kind : DepositKind::full;
  if (const DepositEntry* other = of_another_kind(*known, kind, date)) {
    if (!request.due || other->kind != DepositKind::full)
      return make_error(Errc::conflict,
                        "agent " + agent_.id + " has a deposit of this date of another kind, number " +
                            std::to_string(other->id) + ": names of files of ICANN's specifications do not tell them apart",
                        "make it on another day");
    kind = DepositKind::full;  // the next revision of it serves as well
    base->reset();
  }
  const auto unknown = left_unknown(agent_.directory, agent_.id, *known, [&](const DepositEntry& one) {
    return one.date == date && (one.kind == kind || !agent_.plan.is_document);
  });
  if (!unknown) return unknown.error();
  std::uint32_t least_revision = 0;
  for (const DepositEntry& one : *unknown) {
    if (one.kind != kind)
      return make_error(Errc::conflict,
                        directory_name(one) +
                            " lies here, is of this date and another kind, and has left, or began to: the ledger, which may be "
                            "an older one, does "
                            "not know so, and names of files of ICANN's specifications do not tell them apart",
                        "make it on another day");
    least_revision = std::max(least_revision, one.revision + 1);
  }
  // whoever has taken the mark away does not want the agent to get another content under the same name
  const auto forgotten = without_row(agent_.directory, agent_.id, *known);
  if (!forgotten) return forgotten.error();
  for (const DepositEntry& one : *forgotten)
    if (one.date == date && one.kind == kind) least_revision = std::max(least_revision, one.revision + 1);
  auto entry = parts_.ledger.plan({.agent = agent_.id,
                                   .registrar = agent_.registrar.id,
                                   .kind = kind,
                                   .watermark = now,
                                   .date = date,
                                   .due = request.due,
                                   .again = request.again,
                                   .least_revision = least_revision},
                                  now);
  if (!entry) return entry;
  sealing_.now = now;
  return make_planned(*entry, request, *base, *known);
}

Expected<DepositEntry> DepositMaker::make_planned(const DepositEntry& entry, const Request& request,
                                                  const std::optional<DepositBase>& base,
                                                  const std::vector<DepositEntry>& known) {
  const fs::path directory = agent_.directory / directory_name(entry);
  const bool takes_a_place = std::ranges::any_of(
      known, [&](const DepositEntry& row) { return row.id == entry.id && row.state == DepositState::verified; });
  const fs::path standing = standing_directory(agent_.directory, entry);
  auto place = takes_a_place ? stand_aside(directory, standing, known) : Expected<void>();
  if (place) place = fresh_directory(directory, known, request.tell);
  auto made = place ? write_with_threads(entry, directory, request, base) : Expected<DepositEntry>(place.error());
  const auto row = made ? Expected<std::optional<DepositEntry>>(*made) : parts_.ledger.find(entry.id);
  const bool is_unmade = row && *row && ((*row)->state == DepositState::planned || (*row)->state == DepositState::written);
  const auto clear = [&](const fs::path& where, const fs::path& own) {
    // the first error matters more than this one
    if (const auto cleared = clear_place(where, own, known, request.tell); !cleared && request.tell)
      request.tell("a deposit that is not wanted could not be removed: " + cleared.error().context);
  };
  if (!is_unmade) {
    if (made) clear(standing, directory);
    return made;
  }
  // what was good stands again, unless what is in it may not leave any more; else nothing may be taken for a deposit
  if (takes_a_place && made.error().code != Errc::refused) {
    const auto stands = DepositSweep(parts_.ledger, agent_, parts_.clock, request.tell).stand_again(**row, known);
    // what stood may be back in its place already, and the ledger out of reach: the next sweep settles it
    if (!stands || *stands) return made;
  }
  const auto fail = [&](const DepositEntry& unmade) {
    static_cast<void>(
        parts_.ledger.advance(unmade.id, unmade.state, DepositState::failed, {.reason = made.error().context}, parts_.clock()));
  };
  clear(standing, directory);
  if (place) {  // else what lies there is not ours
    std::error_code ignored;
    fs::remove_all(directory, ignored);
  }
  fail(**row);
  if (made.error().code == Errc::refused)
    for (const DepositEntry& former : known)
      if (is_waiting_revision(former, entry)) {
        const fs::path own = agent_.directory / directory_name(former);
        clear(own, own);
        fail(former);
      }
  return made;
}

}  // namespace regdata::escrow
