#include "store/import_batches.hpp"

#include <istream>

namespace regdata::store {
namespace {

constexpr std::size_t chunk = 1024 * 1024;
/// Lines near the length limit must not add up: a batch ends here too.
constexpr std::uint64_t batch_bytes = 8 * 1024 * 1024;
constexpr std::size_t batches_ahead = 2;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view without_spaces(std::string_view line) {
  constexpr std::string_view space = " \t\r";
  const std::size_t begin = line.find_first_not_of(space);
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin, line.find_last_not_of(space) - begin + 1);
}

std::string not_utf8(std::size_t byte) { return "is not UTF-8 at byte " + std::to_string(byte + 1); }

}  // namespace

Expected<void> BatchReader::begin() {
  while (!begun_ && fill()) {
  }
  // What a spreadsheet saves as "Unicode text": said once, not line by line.
  if (is_utf16_) return make_error(Errc::invalid, "the file is UTF-16, not UTF-8", "convert it: iconv -f utf-16 -t utf-8");
  return {};
}

Expected<ImportBatch> BatchReader::next() {
  ImportBatch batch;
  const std::uint64_t begin = bytes_;
  while (batch.lines < batch_lines_ && bytes_ - begin < batch_bytes) {
    if (skipping_ ? skip() : (!at_hand().empty() && take(batch))) continue;
    if (end_ && at_hand().empty()) break;
    if (!fill() && input_.bad()) return make_error(Errc::unavailable, "the file cannot be read to its end");
  }
  batch.bytes = bytes_;
  batch.last = end_ && at_hand().empty();
  return batch;
}

bool BatchReader::fill() {
  if (end_) return false;
  buffer_.erase(0, position_);
  position_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + chunk);
  input_.read(buffer_.data() + size, static_cast<std::streamsize>(chunk));
  buffer_.resize(size + static_cast<std::size_t>(input_.gcount()));
  end_ = !input_.good();
  if (!begun_ && (buffer_.size() >= byte_order_mark.size() || end_)) {
    begun_ = true;
    if (buffer_.starts_with(byte_order_mark)) consume(byte_order_mark.size(), 0);
    is_utf16_ = buffer_.starts_with("\xFF\xFE") || buffer_.starts_with("\xFE\xFF");
  }
  return !end_;
}

void BatchReader::consume(std::size_t bytes, std::size_t lines) {
  position_ += bytes;
  bytes_ += bytes;
  line_ += lines;
}

/// True when the end of the line was found.
bool BatchReader::skip() {
  const std::size_t line_feed = at_hand().find('\n');
  const bool found = line_feed != std::string_view::npos;
  consume(found ? line_feed + 1 : at_hand().size(), found ? 1 : 0);
  skipping_ = !found;
  return found;
}

void BatchReader::reject(ImportBatch& batch, std::uint64_t line, std::string reason) {
  ++batch.lines;
  batch.rejected.push_back({line, {}, {{{}, std::move(reason), {}}}});
}

void BatchReader::add(ImportBatch& batch, std::uint64_t line, ImportLine read) {
  ++batch.lines;
  for (std::size_t i = 0; i < import_warning_count; ++i) batch.warnings[i] += read.warnings[i];
  if (read.request) {
    batch.items.push_back({line, std::move(*read.request), std::nullopt});
  } else {
    batch.rejected.push_back({line, read.name ? read.name->ascii() : std::string(), std::move(read.rejections)});
  }
}

bool JsonBatchReader::take(ImportBatch& batch) {
  const std::string_view text = at_hand();
  const std::size_t line_feed = text.find('\n');
  const bool whole = line_feed != std::string_view::npos;
  const std::size_t size = whole ? line_feed : text.size();
  if (!whole && !at_end() && size <= line_limit) return false;
  const std::string_view given = without_spaces(text.substr(0, size));
  const std::uint64_t number = line();
  if (size > line_limit) {
    reject(batch, number, "is longer than 256 KiB");
  } else if (const std::size_t bad = first_invalid_utf8(given); bad != std::string_view::npos) {
    reject(batch, number, not_utf8(bad));
  } else if (!given.empty()) {
    const auto parsed = parser_.parse(given, document_);
    if (parsed) {
      add(batch, number, read_import_line(document_, context()));
    } else {
      reject(batch, number, parsed.error().context);
    }
  }
  if (!whole && !at_end()) skip_line();
  consume(size + (whole ? 1 : 0), whole ? 1 : 0);
  return true;
}

