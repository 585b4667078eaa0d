#include "escrow/rde_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "escrow/measure.hpp"
#include "escrow/openpgp/detached.hpp"
#include "escrow/part_file.hpp"
#include "escrow/part_series.hpp"
#include "escrow/rde_table_reader.hpp"
#include "escrow/tar.hpp"
#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_detached_signature = 65536;

/// A document of the CSV model has definitions alone.
constexpr std::size_t longest_table_document = 1U << 20U;

bool is_archive(const fs::path& file) {
  const std::string name = content_name_of(file);
  return name.ends_with(".ryde") || name.ends_with(".tar");
}

/// Of a file of an archive.
struct FileSums {
  std::uint32_t crc32 = 0;
  Digest sha256{};
};
using Sums = std::map<std::string, FileSums>;

Expected<void> read_rest(ByteSource& source) {
  Bytes block(65536);
  while (true) {
    const auto size = source.read(block);
    if (!size) return size.error();
    if (*size == 0) return {};
  }
}

Expected<FileSums> sums_of(ByteSource& file) {
  FileSums sums;
  MeasuringSource measured(file);
  Bytes block(65536);
  while (true) {
    const auto size = measured.read(block);
    if (!size) return size.error();
    if (*size == 0) break;
    sums.crc32 = static_cast<std::uint32_t>(::crc32(sums.crc32, block.data(), static_cast<uInt>(*size)));
  }
  sums.sha256 = measured.digest();
  return sums;
}

/// All of it; empty: it is longer than a document of definitions.
Expected<std::optional<std::string>> read_small(ByteSource& file) {
  Bytes bytes(longest_table_document + 1);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto size = file.read(std::span(bytes).subspan(filled));
    if (!size) return size.error();
    if (*size == 0) return std::optional(std::string(as_text(ByteView(bytes).first(filled))));
    filled += *size;
  }
  return std::optional<std::string>();
}

bool is_sum(const RdeTableDefinition::File& file, const FileSums& sums) {
  if (file.is_sha256) return lowered(file.sum) == hex(sums.sha256);
  std::uint32_t number = sums.crc32;
  Bytes bytes(4);
  for (std::size_t at = 4; at-- > 0; number >>= 8U) bytes[at] = static_cast<std::uint8_t>(number & 0xFFU);
  return lowered(file.sum) == hex(bytes);
}

/// XML: as it stands in the file, or in the only file of an archive.
class PlainDocument final : public RdeDocument {
 public:
  PlainDocument(std::unique_ptr<ContentFile> file, bool archived)
      : file_(std::move(file)), measured_(file_->content()), archive_(measured_), archived_(archived) {}
  [[nodiscard]] ByteSource& source() noexcept override {
    return archived_ ? static_cast<ByteSource&>(archive_) : static_cast<ByteSource&>(measured_);
  }
  Expected<Digest> finish() override {
    if (auto read = read_rest(source()); !read) return read.error();
    return measured_.digest();
  }

 private:
  std::unique_ptr<ContentFile> file_;
  MeasuringSource measured_;
  TarSource archive_;
  bool archived_;
};

/// One file of an archive, which must still be what it was when the archive was looked at.
class ArchivedFile final : public ByteSource {
 public:
  static Expected<std::unique_ptr<ByteSource>> open(const fs::path& archive, const OpeningKeys& keys, const std::string& name,
                                                    const Digest& sha256) {
    auto content = ContentFile::open(archive, keys);
    if (!content) return content.error();
    std::unique_ptr<ArchivedFile> file(new ArchivedFile(std::move(*content), sha256));
    while (true) {
      const auto any = file->reader_.next();
      if (!any) return any.error();
      if (!*any) return changed();
      if (file->reader_.name() == name) return std::unique_ptr<ByteSource>(std::move(file));
    }
  }
  Expected<std::size_t> read(std::span<std::uint8_t> into) override {
    if (ended_) return std::size_t{0};
    auto size = measured_.read(into);
    if (!size || *size > 0) return size;
    ended_ = true;
    return measured_.digest() == expected_ ? size : changed();
  }

 private:
  ArchivedFile(std::unique_ptr<ContentFile> content, const Digest& expected)
      : content_(std::move(content)), reader_(content_->content()), measured_(reader_), expected_(expected) {}
  static Error changed() {
    return make_error(Errc::damaged, "the archive is another one than before", "let nobody write to the deposit meanwhile");
  }

  std::unique_ptr<ContentFile> content_;
  TarReader reader_;
  MeasuringSource measured_;
  Digest expected_;
  bool ended_ = false;
};

class TableDocument final : public RdeDocument {
 public:
  TableDocument(std::unique_ptr<ByteSource> objects, const Digest& digest) : objects_(std::move(objects)), digest_(digest) {}
  [[nodiscard]] ByteSource& source() noexcept override { return *objects_; }
  /// Signature and archive were proven when the archive was looked at, each table when it was read.
  Expected<Digest> finish() override {
    if (auto read = read_rest(*objects_); !read) return read.error();
    return digest_;
  }

 private:
  std::unique_ptr<ByteSource> objects_;
  Digest digest_;
};

}  // namespace

bool is_rde_file(const fs::path& file) {
  const std::string name = content_name_of(file);
  return name.ends_with(".ryde") || name.ends_with(".tar") || name.ends_with(".xml");
}

