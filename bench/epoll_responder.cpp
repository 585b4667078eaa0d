// The reference for port 43: a bare epoll loop that answers every line with the same bytes. No parsing, no store, no limits, no
// deadlines; what is left is what TCP costs. Usage: epoll_responder BYTES THREADS; prints the port, ends with its standard
// input.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

int listener(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(socket, 4096) != 0) std::abort();
  return socket;
}

void add(int epoll, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

void respond(int socket, const std::string& answer) {
  const int epoll = epoll_create1(0);
  add(epoll, socket);
  std::array<epoll_event, 256> events{};
  std::array<char, 1024> query{};
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int ready = events[static_cast<std::size_t>(i)].data.fd;
      if (ready == socket) {
        for (;;) {
          const int client = accept4(socket, nullptr, nullptr, SOCK_NONBLOCK);
          if (client < 0) break;
          add(epoll, client);
        }
        continue;
      }
      if (recv(ready, query.data(), query.size(), 0) > 0)
        if (send(ready, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) std::perror("send");
      close(ready);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string answer(static_cast<std::size_t>(std::atoi(argv[1])), 'x');
  const int first = listener(0);
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(first, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  for (int i = 1; i < std::atoi(argv[2]); ++i)
    std::thread([&, socket = listener(ntohs(address.sin_port))] { respond(socket, answer); }).detach();
  std::thread([&] { respond(first, answer); }).detach();
  while (std::getchar() != EOF) continue;
  std::fflush(stdout);
  std::_Exit(0);
}
