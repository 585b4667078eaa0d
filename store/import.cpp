#include "store/import.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "store/import_batches.hpp"
#include "store/import_order.hpp"
#include "store/import_rejects.hpp"

namespace regdata::store {
namespace {

/// True for errors that only the lines of this transaction can have caused; the others stop the import.
bool is_of_line(const Error& error) {
  switch (error.code) {
    case Errc::invalid:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::refused:
    case Errc::damaged:      // of one contact: the others are still to be written
    case Errc::key_missing:  // likewise
      return true;
    default:
      return false;
  }
}

/// One damaged row costs the lines that need it. When none of so many lines goes in, the store itself is damaged.
constexpr std::size_t failures_of_store = 20;

constexpr std::string_view contact_prefix = "contact ";

std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

/// True where the put states the contact itself, and not its handle alone.
bool states(const RegistrationPut& put, std::string_view handle) {
  return std::any_of(put.contacts.begin(), put.contacts.end(),
                     [&](const Contact& contact) { return contact.handle == handle; });
}

/// The writing side: takes batches and keeps the account.
class Importer {
 public:
  Importer(RegistrationStore& store, const ImportOptions& options, const ImportHooks& hooks, const Clock& clock,
           RejectsFile rejects)
      : store_(store), options_(options), hooks_(hooks), clock_(clock), rejects_(std::move(rejects)) {}

  Expected<void> take(ImportBatch batch);
  ImportReport report;

 private:
  struct Puts {
    std::vector<RegistrationPut> puts;
    std::vector<std::uint64_t> lines;
  };
  Expected<void> write(std::vector<ImportItem> items);
  Expected<void> put(Puts puts);
  Expected<void> end(const ImportItem& item, const RegistrationEnd& end);
  Expected<bool> is_old_news(const ImportItem& item, const RegistrationEnd& end);
  Expected<void> compare(const ImportItem& item);
  RegistrationPut with_earlier_contacts(RegistrationPut put) const;
  Expected<void> compare_end(const ImportItem& item, const RegistrationEnd& end);
  void tell(const DomainName& name, const std::vector<Difference>& differences);
  void count(PutOutcome outcome);
  void reject(std::uint64_t line, const DomainName& name, const Error& error);
  Expected<void> write_rejected();