struct RdeFile::State {
  State(fs::path path, const OpeningKeys& opening) : file(std::move(path)), keys(opening) {}

  Expected<void> look();
  Expected<void> check_tables(const std::vector<RdeTableDefinition>& all) const;

  fs::path file;
  const OpeningKeys& keys;
  std::optional<RdeTableDocument> tables;  ///< empty: the XML model
  Sums sums;
  Digest digest{};
};

Expected<void> RdeFile::State::look() {
  if (!is_archive(file)) return {};
  const auto opened = ContentFile::open(file, keys);
  if (!opened) return opened.error();
  MeasuringSource measured((*opened)->content());
  TarReader archive(measured);
  while (true) {
    const auto any = archive.next();
    if (!any) return any.error();
    if (!*any) break;
    if (archive.name().ends_with(".xml")) {
      const auto text = read_small(archive);
      if (!text) return text.error();
      if (*text) tables = read_table_document(**text);
      if (!tables) return {};
      continue;
    }
    auto found = sums_of(archive);
    if (!found) return found.error();
    if (!sums.emplace(archive.name(), *found).second) return make_error(Errc::damaged, "tar: a file is there twice");
  }
  if (!tables) return make_error(Errc::damaged, "tar: no document is in it");
  if (auto read = read_rest(measured); !read) return read;
  digest = measured.digest();
  auto good = check_tables(tables->deletes);
  return good ? check_tables(tables->tables) : good;
}

Expected<void> RdeFile::State::check_tables(const std::vector<RdeTableDefinition>& all) const {
  constexpr std::array<std::string_view, 2> beside{"idnLanguage", "NNDN"};
  for (const RdeTableDefinition& table : all) {
    for (const RdeTableDefinition::File& one : table.files) {
      const auto found = sums.find(one.name);
      if (found == sums.end()) return make_error(Errc::invalid, "RDE_MISSING_FILES: the file of a table is not in the archive");
      if (!is_sum(one, found->second))
        return make_error(Errc::damaged, "RDE_INVALID_CSV: the file of a table has another check sum");
      if (std::ranges::find(beside, table.name) != beside.end() && found->second.crc32 != 0)
        return make_error(Errc::invalid,
                          "RDE_UNEXPECTED_OBJECT: the table " + table.name + ", which a registrar's deposit has not");
    }
  }
  return {};
}

RdeFile::RdeFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
RdeFile::RdeFile(RdeFile&& other) noexcept = default;
RdeFile& RdeFile::operator=(RdeFile&& other) noexcept = default;
RdeFile::~RdeFile() = default;

Expected<RdeFile> RdeFile::open(const fs::path& file, const OpeningKeys& keys) {
  auto state = std::make_unique<State>(file, keys);
  if (auto looked = state->look(); !looked) return looked.error();
  return RdeFile(std::move(state));
}

const RdeTableDocument* RdeFile::tables() const noexcept { return state_->tables ? &*state_->tables : nullptr; }

Expected<std::unique_ptr<RdeDocument>> RdeFile::document() const {
  const State& state = *state_;
  if (!state.tables) {
    auto opened = ContentFile::open(state.file, state.keys);
    if (!opened) return opened.error();
    return std::unique_ptr<RdeDocument>(std::make_unique<PlainDocument>(std::move(*opened), is_archive(state.file)));
  }
  const auto open = [&state](const std::string& name) {
    return ArchivedFile::open(state.file, state.keys, name, state.sums.at(name).sha256);
  };
  return std::unique_ptr<RdeDocument>(std::make_unique<TableDocument>(objects_of_tables(*state.tables, open), state.digest));
}

Expected<SignatureBeside> signature_beside(const fs::path& file, const OpeningKeys& keys) {
  fs::path beside = file;
  beside.replace_extension(".sig");
  const auto there = is_there(beside);
  if (!there) return there.error();
  if (!*there) return SignatureBeside::none;
  const auto signature = read_file(beside, longest_detached_signature);
  if (!signature) return signature.error();
  for (const openpgp::PublicKey* signer : keys.signers) {
    auto bytes = FileSource::open(file);
    if (!bytes) return bytes.error();
    if (openpgp::verify_detached(*signature, *bytes, *signer)) return SignatureBeside::good;
  }
  return SignatureBeside::bad;
}

Error explained(const Error& error, const fs::path& file, const OpeningKeys& keys) {
  Error told{error.code, file.filename().string() + ": " + error.context, error.hint};
  if (!is_sealed(file) || keys.signers.empty() || (error.code != Errc::damaged && error.code != Errc::invalid)) return told;
  const auto series = series_of(file);
  bool all_good = true;
  for (const fs::path& one : series) {
    const auto found = signature_beside(one, keys);
    all_good = all_good && found && *found == SignatureBeside::good;
    if (found && *found == SignatureBeside::bad) {
      told.context += "; " + one.filename().string() + " is not what was signed";
      told.hint = "that file was changed on its way, or its signature was: ask for it once more";
    }
  }
  if (all_good)
    told.hint = "each of the " + std::to_string(series.size()) +
                " files is as it was signed: is one behind the last of them missing?" +
                (told.hint.empty() ? "" : " " + told.hint);
  return told;
}

}  // namespace regdata::escrow
