#include "escrow/sftp_delivery.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include "escrow/measure.hpp"
#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

constexpr long buffer_size = 2L << 20;  // twice as fast as with libcurl's own 64 kB (reliability.md §5.3)
constexpr long download_buffer = 512L << 10;
constexpr long slow = 1000;  // bytes a second
constexpr int most_passes = 4;

struct FreeHandle {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using List = std::unique_ptr<curl_slist, FreeHandle>;

/// A local file that libcurl reads from.
class Upload {
 public:
  static Expected<Upload> open(const fs::path& file) {
    Upload upload;
    upload.descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat status {};
    if (upload.descriptor_ < 0 || ::fstat(upload.descriptor_, &status) != 0) return file_error("read", file, errno);
    upload.size_ = status.st_size;
    return upload;
  }
  Upload(Upload&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
  Upload& operator=(Upload&&) = delete;
  ~Upload() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  /// Before each transfer.
  void rewind() noexcept {
    at_ = begun_at_ = 0;
    too_long_ = false;
  }
  [[nodiscard]] curl_off_t size() const noexcept { return size_; }
  /// Where the server's file ended when the transfer began.
  [[nodiscard]] curl_off_t begun_at() const noexcept { return begun_at_; }
  /// The server's file was longer than ours.
  [[nodiscard]] bool too_long() const noexcept { return too_long_; }

  static std::size_t give(char* to, std::size_t size, std::size_t count, void* user) {
    auto& upload = *static_cast<Upload*>(user);
    ssize_t got = -1;
    do got = ::pread(upload.descriptor_, to, size * count, upload.at_);
    while (got < 0 && errno == EINTR);
    if (got < 0) return CURL_READFUNC_ABORT;
    upload.at_ += got;
    return static_cast<std::size_t>(got);
  }
  static int seek(void* user, curl_off_t offset, int origin) {
    auto& upload = *static_cast<Upload*>(user);
    if (origin != SEEK_SET) return CURL_SEEKFUNC_FAIL;
    upload.at_ = upload.begun_at_ = offset;
    upload.too_long_ = offset > upload.size_;
    return upload.too_long_ ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
  }

 private:
  Upload() = default;
  int descriptor_ = -1;
  curl_off_t size_ = 0;
  curl_off_t at_ = 0;
  curl_off_t begun_at_ = 0;
  bool too_long_ = false;
};

/// "sftp://user@host:22/folder", taken apart.
class Address {
 public:
  static Expected<Address> read(const std::string& text) {
    const auto bad = [](const char* why) {
      return make_error(Errc::configuration, std::string("sftp: ") + why, "sftp://user@host:22/folder");
    };
    Address address;
    if (!text.starts_with("sftp://") || !address.url_ ||
        curl_url_set(address.url_.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
      return bad("it is no address");
    if (address.part(CURLUPART_HOST).empty()) return bad("it names no host");
    if (address.part(CURLUPART_USER).empty()) return bad("it names no user");
    if (!address.part(CURLUPART_PASSWORD).empty()) return bad("a password has no place in it");
    return address;
  }
  [[nodiscard]] std::string part(CURLUPart which, unsigned how = 0) const {
    char* text = nullptr;
    std::string found;
    if (curl_url_get(url_.get(), which, &text, how) == CURLUE_OK) found = text;
    curl_free(text);
    return found;
  }

 private:
  std::unique_ptr<CURLU, FreeHandle> url_{curl_url()};
};

/// What a server has, as it comes.
class Download : public Measure {
 public:
  static std::size_t take(char* came, std::size_t size, std::size_t count, void* user) {
    static_cast<Download*>(user)->pass(as_bytes(std::string_view(came, size * count)));
    return size * count;
  }
};

/// Holds what comes against the file, from its beginning.
class Comparison {
 public:
  explicit Comparison(Upload& ours) : ours_(ours) { ours_.rewind(); }
  [[nodiscard]] bool is_same() const noexcept { return is_same_; }
  static std::size_t take(char* came, std::size_t size, std::size_t count, void* user) {
    auto& comparison = *static_cast<Comparison*>(user);
    std::string ours(size * count, '\0');
    std::size_t got = 0;
    while (got < ours.size()) {
      const std::size_t more = Upload::give(ours.data() + got, 1, ours.size() - got, &comparison.ours_);
      if (more == 0 || more == CURL_READFUNC_ABORT) break;
      got += more;
    }
    comparison.is_same_ = got == ours.size() && std::string_view(came, ours.size()) == ours;
    return comparison.is_same_ ? ours.size() : 0;  // else nothing more is wanted
  }

 private:
  Upload& ours_;
  bool is_same_ = true;
};

std::size_t stop_at_the_first_byte(char*, std::size_t, std::size_t, void*) { return 0; }

std::string part_name_of(const std::string& name, const Digest& digest) {
  return "." + name + "." + hex(digest).substr(0, 16) + ".part";
}

/// In a command behind the connection: quotes, for blanks in it.
std::string in_quotes(std::string_view path) {
  std::string text = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

}  // namespace

struct SftpDelivery::Impl {
  Settings settings;
  std::string host;    ///< "sftp://user@host:port"
  std::string folder;  ///< "/in%20box/"
  std::string path;    ///< "/in box/": of commands behind the connection
  Handle handle;       ///< keeps the connection from file to file

  /// Options that hold for one operation are gone afterwards; the connection stays.
  void prepare(const std::string& url_path) {
    CURL* curl = handle.get();
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, (host + url_path).c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "sftp");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PUBLICKEY));
    curl_easy_setopt(curl, CURLOPT_SSH_PRIVATE_KEYFILE, settings.private_key.c_str());
    curl_easy_setopt(curl, CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, settings.host_key.c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.connect_patience.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, slow);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall_patience.count()));
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(settings.stall_patience.count()));
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, buffer_size);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, stop_at_the_first_byte);
  }

  [[nodiscard]] Error failed(CURLcode code, const char* doing, const std::string& name) const;
  Expected<std::optional<curl_off_t>> size_of(const std::string& name);
  Expected<std::optional<Digest>> digest_of(const std::string& name);
  Expected<void> take_away(const std::string& name, const Contents& ours);
  Expected<void> fit_to_go_on(const std::string& part, Upload& ours);
  Expected<void> upload(Upload& from, const std::string& part);
  Expected<void> commands(const std::vector<std::string>& lines, const char* doing, const std::string& name);
};

