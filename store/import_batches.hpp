// The reading side of an import: from bytes to batches of requests that have passed every check.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "store/csv_mapping.hpp"
#include "store/csv_reader.hpp"
#include "store/import.hpp"
#include "store/import_document.hpp"

namespace regdata::store {

/// A line that asks for something.
struct ImportItem {
  std::uint64_t line = 0;
  std::variant<RegistrationPut, RegistrationEnd> request;
  /// Of an end behind which the file speaks of the name again: when its last word was stated, if that is a registration.
  std::optional<UtcTime> superseded_by;
};

/// Lines that go into the store together.
struct ImportBatch {
  std::vector<ImportItem> items;
  std::vector<RejectedLine> rejected;
  ImportWarnings warnings{};
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;  ///< of the file, up to the end of this batch
  bool last = false;        ///< nothing comes behind it
};

/// Reads a stream batch by batch. Subclasses know what a line looks like.
class BatchReader {
 public:
  /// A longer line is rejected and skipped.
  static constexpr std::size_t line_limit = 256 * 1024;

  BatchReader(std::istream& input, const ImportContext& context, std::size_t batch_lines)
      : input_(input), context_(context), batch_lines_(batch_lines == 0 ? 1 : batch_lines) {}
  virtual ~BatchReader() = default;

  /// The next lines. Errc::unavailable where the stream fails. Not called again behind the last.
  Expected<ImportBatch> next();

  /// Reads what stands before the lines: a byte order mark, a header row. Errc::invalid: this is no text that has lines.
  virtual Expected<void> begin();
  /// For the report, after begin().
  [[nodiscard]] virtual std::vector<std::string> notes() const { return {}; }

 protected:
  /// Takes one line or record off the text at hand into `batch`; false: more is needed and there is more.
  virtual bool take(ImportBatch& batch) = 0;

  [[nodiscard]] std::string_view at_hand() const noexcept { return std::string_view(buffer_).substr(position_); }
  [[nodiscard]] bool at_end() const noexcept { return end_; }
  /// Reads more; false where the stream failed or ended.
  bool fill();
  void consume(std::size_t bytes, std::size_t lines);
  /// Drops the rest of a line that is too long.
  void skip_line() { skipping_ = true; }
  void reject(ImportBatch& batch, std::uint64_t line, std::string reason);
  void add(ImportBatch& batch, std::uint64_t line, ImportLine read);
  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }
  [[nodiscard]] const ImportContext& context() const noexcept { return context_; }

 private:
  bool skip();
  std::istream& input_;
  const ImportContext& context_;
  std::size_t batch_lines_;
  std::string buffer_;
  std::size_t position_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t line_ = 1;
  bool begun_ = false;
  bool is_utf16_ = false;
  bool end_ = false;
  bool skipping_ = false;
};

/// One JSON object a line.
class JsonBatchReader final : public BatchReader {
 public:
  using BatchReader::BatchReader;

 private:
  bool take(ImportBatch& batch) override;
  JsonLineParser parser_;
  ImportDocument document_;
};

/// A header row and records.
class CsvBatchReader final : public BatchReader {
 public:
  CsvBatchReader(std::istream& input, const ImportContext& context, std::size_t batch_lines, CsvMapping mapping);
  Expected<void> begin() override;
  [[nodiscard]] std::vector<std::string> notes() const override;

 private:
  bool take(ImportBatch& batch) override;
  CsvReader reader_;
  CsvMapping mapping_;
  std::optional<CsvColumns> columns_;
  ImportDocument document_;
};

/// Runs a reader in a thread of its own, at most two batches ahead of who takes them.
class BatchQueue {
 public:
  explicit BatchQueue(BatchReader& reader);
  /// Stops the reader and waits for it.
  ~BatchQueue();
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;

  /// The next batch. Rethrows what the reader threw. Not called again behind the last or an error.
  Expected<ImportBatch> take();

 private:
  void run();
  bool push(Expected<ImportBatch> batch);

  BatchReader& reader_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Expected<ImportBatch>> batches_;
  std::exception_ptr thrown_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace regdata::store
