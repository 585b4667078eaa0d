#include "epp/password.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace regdata::epp {

Expected<Password> read_password(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat status {};
  std::array<char, 4096> text{};
  const bool known = descriptor >= 0 && ::fstat(descriptor, &status) == 0;
  const ssize_t size = known ? ::read(descriptor, text.data(), text.size()) : -1;
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (size < 0)
    return make_error(Errc::unavailable, "cannot read " + file.string() + ": " + std::generic_category().message(code));
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return make_error(Errc::configuration, file.string() + " can be read by others", "chmod 0600 it");
  const std::string_view all(text.data(), static_cast<std::size_t>(size));
  Password password{std::string(all.substr(0, all.find_first_of("\r\n")))};
  sodium_memzero(text.data(), text.size());
  if (password.empty()) return make_error(Errc::configuration, file.string() + " has no password in its first line");
  return password;
}

}  // namespace regdata::epp
