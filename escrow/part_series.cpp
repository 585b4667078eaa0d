#include "escrow/part_series.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

/// Where the digits behind "_S" stand in "9999_2026-11-27_full_S1_R0.ryde".
struct Digits {
  std::size_t begin;
  std::size_t end;
  unsigned number;
};

std::optional<Digits> digits_in(const std::string& name) {
  if (!name.ends_with(".ryde") && !name.ends_with(".sig")) return std::nullopt;
  const auto revision = name.rfind("_R");
  const auto series = revision == std::string::npos || revision == 0 ? std::string::npos : name.rfind("_S", revision - 1);
  if (series == std::string::npos) return std::nullopt;
  Digits found{.begin = series + 2, .end = revision, .number = 0};
  const char* const last = name.data() + found.end;
  const auto [end, code] = std::from_chars(name.data() + found.begin, last, found.number);
  const bool is_canonical = code == std::errc{} && end == last && name[found.begin] != '0';  // "S01" is not of a series of ours
  if (!is_canonical) return std::nullopt;
  return found;
}

}  // namespace

fs::path in_series(const fs::path& first, unsigned number) {
  std::string name = first.filename().string();
  const auto digits = digits_in(name);
  if (!digits) return first;
  name.replace(digits->begin, digits->end - digits->begin, std::to_string(number));
  return first.parent_path() / name;
}

unsigned number_in_series(const fs::path& file) {
  const auto digits = digits_in(file.filename().string());
  return digits ? digits->number : 1;
}

std::vector<fs::path> series_of(const fs::path& first) {
  std::vector<fs::path> files{first};
  if (!digits_in(first.filename().string())) return files;
  std::error_code failure;
  for (unsigned number = number_in_series(first) + 1;; ++number) {
    fs::path next = in_series(first, number);
    if (!fs::exists(next, failure)) return files;
    files.push_back(std::move(next));
  }
}

Expected<std::unique_ptr<SeriesSource>> SeriesSource::open(std::vector<fs::path> files, FileSource::Memory memory) {
  std::unique_ptr<SeriesSource> source(new SeriesSource(std::move(files), memory));
  if (auto opened = source->open_next(); !opened) return opened.error();
  return source;
}

Expected<void> SeriesSource::open_next() {
  open_.reset();
  if (measures_.size() == files_.size()) return {};
  auto file = FileSource::open(files_[measures_.size()], memory_);
  if (!file) return file.error();
  open_ = std::make_unique<One>(std::move(*file));
  return {};
}

Expected<std::size_t> SeriesSource::read(std::span<std::uint8_t> into) {
  while (open_ && !into.empty()) {
    auto size = open_->measured.read(into);
    if (!size) return size;
    bytes_read_ += *size;
    if (*size > 0) return size;
    measures_.push_back({.size = open_->measured.size(), .digest = open_->measured.digest()});
    if (auto opened = open_next(); !opened) return opened.error();
  }
  return std::size_t{0};
}

Expected<PartSeries> PartSeries::create(fs::path first, std::uint64_t most_bytes) {
  PartSeries series(std::move(first), most_bytes);
  if (auto begun = series.begin_next(); !begun) return begun.error();
  return series;
}

Expected<void> PartSeries::begin_next() {
  auto file = PartFile::create(in_series(first_, static_cast<unsigned>(files_.size()) + 1));
  if (!file) return file.error();
  files_.push_back(std::make_unique<One>(std::move(*file)));
  return {};
}

Expected<void> PartSeries::write(ByteView bytes) {
  while (!bytes.empty()) {
    const std::uint64_t written = files_.back()->measured.size();
    if (most_bytes_ > 0 && written == most_bytes_) {
      if (auto done = files_.back()->file.finish(); !done) return done;
      if (auto begun = begin_next(); !begun) return begun;
      continue;
    }
    const std::uint64_t room = most_bytes_ > 0 ? most_bytes_ - written : bytes.size();
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()));
    if (auto done = files_.back()->measured.write(bytes.first(size)); !done) return done;
    bytes = bytes.subspan(size);
  }
  return {};
}

Expected<void> PartSeries::finish() { return files_.back()->measured.finish(); }

Expected<void> PartSeries::put_in_place() {
  for (auto one = files_.rbegin(); one != files_.rend(); ++one)
    if (auto placed = (*one)->file.put_in_place(); !placed) return placed;
  return {};
}

std::vector<fs::path> PartSeries::part_paths() const {
  std::vector<fs::path> paths;
  for (const auto& one : files_) paths.push_back(one->file.part_path());
  return paths;
}

std::vector<fs::path> PartSeries::final_paths() const {
  std::vector<fs::path> paths;
  for (const auto& one : files_) paths.push_back(one->file.final_path());
  return paths;
}

std::vector<FileMeasure> PartSeries::measures() {
  std::vector<FileMeasure> found;
  for (const auto& one : files_) found.push_back({.size = one->measured.size(), .digest = one->measured.digest()});
  return found;
}

}  // namespace regdata::escrow
