#include "escrow/verdict_box.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "escrow/deposit_copies.hpp"
#include "escrow/manifest.hpp"
#include "escrow/part_file.hpp"
#include "escrow/part_name.hpp"
#include "escrow/rde_writer.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_verdict = 1U << 20;

Expected<void> move_to(const fs::path& file, const char* where) {
  const fs::path directory = file.parent_path() / where;
  std::error_code failure;
  if (fs::create_directory(directory, failure)) fs::permissions(directory, fs::perms::owner_all, failure);
  if (failure) return file_error("make", directory, failure.value());
  fs::path to = directory / file.filename();
  for (unsigned number = 1; fs::exists(fs::symlink_status(to, failure)); ++number)
    to = directory / (file.filename().string() + "." + std::to_string(number));
  fs::rename(file, to, failure);
  if (failure) return file_error("move", file, failure.value());
  return sync_directory(directory);
}

Expected<Verdict> read_verdict(const fs::path& file, const VerdictBox& box) {
  const auto bytes = read_file(file, longest_verdict);
  if (!bytes) return bytes.error();
  std::string_view text = as_text(*bytes);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return make_error(Errc::invalid, "is empty");
  auto verdict = text[begin] == '<' ? read_notification(text.substr(begin)) : read_verdict_mail(text, box.mail, box.iana_id);
  if (verdict && verdict->iana_id != box.iana_id) return make_error(Errc::invalid, "is about another registrar");
  return verdict;
}

/// Whether the deposit's own identifier is the one that is told. Only a document by RFC 9022 has one: what a report says of
/// other deposits there is the agent's own. What never came cannot be known by it.
Expected<bool> is_of_id(const DepositEntry& row, const Verdict& verdict) {
  if (verdict.id.empty() || verdict.state == DepositState::missing) return true;
  const auto manifest = read_manifest(row.manifest);
  if (!manifest) return manifest.error();
  const std::string id = rde_id(*manifest);
  return id.empty() || id == verdict.id;
}

/// Whether an earlier revision than `found` may still wait for this word: it is not known what became of it, or that it was.
Expected<bool> may_be_of_earlier(const std::vector<DepositEntry>& rows, const DepositEntry& found, const Verdict& verdict) {
  std::uint32_t settled = 0;
  for (const DepositEntry& row : rows) {
    const bool is_earlier =
        row.registrar == found.registrar && row.date == found.date && row.kind == found.kind && row.revision < found.revision;
    if (!is_earlier) continue;
    // one that was good once may have left, and an older database been put back since
    const bool was_good = row.state == DepositState::failed && !row.manifest.empty();
    const bool waits = was_good || row.state == DepositState::verified || row.state == DepositState::sending ||
                       row.state == DepositState::sent;
    const auto of_id = waits && !row.manifest.empty() ? is_of_id(row, verdict) : Expected<bool>(waits);
    if (!of_id) return of_id.error();
    if (!*of_id) ++settled;
  }
  if (settled == found.revision) return false;
  if (verdict.id.empty() || found.manifest.empty()) return true;
  const auto manifest = read_manifest(found.manifest);
  if (!manifest) return manifest.error();
  return rde_id(*manifest) != verdict.id;
}

/// Whether it may be about one that left and of which the ledger, an older one, does not know so. `found`: the one that it
/// would be taken for.
Expected<bool> may_be_of_unknown(const std::vector<DepositEntry>& rows, const VerdictBox& box, const DepositEntry& found,
                                 const Verdict& verdict) {
  if (box.deposits.empty()) return false;
  if (auto mounted = check_mounted(box.deposits, rows); !mounted) return mounted.error();
  const auto unknown = left_unknown(box.deposits, box.agent, rows, [&](const DepositEntry& one) {
    return date_text(one.date) == verdict.date && (!verdict.kind || *verdict.kind == one.kind) &&
           (!verdict.revision || *verdict.revision == one.revision);
  });
  if (!unknown) return unknown.error();
  if (unknown->empty()) return false;
  if (verdict.id.empty() || found.manifest.empty()) return true;
  const auto manifest = read_manifest(found.manifest);
  if (!manifest) return manifest.error();
  return rde_id(*manifest) != verdict.id;
}

