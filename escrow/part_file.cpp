#include "escrow/part_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_block = 262144;

Error taken(const fs::path& file) {
  return make_error(Errc::conflict, file.string() + " exists already", "nothing is overwritten, and nothing was changed");
}

fs::path directory_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

}  // namespace

Error file_error(const char* doing, const fs::path& file, int code) {
  return make_error(Errc::unavailable,
                    std::string("cannot ") + doing + " " + file.string() + ": " + std::generic_category().message(code));
}

Expected<bool> is_there(const std::filesystem::path& file) {
  std::error_code failure;
  const auto status = std::filesystem::symlink_status(file, failure);
  if (status.type() == std::filesystem::file_type::not_found) return false;
  if (failure) return file_error("look at", file, failure.value());
  return true;
}

Expected<void> sync_directory(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  return synced ? Expected<void>() : file_error("sync", directory, code);
}

Expected<PartFile> PartFile::create(const fs::path& final_path) {
  struct stat status {};
  if (::lstat(final_path.c_str(), &status) == 0) return taken(final_path);
  const fs::path part = directory_of(final_path) / ("." + final_path.filename().string() + ".part");
  if (::unlink(part.c_str()) != 0 && errno != ENOENT) return file_error("replace", part, errno);
  const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return file_error("make", part, errno);
  return PartFile(part, final_path, descriptor);
}

PartFile::PartFile(fs::path part, fs::path final_path, int descriptor)
    : part_(std::move(part)), final_(std::move(final_path)), descriptor_(descriptor) {}

PartFile::PartFile(PartFile&& other) noexcept
    : part_(std::move(other.part_)),
      final_(std::move(other.final_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      finished_(other.finished_),
      placed_(std::exchange(other.placed_, true)) {}

PartFile::~PartFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!placed_) ::unlink(part_.c_str());
}

Error PartFile::failed(const char* doing) const { return file_error(doing, part_, errno); }

Expected<void> PartFile::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(descriptor_, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("write");
    size_ += static_cast<std::uint64_t>(size);
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
  return {};
}

Expected<void> PartFile::finish() {
  if (::fsync(descriptor_) != 0) return failed("sync");
  if (::close(std::exchange(descriptor_, -1)) != 0) return failed("close");
  finished_ = true;
  return {};
}

Expected<void> PartFile::put_in_place() {
  if (!finished_) return make_error(Errc::internal, part_.string() + " is not finished");
  bool named = ::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, final_.c_str(), RENAME_NOREPLACE) == 0;
  if (!named && (errno == EINVAL || errno == ENOSYS)) {  // a file system that does not know the flag: a link is as exclusive
    named = ::link(part_.c_str(), final_.c_str()) == 0;
    if (named) ::unlink(part_.c_str());
  }
  if (!named) return errno == EEXIST ? taken(final_) : file_error("rename", part_, errno);
  placed_ = true;
  auto synced = sync_directory(directory_of(final_));
  if (!synced) ::unlink(final_.c_str());  // whether the name would last cannot be told: the next try finds it free
  return synced;
}

FileSource::FileSource(fs::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}

FileSource::FileSource(FileSource&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      block_(std::move(other.block_)),
      given_(std::exchange(other.given_, 0)) {}

FileSource::~FileSource() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Expected<FileSource> FileSource::open(const fs::path& file, Memory memory) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) return file_error("open", file, errno);
  FileSource source(file, descriptor);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return file_error("look at", file, errno);
  if (!S_ISREG(status.st_mode)) return make_error(Errc::invalid, file.string() + " is not a file");
  if (memory == Memory::from_disk) ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return source;
}

Expected<std::size_t> FileSource::read(std::span<std::uint8_t> into) {
  if (given_ == block_.size()) {
    block_.resize(file_block);
    ssize_t size = -1;
    do size = ::read(descriptor_, block_.data(), block_.size());
    while (size < 0 && errno == EINTR);
    if (size < 0) return file_error("read", file_, errno);
    block_.resize(static_cast<std::size_t>(size));
    given_ = 0;
  }
  const std::size_t size = std::min(into.size(), block_.size() - given_);
  std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(given_), size, into.begin());
  given_ += size;
  return size;
}

Expected<void> write_file(const fs::path& final_path, ByteView bytes) {
  auto file = PartFile::create(final_path);
  if (!file) return file.error();
  if (auto written = file->write(bytes); !written) return written;
  if (auto done = file->finish(); !done) return done;
  return file->put_in_place();
}

Expected<Bytes> read_file(const fs::path& file, std::size_t most) {
  auto source = FileSource::open(file);
  if (!source) return source.error();
  Bytes bytes(most + 1);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto size = source->read(std::span(bytes).subspan(filled));
    if (!size) return size.error();
    if (*size == 0) break;
    filled += *size;
  }
  if (filled > most) {
    wipe(bytes);
    return make_error(Errc::invalid, file.string() + " is longer than " + std::to_string(most) + " bytes");
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace regdata::escrow
