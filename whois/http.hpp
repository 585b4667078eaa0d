// Requests and responses of HTTP/1.1 (RFC 9110, RFC 9112) as the answering code sees them. No sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace regdata::whois {

enum class HttpMethod : std::uint8_t { get, head, options, post, other };

/// One request. Views live as long as the reader that made it and are good until its next call.
struct HttpRequest {
  HttpMethod method = HttpMethod::other;
  std::string_view target;  ///< as sent
  bool gzip = false;        ///< Accept-Encoding allows it
  std::string_view if_none_match;
  std::string_view accept_language;
  std::string_view content_type;
  std::string_view forwarded_for;  ///< X-Forwarded-For, several lines joined with commas
  std::string_view body;           ///< of a POST
  bool keep_alive = false;
};

/// One response. Buffers keep their memory from one response to the next.
struct HttpResponse {
  std::uint16_t status = 200;
  std::string_view content_type;  ///< a constant
  std::string headers;            ///< further lines, whole with CRLF; never anything that came from outside
  std::string etag;               ///< empty: none
  std::string body;

  void clear() {
    status = 200;
    content_type = {};
    headers.clear();
    etag.clear();
    body.clear();
  }
};

/// "Not Found".
std::string_view reason_phrase(std::uint16_t status) noexcept;

}  // namespace regdata::whois
