// From one HTTP request to the response of RDAP (RFC 7480): what the server and `regdata lookup --rdap` share.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "redaction/view_store.hpp"
#include "registration/utc_time.hpp"
#include "whois/answer.hpp"
#include "whois/http.hpp"
#include "whois/limits.hpp"
#include "whois/rdap.hpp"
#include "whois/rdap_query.hpp"

namespace regdata::whois {

/// An https URL that ends in "/", taken apart: "https://rdap.registrar.example" and "/".
struct BaseUrl {
  std::string origin;
  std::string path;

  /// Empty parts for anything else.
  static BaseUrl of(std::string_view url);
};

/// Answers the RDAP requests of one thread. Remembers for Answerer::refresh_after what is the same for every name. Not
/// thread-safe.
class RdapAnswerer {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  /// `views` outlives the answerer.
  explicit RdapAnswerer(redaction::ViewReader& views) : views_(views) {}

  /// Replaces `response`. Never fails: trouble with the store is a response too. GET and HEAD are answered alike (RFC 7480
  /// §4.1).
  Answer answer(const HttpRequest& request, const RateLimits& limits, UtcTime now, Instant moment, HttpResponse& response);

  /// Where RDAP is offered: scheme and host. Empty: nowhere, or the texts cannot be read.
  std::string origin();

 private:
  friend class RdapAnswering;
  bool refresh(Instant moment);

  redaction::ViewReader& views_;
  std::shared_ptr<const redaction::PublicTexts> texts_;
  RdapPieces pieces_;
  BaseUrl base_;
  redaction::ViewStoreState state_;
  Instant refreshed_{};
  std::string url_;
};

/// An error with RFC 9083's body and the headers that every RDAP response has.
void make_rdap_error(HttpResponse& response, std::uint16_t status, std::string_view title, std::string_view description);
/// 429 with Retry-After (RFC 6585 §4, RFC 7480 §5.5).
void make_rdap_limited(HttpResponse& response, std::uint32_t seconds);

}  // namespace regdata::whois
