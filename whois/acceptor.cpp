#include "whois/acceptor.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace regdata::whois {
namespace {

constexpr unsigned accepts_a_turn = 64;
constexpr std::chrono::milliseconds back_off{20};

bool out_of_resources(int error) noexcept { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

}  // namespace

void Acceptor::add(int socket, unsigned mark) {
  listeners_.push_back(std::make_unique<Listener>(Listener{Descriptor(io_, socket), mark, false}));
}

void Acceptor::start() {
  for (auto& listener : listeners_) wait(*listener);
}

void Acceptor::wait(Listener& listener) {
  if (listener.waiting || paused_ || stopped_) return;
  listener.waiting = true;
  listener.descriptor.async_wait(Descriptor::wait_read, [this, &listener](const boost::system::error_code& error) {
    listener.waiting = false;
    if (error || stopped_) return;
    accept_some(listener);
    wait(listener);
  });
}

/// Some and not all: connections that are open already get their turn. False: nobody else is waiting, or the pause is on.
bool Acceptor::accept_some(Listener& listener) {
  for (unsigned i = 0; i < accepts_a_turn && !paused_; ++i) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    const int socket = ::accept4(listener.descriptor.native_handle(), address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      welcome_(socket, ClientAddress::from(address).value_or(ClientAddress{}), listener.mark);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EBADF || errno == EINVAL) return false;
    if (!out_of_resources(errno)) continue;  // the connection failed, not we
    errors_.fetch_add(1, std::memory_order_relaxed);
    pause();
    return false;
  }
  return !paused_;
}

void Acceptor::pause() {
  if (paused_) return;
  paused_ = true;
  pause_end_.expires_after(back_off);
  pause_end_.async_wait([this](const boost::system::error_code&) {
    paused_ = false;
    start();
  });
}

void Acceptor::stop() {
  if (stopped_) return;
  for (auto& listener : listeners_)
    while (accept_some(*listener)) continue;
  stopped_ = true;
  for (auto& listener : listeners_) {
    boost::system::error_code ignored;
    listener->descriptor.close(ignored);
  }
  pause_end_.cancel();
}

}  // namespace regdata::whois
