// A server on loopback with a view store of its own, and clients that behave and misbehave.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "redaction/view_store.hpp"
#include "tests/redaction/view_store_place.hpp"
#include "whois/server.hpp"

namespace regdata::testing {

/// A view store with the sample views, hosts and texts; the publisher's heart beats at `heartbeat`.
class SampleStore {
 public:
  explicit SampleStore(UtcTime heartbeat, std::uint32_t layout = 0);
  [[nodiscard]] std::shared_ptr<redaction::ViewReader> reader() const { return reader_; }
  redaction::ViewWriter& writer() { return *writer_; }

 private:
  TemporaryDirectory place_;
  std::unique_ptr<redaction::ViewWriter> writer_;
  std::shared_ptr<redaction::ViewReader> reader_;
};

/// Options without limits, for tests that are about something else.
whois::WhoisOptions unlimited();

class RunningServer {
 public:
  explicit RunningServer(const SampleStore& store, whois::WhoisOptions options = unlimited(), unsigned threads = 1,
                         const char* address = "127.0.0.1");
  /// Serves on a socket that was made elsewhere.
  RunningServer(const SampleStore& store, int listening_socket, unsigned threads);
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  whois::WhoisServer& server() { return *server_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const whois::WhoisCounters& counters() const { return server_->counters(); }
  std::vector<whois::QueryEvent> events() const;
  /// True when run() has returned within `patience`.
  bool ended_within(std::chrono::milliseconds patience);

 private:
  void start(unsigned threads);
  std::unique_ptr<whois::WhoisServer> server_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<whois::QueryEvent> events_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

/// One TCP connection. Blocking, with a limit of ten seconds.
class Client {
 public:
  /// `source`: an address of 127/8, so that one machine can be many clients. `ipv6`: to ::1.
  explicit Client(std::uint16_t port, const char* source = nullptr, bool ipv6 = false);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  bool send(std::string_view bytes);
  void end_sending();
  /// Everything until the server closes; `reset()` says whether it ended badly.
  std::string read_all(std::chrono::milliseconds patience = std::chrono::seconds(10));
  /// True when the server has closed, without waiting longer than `patience`.
  bool closed_within(std::chrono::milliseconds patience);
  [[nodiscard]] bool was_reset() const { return reset_; }
  [[nodiscard]] int socket() const { return socket_; }

 private:
  int socket_ = -1;
  bool connected_ = false;
  bool reset_ = false;
};

/// Connects, asks, reads the answer.
std::string ask(std::uint16_t port, std::string_view bytes, const char* source = nullptr);

/// Waits until `holds()` or ten seconds have passed; returns what it says at last.
template <class Holds>
bool eventually(Holds holds) {
  for (int i = 0; i < 1'000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return holds();
}

}  // namespace regdata::testing
