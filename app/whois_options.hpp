// What the port 43 server keeps to, from configuration.
#pragma once

#include "app/config.hpp"
#include "whois/server.hpp"

namespace regdata::app {

/// Errc::configuration: a prefix that is none.
Expected<whois::WhoisOptions> whois_options(const Config::Whois& config);

/// Errc::configuration: one that is none.
Expected<std::vector<whois::Prefix>> prefixes(const std::vector<std::string>& texts);

whois::RateLimits rate_limits(const Config::Whois& config);

}  // namespace regdata::app
