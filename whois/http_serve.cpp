// An open connection: requests in, responses out, one after the other.
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>

#include "registration/ascii.hpp"
#include "whois/http_loop.hpp"
#include "whois/target.hpp"
#include "whois/transfer.hpp"

namespace regdata::whois {
namespace {

/// Requests of one client that are answered before others get their turn, and output that is made before it is sent.
constexpr unsigned requests_at_once = 32;
constexpr std::size_t output_at_once = 128 * 1024;
/// An idle connection keeps no buffer; one that is returned keeps at most this.
constexpr std::size_t most_kept = 64 * 1024;

void give_back(std::string& buffer, std::string& spare) {
  if (buffer.capacity() > most_kept || spare.capacity() >= buffer.capacity()) {
    buffer = std::string();
    return;
  }
  buffer.clear();
  spare.swap(buffer);
  buffer = std::string();
}

/// Of a request that cannot be read whole: its target, or how it begins.
std::string_view target_in(std::string_view bytes) noexcept {
  const std::string_view line = bytes.substr(0, std::min(bytes.find_first_of("\r\n"), max_target_bytes));
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return {};
  const std::string_view rest = line.substr(blank + 1);
  return rest.substr(0, rest.find(' '));
}

}  // namespace

/// Goes on until there is something to send, or nothing to read.
void HttpLoop::serve(HttpConnection& connection) {
  do {
    answer_whole_requests(connection);
    if (!connection.out.empty()) return send_later(connection);
  } while (read_more(connection));
}

/// Answers go out behind the requests that came in with this one: reading the views and talking to the kernel each find the
/// processor's caches as they left them, and nobody's second request is answered before everybody's first.
void HttpLoop::send_later(HttpConnection& connection) {
  connection.state = HttpConnection::State::answered;
  connection.waiting = true;
  boost::asio::post(io_, [this, &connection] { resume(connection); });
}

void HttpLoop::send_answers(HttpConnection& connection) {
  if (!flush(connection)) return;  // waiting, or gone
  connection.state = HttpConnection::State::open;
  if (connection.closing) return finish(connection);
  if (connection.in.empty() && !connection.channel.may_have_more()) return wait_for_request(connection, Wait::read);
  serve(connection);
}

/// Between two requests a connection holds no buffer.
void HttpLoop::wait_for_request(HttpConnection& connection, Wait what) {
  if (connection.in.empty() && connection.IdleLink::alone()) {
    give_back(connection.in, spare_in_);
    give_back(connection.out, spare_out_);
    idle_.append(static_cast<IdleLink&>(connection));
    wheel_.set(connection, now() + (draining_ ? options_->timeouts.linger : options_->timeouts.idle));
  }
  wait(connection, what);
}

/// At most as many as one client gets before others have their turn.
void HttpLoop::answer_whole_requests(HttpConnection& connection) {
  std::string_view rest = connection.in;
  if (rest.empty()) return;
  if (connection.out.capacity() == 0) connection.out.swap(spare_out_);
  for (unsigned i = 0; i < requests_at_once && connection.out.size() <= output_at_once; ++i) {
    if (rest.empty() || connection.closing) break;
    const RequestRead read = reader_.read(rest);
    if (read.state == RequestRead::State::more) break;
    if (read.state == RequestRead::State::refused) {
      refuse(connection, read.status, rest);
      break;
    }
    respond(connection, read.request);
    rest.remove_prefix(read.consumed);
    if (!rest.empty()) wheel_.set(connection, now() + options_->timeouts.request);  // a new one has begun
  }
  connection.in.erase(0, connection.in.size() - rest.size());
}

/// False: the kernel takes no more, or the connection is gone.
bool HttpLoop::flush(HttpConnection& connection) {
  std::size_t sent = 0;
  while (sent < connection.out.size()) {
    const Channel::Moved moved = connection.channel.send(std::string_view(connection.out).substr(sent));
    if (moved.state == Channel::State::moved && moved.bytes > 0) {
      sent += moved.bytes;
      continue;
    }
    connection.out.erase(0, sent);
    if (moved.state == Channel::State::wait_read || moved.state == Channel::State::wait_write) {
      if (sent > 0 || connection.IdleLink::alone()) wheel_.set(connection, now() + options_->timeouts.write);
      wait(connection, moved.state == Channel::State::wait_read ? Wait::read : Wait::write);
      return false;
    }
    add(service_.counters.aborted);
    close(connection);
    return false;
  }
  connection.out.clear();
  return true;
}

/// False: waiting, or gone.
bool HttpLoop::read_more(HttpConnection& connection) {
  const Channel::Moved got = connection.channel.receive(scratch_.data(), scratch_.size());
  switch (got.state) {
    case Channel::State::moved: {
      add(service_.counters.bytes_in, got.bytes);
      const bool first = connection.in.empty();
      if (connection.in.capacity() == 0) connection.in.swap(spare_in_);
      connection.in.append(scratch_.data(), got.bytes);
      if (first) {
        connection.IdleLink::unlink();
        wheel_.set(connection, now() + options_->timeouts.request);
      }
      return true;
    }
    case Channel::State::wait_read:
      wait_for_request(connection, Wait::read);
      return false;
    case Channel::State::wait_write:
      wait_for_request(connection, Wait::write);
      return false;
    case Channel::State::ended:
      if (!connection.in.empty()) add(service_.counters.aborted);
      connection.channel.finish();
      close(connection);
      return false;
    case Channel::State::broken:
      break;
  }
  add(service_.counters.aborted);
  close(connection);
  return false;
}

/// Whom limits and pseudonyms are about. Only a listed peer is believed, and only what listed peers wrote: from the right, the
/// first address that is none of theirs (lookup.md §7).
ClientAddress HttpLoop::client_of(const HttpConnection& connection, const HttpRequest& request) const {
  ClientAddress client = connection.client;
  if (!connection.forwarder) return client;
  std::string_view rest = request.forwarded_for;
  while (!rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    const std::string_view last = trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
    const auto address = ClientAddress::parse(last);
    if (!address) break;  // not an address: the peer that passed it on stands for it
    client = *address;
    if (!contains(options_->forwarders, client)) break;
  }
  return client;
}

void HttpLoop::respond(HttpConnection& connection, const HttpRequest& request) {
  const Instant asked = now();
  const ClientAddress client = client_of(connection, request);
  WebPages* pages = pages_for(connection, request.target);
  const AnswerKind kind = make_response(connection, pages, client, request, asked);
  connection.closing = !request.keep_alive || draining_;
  const std::size_t before = connection.out.size();
  writer_.append(connection.out, response_, request.method == HttpMethod::head, request.gzip, !connection.closing,
                 service_.clock());
  book_answer(service_, kind, client, connection.forwarder, asked, connection.out.size() - before, pages != nullptr);
}

AnswerKind HttpLoop::make_response(const HttpConnection& connection, WebPages* pages, const ClientAddress& client,
                                   const HttpRequest& request, Instant asked) {
  const bool free = contains(options_->allow, client);
  const auto moment = std::chrono::duration_cast<RateLimiter::Time>(asked.time_since_epoch());
  AnswerCounters& counters = pages != nullptr ? service_.pages : service_.counters;
  if (!free) {
    // before anything is looked up: a refusal costs as little as possible
    if (const std::uint32_t seconds = service_.limiter.admit(client, options_->rates, moment))
      return limited(pages, request, seconds);
  }
  if (connection.port == HttpPort::redirect) {
    redirect(request);
    return AnswerKind::elsewhere;
  }
  Answer result;
  try {
    result = pages != nullptr ? pages->answer(request, client, options_->rates, service_.clock(), asked, response_)
                              : rdap_.answer(request, options_->rates, service_.clock(), asked, response_);
  } catch (const std::exception&) {  // no memory, or a bug: this client's answer fails and nobody else's
    fail(pages, request);
    result = {AnswerKind::error};
  }
  if (free) {
    count_redacted(counters, result);
    return result.kind;
  }
  const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(now() - asked).count();
  service_.limiter.settle(client, options_->rates, moment, result.kind == AnswerKind::no_match,
                          static_cast<std::uint32_t>(std::clamp<std::int64_t>(spent, 0, UINT32_MAX)));
  if (result.personal) {
    if (const std::uint32_t seconds = service_.limiter.admit_personal(client, options_->rates, moment))
      return limited(pages, request, seconds);
  }
  count_redacted(counters, result);
  return result.kind;
}

/// Null: the answer is RDAP's. A port that redirects has no page.
WebPages* HttpLoop::pages_for(const HttpConnection& connection, std::string_view target) const noexcept {
  const bool page = pages_ && connection.port != HttpPort::redirect && pages_->owns(first_segment(target));
  return page ? pages_.get() : nullptr;
}

void HttpLoop::fail(WebPages* pages, const HttpRequest& request) {
  if (pages != nullptr)
    pages->failed(request, 500, response_);
  else
    make_rdap_error(response_, 500, "Internal Server Error", "The answer could not be made.");
}

AnswerKind HttpLoop::limited(WebPages* pages, const HttpRequest& request, std::uint32_t seconds) {
  if (pages != nullptr)
    pages->limited(request, seconds, response_);
  else
    make_rdap_limited(response_, seconds);
  return AnswerKind::limited;
}

/// To the configured address, never to what the client called us. The query is not carried along (rules.md §4.1).
void HttpLoop::redirect(const HttpRequest& request) {
  const std::string origin = rdap_.origin();
  const auto target = parse_target(request.target);
  if (origin.empty() || !target) return make_rdap_error(response_, 400, "Bad Request", "The path is not valid.");
  response_.clear();
  response_.status = 301;
  response_.headers.append("Location: ").append(origin);
  for (const std::string& segment : target->segments) response_.headers.append("/").append(percent_encode(segment));
  if (target->segments.empty()) response_.headers.append("/");
  response_.headers.append("\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: no-cache\r\n");
}

/// What cannot be read as a request is answered once, then nothing more is believed of this connection.
void HttpLoop::refuse(HttpConnection& connection, std::uint16_t status, std::string_view bytes) {
  HttpRequest begun;
  begun.target = target_in(bytes);
  // a person who pasted too much reads a page; whoever speaks no HTTP is no person
  const bool too_long = status == 413 || status == 431;
  WebPages* pages = too_long && begun.target.starts_with('/') ? pages_for(connection, begun.target) : nullptr;
  if (pages != nullptr)
    pages->failed(begun, status, response_);
  else
    make_rdap_error(response_, status, reason_phrase(status), "The request is not valid HTTP/1.1, or too long.");
  connection.closing = true;
  const std::size_t before = connection.out.size();
  writer_.append(connection.out, response_, false, false, false, service_.clock());
  book_answer(service_, AnswerKind::refused, connection.client, connection.forwarder, now(), connection.out.size() - before,
              pages != nullptr);
}

}  // namespace regdata::whois
