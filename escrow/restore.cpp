#include "escrow/restore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "escrow/contact_row_reader.hpp"
#include "escrow/csv.hpp"
#include "escrow/first_line.hpp"
#include "escrow/hash_file.hpp"
#include "escrow/measure.hpp"
#include "escrow/part_file.hpp"
#include "escrow/part_name.hpp"
#include "escrow/restore_batches.hpp"
#include "escrow/row_digest.hpp"
#include "escrow/row_reader.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_hash_file = 1U << 20;

/// Of a header line: no name of a column has one of these characters in it.
CsvDialect dialect_of(std::string_view line) {
  CsvDialect dialect;
  if (line.ends_with('\r')) dialect.crlf = true;
  for (const char separator : {',', ';', '\t', '|'}) {
    if (line.find(separator) == std::string_view::npos) continue;
    dialect.separator = separator;
    break;
  }
  return dialect;
}

/// The files of one table of a deposit: the first of them begins with the header.
template <class Reader>
struct TableFiles {
  std::optional<Reader> reader;
  std::vector<std::string> header;
};

class Restoring {
 public:
  Restoring(RegistrationStore& into, const Catalog& catalog, const OpeningKeys& keys, const RestoreHooks& hooks, UtcTime now)
      : store_(into),
        catalog_(catalog),
        keys_(keys),
        rules_(rules_of_comparison),
        now_(now),
        batches_(into, hooks, report, now) {
    rules_.street_separator = hooks.street_separator;
  }

  /// The newest first.
  Expected<void> deposits(const std::vector<DepositFiles>& all);
  Expected<void> prove();
  RestoreReport report;

 private:
  using Fields = std::vector<std::string>;
  using Digests = std::map<std::string, Digest>;  ///< of files, by the name of their content

  Expected<void> file(const fs::path& path);
  Expected<void> check_hashes(const fs::path& hash_file, const Digests& digests);
  /// Whether a newer deposit has a row of this name or handle.
  bool is_superseded(const Fields& fields, const std::vector<Column>& columns);
  /// Makes the readers where the record is a header line; false: it is one.
  Expected<bool> is_row(bool of_contacts, const Fields& fields, const fs::path& path, std::uint64_t record);
  template <class Reader>
  Expected<bool> is_row(TableFiles<Reader>& table, const Fields& fields, std::uint64_t record,
                        Expected<Reader> (Restoring::*begin)(const Fields&, const fs::path&), const fs::path& path);
  Expected<RowReader> begin_registrations(const Fields& header, const fs::path& path);
  Expected<ContactRowReader> begin_contacts(const Fields& header, const fs::path& path);

  Expected<void> registration_row(const Fields& fields, const fs::path& path, std::uint64_t record);
  Expected<void> contact_row(const Fields& fields, const fs::path& path, std::uint64_t record);
  const std::string& text_of(std::span<const std::string> fields);

  RegistrationStore& store_;
  const Catalog& catalog_;
  const OpeningKeys& keys_;
  RowRules rules_;
  UtcTime now_;
  RestoreBatches batches_;
  CsvDialect dialect_;
  bool dialect_due_ = true;  ///< the next file is a deposit's first of its kind
  TableFiles<RowReader> registrations_;
  TableFiles<ContactRowReader> contacts_;
  const DepositFiles* deposit_ = nullptr;              ///< in hand
  std::map<std::string, const DepositFiles*> newest_;  ///< of names and handles, as far as incremental deposits have them
  std::map<const DepositFiles*, Digests> digests_;
  CsvRecord record_{CsvDialect{}};
};

const std::string& Restoring::text_of(std::span<const std::string> fields) {
  record_.clear();
  for (const std::string& field : fields) record_.add(field);
  record_.end();
  return record_.text();
}

bool Restoring::is_superseded(const Fields& fields, const std::vector<Column>& columns) {
  if (deposit_->is_full && newest_.empty()) return false;
  const auto column = std::ranges::find_if(columns, [](const Column& one) {
    return one.source == ColumnSource::domain_name || one.source == ColumnSource::own_handle;
  });
  const std::string key = std::string(column->name) + " " + fields[static_cast<std::size_t>(column - columns.begin())];
  if (deposit_->is_full) return newest_.contains(key);
  return newest_.emplace(key, deposit_).first->second != deposit_;
}

Expected<void> Restoring::registration_row(const Fields& fields, const fs::path& path, std::uint64_t record) {
  if (is_superseded(fields, registrations_.reader->columns())) return {};
  ++report.rows;
  auto put = registrations_.reader->read(fields);
  if (put) return batches_.add(std::move(*put), {path.filename().string(), record, text_of(fields)});
  batches_.refuse(path.filename().string(), record, put.error());
  return {};
}