/// The deposit that it is about. Errc::not_found: none of that date, kind, revision and identifier has left. Errc::invalid: it
/// may be about deposits of several kinds or revisions.
Expected<DepositEntry> deposit_of(Ledger& ledger, const VerdictBox& box, const Verdict& verdict) {
  const auto rows = ledger.list(box.agent, std::numeric_limits<std::int64_t>::max());
  if (!rows) return rows.error();
  const DepositEntry* found = nullptr;
  bool any_of_date = false;
  for (const DepositEntry& row : *rows) {
    if (!has_left(row.state) || date_text(row.date) != verdict.date) continue;
    any_of_date = true;
    if (verdict.kind && row.kind != *verdict.kind) continue;
    if (verdict.revision && row.revision != *verdict.revision) continue;
    const auto of_id = is_of_id(row, verdict);
    if (!of_id) return of_id.error();
    if (!*of_id) continue;
    if (found != nullptr && found->kind != row.kind)
      return make_error(Errc::invalid,
                        "is about a deposit of " + verdict.date + ", and does not say which of those of several kinds");
    if (found == nullptr || row.revision > found->revision) found = &row;
  }
  if (found != nullptr) {
    const auto is_unknown = may_be_of_unknown(*rows, box, *found, verdict);
    if (!is_unknown) return is_unknown.error();
    if (*is_unknown)
      return make_error(Errc::invalid,
                        "may be about a deposit of " + verdict.date +
                            " that left before an older database was put back: ask the agent which one it means, "
                            "then `regdata deposit verdict` says it");
  }
  if (found != nullptr && !verdict.revision) {
    const auto is_open = may_be_of_earlier(*rows, *found, verdict);
    if (!is_open) return is_open.error();
    if (*is_open)
      return make_error(Errc::invalid, "is about a deposit of " + verdict.date +
                                           ", and does not say which of its revisions: ask the agent, then `regdata deposit "
                                           "verdict` says it");
  }
  if (found != nullptr) return *found;
  return make_error(Errc::not_found, "is about a deposit of " + verdict.date +
                                         (any_of_date ? ", and none of its kind, revision and identifier was sent"
                                                      : ", and none of that date was sent"));
}

/// What a verdict calls the files of a deposit, see Verdict::files.
struct FileWords {
  std::vector<std::string> contents;  ///< in order
  std::set<std::string> others;
};
FileWords words_of(const Manifest& manifest) {
  FileWords words;
  for (const PartFacts& part : manifest.facts.parts) {
    if (const auto name = part_name(part.file_name)) {
      words.contents.push_back(name->kind + "_" + std::to_string(name->part));
      words.others.insert("hash");
    } else {
      words.contents.push_back("S" + std::to_string(words.contents.size() + 1));
      words.others.insert(words.contents.back() + ".sig");
    }
  }
  return words;
}

/// Errc::invalid: it accepts some files, which is not yet the deposit, or some that are none of it.
Expected<void> check_whole(const DepositEntry& row, const Verdict& verdict) {
  if (verdict.state != DepositState::accepted || verdict.files.empty()) return {};
  const auto manifest = read_manifest(row.manifest);
  if (!manifest) return manifest.error();
  const FileWords words = words_of(*manifest);
  for (const std::string& named : verdict.files)
    if (std::ranges::find(words.contents, named) == words.contents.end() && !words.others.contains(named))
      return make_error(Errc::invalid, "accepts a file that the deposit does not have" +
                                           (named.starts_with('?') ? std::string() : ": " + named));
  for (const std::string& word : words.contents)
    if (!verdict.files.contains(word))
      return make_error(Errc::invalid, "accepts some files of the deposit, and does not name file " + word);
  return {};
}

/// When the file came to be what it is.
Expected<UtcTime> written_at(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return file_error("look at", file, errno);
  const auto time = [](const timespec& at) {
    return UtcTime(std::chrono::milliseconds(at.tv_sec * 1000 + at.tv_nsec / 1'000'000));
  };
  return std::min(time(status.st_mtim), time(status.st_ctim));
}

