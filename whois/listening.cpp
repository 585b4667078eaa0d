#include "whois/listening.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "whois/event_loop.hpp"

namespace regdata::whois {
namespace {

/// The kernel cuts it down to net.core.somaxconn.
constexpr int backlog = 4096;

bool set_option(int socket, int level, int name, int value) noexcept {
  return setsockopt(socket, level, name, &value, sizeof value) == 0;
}

/// Accepted sockets inherit it: the kernel gives up on a client that takes nothing after we have closed our end; before that
/// our own deadline comes first.
void give_up_after(int listening, std::chrono::milliseconds write_timeout) noexcept {
  set_option(listening, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(2 * write_timeout.count()));
}

}  // namespace

Error listening_failed(std::string_view server, std::string_view what) {
  return make_error(Errc::unavailable,
                    std::string(server) + ": " + std::string(what) + ": " + std::generic_category().message(errno));
}

std::uint64_t seed_from_kernel() {
  std::uint64_t seed = 0;
  while (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) continue;
  return seed;
}

std::uint32_t places_by_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT32_MAX;
  const std::uint64_t most = limit.rlim_cur;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(most > 2 * reserved_descriptors ? most - reserved_descriptors : most / 2, UINT32_MAX));
}

std::uint16_t port_of(int socket) noexcept {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return 0;
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    return ntohs(in.sin6_port);
  }
  sockaddr_in in{};
  std::memcpy(&in, &storage, sizeof in);
  return ntohs(in.sin_port);
}

int open_listener(const sockaddr* address, socklen_t length, std::chrono::milliseconds write_timeout) noexcept {
  const int socket = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0) return -1;
  OwnedSocket owner(socket);
  if (!set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) || !set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1)) return -1;
  if (address->sa_family == AF_INET6 && !set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return -1;
  give_up_after(socket, write_timeout);
  if (bind(socket, address, length) != 0 || ::listen(socket, backlog) != 0) return -1;
  owner.release();
  return socket;
}

bool take_listener(int descriptor, std::chrono::milliseconds write_timeout) noexcept {
  int listening = 0;
  socklen_t length = sizeof listening;
  const bool known = getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0;
  const int flags = fcntl(descriptor, F_GETFL);
  if (!known || listening == 0 || flags < 0) return false;
  fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  give_up_after(descriptor, write_timeout);
  return true;
}

int sibling_of(int socket, bool handed_over, std::chrono::milliseconds write_timeout) noexcept {
  if (handed_over) return fcntl(socket, F_DUPFD_CLOEXEC, 0);
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(socket, address, &length) != 0) return -1;
  return open_listener(address, length, write_timeout);
}

}  // namespace regdata::whois
