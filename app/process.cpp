#include "app/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "app/endpoint.hpp"

namespace regdata::app {

Clock system_clock() {
  return [] { return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()); };
}

void protect_files_and_memory() {
  ::umask(077);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

sigset_t SignalWaiter::signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD}) sigaddset(&set, signal);
  return set;
}

SignalWaiter::SignalWaiter() {
  const sigset_t set = signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> SignalWaiter::wait(std::chrono::milliseconds limit) {
  const sigset_t set = signals();
  const timespec time{limit.count() / 1000, (limit.count() % 1000) * 1000000};
  const int signal = ::sigtimedwait(&set, nullptr, &time);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

void tell_service_manager(const std::string& state) { ::sd_notify(0, state.c_str()); }

std::optional<std::chrono::microseconds> watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds / 2);  // sd_watchdog_enabled(3): half of the limit
}

std::vector<PassedSocket> passed_sockets() {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  std::vector<PassedSocket> sockets;
  for (int i = 0; i < count; ++i) {
    const int socket = SD_LISTEN_FDS_START + i;
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
    const std::string_view name = names[i];
    const bool web = name == "https" || name == "http" || name == "redirect";
    sockets.push_back({socket, web ? std::string(name) : "whois"});
    std::free(names[i]);
  }
  std::free(names);
  return sockets;
}

Expected<int> listen_on(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint) return endpoint.error();
  const int socket = ::socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  const auto fail = [&](std::string_view what) {
    const int code = errno;
    if (socket >= 0) ::close(socket);
    return make_error(
        Errc::unavailable, fmt::format("cannot {} {}: {}", what, endpoint->text, std::strerror(code)),
        code == EACCES ? "ports below 1024 need a socket unit or CAP_NET_BIND_SERVICE" : "is another server running there?");
  };
  if (socket < 0) return fail("open a socket for");
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (endpoint->address.ss_family == AF_INET6) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&endpoint->address), endpoint->length) != 0) return fail("bind");
  if (::listen(socket, SOMAXCONN) != 0) return fail("listen on");
  return socket;
}

std::uint64_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace regdata::app
