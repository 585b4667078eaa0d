#include "store/import_rejects.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace regdata::store {
namespace {

Error there_already(const std::filesystem::path& path) {
  return make_error(Errc::conflict, "the rejects file exists already: " + path.string(),
                    "name another file, or move that one away");
}

Error cannot_write(const std::filesystem::path& path, int why) {
  return make_error(Errc::unavailable, "the rejects file cannot be written: " + path.string() + ": " + std::strerror(why));
}

}  // namespace

Expected<RejectsFile> RejectsFile::at(std::filesystem::path path) {
  struct stat found {};
  if (!path.empty() && lstat(path.c_str(), &found) == 0) return there_already(path);
  if (path.empty()) return RejectsFile(std::move(path));
  // Told before the first line goes in, not by the first bad one an hour later.
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (stat(folder.c_str(), &found) != 0 || access(folder.c_str(), W_OK | X_OK) != 0) return cannot_write(path, errno);
  if (!S_ISDIR(found.st_mode)) return cannot_write(path, ENOTDIR);
  return RejectsFile(std::move(path));
}

RejectsFile::RejectsFile(RejectsFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

RejectsFile::~RejectsFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Expected<void> RejectsFile::write(const RejectedLine& line) {
  if (path_.empty()) return {};
  if (descriptor_ < 0) descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor_ < 0 && errno == EEXIST) return there_already(path_);
  const std::string text = rejects_text(line);
  std::size_t written = 0;
  while (descriptor_ >= 0 && written < text.size()) {
    const ssize_t size = ::write(descriptor_, text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    written += static_cast<std::size_t>(size);
  }
  if (descriptor_ >= 0 && written == text.size()) return {};
  return cannot_write(path_, errno);
}

std::string rejects_text(const RejectedLine& line) {
  namespace json = boost::json;
  std::string text;
  for (const auto& rejection : line.rejections) {
    json::object one{{"line", line.line}};
    if (!line.name.empty()) one["name"] = line.name;
    // what is wrong with no field in it is wrong with the line, or with what stands in the store under the name
    const bool whole = line.name.empty();
    one["field"] = !rejection.field.empty() ? rejection.field : whole ? "line" : "name";
    one["reason"] = rejection.reason;
    one["allowed"] = !rejection.allowed.empty() ? rejection.allowed
                     : whole                    ? "one registration or end a line, UTF-8, as docs/import.md has it"
                                                : "names and contacts that are held, or stand in the line";
    text += json::serialize(one);
    text += '\n';
  }
  return text;
}

}  // namespace regdata::store
