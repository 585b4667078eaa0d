// What a process is allowed and how it talks to the system: clock, signals, limits, service manager.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// The machine's clock, in milliseconds. For main only; everything else gets a Clock passed.
Clock system_clock();

/// First thing in main, for every command: files only for their owner (umask 077), no core dump, no attaching debugger and no
/// reading of /proc/PID/mem by other processes of the user (reliability.md §2 rows 15 and 17).
void protect_files_and_memory();

/// Signals of a long-running command, taken one at a time by the thread that waits: blocked in every thread, no handlers.
/// Made before any thread is started.
class SignalWaiter {
 public:
  /// SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD; SIGPIPE is ignored.
  SignalWaiter();
  /// The next signal, or nothing when `limit` has passed.
  std::optional<int> wait(std::chrono::milliseconds limit);
  [[nodiscard]] static sigset_t signals();
};

/// sd_notify(3): nothing happens where no service manager listens. `state` as "READY=1".
void tell_service_manager(const std::string& state);
/// How often WATCHDOG=1 is wanted; empty: not at all.
std::optional<std::chrono::microseconds> watchdog_interval();

/// A listening socket and what it is for: "whois", "https", "http" or "redirect" (FileDescriptorName= of a socket unit).
struct PassedSocket {
  int descriptor = -1;
  std::string name;
};

/// Sockets passed by sd_listen_fds(3), close-on-exec set; empty: none. Without a name of ours one is for port 43. The variables
/// are removed.
std::vector<PassedSocket> passed_sockets();

/// Binds and listens (close-on-exec, SO_REUSEADDR; an IPv6 socket takes IPv6 only, so that [::] and 0.0.0.0 stand together).
/// Errc::unavailable: in use, or not allowed.
Expected<int> listen_on(std::string_view endpoint);

/// Raises the limit of open files to the hard limit; returns it.
std::uint64_t raise_file_limit();

}  // namespace regdata::app
