#include "escrow/delivery.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "escrow/measure.hpp"
#include "escrow/part_file.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

Expected<bool> same_content(const fs::path& one, const fs::path& other) {
  auto first = FileSource::open(one);
  if (!first) return first.error();
  auto second = FileSource::open(other);
  if (!second) return second.error();
  Bytes a(65536);
  Bytes b(65536);
  while (true) {
    const auto got = first->read(a);
    if (!got) return got.error();
    std::size_t size = 0;
    while (size < std::max<std::size_t>(*got, 1)) {
      const auto more = second->read(std::span(b).subspan(size, std::max<std::size_t>(*got, 1) - size));
      if (!more) return more.error();
      if (*more == 0) break;
      size += *more;
    }
    if (size != *got || !std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(size), b.begin())) return false;
    if (*got == 0) return true;
  }
}

Error another_file(const fs::path& there) {
  return make_error(Errc::conflict, there.string() + " is there already, and is another file",
                    "only what a former revision brought is replaced; see what it is, and move it away");
}

/// Not there, or gone now.
Expected<void> remove_ours(const fs::path& there, const Contents& ours) {
  struct stat status {};
  if (::lstat(there.c_str(), &status) != 0) return errno == ENOENT ? Expected<void>() : file_error("look at", there, errno);
  if (!S_ISREG(status.st_mode)) return another_file(there);
  const auto measured = measure_file(there, FileSource::Memory::as_it_is);
  if (!measured) return measured.error();
  if (!ours.contains(measured->digest)) return another_file(there);
  return ::unlink(there.c_str()) == 0 || errno == ENOENT ? Expected<void>() : file_error("take back", there, errno);
}

}  // namespace

Expected<void> FolderDelivery::put(const fs::path& file, const Contents& former) {
  const fs::path there = directory_ / file.filename();
  struct stat status {};
  if (::lstat(there.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) return another_file(there);
    const auto same = same_content(file, there);
    if (!same) return same.error();
    if (*same) return {};
    if (auto removed = remove_ours(there, former); !removed) return removed;
  }
  auto from = FileSource::open(file);
  if (!from) return from.error();
  auto to = PartFile::create(there);
  if (!to) return to.error();
  Bytes block(262144);
  while (true) {
    const auto got = from->read(block);
    if (!got) return got.error();
    if (*got == 0) break;
    if (auto written = to->write(ByteView(block).first(*got)); !written) return written;
  }
  if (auto done = to->finish(); !done) return done;
  const auto same = same_content(file, to->part_path());
  if (!same) return same.error();
  if (!*same) return make_error(Errc::damaged, to->part_path().string() + " is not what was written", "look at the disk");
  return to->put_in_place();
}

Expected<void> FolderDelivery::take_back(const std::string& name, const Contents& ours) {
  return remove_ours(directory_ / name, ours);
}

Expected<void> FolderDelivery::clear(const ContentsByName& files) {
  for (const auto& [name, contents] : files) {
    const fs::path part = directory_ / ("." + name + ".part");
    if (::unlink(part.c_str()) != 0 && errno != ENOENT) return file_error("take back", part, errno);
  }
  return {};
}

Expected<void> FolderDelivery::look() {
  if (::access(directory_.c_str(), W_OK | X_OK) == 0) return {};
  return file_error("write into", directory_, errno);
}

}  // namespace regdata::escrow