/// Errc::conflict: the file is older than what is known of the deposit: it was taken already and could not be moved away, or a
/// person has spoken since, or this revision was sent behind it. What was said in this same collection, at `now`, is not older.
Expected<void> check_news(Ledger& ledger, const DepositEntry& row, const fs::path& file, UtcTime now) {
  const auto written = written_at(file);
  if (!written) return written.error();
  const auto history = ledger.history(row.id);
  if (!history) return history.error();
  const auto first_sent = std::ranges::find(*history, DepositState::sending, &DepositEvent::state);
  const bool was_sent_since = first_sent != history->end() && first_sent->at > *written && first_sent->at < now;
  const bool is_known_since = std::ranges::any_of(*history, [&](const DepositEvent& event) {
    const bool is_verdict =
        event.state == DepositState::accepted || event.state == DepositState::rejected || event.state == DepositState::missing;
    return is_verdict && event.at >= *written && event.at < now;
  });
  if (!was_sent_since && !is_known_since) return {};
  return make_error(Errc::conflict, "is older than what is known of deposit " + std::to_string(row.id) + ", which is " +
                                        std::string(to_string(row.state)) + "; to have it taken all the same, `touch` it");
}

Expected<CollectedVerdict> take(Ledger& ledger, const VerdictBox& box, const fs::path& file, const Verdict& verdict,
                                UtcTime now) {
  const auto deposit = deposit_of(ledger, box, verdict);
  if (!deposit) return deposit.error();
  if (auto whole = check_whole(*deposit, verdict); !whole) return whole.error();
  if (auto news = check_news(ledger, *deposit, file, now); !news) return news.error();
  if (deposit->state != verdict.state)
    if (auto moved = ledger.advance(deposit->id, deposit->state, verdict.state, {.reason = verdict.reason}, now); !moved)
      return moved.error();
  return CollectedVerdict{.file = file.filename().string(), .deposit = deposit->id, .state = verdict.state, .why = {}};
}

/// Files that lie in the folder, the oldest first: the last word is the one that stands.
Expected<std::vector<fs::path>> files_by_age(const fs::path& directory) {
  std::vector<std::pair<UtcTime, fs::path>> files;
  std::error_code failure;
  for (auto item = fs::directory_iterator(directory, failure); !failure && item != fs::directory_iterator();
       item.increment(failure)) {
    if (!item->is_regular_file(failure) || item->path().filename().string().starts_with(".")) continue;
    const auto written = written_at(item->path());  // one that went meanwhile is told when it is read
    files.emplace_back(written ? *written : UtcTime{}, item->path());
  }
  if (failure) return file_error("read", directory, failure.value());
  std::ranges::sort(files);
  std::vector<fs::path> sorted;
  sorted.reserve(files.size());
  for (auto& [written, file] : files) sorted.push_back(std::move(file));
  return sorted;
}

}  // namespace

Expected<std::vector<CollectedVerdict>> collect_verdicts(Ledger& ledger, const VerdictBox& box, UtcTime now) {
  const auto files = files_by_age(box.directory);
  if (!files) return files.error();
  std::vector<CollectedVerdict> collected;
  for (const fs::path& file : *files) {
    const auto put_aside = [&](const Error& why) {
      collected.push_back({.file = file.filename().string(), .deposit = 0, .state = DepositState::missing, .why = why.context});
    };
    const auto verdict = read_verdict(file, box);
    if (!verdict && verdict.error().code == Errc::unavailable) {  // it cannot be read: it stays, and is in nobody's way
      put_aside(verdict.error());
      collected.back().trouble = verdict.error();
      continue;
    }
    auto taken = verdict ? take(ledger, box, file, *verdict, now) : Expected<CollectedVerdict>(verdict.error());
    // what is out of reach for now is no fault of the file
    if (!taken && taken.error().code == Errc::unavailable) return taken.error();
    const auto moved = move_to(file, taken ? "taken" : "not-taken");
    if (taken)
      collected.push_back(std::move(*taken));
    else
      put_aside(taken.error());
    if (!moved) collected.back().trouble = moved.error();
  }
  return collected;
}

}  // namespace regdata::escrow
