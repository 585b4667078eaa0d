// One thread of the HTTP server: accepts, shakes hands, reads, answers. Nothing here blocks.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "whois/acceptor.hpp"
#include "whois/event_loop.hpp"
#include "whois/http_request.hpp"
#include "whois/http_response.hpp"
#include "whois/http_server.hpp"
#include "whois/rdap_answer.hpp"
#include "whois/service.hpp"
#include "whois/timer_wheel.hpp"
#include "whois/tls.hpp"
#include "whois/web_pages.hpp"

namespace regdata::whois {

/// Holds no buffer while nothing is under way. In HttpLoop::idle_ between requests, longest wait first.
struct HttpConnection : TimerLink, IdleLink, MemberLink {
  /// answered: in `out` stands what is to be sent before the next request is looked at.
  enum class State : std::uint8_t { proxy_header, handshake, open, answered, lingering };

  HttpConnection(boost::asio::io_context& io, int socket) : descriptor(io, socket), channel(socket) {}

  Descriptor descriptor;
  Channel channel;
  State state = State::open;
  HttpPort port = HttpPort::plain;
  bool waiting = false;  ///< an operation is outstanding: its handler frees a connection that was closed meanwhile
  bool closed = false;
  bool counted = false;  ///< in Service::connections
  bool closing = false;  ///< after what is in `out`
  bool forwarder = false;
  ClientAddress client;
  std::uint32_t drained = 0;
  std::string in;   ///< the beginning of a request
  std::string out;  ///< what the kernel did not take at once
};
static_assert(sizeof(HttpConnection) < 512);

class HttpLoop {
 public:
  HttpLoop(Service& service, std::shared_ptr<const HttpOptions> options, std::unique_ptr<WebPages> pages);
  ~HttpLoop();
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  /// Takes over a listening, non-blocking socket. Before run().
  void add_listener(int socket, HttpPort port) { acceptor_.add(socket, static_cast<unsigned>(port)); }
  /// Returns after drain().
  void run();

  // From any thread:
  void drain(std::chrono::milliseconds patience);
  void reload(std::shared_ptr<const HttpOptions> options);

 private:
  enum class Wait : std::uint8_t { read, write };

  // a connection's way in
  void welcome(int accepted, const ClientAddress& client, HttpPort port);
  bool make_place();
  bool count(HttpConnection& connection);
  void wait(HttpConnection& connection, Wait what);
  void resume(HttpConnection& connection);
  void go_on(HttpConnection& connection);
  void read_proxy_header(HttpConnection& connection);
  void begin(HttpConnection& connection);
  void shake_hands(HttpConnection& connection);

  // requests
  void serve(HttpConnection& connection);
  void answer_whole_requests(HttpConnection& connection);
  void send_later(HttpConnection& connection);
  void send_answers(HttpConnection& connection);
  bool flush(HttpConnection& connection);
  bool read_more(HttpConnection& connection);
  void wait_for_request(HttpConnection& connection, Wait what);
  void respond(HttpConnection& connection, const HttpRequest& request);
  void refuse(HttpConnection& connection, std::uint16_t status, std::string_view bytes);
  [[nodiscard]] WebPages* pages_for(const HttpConnection& connection, std::string_view target) const noexcept;
  void fail(WebPages* pages, const HttpRequest& request);
  AnswerKind limited(WebPages* pages, const HttpRequest& request, std::uint32_t seconds);
  AnswerKind make_response(const HttpConnection& connection, WebPages* pages, const ClientAddress& client,
                           const HttpRequest& request, Instant asked);
  void redirect(const HttpRequest& request);
  [[nodiscard]] ClientAddress client_of(const HttpConnection& connection, const HttpRequest& request) const;

  // the end
  void finish(HttpConnection& connection);
  void drain_input(HttpConnection& connection);
  void expired(HttpConnection& connection);
  void close(HttpConnection& connection);
  void keep_ticking();
  void begin_drain(std::chrono::milliseconds patience);
  void finish_if_drained();
  static void add(WhoisCounters::Count& count, std::uint64_t amount = 1) noexcept {
    count.fetch_add(amount, std::memory_order_relaxed);
  }

  Service& service_;
  std::shared_ptr<const HttpOptions> options_;
  boost::asio::io_context io_{1};  // one thread runs it
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer tick_{io_};
  boost::asio::steady_timer drain_end_{io_};
  Acceptor acceptor_;
  ListLink connections_;
  ListLink idle_;
  TimerWheel wheel_;
  RequestReader reader_;
  ResponseWriter writer_;
  RdapAnswerer rdap_;
  std::unique_ptr<WebPages> pages_;  ///< null: everything is RDAP's
  HttpResponse response_;
  std::vector<char> scratch_;
  std::string spare_in_;  ///< buffers that idle connections gave back
  std::string spare_out_;
  bool ticking_ = false;
  bool draining_ = false;
};

}  // namespace regdata::whois
