// A session over TLS: the one file of this room that knows sockets.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "epp/session.hpp"
#include "epp/tls_client.hpp"

namespace regdata::epp {

struct Endpoint {
  std::string host;  ///< name or address
  std::uint16_t port = 700;
  std::string source_address;  ///< ours, for registries that know us by it; empty: whichever
  [[nodiscard]] std::string text() const { return host + ":" + std::to_string(port); }
};

/// Connects, and runs the session until it is over. Everything happens in the thread that runs `io`.
class Connection {
 public:
  /// What is referred to must outlive it. `changed` is called when something came to an end: look at take_done() and
  /// is_over(); it may submit more, and then calls wake(), but
  /// does not destroy the connection.
  Connection(boost::asio::io_context& io, Session& session, Endpoint endpoint, const TlsClient& tls,
             std::function<void()> changed);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void start();
  /// Something was submitted, or the session is to drain.
  void wake();
  /// When the registry's certificates end; empty before the handshake is done.
  [[nodiscard]] const PeerEnds& peer() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace regdata::epp
