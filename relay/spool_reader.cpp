#include "relay/spool_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "relay/record.hpp"

namespace regdata::relay {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 1U << 20U;
constexpr std::chrono::hours part_is_left_over{1};

struct Waiting {
  fs::file_time_type written;
  fs::path path;
};

/// Nothing: it cannot be read now. Empty: too large to be a record.
std::optional<std::string> read_file(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return std::nullopt;
  std::string bytes(largest_file, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      ::close(file);
      return std::nullopt;
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  ::close(file);
  bytes.resize(size < bytes.size() ? size : 0);
  return bytes;
}

}  // namespace

Expected<std::vector<SpooledRecord>> SpoolReader::read(std::size_t limit, const std::function<bool(const std::string&)>& skip) {
  std::error_code error;
  std::vector<Waiting> waiting;
  const auto now = fs::file_time_type::clock::now();
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    std::error_code gone;
    const auto written = entry.last_write_time(gone);
    if (gone) continue;
    const bool letter =
        entry.path().extension() == letter_suffix && entry.symlink_status(gone).type() == fs::file_type::regular;
    if (letter && !(skip && skip(entry.path().stem().string()))) waiting.push_back({written, entry.path()});
    if (entry.path().extension() == ".part" && now - written > part_is_left_over) fs::remove(entry.path(), gone);
  }
  if (error) return make_error(Errc::unavailable, "letter spool: cannot be read: " + error.message());
  std::sort(waiting.begin(), waiting.end(), [](const Waiting& a, const Waiting& b) {
    return a.written != b.written ? a.written < b.written : a.path < b.path;
  });
  waiting.resize(std::min(waiting.size(), limit));
  std::vector<SpooledRecord> records;
  records.reserve(waiting.size());
  for (const Waiting& file : waiting) {
    const auto sealed = read_file(file.path);
    if (!sealed) continue;
    SpooledRecord record{file.path.stem().string(), {}, file.written};
    if (const auto plain = key_.open(*sealed)) record.record = decode(*plain);
    records.push_back(std::move(record));
  }
  return records;
}

Expected<void> SpoolReader::remove(const std::string& id) {
  std::error_code error;
  fs::remove(directory_ / (id + std::string(letter_suffix)), error);
  if (error) return make_error(Errc::unavailable, "letter spool: cannot remove a file: " + error.message());
  return {};
}

Expected<void> SpoolReader::set_unreadable_aside(const std::string& id) {
  std::error_code error;
  fs::rename(directory_ / (id + std::string(letter_suffix)), directory_ / (id + std::string(unreadable_suffix)), error);
  if (error) return make_error(Errc::unavailable, "letter spool: cannot rename a file: " + error.message());
  return {};
}

}  // namespace regdata::relay
