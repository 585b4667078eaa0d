// What the HTTP server keeps to, from configuration.
#pragma once

#include "app/config.hpp"
#include "whois/http_server.hpp"

namespace regdata::app {

/// Reads the certificate. Errc::configuration: a prefix that is none, a certificate or key that cannot be used.
Expected<whois::HttpOptions> http_options(const Config::Http& config);

whois::RateLimits rate_limits(const Config::Http& config);

/// When certificate or key were last replaced, as one number that moves with either; 0: none is configured, or they cannot be
/// seen.
std::uint64_t certificate_mark(const Config::Http& config);

}  // namespace regdata::app
