// The worker of `regdata run`: follows the change feed, publishes, watches over the public server.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/admin_server.hpp"
#include "app/child_process.hpp"
#include "app/context.hpp"
#include "app/escrow_loop.hpp"
#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/process.hpp"
#include "app/publication_loop.hpp"
#include "app/registry_loop.hpp"
#include "app/relay_loop.hpp"
#include "app/store_access.hpp"

namespace regdata::app {

class Worker {
 public:
  struct Options {
    bool workers_only = false;  ///< the public server is another unit's business
  };
  Worker(Context& context, Config config, Options options);
  ~Worker();

  /// Until SIGTERM or SIGINT. Errors: what kept it from starting.
  Outcome run();

 private:
  Expected<void> open();
  void start_registries();
  bool stop_registries();
  Expected<std::unique_ptr<redaction::ViewWriter>> open_views();
  Expected<void> migrate();
  void handle(int signal);
  void reload();
  void watch_server(ChildProcess::Time now);
  Expected<void> prepare_server();
  Expected<void> bind_sockets();
  Expected<void> write_server_config();
  void start_server();
  void stop_server();
  void tell(ChildProcess::Time now);
  [[nodiscard]] std::string not_ready() const;

  Context& context_;
  Config config_;
  Options options_;
  Log log_;
  WorkerFigures figures_;
  std::unique_ptr<PublicationLoop> publication_;
  std::unique_ptr<RelayLoop> relay_;
  std::unique_ptr<EscrowLoop> escrow_;
  std::vector<std::unique_ptr<RegistryLoop>> registries_;
  std::vector<std::unique_ptr<RegistryLoop>> retired_;  ///< of configurations before: they end what they are at
  bool may_serve_ = false;                              ///< there are views of ours: the public server has something to load
  std::vector<PassedSocket> sockets_;
  bool sockets_passed_ = false;  ///< by systemd: not ours to bind again
  ChildPlan plan_;
  ChildProcess server_;
  ChildProcess::Time next_tell_{};
  std::optional<int> stop_;
  std::unique_ptr<AdminServer> admin_;  // last: its pages use the figures
};

}  // namespace regdata::app
