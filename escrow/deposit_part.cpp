#include "escrow/deposit_part.hpp"

#include "escrow/gzip.hpp"
#include "escrow/measure.hpp"
#include "escrow/pump.hpp"
#include "escrow/rde_objects.hpp"
#include "registration/utf8.hpp"

namespace regdata::escrow {
namespace {

Error differs(const std::string& file, const char* what) {
  return make_error(Errc::damaged, file + ": read back from disk it is not what was written: " + what,
                    "nothing was sent; look at the disk, and make the deposit again");
}

std::string without_sealing(std::string name) {
  for (const std::string_view end : {".gpg", ".gz"})
    if (name.ends_with(end)) name.resize(name.size() - end.size());
  return name;
}

}  // namespace

namespace {

/// Of a document an object; of a table a line, which begins with a name or an id.
bool is_archived_row(std::string_view record, bool has_tables) {
  return is_rde_object(record) || (has_tables && record.ends_with('\n') && !record.starts_with('<'));
}

/// Takes a record at each call, and digests those that are rows: of CSV what stands behind the header line, of a document its
/// objects.
class RowSink final : public ByteSink {
 public:
  RowSink(ByteSink& behind, const DepositPart::Layout& layout, RowDigest& part, RowDigest* deposit)
      : behind_(behind),
        is_document_(!layout.archive.empty()),
        has_tables_(layout.archive.size() > 1),
        header_lines_(layout.header.empty() ? 0 : 1),
        part_(part),
        deposit_(deposit) {}
  Expected<void> write(ByteView record) override {
    if (is_document_ ? is_archived_row(as_text(record), has_tables_) : header_lines_ == 0) {
      const Digest leaf = part_.leaf(record);
      part_.add(leaf);
      if (deposit_ != nullptr) deposit_->add(leaf);
    } else if (!is_document_) {
      --header_lines_;
    }
    return behind_.write(record);
  }
  Expected<void> finish() override { return behind_.finish(); }

 private:
  ByteSink& behind_;
  bool is_document_;
  bool has_tables_;
  std::size_t header_lines_;
  RowDigest& part_;
  RowDigest* deposit_;
};

}  // namespace

struct DepositPart::Impl {
  Impl(PartSeries opened, Layout laid_out, const Sealing& by, const Digest& row_salt)
      : files(std::move(opened)), digest(row_salt), layout(std::move(laid_out)), sealing(by), salt(row_salt) {}