  RegistrationStore& store_;
  const ImportOptions& options_;
  const ImportHooks& hooks_;
  const Clock& clock_;
  RejectsFile rejects_;
  std::vector<RejectedLine> rejected_;  ///< of the batch at hand
  std::size_t failed_in_a_row_ = 0;     ///< lines that the store could not take for its own sake
  /// Dry run only: names, and "contact HANDLE", that this file brings and the store does not hold.
  std::unordered_set<std::size_t> brought_;  ///< their hashes: memory for two million is 80 MiB
};

Expected<void> Importer::take(ImportBatch batch) {
  rejected_ = std::move(batch.rejected);
  report.lines += batch.lines;
  for (std::size_t i = 0; i < import_warning_count; ++i) report.warnings[i] += batch.warnings[i];
  if (options_.dry_run) {
    for (const auto& item : batch.items) {
      if (auto done = compare(item); !done) return done;
    }
  } else if (auto done = write(std::move(batch.items)); !done) {
    return done;
  }
  return write_rejected();
}

/// Puts that stand together go in one transaction; an end keeps its place among them.
Expected<void> Importer::write(std::vector<ImportItem> items) {
  Puts puts;
  for (auto& item : items) {
    if (auto* one = std::get_if<RegistrationPut>(&item.request)) {
      puts.puts.push_back(std::move(*one));
      puts.lines.push_back(item.line);
      continue;
    }
    if (auto done = put(std::exchange(puts, {})); !done) return done;
    if (auto done = end(item, std::get<RegistrationEnd>(item.request)); !done) return done;
  }
  return put(std::move(puts));
}

/// All or none is the store's rule; one bad line must not keep the others out, so what fails is halved until it is alone.
Expected<void> Importer::put(Puts puts) {
  if (puts.puts.empty()) return {};
  const auto outcomes = store_.put(puts.puts, options_.source_label, clock_());
  if (outcomes) {
    for (const PutOutcome outcome : *outcomes) count(outcome);
    failed_in_a_row_ = 0;
    return {};
  }
  if (!is_of_line(outcomes.error())) return outcomes.error();
  if (puts.puts.size() == 1) {
    const bool of_store = outcomes.error().code == Errc::damaged || outcomes.error().code == Errc::key_missing;
    failed_in_a_row_ = of_store ? failed_in_a_row_ + 1 : 0;
    if (failed_in_a_row_ == failures_of_store) return outcomes.error();
    reject(puts.lines.front(), puts.puts.front().registration.name, outcomes.error());
    return {};
  }
  const auto half = static_cast<std::ptrdiff_t>(puts.puts.size() / 2);
  Puts second;
  std::move(puts.puts.begin() + half, puts.puts.end(), std::back_inserter(second.puts));
  second.lines.assign(puts.lines.begin() + half, puts.lines.end());
  puts.puts.erase(puts.puts.begin() + half, puts.puts.end());
  puts.lines.resize(puts.puts.size());
  if (auto done = put(std::move(puts)); !done) return done;
  return put(std::move(second));
}

/// The file speaks of the name again behind this end. Then it is news only for a sponsorship that was stated before it: to end
/// the one that comes behind, to begin it again at once, would be written each time the file is imported.
Expected<bool> Importer::is_old_news(const ImportItem& item, const RegistrationEnd& end) {
  if (!item.superseded_by) return false;
  if (*item.superseded_by <= end.ended.at) return true;  // the store would believe the end more, and the file says otherwise
  const auto held = store_.find(end.name);
  if (!held) return held.error();
  if (!*held) return false;
  const Registration& registration = (*held)->registration;
  return registration.ended || registration.provenance.as_of > end.ended.at;
}

Expected<void> Importer::end(const ImportItem& item, const RegistrationEnd& end) {
  const auto old = is_old_news(item, end);
  if (!old) return old.error();
  if (*old) {
    ++report.unchanged;
    return {};
  }
  const auto outcome = store_.end(end.name, end.ended, options_.source_label, clock_());
  if (!outcome && !is_of_line(outcome.error())) return outcome.error();
  if (!outcome) {
    reject(item.line, end.name, outcome.error());
  } else {
    ++(*outcome == PutOutcome::unchanged ? report.unchanged : report.ended);
  }
  return {};
}

Expected<void> Importer::compare(const ImportItem& item) {
  if (const auto* end = std::get_if<RegistrationEnd>(&item.request)) return compare_end(item, *end);
  const auto& put = std::get<RegistrationPut>(item.request);
  auto differences = store_.difference(with_earlier_contacts(put));
  if (!differences && !is_of_line(differences.error())) return differences.error();
  if (!differences) {
    reject(item.line, put.registration.name, differences.error());
    return {};
  }
  const auto is_earlier = [&](const Difference& one) {
    return one.object.starts_with(contact_prefix) && one.what == "added" && one.element == "contact" &&
           brought_.contains(hash_of(one.object)) && !states(put, std::string_view(one.object).substr(contact_prefix.size()));
  };
  std::erase_if(*differences, is_earlier);
  bool added = false;
  bool changed = false;
  for (const auto& one : *differences) {
    const bool whole = one.what == "added" && (one.element == "registration" || one.element == "contact");
    if (whole) brought_.insert(hash_of(one.object == "domain" ? put.registration.name.ascii() : one.object));
    added = added || (whole && one.object == "domain");
    changed = changed || !one.what.starts_with("kept");  // from a source that is believed more
  }
  count(added ? PutOutcome::added : changed ? PutOutcome::changed : PutOutcome::unchanged);
  tell(put.registration.name, *differences);
  return {};
}

/// A dry run writes nothing, so the store cannot know a contact that an earlier line of this file brings: an empty one stands
/// in for it.
RegistrationPut Importer::with_earlier_contacts(RegistrationPut put) const {
  for (const Role role : all_roles) {
    const std::string& handle = handle_of(put.registration, role);
    if (handle.empty() || states(put, handle) || !brought_.contains(hash_of(std::string(contact_prefix) + handle))) continue;
    Contact& contact = put.contacts.emplace_back();
    contact.handle = handle;
    contact.provenance = put.registration.provenance;
  }
  return put;
}

Expected<void> Importer::compare_end(const ImportItem& item, const RegistrationEnd& end) {
  const auto held = store_.find(end.name);
  if (!held) return held.error();
  const auto old = is_old_news(item, end);
  if (!old) return old.error();
  const bool has_ended = *held && (*held)->registration.ended && (*held)->registration.ended->reason == end.ended.reason;
  if (*old || has_ended) {
    ++report.unchanged;
  } else if (!*held && !brought_.contains(hash_of(end.name.ascii()))) {
    reject(item.line, end.name, make_error(Errc::not_found, "the name is not held"));
  } else {
    ++report.ended;
    tell(end.name, {{"domain", "ended", "added"}});
  }
  return {};
}

void Importer::tell(const DomainName& name, const std::vector<Difference>& differences) {
  if (hooks_.difference && !differences.empty()) hooks_.difference(name, differences);
}

void Importer::count(PutOutcome outcome) {
  switch (outcome) {
    case PutOutcome::unchanged:
      ++report.unchanged;
      break;
    case PutOutcome::added:
      ++report.added;
      break;
    case PutOutcome::changed:
      ++report.changed;
      break;
  }
}

void Importer::reject(std::uint64_t line, const DomainName& name, const Error& error) {
  rejected_.push_back({line, name.ascii(), {{{}, error.context, error.hint}}});
}

Expected<void> Importer::write_rejected() {
  std::sort(rejected_.begin(), rejected_.end(), [](const RejectedLine& a, const RejectedLine& b) { return a.line < b.line; });
  for (const auto& line : rejected_) {
    ++report.rejected;
    if (hooks_.rejected) hooks_.rejected(line);
    if (auto done = rejects_.write(line); !done) return done;
  }
  rejected_.clear();
  return {};
}

/// In the system's words; empty: it can be read.
std::string why_unreadable(const std::filesystem::path& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) return "it is a directory";
  if (::access(path.c_str(), R_OK) == 0) return {};
  return std::generic_category().message(errno);
}

Expected<std::string> read_mapping(const std::filesystem::path& path) {
  if (path.empty()) return make_error(Errc::usage, "a CSV file needs a column mapping", "docs/import.md shows one");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (const std::string why = why_unreadable(path); !why.empty() || !file)
    return make_error(Errc::not_found, "the column mapping cannot be read: " + path.string() + ": " + why,
                      "a TOML file; docs/import.md shows one");
  return std::move(text).str();
}

Expected<std::unique_ptr<BatchReader>> make_reader(std::istream& input, const ImportContext& context,
                                                   const ImportOptions& options) {
  if (options.format == ImportFormat::json_lines) {
    return std::unique_ptr<BatchReader>(std::make_unique<JsonBatchReader>(input, context, options.batch));
  }
  if (options.format != ImportFormat::csv) return make_error(Errc::usage, "the format of the file is not stated");
  const auto text = read_mapping(options.mapping);
  if (!text) return text.error();
  auto mapping = CsvMapping::parse(*text);
  if (!mapping)
    return Error{mapping.error().code, options.mapping.string() + ": " + mapping.error().context, mapping.error().hint};
  return std::unique_ptr<BatchReader>(std::make_unique<CsvBatchReader>(input, context, options.batch, std::move(*mapping)));
}

/// What a first pass over the file found out.
struct Order {
  std::optional<LastStatements> last;  ///< empty: every line may be taken as it comes
  bool pipe = false;
  bool interrupted = false;
};

/// Reads the whole file once and goes back to where it began. Into an empty store nothing can be written twice: there the lines
/// may come as they are.
Expected<Order> look_ahead(RegistrationStore& store, std::istream& input, std::uint64_t bytes_total,
                           const ImportContext& context, const ImportOptions& options, const ImportHooks& hooks) {
  Order order;
  const auto sequence = store.last_sequence();
  if (!sequence) return sequence.error();
  if (*sequence == 0) return order;
  const auto begin = input.tellg();
  if (begin == std::istream::pos_type(-1)) {
    input.clear();
    order.pipe = true;
    return order;
  }
  auto reader = make_reader(input, context, options);
  if (!reader) return reader.error();
  if (auto begun = (*reader)->begin(); !begun) return begun.error();
  order.last.emplace();
  {
    BatchQueue queue(**reader);
    for (bool last = false; !last && !order.interrupted;) {
      auto batch = queue.take();
      if (!batch) return batch.error();
      for (const ImportItem& item : batch->items) order.last->note(item);
      last = batch->last;
      const ImportProgress progress{batch->bytes, bytes_total, 0, 0, true};
      order.interrupted = hooks.progress && !hooks.progress(progress);
    }
  }
  input.clear();
  input.seekg(begin);
  if (!input) return make_error(Errc::unavailable, "the file cannot be read a second time");
  return order;
}

ImportFormat format_of(const std::filesystem::path& file) {
  const auto extension = file.extension();
  if (extension == ".jsonl" || extension == ".ndjson") return ImportFormat::json_lines;
  return extension == ".csv" ? ImportFormat::csv : ImportFormat::by_extension;
}

}  // namespace