Error SftpDelivery::Impl::failed(CURLcode code, const char* doing, const std::string& name) const {
  const std::string what = host + ": cannot " + doing + " " + name + ": ";
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return make_error(
          Errc::refused, host + ": the server's host key is not the one in the configuration",
          "ask the agent over another channel; host_key is the SHA-256 of `ssh-keygen -lf`. A server that has other "
          "keys too may show one of those: name that");
    case CURLE_LOGIN_DENIED:
      return make_error(Errc::unavailable, host + ": the server does not take our key " + settings.private_key.string(),
                        "upload the public half to the agent; the key must be an OpenSSH key without passphrase");
    case CURLE_REMOTE_DISK_FULL:
      return make_error(Errc::unavailable, what + "the server's disk is full", "tell the agent; `send` goes on later");
    case CURLE_REMOTE_FILE_EXISTS:
      return make_error(Errc::conflict, what + "the name is taken", "nothing is overwritten");
    case CURLE_REMOTE_FILE_NOT_FOUND:
      return make_error(Errc::unavailable, what + "the server has no such folder, or does not let us",
                        "see the folder in sftp");
    case CURLE_REMOTE_ACCESS_DENIED:
      return make_error(Errc::unavailable, what + "the server does not let us", "see the folder in sftp");
    case CURLE_OPERATION_TIMEDOUT:
      return make_error(Errc::unavailable, what + "the server does not answer any more", "`send` goes on where it ended");
    default:
      return make_error(Errc::unavailable, what + curl_easy_strerror(code),
                        code == CURLE_FAILED_INIT ? "no common algorithm: a server with an RSA host key alone is out of reach"
                        : code == CURLE_SSH
                            ? "broken off: is the server's disk full? Or, before anything was sent, no common algorithm: "
                              "a server with an RSA host key alone is out of reach"
                            : "`send` goes on where it ended");
  }
}

/// Empty: no file of that name. A file that may not be read counts as of size -1.
Expected<std::optional<curl_off_t>> SftpDelivery::Impl::size_of(const std::string& name) {
  CURL* curl = handle.get();
  prepare(folder + name);
  curl_easy_setopt(curl, CURLOPT_FILETIME, 1L);
  const CURLcode code = curl_easy_perform(curl);
  curl_off_t time = -1;
  curl_off_t size = -1;
  curl_easy_getinfo(curl, CURLINFO_FILETIME_T, &time);
  curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
  if (code == CURLE_OK || code == CURLE_WRITE_ERROR) return std::optional(size);
  if (code == CURLE_REMOTE_FILE_NOT_FOUND && time < 0) return std::optional<curl_off_t>();
  if (time >= 0) return std::optional<curl_off_t>(-1);
  return failed(code, "look at", name);
}