CsvBatchReader::CsvBatchReader(std::istream& input, const ImportContext& context, std::size_t batch_lines, CsvMapping mapping)
    : BatchReader(input, context, batch_lines), reader_(mapping.delimiter), mapping_(std::move(mapping)) {}

Expected<void> CsvBatchReader::begin() {
  if (auto begun = BatchReader::begin(); !begun) return begun.error();
  CsvStep step = CsvStep::need_more;
  while (step == CsvStep::need_more) {
    const bool more = fill();
    if (at_hand().empty()) return make_error(Errc::invalid, "the file is empty", "a CSV file begins with a header row");
    step = reader_.read(at_hand(), !more);
  }
  if (step == CsvStep::broken) return make_error(Errc::invalid, "the header row: " + std::string(reader_.problem()));
  auto bound = CsvColumns::bind(std::move(mapping_), reader_.fields());
  if (!bound) return bound.error();
  columns_ = std::move(*bound);
  consume(reader_.consumed(), reader_.lines());
  return {};
}

std::vector<std::string> CsvBatchReader::notes() const {
  std::vector<std::string> notes;
  const auto list = [&](std::string_view what, const std::vector<std::string>& names) {
    if (names.empty()) return;
    std::string note(what);
    for (std::size_t i = 0; i < names.size(); ++i) note += (i == 0 ? " " : ", ") + names[i];
    notes.push_back(std::move(note));
  };
  const CsvDates& dates = columns_->mapping().dates;
  if (!dates.formats.empty()) notes.push_back("dates are read as " + dates.zone_text + ", as the mapping states");
  list("columns ignored, not consent:", columns_->not_consent());
  list("columns dropped, never stored:", columns_->auth_codes());
  list("columns ignored, not mapped:", columns_->ignored());
  return notes;
}

bool CsvBatchReader::take(ImportBatch& batch) {
  const CsvStep step = reader_.read(at_hand(), at_end());
  if (step == CsvStep::need_more) return false;
  const std::uint64_t number = line();
  const std::string_view record = at_hand().substr(0, reader_.consumed());
  const auto& fields = reader_.fields();
  if (step == CsvStep::broken) {
    reject(batch, number, std::string(reader_.problem()));
    if (!record.ends_with('\n') && reader_.consumed() < at_hand().size() + (at_end() ? 0 : 1)) skip_line();
  } else if (const std::size_t bad = first_invalid_utf8(record); bad != std::string_view::npos) {
    reject(batch, number, not_utf8(bad));
  } else if (fields.size() == 1 && without_spaces(fields[0]).empty()) {
    // an empty line
  } else if (fields.size() != columns_->size()) {
    reject(batch, number,
           "has " + std::to_string(fields.size()) + " fields, the header has " + std::to_string(columns_->size()));
  } else {
    std::vector<Rejection> rejections;
    columns_->map(fields, document_, rejections);
    add(batch, number, read_import_line(document_, context(), std::move(rejections)));
  }
  consume(reader_.consumed(), step == CsvStep::broken && !record.ends_with('\n') ? 0 : reader_.lines());
  return true;
}

BatchQueue::BatchQueue(BatchReader& reader) : reader_(reader), thread_([this] { run(); }) {}

BatchQueue::~BatchQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchQueue::run() {
  try {
    while (true) {
      auto batch = reader_.next();
      const bool last = !batch || batch->last;
      if (!push(std::move(batch)) || last) return;
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    thrown_ = std::current_exception();
  }
  changed_.notify_all();
}

bool BatchQueue::push(Expected<ImportBatch> batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || batches_.size() < batches_ahead; });
  if (stopped_) return false;
  batches_.push_back(std::move(batch));
  lock.unlock();
  changed_.notify_all();
  return true;
}

Expected<ImportBatch> BatchQueue::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return thrown_ || !batches_.empty(); });
  if (batches_.empty()) std::rethrow_exception(thrown_);
  auto batch = std::move(batches_.front());
  batches_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return batch;
}

}  // namespace regdata::store
