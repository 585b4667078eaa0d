#include "escrow/restore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "escrow/csv.hpp"
#include "escrow/hash_file.hpp"
#include "escrow/measure.hpp"
#include "escrow/part_file.hpp"
#include "escrow/row_digest.hpp"
#include "escrow/row_reader.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t rows_in_batch = 2000;
constexpr std::size_t longest_hash_file = 1U << 20;
constexpr std::size_t longest_header = 1U << 16;

/// "9999_RDE_2026-11-26_full_1.csv" taken apart.
struct PartName {
  std::string deposit;  ///< "9999_RDE_2026-11-26"
  std::string date;
  std::string kind;
  unsigned part = 0;
};

std::optional<PartName> part_name(const fs::path& file) {
  const std::string name = content_name_of(file);
  if (!name.ends_with(".csv")) return std::nullopt;
  const std::string_view stem = std::string_view(name).substr(0, name.size() - 4);
  const auto number = stem.rfind('_');
  if (number == std::string_view::npos || number == 0) return std::nullopt;
  const auto kind = stem.rfind('_', number - 1);
  const auto date = kind == std::string_view::npos || kind == 0 ? kind : stem.rfind('_', kind - 1);
  if (date == std::string_view::npos || date < 4 || stem.substr(date - 4, 4) != "_RDE") return std::nullopt;
  PartName found{std::string(stem.substr(0, kind)), std::string(stem.substr(date + 1, kind - date - 1)),
                 std::string(stem.substr(kind + 1, number - kind - 1)), 0};
  const auto [end, code] = std::from_chars(stem.data() + number + 1, stem.data() + stem.size(), found.part);
  if (code != std::errc{} || end != stem.data() + stem.size()) return std::nullopt;
  return found;
}

/// When the deposit's data were true, as far as its name says: its date is the watermark's.
UtcTime as_of(const fs::path& file, UtcTime now) {
  const auto name = part_name(file);
  if (!name) return now;
  const auto day = parse_rfc3339(name->date + "T00:00:00Z");
  return day ? std::min(*day, now) : now;
}

/// Gives its source's bytes, and shows the first line before.
class WithFirstLine final : public ByteSource {
 public:
  static Expected<WithFirstLine> read(ByteSource& from) {
    WithFirstLine source(from);
    Bytes& head = source.head_;
    while (std::ranges::find(head, '\n') == head.end() && head.size() < longest_header) {
      const std::size_t before = head.size();
      head.resize(before + 4096);
      const auto size = from.read(std::span(head).subspan(before));
      if (!size) return size.error();
      head.resize(before + *size);
      if (*size == 0) break;
    }
    return source;
  }
  Expected<std::size_t> read(std::span<std::uint8_t> into) override {
    if (given_ == head_.size()) return from_.read(into);
    const std::size_t size = std::min(into.size(), head_.size() - given_);
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(given_), size, into.begin());
    given_ += size;
    return size;
  }
  [[nodiscard]] std::string_view line() const {
    const std::string_view all = as_text(head_);
    return all.substr(0, all.find('\n'));
  }

 private:
  explicit WithFirstLine(ByteSource& from) : from_(from) {}
  ByteSource& from_;
  Bytes head_;
  std::size_t given_ = 0;
};

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

class Restoring {
 public:
  Restoring(RegistrationStore& into, const Catalog& catalog, const OpeningKeys& keys, const RestoreHooks& hooks, UtcTime now)
      : store_(into), catalog_(catalog), keys_(keys), hooks_(hooks), now_(now) {}

  Expected<void> file(const fs::path& path);
  Expected<void> check_hashes(const fs::path& hash_file);
  Expected<void> prove();
  RestoreReport report;

 private:
  Expected<void> row(std::span<const std::string> fields, const fs::path& path, std::uint64_t record);
  Expected<void> write();
  void add(RowDigest& digest, std::span<const std::string> fields);
  [[nodiscard]] Error stopped() const { return make_error(Errc::unavailable, "stopped before the end; nothing was restored"); }

  RegistrationStore& store_;
  const Catalog& catalog_;
  const OpeningKeys& keys_;
  const RestoreHooks& hooks_;
  UtcTime now_;
  std::optional<RowReader> reader_;
  CsvDialect dialect_;
  std::vector<RegistrationPut> batch_;
  std::map<std::string, Digest> digests_;  ///< of the files, by the name of their content
  RowDigest taken_{Digest{}};
  CsvRecord record_{CsvDialect{}};
};

void Restoring::add(RowDigest& digest, std::span<const std::string> fields) {
  record_.clear();
  for (const std::string& field : fields) record_.add(field);
  record_.end();
  digest.add(as_bytes(record_.text()));
}

Expected<void> Restoring::write() {
  if (batch_.empty()) return {};
  const auto outcomes = store_.put(batch_, "restore", now_);
  if (!outcomes) return outcomes.error();
  for (std::size_t i = 0; i < batch_.size(); ++i)
    if ((*outcomes)[i] != PutOutcome::added)
      return make_error(Errc::damaged, batch_[i].registration.name.ascii() + " is in the deposit twice",
                        "nothing was restored; ask the agent for another deposit");
  batch_.clear();
  return {};
}

