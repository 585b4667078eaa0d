#include "app/rebuild_request.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace regdata::app {

bool RebuildRequest::is_there() const noexcept { return ::access(file_.c_str(), F_OK) == 0; }

Expected<void> RebuildRequest::ask() const {
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0)
    return make_error(Errc::unavailable, "cannot write " + file_.string() + ": " + std::strerror(errno),
                      "give the command as the user of `regdata run`");
  ::close(descriptor);
  return {};
}

void RebuildRequest::take_back() const noexcept { ::unlink(file_.c_str()); }

}  // namespace regdata::app
