// What the port 43 server keeps to, from configuration.
#pragma once

#include "app/config.hpp"
#include "whois/server.hpp"

namespace regdata::app {

/// Errc::configuration: a prefix that is none.
Expected<whois::WhoisOptions> whois_options(const Config::Whois& config);

whois::RateLimits rate_limits(const Config::Whois& config);

}  // namespace regdata::app