Expected<void> Restoring::row(std::span<const std::string> fields, const fs::path& path, std::uint64_t record) {
  ++report.rows;
  auto put = reader_->read(fields);
  if (!put) {
    ++report.refused;
    if (hooks_.refused)
      hooks_.refused({path.filename().string(), record, std::move(put.error().context), std::move(put.error().hint)});
    return {};
  }
  add(taken_, fields);
  ++report.taken;
  batch_.push_back(std::move(*put));
  if (batch_.size() < rows_in_batch) return {};
  if (auto written = write(); !written) return written;
  return hooks_.progress && !hooks_.progress(report.rows) ? Expected<void>(stopped()) : Expected<void>();
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
  if (!reader_) dialect_ = dialect_of(source->line());
  CsvRecords records(*source, dialect_);
  std::vector<std::string> fields;
  std::vector<std::string> header;
  if (reader_)
    for (const Column& column : reader_->columns()) header.emplace_back(column.name);
  while (true) {
    const auto more = records.next(fields);
    if (!more) return where(more.error());
    if (!*more) break;
    if (!reader_) {
      auto reader = RowReader::for_header(
          fields, {.catalog = &catalog_,
                   .provenance = {.source_class = SourceClass::csv, .source = "restore", .as_of = as_of(path, now_)}});
      if (!reader) return where(reader.error());
      reader_ = std::move(*reader);
      report.columns = reader_->columns();
      header = fields;
      continue;
    }
    if (records.number() == 1 && fields == header) continue;  // each part may have it
    if (fields.size() != header.size())
      return where(make_error(Errc::damaged, fmt::format("record {}: another number of columns", records.number())));
    if (auto taken = row(fields, path, records.number()); !taken) return taken;
  }
  ++report.files;
  report.digests.push_back(measured.digest());
  digests_.emplace(content_name_of(path), report.digests.back());
  return reader_ ? Expected<void>() : where(make_error(Errc::invalid, "is empty: it has no header line"));
}

Expected<void> Restoring::check_hashes(const fs::path& hash_file) {
  std::error_code failure;
  if (!fs::exists(hash_file, failure)) return {};
  const auto bytes = read_file(hash_file, longest_hash_file);
  if (!bytes) return bytes.error();
  const auto lines = read_hash_file(as_text(*bytes));
  if (!lines) return lines.error();
  std::set<std::string> matched;  // a line that is there twice stands for one file
  for (const HashLine& line : *lines) {
    auto found = digests_.find(line.name);
    if (found == digests_.end()) found = digests_.find(line.name + ".csv");
    if (found == digests_.end())
      return make_error(Errc::damaged,
                        fmt::format("{} is in the hash file, and was not given", fs::path(line.name).filename().string()),
                        "a deposit without one of its parts lacks names: give all of its files");
    if (found->second != line.digest)
      return make_error(Errc::damaged, found->first + ": its content is not what the hash file says");
    matched.insert(found->first);
  }
  if (matched.size() != digests_.size()) return make_error(Errc::damaged, "a file that was given is not in the hash file");
  report.hashes = true;
  return {};
}

/// The store is asked, not what was put into it.
Expected<void> Restoring::prove() {
  if (auto written = write(); !written) return written;
  RowDigest held{Digest{}};
  std::optional<Error> trouble;
  std::uint64_t seen = 0;
  std::vector<std::string> fields;
  const auto walked = store_.for_each({}, [&](const RegistrationData& data) {
    const Registrar* registrar = catalog_.registrar(data.registration.registrar);
    fields.clear();
    for (const Column& column : reader_->columns())
      fields.push_back(registrar == nullptr ? "" : column_text(column, data, *registrar, rules_of_comparison));
    add(held, fields);
    if (++seen % rows_in_batch == 0 && hooks_.progress && !hooks_.progress(seen)) trouble = stopped();
    return !trouble;
  });
  if (!walked) return walked.error();
  if (trouble) return *trouble;
  if (held.count() != taken_.count() || held.sum() != taken_.sum())
    return make_error(Errc::damaged, "the store that was filled does not give the deposit's rows again",
                      "nothing was restored; this is a fault of the program or of the disk");
  return {};
}

}  // namespace

Expected<std::vector<fs::path>> in_order(std::vector<fs::path> files) {
  std::optional<PartName> first;
  std::map<unsigned, fs::path> ordered;
  for (const fs::path& file : files) {
    const auto name = part_name(file);
    if (!name) continue;
    if (name->kind != "full")
      return make_error(Errc::usage, fmt::format("{}: a deposit of kind \"{}\" cannot be restored", file.string(), name->kind),
                        "full deposits of the specification of 2024 can");
    if (first && first->deposit != name->deposit)
      return make_error(Errc::usage, fmt::format("{} and {} are parts of different deposits", first->deposit, name->deposit),
                        "give the files of one");
    if (!ordered.emplace(name->part, file).second)
      return make_error(Errc::usage, fmt::format("part {} is given twice", name->part));
    first = name;
  }
  if (ordered.size() != files.size()) return files;
  if (!ordered.empty() && ordered.rbegin()->first - ordered.begin()->first + 1 != ordered.size())
    return make_error(Errc::usage, "a part between the others is missing", "give all files of the deposit");
  files.clear();
  for (const auto& [part, file] : ordered) files.push_back(file);
  return files;
}

Expected<RestoreReport> restore(RegistrationStore& into, const Catalog& catalog, const std::vector<fs::path>& files,
                                const OpeningKeys& keys, const RestoreHooks& hooks, const Clock& clock) {
  if (files.empty()) return make_error(Errc::usage, "no file of a deposit was given");
  Restoring restoring(into, catalog, keys, hooks, clock());
  for (const fs::path& file : files)
    if (auto done = restoring.file(file); !done) return done.error();
  if (const auto name = part_name(files.front()))
    if (auto held = restoring.check_hashes(files.front().parent_path() / (name->deposit + "_hash.txt")); !held)
      return held.error();
  if (auto proven = restoring.prove(); !proven) return proven.error();
  return std::move(restoring.report);
}

}  // namespace regdata::escrow