/// Reads the server's file back. Empty: it does not let us.
Expected<std::optional<Digest>> SftpDelivery::Impl::digest_of(const std::string& name) {
  CURL* curl = handle.get();
  Download download;
  prepare(folder + name);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, download_buffer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Download::take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &download);
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_REMOTE_ACCESS_DENIED || code == CURLE_REMOTE_FILE_NOT_FOUND) return std::optional<Digest>();
  if (code != CURLE_OK) return failed(code, "read back", name);
  return std::optional(download.digest());
}

/// What is there, if it is ours.
Expected<void> SftpDelivery::Impl::take_away(const std::string& name, const Contents& ours) {
  const auto there = ours.empty() ? Expected<std::optional<Digest>>(std::nullopt) : digest_of(name);
  if (!there) return there.error();
  if (!*there || !ours.contains(**there))
    return make_error(Errc::conflict, host + ": " + name + " is there already, and is another file",
                      "only what a former revision brought is replaced; ask the agent what it is");
  return commands({"rm " + in_quotes(path + name)}, "take back", name);
}

/// A part whose octets are not the first ones of ours is taken away: a server that crashed may have left anything.
Expected<void> SftpDelivery::Impl::fit_to_go_on(const std::string& part, Upload& ours) {
  const auto there = size_of(part);
  if (!there) return there.error();
  if (!*there || **there == 0) return {};
  CURL* curl = handle.get();
  Comparison comparison(ours);
  prepare(folder + part);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, download_buffer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Comparison::take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &comparison);
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK && comparison.is_same()) return {};
  const bool is_unread = code == CURLE_REMOTE_ACCESS_DENIED || code == CURLE_REMOTE_FILE_NOT_FOUND;
  if (code != CURLE_OK && !is_unread && comparison.is_same()) return failed(code, "read back", part);
  return commands({"rm " + in_quotes(path + part)}, "remove", part);
}

/// Passes until one finds the server's file as long as ours.
Expected<void> SftpDelivery::Impl::upload(Upload& from, const std::string& part) {
  CURL* curl = handle.get();
  for (int pass = 0; pass < most_passes; ++pass) {
    from.rewind();
    prepare(folder + part);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, Upload::give);
    curl_easy_setopt(curl, CURLOPT_READDATA, &from);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, Upload::seek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &from);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, from.size());
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(-1));
    curl_easy_setopt(curl, CURLOPT_NEW_FILE_PERMS, 0600L);
    const CURLcode code = curl_easy_perform(curl);
    if (from.too_long()) {  // not ours, whatever its name says
      if (auto gone = commands({"rm " + in_quotes(path + part)}, "remove", part); !gone) return gone;
      continue;
    }
    if (from.begun_at() == from.size()) return {};
    if (code != CURLE_OK) return failed(code, "send", part);
  }
  return make_error(Errc::unavailable, host + ": " + part + " does not come to the right size",
                    "does something else write there, or take files away?");
}

Expected<void> SftpDelivery::Impl::commands(const std::vector<std::string>& lines, const char* doing, const std::string& name) {
  CURL* curl = handle.get();
  prepare(folder);
  List list;
  for (const std::string& line : lines) list.reset(curl_slist_append(list.release(), line.c_str()));
  curl_easy_setopt(curl, CURLOPT_QUOTE, list.get());
  curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  const CURLcode code = curl_easy_perform(curl);
  return code == CURLE_OK ? Expected<void>() : failed(code, doing, name);
}

SftpDelivery::SftpDelivery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SftpDelivery::~SftpDelivery() = default;

Expected<void> SftpDelivery::check_address(const std::string& url) {
  const auto address = Address::read(url);
  return address ? Expected<void>() : address.error();
}

std::string SftpDelivery::place_of(const std::string& url) {
  const auto address = Address::read(url);
  if (!address) return {};
  const std::string port = address->part(CURLUPART_PORT);
  std::string path = std::filesystem::path(address->part(CURLUPART_PATH, CURLU_URLDECODE)).lexically_normal();
  while (path.ends_with('/')) path.pop_back();
  return address->part(CURLUPART_USER, CURLU_URLDECODE) + "@" + lowered(address->part(CURLUPART_HOST)) + ":" +
         (port.empty() ? "22" : port) + path;
}

