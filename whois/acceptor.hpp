// Listening sockets of one thread: accepting in small lots, with a pause when descriptors or memory run out.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "whois/prefix.hpp"

namespace regdata::whois {

class Acceptor {
 public:
  /// Takes over an accepted, non-blocking socket. `mark` is what add() was given.
  using Welcome = std::function<void(int socket, const ClientAddress& client, unsigned mark)>;
  using Count = std::atomic<std::uint64_t>;

  /// `io` and `errors`, which counts failures for want of descriptors or memory, outlive the acceptor.
  Acceptor(boost::asio::io_context& io, Count& errors, Welcome welcome)
      : io_(io), errors_(errors), welcome_(std::move(welcome)), pause_end_(io) {}

  /// Takes over a listening, non-blocking socket. Before start().
  void add(int socket, unsigned mark);
  void start();
  /// For 20 ms: trying again at once would burn a core for as long as the trouble lasts.
  void pause();
  /// Accepts what the kernel has let in already, then closes.
  void stop();

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  struct Listener {
    Descriptor descriptor;
    unsigned mark = 0;
    bool waiting = false;
  };

  void wait(Listener& listener);
  bool accept_some(Listener& listener);

  boost::asio::io_context& io_;
  Count& errors_;
  Welcome welcome_;
  boost::asio::steady_timer pause_end_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  bool paused_ = false;
  bool stopped_ = false;
};

}  // namespace regdata::whois
