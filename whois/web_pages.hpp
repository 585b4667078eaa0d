// What else is answered over HTTP beside RDAP: pages for people. The server knows this interface and no page.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "registration/utc_time.hpp"
#include "whois/answer.hpp"
#include "whois/http.hpp"
#include "whois/limits.hpp"
#include "whois/prefix.hpp"

namespace regdata::whois {

/// The pages of one thread. Not thread-safe; never fails: trouble is a page too.
class WebPages {
 public:
  virtual ~WebPages() = default;

  /// True: the path is theirs and not RDAP's. `first` is the first segment as sent; empty for "/".
  [[nodiscard]] virtual bool owns(std::string_view first) const noexcept = 0;

  /// Replaces `response`. `client` is for limits and never for the page. `moment` as in Answerer.
  virtual Answer answer(const HttpRequest& request, const ClientAddress& client, const RateLimits& limits, UtcTime now,
                        Answerer::Instant moment, HttpResponse& response) = 0;

  /// The page that says how many seconds to wait: 429 with Retry-After.
  virtual void limited(const HttpRequest& request, std::uint32_t seconds, HttpResponse& response) = 0;
};

/// Makes the pages of one more thread.
using MakeWebPages = std::function<std::unique_ptr<WebPages>()>;

/// First segment of a target's path, as sent: "lookup" of "/lookup?name=x".
constexpr std::string_view first_segment(std::string_view target) noexcept {
  if (!target.starts_with('/')) return {};
  target.remove_prefix(1);
  const std::size_t end = target.find_first_of("/?");
  return end == std::string_view::npos ? target : target.substr(0, end);
}

}  // namespace regdata::whois