Expected<ImportReport> import_file(RegistrationStore& store, const Catalog& catalog, const std::filesystem::path& file,
                                   const ImportOptions& options, const ImportHooks& hooks, const Clock& clock) {
  ImportOptions known = options;
  if (const std::string why = why_unreadable(file); !why.empty())
    return make_error(Errc::not_found, "the file cannot be opened: " + file.string() + ": " + why);
  if (known.format == ImportFormat::by_extension) known.format = format_of(file);
  if (known.format == ImportFormat::by_extension) {
    return make_error(Errc::usage, "the file's name ends neither in .jsonl, .ndjson nor in .csv",
                      "say what is in it: --format jsonl or --format csv");
  }
  std::ifstream input(file, std::ios::binary);
  std::error_code missing;
  const auto size = std::filesystem::file_size(file, missing);
  return import_stream(store, catalog, input, missing ? 0 : size, known, hooks, clock);
}

Expected<ImportReport> import_stream(RegistrationStore& store, const Catalog& catalog, std::istream& input,
                                     std::uint64_t bytes_total, const ImportOptions& options, const ImportHooks& hooks,
                                     const Clock& clock) {
  auto rejects = RejectsFile::at(options.rejects);
  if (!rejects) return rejects.error();
  const UtcTime now = clock();
  const ImportContext context{catalog, Provenance{options.source_class, options.source_label, now}, now};
  const auto order = look_ahead(store, input, bytes_total, context, options, hooks);
  if (!order) return order.error();
  auto reader = make_reader(input, context, options);
  if (!reader) return reader.error();
  if (auto begun = (*reader)->begin(); !begun) return begun.error();
  Importer importer(store, options, hooks, clock, std::move(*rejects));
  importer.report.notes = (*reader)->notes();
  if (order->pipe) importer.report.notes.push_back("a pipe is read once: what it states twice is written each time");
  importer.report.interrupted = order->interrupted;
  if (order->interrupted) return std::move(importer.report);
  BatchQueue queue(**reader);
  bool last = false;
  while (!last && !importer.report.interrupted) {
    auto batch = queue.take();
    if (!batch) return batch.error();
    if (order->last) {
      for (ImportItem& item : batch->items) order->last->mark(item);
    }
    last = batch->last;
    const std::uint64_t bytes = batch->bytes;
    if (auto done = importer.take(std::move(*batch)); !done) return done.error();
    const ImportProgress progress{bytes, bytes_total, importer.report.lines, importer.report.rejected};
    importer.report.interrupted = hooks.progress && !hooks.progress(progress) && !last;
  }
  return std::move(importer.report);
}

}  // namespace regdata::store
