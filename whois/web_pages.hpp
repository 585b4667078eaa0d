// What else is answered over HTTP beside RDAP: pages for people. The server knows this interface and no page.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "registration/utc_time.hpp"
#include "whois/answer.hpp"
#include "whois/http.hpp"
#include "whois/limits.hpp"
#include "whois/prefix.hpp"
#include "whois/target.hpp"

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

  /// The page for a request that has no answer: 413, 414 or 431 where it is too long to be read, so that `request` is no more
  /// than a target; 500 where making the answer failed.
  virtual void failed(const HttpRequest& request, std::uint16_t status, HttpResponse& response) = 0;
};

/// Several as one: the first that owns a path answers. At least one of them owns each path that is asked for (owns()).
class WebPagesTogether final : public WebPages {
 public:
  explicit WebPagesTogether(std::vector<std::unique_ptr<WebPages>> parts) : parts_(std::move(parts)) {}

  [[nodiscard]] bool owns(std::string_view first) const noexcept override { return owner(first) != nullptr; }
  Answer answer(const HttpRequest& request, const ClientAddress& client, const RateLimits& limits, UtcTime now,
                Answerer::Instant moment, HttpResponse& response) override;
  void limited(const HttpRequest& request, std::uint32_t seconds, HttpResponse& response) override;
  void failed(const HttpRequest& request, std::uint16_t status, HttpResponse& response) override;

 private:
  [[nodiscard]] WebPages* owner(std::string_view first) const noexcept {
    for (const auto& part : parts_)
      if (part->owns(first)) return part.get();
    return nullptr;
  }

  std::vector<std::unique_ptr<WebPages>> parts_;
};

/// Makes the pages of one more thread.
using MakeWebPages = std::function<std::unique_ptr<WebPages>()>;

/// First segment of a target's path, as sent, in either form (RFC 9112 §3.2): "lookup" of "/lookup?name=x", nothing of "/". A
/// target that is neither form is "*", which nobody owns.
inline std::string_view first_segment(std::string_view target) noexcept {
  target = origin_form(target);
  if (target.empty()) return "*";
  if (!target.starts_with('/')) return {};
  target.remove_prefix(1);
  const std::size_t end = target.find_first_of("/?");
  return end == std::string_view::npos ? target : target.substr(0, end);
}

inline Answer WebPagesTogether::answer(const HttpRequest& request, const ClientAddress& client, const RateLimits& limits,
                                       UtcTime now, Answerer::Instant moment, HttpResponse& response) {
  return owner(first_segment(request.target))->answer(request, client, limits, now, moment, response);
}

inline void WebPagesTogether::limited(const HttpRequest& request, std::uint32_t seconds, HttpResponse& response) {
  owner(first_segment(request.target))->limited(request, seconds, response);
}

inline void WebPagesTogether::failed(const HttpRequest& request, std::uint16_t status, HttpResponse& response) {
  owner(first_segment(request.target))->failed(request, status, response);
}

}  // namespace regdata::whois