Expected<void> Restoring::contact_row(const Fields& fields, const fs::path& path, std::uint64_t record) {
  if (is_superseded(fields, contacts_.reader->columns())) return {};
  auto contact = contacts_.reader->read(fields);
  if (!contact) {
    batches_.refuse(path.filename().string(), record, contact.error());
    return {};
  }
  if (!service_of_handle(contact->handle).empty()) return {};  // configuration describes it
  return batches_.add(std::move(*contact), text_of(fields));
}

Expected<RowReader> Restoring::begin_registrations(const Fields& header, const fs::path& path) {
  const auto name = part_name(path);
  const auto ours = std::ranges::find_if(
      catalog_.registrars, [&](const Registrar& one) { return name && std::to_string(one.iana_id) == name->iana; });
  const bool told = ours != catalog_.registrars.end();
  const bool only = catalog_.registrars.size() == 1;
  auto reader = RowReader::for_header(
      header, {.catalog = &catalog_,
               .provenance = {.source_class = SourceClass::csv, .source = "restore", .as_of = as_of(path, now_)},
               .registrar = told   ? ours->id
                            : only ? catalog_.registrars.front().id
                                   : std::string(),
               .rules = rules_});
  if (reader) report.columns = reader->columns();
  return reader;
}

Expected<ContactRowReader> Restoring::begin_contacts(const Fields& header, const fs::path& path) {
  if (registrations_.reader)
    return make_error(Errc::usage, "is a handle file, and stands behind one with names", "give handle files first");
  auto reader = ContactRowReader::for_header(
      header, catalog_, {.source_class = SourceClass::csv, .source = "restore", .as_of = as_of(path, now_)}, rules_);
  if (reader) report.contact_columns = reader->columns();
  return reader;
}

template <class Reader>
Expected<bool> Restoring::is_row(TableFiles<Reader>& table, const Fields& fields, std::uint64_t record,
                                 Expected<Reader> (Restoring::*begin)(const Fields&, const fs::path&), const fs::path& path) {
  if (!table.reader) {
    if (!table.header.empty() && table.header != fields)
      return make_error(Errc::invalid, "its columns are others than those of the deposit after it");
    auto reader = (this->*begin)(fields, path);
    if (!reader) return reader.error();
    table.reader = std::move(*reader);
    table.header = fields;
    return false;
  }
  if (record == 1 && fields == table.header) return false;  // each part may have it
  if (fields.size() != table.header.size())
    return make_error(Errc::damaged, fmt::format("record {}: another number of columns", record));
  return true;
}

Expected<bool> Restoring::is_row(bool of_contacts, const Fields& fields, const fs::path& path, std::uint64_t record) {
  return of_contacts ? is_row(contacts_, fields, record, &Restoring::begin_contacts, path)
                     : is_row(registrations_, fields, record, &Restoring::begin_registrations, path);
}

Expected<void> Restoring::file(const fs::path& path) {
  const auto opened = ContentFile::open(path, keys_);
  if (!opened) return opened.error();
  const auto where = [&](const Error& error) {
    return Error{error.code, path.filename().string() + ": " + error.context, error.hint};
  };
  MeasuringSource measured((*opened)->content());
  auto source = WithFirstLine::read(measured);
  if (!source) return where(source.error());
  if (std::exchange(dialect_due_, false)) dialect_ = dialect_of(source->line());
  CsvRecords records(*source, dialect_);
  const auto name = part_name(path);
  bool of_contacts = name && name->kind == "hdl";
  Fields fields;
  while (true) {
    const auto more = records.next(fields);
    if (!more) return where(more.error());
    if (!*more) break;
    if (!name && records.number() == 1) of_contacts = is_contact_header(fields);
    const auto row = is_row(of_contacts, fields, path, records.number());
    if (!row) return where(row.error());
    if (!*row) continue;
    auto taken = of_contacts ? contact_row(fields, path, records.number()) : registration_row(fields, path, records.number());
    if (!taken) return taken;
  }
  if (of_contacts)
    if (auto written = batches_.flush(); !written) return written;
  ++report.files;
  digests_[deposit_].emplace(content_name_of(path), measured.digest());
  const bool begun = of_contacts ? contacts_.reader.has_value() : registrations_.reader.has_value();
  return begun ? Expected<void>() : where(make_error(Errc::invalid, "is empty: it has no header line"));
}

