// A connection that could not be answered in one go: read, written, waited for, closed.
#include <sys/socket.h>

#include <exception>

#include "whois/event_loop.hpp"
#include "whois/transfer.hpp"

namespace regdata::whois {
void EventLoop::wait(Connection& connection) {
  connection.waiting = true;
  const auto what = connection.state == Connection::State::writing ? Descriptor::wait_write : Descriptor::wait_read;
  connection.descriptor.async_wait(what, [this, &connection](const boost::system::error_code&) {
    connection.waiting = false;
    if (connection.closed) {
      connection.MemberLink::unlink();
      delete &connection;
      finish_if_drained();
      return;
    }
    ready(connection);
  });
}

void EventLoop::ready(Connection& connection) try {
  switch (connection.state) {
    case Connection::State::reading:
      return read_more(connection);
    case Connection::State::writing:
      return write_more(connection);
  }
} catch (const std::exception&) {
  add(service_.counters.aborted);
  close(connection);
}

void EventLoop::read_more(Connection& connection) {
  const int got = receive(connection.descriptor.native_handle(), connection.inbox);
  if (got > 0) add(service_.counters.bytes_in, static_cast<std::uint64_t>(got));
  if (got == -2 || (got == 0 && connection.inbox.size == 0)) {
    add(service_.counters.aborted);
    return close(connection);
  }
  Query query = Refusal::empty;
  if (got == -1 || examine(connection.inbox, connection.peer, query) == Step::wait) {
    if (!count(connection)) return;
    wheel_.set(connection, connection.accepted + options_->timeouts.query);
    return wait(connection);
  }
  connection.IdleLink::unlink();
  connection.asked = now();
  connection.kind = make_answer(connection.peer, query, connection.asked);
  connection.answer.swap(out_);
  connection.state = Connection::State::writing;
  wheel_.set(connection, connection.asked + options_->timeouts.write);
  write_more(connection);
  // `connection` may be gone
}

void EventLoop::write_more(Connection& connection) {
  const std::string_view rest = std::string_view(connection.answer).substr(connection.sent);
  const std::int64_t sent = deliver(connection.descriptor.native_handle(), rest);
  if (sent < 0) {
    add(service_.counters.aborted);
    return close(connection);
  }
  connection.sent += static_cast<std::uint32_t>(sent);
  if (connection.sent < connection.answer.size()) return wait(connection);
  book_answer(service_, connection.kind, connection.peer.client, connection.peer.proxied, connection.asked,
              connection.answer.size());
  connection.answer.swap(out_);
  part(connection);
}

/// After the answer: the place is free, the socket stays until the client has closed its side. `connection` may be gone.
void EventLoop::part(Connection& connection) {
  if (!connection.inbox.ended) half_close(connection.descriptor.release(), now());
  close(connection);
}

void EventLoop::expired(Connection& connection) {
  add(service_.counters.timed_out);
  close(connection);
}

/// Afterwards the connection is gone, or goes when its outstanding operation has been cancelled.
void EventLoop::close(Connection& connection) {
  if (connection.closed) return;
  connection.closed = true;
  connection.IdleLink::unlink();
  connection.TimerLink::unlink();
  if (connection.counted) service_.connections.leave(connection.peer.client);
  service_.counters.open.fetch_sub(1, std::memory_order_relaxed);
  boost::system::error_code ignored;
  connection.descriptor.close(ignored);
  if (connection.waiting) return;
  connection.MemberLink::unlink();
  delete &connection;
  finish_if_drained();
}

}  // namespace regdata::whois