Expected<std::unique_ptr<SftpDelivery>> SftpDelivery::open(Settings settings) {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  auto impl = std::make_unique<Impl>();
  impl->handle.reset(started ? curl_easy_init() : nullptr);
  if (!impl->handle) return make_error(Errc::unavailable, "libcurl does not start");
  const auto address = Address::read(settings.url);
  if (!address) return address.error();
  const auto part = [&](CURLUPart which, unsigned how = 0) { return address->part(which, how); };
  const std::string port = part(CURLUPART_PORT);
  impl->host = "sftp://" + part(CURLUPART_USER) + "@" + part(CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
  impl->folder = part(CURLUPART_PATH);
  impl->path = part(CURLUPART_PATH, CURLU_URLDECODE);
  if (impl->path.starts_with("/~/")) impl->path.erase(0, 3);  // libcurl knows the sign in addresses, not in commands
  if (!impl->folder.ends_with('/')) impl->folder += '/';
  if (!impl->path.empty() && !impl->path.ends_with('/')) impl->path += '/';
  if (settings.host_key.starts_with("SHA256:")) settings.host_key.erase(0, 7);
  if (settings.host_key.size() != 43)
    return make_error(Errc::configuration, "host_key is no SHA-256 fingerprint of a host key",
                      "43 characters, as `ssh-keygen -lf` prints them behind SHA256:");
  struct stat status {};
  if (::stat(settings.private_key.c_str(), &status) != 0)
    return make_error(Errc::configuration,
                      "cannot read " + settings.private_key.string() + ": " + std::generic_category().message(errno),
                      "ssh_key names the private half of an OpenSSH key");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return make_error(Errc::configuration, settings.private_key.string() + " can be read by others", "chmod 0600 it");
  impl->settings = std::move(settings);
  return std::unique_ptr<SftpDelivery>(new SftpDelivery(std::move(impl)));
}

Expected<void> SftpDelivery::put(const fs::path& file, const Contents& former) {
  Impl& door = *impl_;
  auto from = Upload::open(file);
  if (!from) return from.error();
  const std::string name = file.filename().string();
  const auto there = door.size_of(name);
  if (!there) return there.error();
  const auto measured = measure_file(file, FileSource::Memory::as_it_is);
  if (!measured) return measured.error();
  if (*there && **there == from->size()) {
    // ours, from an attempt whose end we did not hear of? The size alone does not tell: seals of other data are as long
    const auto digest = door.digest_of(name);
    if (!digest) return digest.error();
    if (*digest && **digest == measured->digest) return {};
  }
  if (*there)
    if (auto gone = door.take_away(name, former); !gone) return gone;
  const std::string part = part_name_of(name, measured->digest);
  if (auto fit = door.fit_to_go_on(part, *from); !fit) return fit;
  if (auto sent = door.upload(*from, part); !sent) return sent;
  return door.commands({"rename " + in_quotes(door.path + part) + " " + in_quotes(door.path + name)}, "rename", name);
}

Expected<void> SftpDelivery::take_back(const std::string& name, const Contents& ours) {
  const auto there = impl_->size_of(name);
  if (!there) return there.error();
  return *there ? impl_->take_away(name, ours) : Expected<void>();
}

Expected<void> SftpDelivery::clear(const ContentsByName& files) {
  std::vector<std::string> lines;
  for (const auto& [name, contents] : files)
    for (const Digest& digest : contents)  // '*': one that is not there is no error
      lines.push_back("*rm " + in_quotes(impl_->path + part_name_of(name, digest)));
  return lines.empty() ? Expected<void>() : impl_->commands(lines, "clear", impl_->path);
}

/// Lists the folder, and stops at once. One that may be written into and not be listed is none the worse.
Expected<void> SftpDelivery::look() {
  impl_->prepare(impl_->folder);
  const CURLcode code = curl_easy_perform(impl_->handle.get());
  const bool good = code == CURLE_OK || code == CURLE_WRITE_ERROR || code == CURLE_REMOTE_ACCESS_DENIED;
  return good ? Expected<void>() : impl_->failed(code, "look at", impl_->path);
}

}  // namespace regdata::escrow