  PartSeries files;
  RowDigest digest;
  std::unique_ptr<openpgp::MessageWriter> message;
  std::unique_ptr<ByteSink> compressed;
  std::unique_ptr<MeasuringSink> content;
  std::unique_ptr<RowSink> rows;
  std::unique_ptr<ThreadedSink> pump;  ///< what is behind it, digests, compression and sealing, has a core of its own
  std::size_t file_in_hand = 0;        ///< of an archive
  std::uint64_t file_begun = 0;        ///< bytes_given there
  std::uint64_t bytes_given = 0;
  std::uint64_t rows_given = 0;
  Layout layout;
  Sealing sealing;
  Digest salt;
  std::string content_name;
  bool verified = false;
};

DepositPart::DepositPart(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DepositPart::~DepositPart() = default;

Expected<std::unique_ptr<DepositPart>> DepositPart::begin(const std::filesystem::path& directory, std::string content_name,
                                                          const Layout& layout, const Sealing& sealing, const Digest& row_salt,
                                                          RowDigest* of_deposit) {
  const bool document = !layout.archive.empty();
  auto files = PartSeries::create(
      directory / (document ? content_name.substr(0, content_name.rfind('.')) + ".ryde" : content_name + ".gz.gpg"),
      layout.bytes_per_file);
  if (!files) return files.error();
  auto impl = std::make_unique<Impl>(std::move(*files), layout, sealing, row_salt);
  auto message = openpgp::MessageWriter::begin({.recipients = sealing.recipients,
                                                .signer = sealing.signer,
                                                .file_name = document ? content_name : content_name + ".gz",
                                                .now = sealing.now,
                                                .zip_level = document ? layout.gzip_level : 0},
                                               sealing.random, impl->files);
  if (!message) return message.error();
  impl->message = std::move(*message);
  if (!document) impl->compressed = gzip_into(*impl->message, layout.gzip_level);
  impl->content = std::make_unique<MeasuringSink>(document ? static_cast<ByteSink&>(*impl->message) : *impl->compressed);
  impl->rows = std::make_unique<RowSink>(*impl->content, layout, impl->digest, of_deposit);
  impl->pump = std::make_unique<ThreadedSink>(*impl->rows);
  impl->content_name = std::move(content_name);
  if (document) {
    const auto header = tar_header(layout.archive.front());
    if (!header) return header.error();
    if (auto written = impl->pump->write(as_bytes(*header)); !written) return written.error();
  } else if (!layout.header.empty()) {
    CsvRecord record(layout.dialect);
    for (const std::string& name : layout.header) record.add(name);
    record.end();
    impl->bytes_given = record.text().size();
    if (auto written = impl->pump->write(as_bytes(record.text())); !written) return written.error();
  }
  return std::unique_ptr<DepositPart>(new DepositPart(std::move(impl)));
}

Expected<void> DepositPart::add(const CsvRecord& record) {
  if (record.fields() != impl_->layout.columns) return make_error(Errc::internal, "a row has another number of columns");
  if (record.text().size() > CsvRecords::longest) return make_error(Errc::invalid, "a row is longer than 1 MiB");
  if (!is_utf8(record.text())) return make_error(Errc::invalid, "a row holds bytes that are not UTF-8, or NUL");
  ++impl_->rows_given;
  impl_->bytes_given += record.text().size();
  return impl_->pump->write(as_bytes(record.text()));
}

Expected<void> DepositPart::next_file() {
  Impl& part = *impl_;
  const std::uint64_t size = part.bytes_given - part.file_begun;
  if (size != part.layout.archive[part.file_in_hand].size || part.file_in_hand + 1 == part.layout.archive.size())
    return make_error(Errc::internal, "a file of the archive has another size than was counted");
  part.file_begun = part.bytes_given;
  const auto header = tar_header(part.layout.archive[++part.file_in_hand]);
  if (!header) return header.error();
  if (const std::string filling = tar_filling(size); !filling.empty())
    if (auto written = part.pump->write(as_bytes(filling)); !written) return written;
  return part.pump->write(as_bytes(*header));
}

Expected<void> DepositPart::add_line(std::string_view line) {
  if (line.size() > CsvRecords::longest) return make_error(Errc::invalid, "an object is longer than 1 MiB");
  if (!is_utf8(line)) return make_error(Errc::invalid, "an object holds bytes that are not UTF-8, or NUL");
  ++impl_->rows_given;
  return add_frame(line);
}

Expected<void> DepositPart::add_frame(std::string_view lines) {
  impl_->bytes_given += lines.size();
  return impl_->pump->write(as_bytes(lines));
}

std::uint64_t DepositPart::content_bytes() const noexcept { return impl_->content ? impl_->bytes_given : 0; }
std::uint64_t DepositPart::rows() const noexcept { return impl_->rows_given; }

namespace {

using RowVisit = std::function<Expected<void>(const std::vector<std::string>&)>;

Expected<void> read_records(ByteSource& content, const DepositPart::Layout& layout, RowDigest& digest, const RowVisit& row) {
  CsvRecords records(content, layout.dialect);
  std::vector<std::string> fields;
  bool header_due = !layout.header.empty();
  while (true) {
    const auto more = records.next(fields);
    if (!more) return more.error();
    if (!*more) break;
    if (header_due) {
      if (fields != layout.header) return make_error(Errc::damaged, "the header line is another one");
      header_due = false;
      continue;
    }
    if (fields.size() != layout.columns)
      return make_error(Errc::damaged, "record " + std::to_string(records.number()) + ": another number of columns");
    digest.add(as_bytes(records.raw()));
    if (auto taken = row(fields); !taken) return taken;
  }
  return header_due ? make_error(Errc::damaged, "the header line is missing") : Expected<void>();
}

/// Of documents and tables of ours: each object, each record is one line.
Expected<void> read_lines(TarReader& archive, RowDigest& digest, const RowVisit& row) {
  Bytes block(65536);
  std::vector<std::string> line(1);
  const bool is_table = !archive.name().ends_with(".xml");
  while (true) {
    const auto size = archive.read(block);
    if (!size) return size.error();
    if (*size == 0) break;
    for (std::string_view rest = as_text(ByteView(block).first(*size)); !rest.empty();) {
      const auto end = rest.find('\n');
      line[0] += rest.substr(0, end == std::string_view::npos ? end : end + 1);
      if (line[0].size() > CsvRecords::longest) return make_error(Errc::damaged, "a line of the document is longer than 1 MiB");
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      if (is_table || is_rde_object(line[0])) {
        digest.add(as_bytes(line[0]));
        if (auto taken = row(line); !taken) return taken;
      }
      line[0].clear();
    }
  }
  return line[0].empty() ? Expected<void>() : make_error(Errc::damaged, "the last line of the document has no end");
}

Expected<void> read_archive(ByteSource& content, const std::vector<TarEntry>& expected, RowDigest& digest,
                            const RowVisit& row) {
  TarReader archive(content);
  for (const TarEntry& entry : expected) {
    const auto any = archive.next();
    if (!any) return any.error();
    if (!*any || archive.name() != entry.name || archive.size() != entry.size)
      return make_error(Errc::damaged, "the archive holds another document");
    if (auto read = read_lines(archive, digest, row); !read) return read;
  }
  const auto more = archive.next();
  if (!more) return more.error();
  return *more ? make_error(Errc::damaged, "the archive holds another document") : Expected<void>();
}

/// What it measures is the plain content. `sealed` is read to its end.
Expected<FileMeasure> read_content(ByteSource& sealed, const DepositPart::Layout& layout, const openpgp::SessionKeyFinder& find,
                                   const openpgp::PublicKey& signer, RowDigest& digest, const RowVisit& row) {
  const auto message = openpgp::MessageReader::open(sealed, find, signer);
  if (!message) return message.error();
  const bool archived = !layout.archive.empty();
  const auto compressed = archived ? nullptr : gunzip_from(**message);
  ThreadedSource ahead(archived ? static_cast<ByteSource&>(**message) : *compressed);
  MeasuringSource content(ahead);
  if (auto read = archived ? read_archive(content, layout.archive, digest, row) : read_records(content, layout, digest, row);
      !read)
    return read.error();
  return FileMeasure{.size = content.size(), .digest = content.digest()};
}

}  // namespace

Expected<std::vector<PartFacts>> DepositPart::finish() {
  Impl& part = *impl_;
  if (!part.layout.archive.empty()) {
    const std::uint64_t size = part.bytes_given - part.file_begun;
    if (part.file_in_hand + 1 != part.layout.archive.size() || size != part.layout.archive.back().size)
      return make_error(Errc::internal, "the archive is not what was counted");
    if (auto written = part.pump->write(as_bytes(tar_end(size))); !written) return written.error();
  }
  if (auto done = part.pump->finish(); !done) return done.error();
  std::vector<PartFacts> facts;
  const auto measures = part.files.measures();
  for (const auto& path : part.files.final_paths()) {
    const FileMeasure& measure = measures[facts.size()];
    facts.push_back(
        {.content_name = {}, .file_name = path.filename().string(), .file_bytes = measure.size, .file_sha256 = measure.digest});
  }
  PartFacts& first = facts.front();
  first.content_name = part.content_name;
  first.rows = part.digest.count();
  first.content_bytes = part.content->size();
  first.content_sha256 = part.content->digest();

  const openpgp::MessageKey key = part.message->take_key();
  RowDigest found(part.salt);
  auto on_disk = SeriesSource::open(part.files.part_paths(), FileSource::Memory::from_disk);
  if (!on_disk) return differs(first.file_name, on_disk.error().context.c_str());
  const auto read =
      read_content(**on_disk, part.layout, with_message_key(key, part.sealing.recipients), part.sealing.signer->public_key(),
                   found, [](const std::vector<std::string>&) { return Expected<void>(); });
  if (!read) return differs(first.file_name, read.error().context.c_str());
  if (read->size != first.content_bytes || read->digest != first.content_sha256)
    return differs(first.file_name, "its content has another digest");
  if ((*on_disk)->measures() != measures) return differs(first.file_name, "the file has another digest");
  if (!(found == part.digest)) return differs(first.file_name, "its rows are others");
  part.verified = true;
  // what is left of the session key and of plain blocks goes now, not with the last part of the deposit
  part.pump.reset();
  part.rows.reset();
  part.content.reset();
  part.compressed.reset();
  part.message.reset();
  return facts;
}

std::vector<std::filesystem::path> DepositPart::written_files() const { return impl_->files.part_paths(); }

Expected<void> DepositPart::put_in_place() {
  if (!impl_->verified) return make_error(Errc::internal, "a part that was not verified gets no name");
  return impl_->files.put_in_place();
}

Expected<PartFacts> read_part(const std::filesystem::path& file, const DepositPart::Layout& layout,
                              const openpgp::SessionKeyFinder& find, const openpgp::PublicKey& signer, RowDigest& digest,
                              FileSource::Memory memory, const RowVisit& row) {
  const auto sealed = SeriesSource::open({file}, memory);
  if (!sealed) return sealed.error();
  const auto content = read_content(**sealed, layout, find, signer, digest, row);
  if (!content) return content.error();
  PartFacts facts;
  facts.file_name = file.filename().string();
  facts.content_name = without_sealing(facts.file_name);
  facts.rows = digest.count();
  facts.content_bytes = content->size;
  facts.content_sha256 = content->digest;
  facts.file_bytes = (*sealed)->measures().front().size;
  facts.file_sha256 = (*sealed)->measures().front().digest;
  return facts;
}

}  // namespace regdata::escrow
