#include "bench/canned_registry.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace regdata::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view canned_greeting =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><greeting><svID>canned</svID>"
    "<svDate>2026-11-28T00:00:00Z</svDate><svcMenu><version>1.0</version><lang>en</"
    "lang><objURI>urn:ietf:params:xml:ns:domain-1.0"
    "</objURI><objURI>urn:ietf:params:xml:ns:host-1.0</objURI><objURI>urn:ietf:params:xml:ns:contact-1.0</objURI></"
    "svcMenu><dcp>"
    "<access><none/></access><statement><purpose><prov/></purpose><recipient><ours/></recipient><retention><stated/></"
    "retention>"
    "</statement></dcp></greeting></epp>";

/// Behind the name: what a registry without contacts tells of one of ours.
constexpr std::string_view info_rest =
    "</domain:name><domain:roid>D1-CANNED</domain:roid><domain:status s=\"ok\"/><domain:ns><domain:hostObj>ns1.other.example</"
    "domain:hostObj><domain:hostObj>ns2.other.example</domain:hostObj></domain:ns><domain:clID>REG-BENCH</domain:clID>"
    "<domain:crID>REG-BENCH</domain:crID><domain:crDate>2020-01-31T12:00:00Z</domain:crDate><domain:upID>REG-BENCH</"
    "domain:upID><domain:upDate>2026-01-31T12:00:00Z</domain:upDate><domain:exDate>2027-01-31T12:00:00Z</domain:exDate></"
    "domain:infData></resData>";

constexpr std::chrono::milliseconds spin_time{2};

std::string framed(std::string_view xml) {
  const auto size = static_cast<std::uint32_t>(xml.size() + 4);
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(size >> shift);
  frame += xml;
  return frame;
}

/// What every command is answered with; its clTRID goes in.
std::string canned_answer(std::string_view command) {
  const auto open = command.find("<clTRID>");
  const auto close = command.find("</clTRID>");
  const std::string_view id = open == std::string_view::npos ? "" : command.substr(open + 8, close - open - 8);
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response><result code=\"";
  const auto is = [&](std::string_view verb) { return command.find(verb) != std::string_view::npos; };
  xml += is("<logout") ? "1500" : is("<poll") ? "1300" : "1000";
  xml += "\"><msg>Command completed successfully</msg></result>";
  if (command.find(":check") != std::string_view::npos)
    xml +=
        "<resData><domain:chkData xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\"><domain:cd><domain:name avail=\"1\">"
        "bluehen.example</domain:name></domain:cd></domain:chkData></resData>";
  if (command.find("domain:info") != std::string_view::npos) {
    const auto name = command.find("<domain:name");
    const auto begin = command.find('>', name) + 1;
    xml += "<resData><domain:infData xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\"><domain:name>";
    xml += command.substr(begin, command.find('<', begin) - begin);
    xml += info_rest;
  }
  xml += "<trID><clTRID>";
  xml += id;
  xml += "</clTRID><svTRID>canned-1</svTRID></trID></response></epp>";
  return framed(xml);
}

}  // namespace

CannedRegistry::CannedRegistry(const std::filesystem::path& certificate, const std::filesystem::path& key,
                               std::chrono::milliseconds delay)
    : context_(SSL_CTX_new(TLS_server_method())), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), delay_(delay) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool good = SSL_CTX_use_certificate_chain_file(context_, certificate.c_str()) == 1 &&
                    SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) == 1 &&
                    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 16) == 0 &&
                    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (!good) throw std::runtime_error("the canned registry cannot serve");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] {
    std::vector<std::thread> visitors;
    while (!is_over_) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) break;
      visitors.emplace_back([this, socket] { serve(socket); });
    }
    for (std::thread& one : visitors) one.join();
  });
}

CannedRegistry::~CannedRegistry() {
  is_over_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  ::close(listener_);
  acceptor_.join();
  SSL_CTX_free(context_);
}

void CannedRegistry::serve(int socket) const {
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  SSL* ssl = SSL_new(context_);
  SSL_set_fd(ssl, socket);
  if (SSL_accept(ssl) == 1) {
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    struct Due {
      Clock::time_point at;
      std::string frame;
    };
    std::deque<Due> due{{Clock::now(), framed(canned_greeting)}};
    std::string in, out;
    std::array<char, 65536> buffer{};
    Clock::time_point last = Clock::now();
    while (!is_over_) {
      for (; !due.empty() && due.front().at <= Clock::now(); due.pop_front()) out += due.front().frame;
      if (!out.empty()) {
        const int written = SSL_write(ssl, out.data(), static_cast<int>(out.size()));
        if (written > 0) out.erase(0, static_cast<std::size_t>(written));
      }
      const int got = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
      if (got > 0) {
        in.append(buffer.data(), static_cast<std::size_t>(got));
        std::size_t at = 0;
        while (in.size() - at >= 4) {
          std::uint32_t size = 0;
          for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(in[at + i]);
          if (in.size() - at < size) break;
          due.push_back({Clock::now() + delay_, canned_answer(std::string_view(in).substr(at + 4, size - 4))});
          at += size;
        }
        in.erase(0, at);
        last = Clock::now();
        continue;
      }
      const int error = SSL_get_error(ssl, got);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) break;
      // it has a core of its own: to sleep and be woken would be most of what is measured
      if (Clock::now() - last < spin_time) continue;
      const auto patience = due.empty() ? std::chrono::milliseconds(100)
                                        : std::chrono::duration_cast<std::chrono::milliseconds>(due.front().at - Clock::now());
      pollfd waits{socket, static_cast<short>(POLLIN | (out.empty() ? 0 : POLLOUT)), 0};
      ::poll(&waits, 1, static_cast<int>(std::max<std::int64_t>(0, patience.count())));
    }
  }
  SSL_free(ssl);
  ::close(socket);
}

}  // namespace regdata::bench
