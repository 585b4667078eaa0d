#include "app/http_options.hpp"

#include <sys/stat.h>

#include "app/whois_options.hpp"

namespace regdata::app {

whois::RateLimits rate_limits(const Config::Http& config) {
  whois::RateLimits limits;
  limits.queries = {config.queries_per_minute, config.queries_burst};
  limits.no_matches = {config.no_matches_per_minute, config.no_matches_burst};
  limits.personal = {config.personal_per_minute, config.personal_burst};
  // As for port 43: who lifts the limit of queries lifts the limit of time with it.
  if (config.queries_per_minute == 0) limits.server_time_us.per_minute = 0;
  limits.wide_factor = config.wide_factor;
  return limits;
}

Expected<whois::HttpOptions> http_options(const Config::Http& config) {
  whois::HttpOptions options;
  options.rates = rate_limits(config);
  options.timeouts.handshake = config.handshake_timeout;
  options.timeouts.request = config.request_timeout;
  options.timeouts.idle = config.idle_timeout;
  options.timeouts.write = config.write_timeout;
  options.connections = config.connections;
  options.connections_per_prefix = config.connections_per_prefix;
  for (const auto& [texts, into] :
       {std::pair(&config.proxies, &options.proxies), std::pair(&config.forwarders, &options.forwarders),
        std::pair(&config.allow, &options.allow)}) {
    auto blocks = prefixes(*texts);
    if (!blocks) return blocks.error();
    *into = std::move(*blocks);
  }
  if (!config.certificate.empty() && !config.private_key.empty()) {
    auto tls = whois::TlsContext::load(config.certificate, config.private_key);
    if (!tls) return tls.error();
    options.tls = std::move(*tls);
  }
  return options;
}

std::uint64_t certificate_mark(const Config::Http& config) {
  std::uint64_t mark = 0;
  for (const auto& file : {config.certificate, config.private_key}) {
    struct stat status {};
    if (file.empty() || ::stat(file.c_str(), &status) != 0) return 0;
    // another file under the same name has another number; one that is written in place has another time
    for (const std::uint64_t part :
         {static_cast<std::uint64_t>(status.st_ino), static_cast<std::uint64_t>(status.st_size),
          static_cast<std::uint64_t>(status.st_mtim.tv_sec), static_cast<std::uint64_t>(status.st_mtim.tv_nsec)}) {
      mark = mark * 0x100000001B3U + part + 1;
    }
  }
  return mark;
}

}  // namespace regdata::app
