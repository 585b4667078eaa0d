// Writing HTTP/1.1 responses (RFC 9112 §4).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "registration/utc_time.hpp"
#include "whois/http.hpp"

namespace regdata::whois {

/// Appends responses to a connection's output. One object a thread: it remembers the text of the current second and the
/// compressor's memory.
class ResponseWriter {
 public:
  ResponseWriter();
  ~ResponseWriter();
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;

  /// Head and, unless `head_only`, body. A HEAD answer has the headers of the GET answer, the length among them. Bodies of a
  /// kilobyte or more are compressed where `gzip` allows.
  void append(std::string& out, const HttpResponse& response, bool head_only, bool gzip, bool keep_alive, UtcTime now);

 private:
  struct Impl;
  /// The body to send: compressed into a buffer of its own, or as it is.
  std::string_view encoded(const HttpResponse& response, bool gzip, bool& compressed);

  std::string date_;
  UtcTime date_of_{};
  std::unique_ptr<Impl> impl_;
};

/// True when a condition of If-None-Match holds for the tag, weakly compared (RFC 9110 §13.1.2).
bool matches_etag(std::string_view if_none_match, std::string_view etag) noexcept;

}  // namespace regdata::whois
