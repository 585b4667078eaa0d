// What the self-test makes of a server's behaviour, without a network: the real ones are asked in selftest_test.py.
#include "app/selftest.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace regdata::app {
namespace {

constexpr const char* help = R"({"rdapConformance":["rdap_level_0","icann_rdap_response_profile_1",
"icann_rdap_technical_implementation_guide_1"],"notices":[{"title":"Terms of Service","description":["x"],"links":[
{"value":"URL","rel":"terms-of-service","href":"https://registrar.example/"}]}]})";
constexpr const char* not_found = R"({"rdapConformance":["rdap_level_0"],"errorCode":404})";

RdapResponse sound(const RdapRequest& request) {
  RdapResponse response;
  response.content_type = "application/rdap+json";
  response.allow_origin = "*";
  response.status = request.url.ends_with("test.invalid") ? 404 : 200;
  response.body = response.status == 404 ? not_found : help;
  if (const auto at = response.body.find("URL"); at != std::string::npos) response.body.replace(at, 3, request.url);
  if (request.head) response.body.clear();
  return response;
}

/// A server that does what the profile wants; `spoil` may answer otherwise.
struct Server {
  std::function<std::optional<Expected<RdapResponse>>(const RdapRequest&)> spoil;
  std::vector<std::uint32_t> waits;
  std::uint32_t asked = 0;

  SelftestReport run(const std::string& url) {
    return run_selftest(
        {url, {}, {IpFamily::v4, IpFamily::v6}, true},
        [this](const RdapRequest& request) -> Expected<RdapResponse> {
          ++asked;
          if (spoil)
            if (auto response = spoil(request)) return *response;
          if (request.url.starts_with("http://") || request.offer == TlsOffer::before_tls12 ||
              request.offer == TlsOffer::weak_ciphers)
            return make_error(Errc::unavailable, "refused");
          return sound(request);
        },
        [this](std::uint32_t seconds) { waits.push_back(seconds); });
  }
};

std::vector<int> codes(const SelftestReport& report) {
  std::vector<int> list;
  for (const auto& one : report.findings) list.push_back(one.finding.code);
  return list;
}

constexpr const char* asked = "https://rdap.registrar.example/help";

TEST(Selftest, SoundServerHasNoFindings) {
  Server server;
  const auto report = server.run(asked);
  EXPECT_EQ(codes(report), std::vector<int>{});
  EXPECT_TRUE(report.answered);
  EXPECT_EQ(report.requests, server.asked);
  EXPECT_GE(report.requests, 20U);
}

TEST(Selftest, PlainHttpMayOnlyRedirect) {
  Server server;
  std::uint16_t status = 200;
  server.spoil = [&](const RdapRequest& request) -> std::optional<Expected<RdapResponse>> {
    if (!request.url.starts_with("http://")) return std::nullopt;
    RdapResponse response = sound(request);
    response.status = status;
    return response;
  };
  EXPECT_EQ(codes(server.run(asked)), std::vector<int>{-20101});
  status = 301;
  EXPECT_EQ(codes(server.run(asked)), std::vector<int>{});
}

TEST(Selftest, RedirectsMayNotCarryTheQueryAlong) {
  Server server;
  bool carries = true;
  server.spoil = [&](const RdapRequest& request) -> std::optional<Expected<RdapResponse>> {
    if (request.url.find('?') == std::string::npos) return std::nullopt;
    RdapResponse response = sound(request);
    response.status = 302;
    response.location =
        carries ? "https://other.example/" + request.url.substr(request.url.find('?')) : "https://other.example/";
    return response;
  };
  EXPECT_EQ(codes(server.run(asked)), std::vector<int>{-13004});
  carries = false;
  EXPECT_EQ(codes(server.run(asked)), std::vector<int>{});
}

TEST(Selftest, WaitsWhereTheServerSaysHowLong) {
  Server server;
  bool limited = true;
  server.spoil = [&](const RdapRequest&) -> std::optional<Expected<RdapResponse>> {
    if (!std::exchange(limited, false)) return std::nullopt;
    RdapResponse response;
    response.status = 429;
    response.retry_after = 7;
    return response;
  };
  EXPECT_EQ(codes(server.run(asked)), std::vector<int>{});
  EXPECT_EQ(server.waits, std::vector<std::uint32_t>{7});
  server.spoil = [](const RdapRequest&) -> std::optional<Expected<RdapResponse>> {
    RdapResponse response;
    response.status = 429;
    response.retry_after = 86400;
    return response;
  };
  server.waits.clear();
  const auto found = codes(server.run(asked));
  EXPECT_NE(std::find(found.begin(), found.end(), -13002), found.end());
  EXPECT_TRUE(server.waits.empty()) << "a day is not waited for";
}

TEST(Selftest, NobodyAnswers) {
  Server server;
  server.spoil = [](const RdapRequest&) -> std::optional<Expected<RdapResponse>> {
    return make_error(Errc::unavailable, "no route");
  };
  const auto report = server.run(asked);
  EXPECT_FALSE(report.answered);
  EXPECT_EQ(report.trouble, "no route");
  EXPECT_EQ(codes(report), (std::vector<int>{-20400, -20401}));
}

TEST(Selftest, EachPlaceIsToldOnce) {
  Server server;
  server.spoil = [](const RdapRequest& request) -> std::optional<Expected<RdapResponse>> {
    if (request.offer != TlsOffer::usual || request.url.starts_with("http://")) return std::nullopt;
    RdapResponse response = sound(request);
    response.allow_origin.reset();
    return response;
  };
  const auto report = server.run(asked);
  EXPECT_EQ(codes(report), std::vector<int>{-20500});
  EXPECT_EQ(report.findings.at(0).request, "GET https://rdap.registrar.example/help over IPv4, Accept application/json");
}

}  // namespace
}  // namespace regdata::app
