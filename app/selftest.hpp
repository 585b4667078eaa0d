// The checks that ICANN's tool runs against a registrar's RDAP service, run by ourselves (lookup.md §3).
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "app/rdap_client.hpp"
#include "whois/profile_check.hpp"

namespace regdata::app {

/// A broken rule, and the request whose answer showed it.
struct SelftestFinding {
  whois::ProfileFinding finding;
  std::string request;  ///< "GET over IPv4, Accept application/json"
};

struct SelftestReport {
  std::vector<SelftestFinding> findings;  ///< each rule and place once, with the first request that showed it
  std::uint32_t requests = 0;
  bool answered = false;  ///< by at least one address family
  std::string trouble;    ///< of the first request without an answer, in libcurl's words
};

struct SelftestPlan {
  std::string url;       ///< an RDAP query: ".../domain/shop.example", ".../help"
  std::string base_url;  ///< empty: told from `url`
  std::vector<IpFamily> families{IpFamily::v4, IpFamily::v6};
  bool plain_http = true;  ///< look at port 80 too; not where the client was sent to another address
  /// See whois::ProfileAsked. Must outlive the run.
  const std::set<std::string, std::less<>>* repository_ids = nullptr;
};

using AskRdap = std::function<Expected<RdapResponse>(const RdapRequest&)>;
/// Waits that many seconds.
using WaitSeconds = std::function<void(std::uint32_t)>;

/// About 30 requests: for IPv4 and IPv6, each Accept value, GET, HEAD, the name in mixed case, a name that nobody has, help
/// with a query; then three handshakes that must fail or succeed. A 429 with Retry-After of a minute or less is waited for,
/// once a request.
SelftestReport run_selftest(const SelftestPlan& plan, const AskRdap& ask, const WaitSeconds& wait);

}  // namespace regdata::app
