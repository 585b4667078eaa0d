#include "app/whois_options.hpp"

namespace regdata::app {

Expected<std::vector<whois::Prefix>> prefixes(const std::vector<std::string>& texts) {
  std::vector<whois::Prefix> list;
  for (const auto& text : texts) {
    auto prefix = whois::Prefix::parse(text);
    if (!prefix) return prefix.error();
    list.push_back(*prefix);
  }
  return list;
}

whois::RateLimits rate_limits(const Config::Whois& config) {
  whois::RateLimits limits;
  limits.queries = {config.queries_per_minute, config.queries_burst};
  limits.no_matches = {config.no_matches_per_minute, config.no_matches_burst};
  limits.personal = {config.personal_per_minute, config.personal_burst};
  // Who lifts the limit of queries lifts the limit of time with it: a load test, a node behind its own limiter.
  if (config.queries_per_minute == 0) limits.server_time_us.per_minute = 0;
  limits.wide_factor = config.wide_factor;
  return limits;
}

Expected<whois::WhoisOptions> whois_options(const Config::Whois& config) {
  whois::WhoisOptions options;
  options.rates = rate_limits(config);
  options.timeouts.first_byte = config.first_byte_timeout;
  options.timeouts.query = config.query_timeout;
  options.timeouts.write = config.write_timeout;
  options.connections = config.connections;
  options.connections_per_prefix = config.connections_per_prefix;
  auto proxies = prefixes(config.proxies);
  if (!proxies) return proxies.error();
  options.proxies = std::move(*proxies);
  auto allow = prefixes(config.allow);
  if (!allow) return allow.error();
  options.allow = std::move(*allow);
  return options;
}

}  // namespace regdata::app
