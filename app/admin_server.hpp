// Metrics and health over HTTP, on a loopback address.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "registration/error.hpp"

namespace regdata::app {

/// What the admin server answers with; called from its own thread.
struct AdminPages {
  std::function<std::string()> metrics;  ///< text exposition format
  /// Empty: ready. Else the reason why not, one line.
  std::function<std::string()> not_ready;
  std::string version;
};

/// GET and HEAD of /metrics, /livez, /readyz (503 with the reason) and /version; nothing else. One thread, at most 32
/// connections at a time, 5 s for each request.
class AdminServer {
 public:
  /// Binds, without a thread yet: a process that confines itself does so between the two. Errc::configuration: not a loopback
  /// address; Errc::unavailable: cannot listen.
  static Expected<std::unique_ptr<AdminServer>> listen(const std::string& endpoint);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  /// Answers from now on. Once.
  void start(AdminPages pages);

  /// Where it listens, with the port that the kernel chose.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  AdminServer();
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string address_;
};

}  // namespace regdata::app