Expected<void> Restoring::check_hashes(const fs::path& hash_file, const Digests& digests) {
  std::error_code failure;
  if (!fs::exists(hash_file, failure)) {
    report.hashes = false;
    return {};
  }
  const auto bytes = read_file(hash_file, longest_hash_file);
  if (!bytes) return bytes.error();
  const auto lines = read_hash_file(as_text(*bytes));
  if (!lines) return lines.error();
  std::set<std::string> matched;  // a line that is there twice stands for one file
  for (const HashLine& line : *lines) {
    auto found = digests.find(line.name);
    if (found == digests.end()) found = digests.find(line.name + ".csv");
    if (found == digests.end())
      return make_error(Errc::damaged,
                        fmt::format("{} is in the hash file, and was not given", fs::path(line.name).filename().string()),
                        "a deposit without one of its parts lacks names: give all of its files");
    if (found->second != line.digest)
      return make_error(Errc::damaged, found->first + ": its content is not what the hash file says");
    matched.insert(found->first);
  }
  if (matched.size() != digests.size()) return make_error(Errc::damaged, "a file that was given is not in the hash file");
  return {};
}

/// Handle files of all of them come first: registrations name handles.
Expected<void> Restoring::deposits(const std::vector<DepositFiles>& all) {
  for (const DepositFiles& one : all) {
    deposit_ = &one;
    dialect_due_ = true;
    contacts_.reader.reset();  // where its rows come from is another deposit
    for (const fs::path& path : one.contacts)
      if (auto done = file(path); !done) return done;
  }
  for (const DepositFiles& one : all) {
    deposit_ = &one;
    dialect_due_ = true;
    registrations_.reader.reset();
    for (const fs::path& path : one.names)
      if (auto done = file(path); !done) return done;
  }
  report.hashes = true;
  for (const DepositFiles& one : all) {
    const auto& files = one.names.empty() ? one.contacts : one.names;
    const fs::path hash_file = files.front().parent_path() / (one.deposit + "_hash.txt");
    if (auto held = check_hashes(hash_file, digests_[&one]); !held) return held;
  }
  for (const auto& [name, digest] : digests_[&all.front()]) report.digests.push_back(digest);
  return {};
}

/// The store is asked, not what was put into it.
Expected<void> Restoring::prove() {
  if (auto written = batches_.flush(); !written) return written;
  if (!registrations_.reader)
    return make_error(Errc::usage, "only handle files were given: the names are missing", "give all files of the deposit");
  RowDigest held{Digest{}};
  RowDigest held_contacts{Digest{}};
  Expected<void> told;
  std::uint64_t seen = 0;
  Fields fields;
  const auto go_on = [&] {
    if (++seen % RestoreBatches::batch_size == 0) told = batches_.tell_progress(seen);
    return told.has_value();
  };
  const auto registration = [&](const RegistrationData& data) {
    const Registrar* registrar = catalog_.registrar(data.registration.registrar);
    fields.clear();
    for (const Column& column : registrations_.reader->columns())
      fields.push_back(registrar == nullptr ? "" : column_text(column, data, *registrar, rules_));
    held.add(as_bytes(text_of(fields)));
    return go_on();
  };
  const auto contact = [&](const RoleContact& one) {
    fields.clear();
    for (const Column& column : contacts_.reader->columns()) fields.push_back(contact_column_text(column, one.contact, rules_));
    held_contacts.add(as_bytes(text_of(fields)));
    return go_on();
  };
  const auto walked = store_.read_snapshot([&](StoreSnapshot& snapshot) {
    auto done = snapshot.for_each({}, registration);
    if (done && told && contacts_.reader) done = snapshot.for_each_contact({}, contact);
    return done;
  });
  if (!walked) return walked.error();
  if (!told) return told;
  if (!same_rows(held, batches_.taken()) || !same_rows(held_contacts, batches_.taken_contacts()))
    return make_error(Errc::damaged, "the store that was filled does not give the deposit's rows again",
                      "nothing was restored; this is a fault of the program or of the disk");
  return {};
}

}  // namespace

Expected<RestoreReport> restore(RegistrationStore& into, const Catalog& catalog, const std::vector<fs::path>& files,
                                const OpeningKeys& keys, const RestoreHooks& hooks, const Clock& clock) {
  if (files.empty()) return make_error(Errc::usage, "no file of a deposit was given");
  const auto deposits = in_order(files);
  if (!deposits) return deposits.error();
  Restoring restoring(into, catalog, keys, hooks, clock());
  if (auto done = restoring.deposits(*deposits); !done) return done.error();
  if (auto proven = restoring.prove(); !proven) return proven.error();
  return std::move(restoring.report);
}

}  // namespace regdata::escrow
