#include "app/query_log.hpp"

#include <fmt/format.h>

namespace regdata::app {

std::string Pseudonyms::of(const whois::ClientPrefix& prefix, UtcTime now) {
  if (prefix.length == 0) return "unknown";
  std::array<std::uint8_t, crypto_generichash_BYTES_MIN> digest{};
  {
    const std::lock_guard guard(mutex_);
    const std::int64_t day = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
    if (day != day_) {
      fill_(key_.data(), key_.size());
      day_ = day;
    }
    // The length is part of the input: an IPv4 address and an IPv6 prefix that begin alike are different clients.
    std::array<std::uint8_t, 9> input{};
    input[0] = prefix.length;
    std::copy(prefix.bytes.begin(), prefix.bytes.end(), input.begin() + 1);
    crypto_generichash(digest.data(), digest.size(), input.data(), input.size(), key_.data(), key_.size());
  }
  std::string text;
  for (std::size_t i = 0; i < 6; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

whois::WhoisServer::QueryLog query_log(Log& log, std::string_view protocol, Pseudonyms& pseudonyms, Clock clock) {
  return [&log, protocol, &pseudonyms, clock = std::move(clock)](const whois::QueryEvent& event) {
    log.info("query", {{"protocol", event.page ? std::string_view("page") : protocol},
                       {"result", whois::to_string(event.kind)},
                       {"client", pseudonyms.of(event.client, clock())},
                       {"duration_us", event.duration.count()},
                       {"bytes", event.bytes},
                       {"proxied", event.proxied}});
  };
}

}  // namespace regdata::app
