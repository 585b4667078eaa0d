// Reading HTTP/1.1 requests from bytes (RFC 9112). Free of I/O and total.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "whois/http.hpp"

namespace regdata::whois {

inline constexpr std::size_t max_head_bytes = 8192;
inline constexpr std::size_t max_body_bytes = 16384;

/// What the bytes at hand amount to.
struct RequestRead {
  enum class State : std::uint8_t {
    more,     ///< not whole yet
    request,  ///< `request` is whole; `consumed` bytes belong to it
    refused,  ///< never going to be one: answer `status` and close, what follows cannot be told apart
  };
  State state = State::more;
  std::size_t consumed = 0;
  std::uint16_t status = 400;
  HttpRequest request;
};

/// Strict: one framing of the body (Content-Length; a transfer coding is refused with 501), one Host, no bare line feeds. Keeps
/// memory from one request to the next; one object a thread.
class RequestReader {
 public:
  RequestReader();
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// `bytes` begins where a request begins. Views in the result are good until the next call.
  RequestRead read(std::string_view bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::whois
