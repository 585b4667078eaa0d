#include "app/registry_doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regdata::app {
namespace {

using ::testing::ElementsAre;

constexpr UtcTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 28);

std::vector<std::string> told(const epp::PeerEnds& peer, const std::filesystem::path& authorities = "ca.pem") {
  Config::Registry settings;
  settings.id = "r";
  settings.authorities = authorities;
  std::vector<std::string> lines;
  for (const Finding& one : examine_ends(settings, {}, peer, now))
    if (one.state != Finding::State::good)
      lines.push_back((one.state == Finding::State::bad ? "bad " : "warning ") + one.what + " " + one.text);
  return lines;
}

TEST(RegistryDoctor, TellsWhenTheRegistrysCertificatesEnd) {
  using std::chrono::days;
  EXPECT_THAT(told({now + days(15), now + days(61)}), ElementsAre());
  EXPECT_THAT(told({now + days(13), now + days(61)}),
              ElementsAre("warning r: certificate of the registry ends at 2026-12-11T00:00:00Z"));
  EXPECT_THAT(told({now + days(15), now + days(59)}),
              ElementsAre("warning r: authority of the registry ends at 2027-01-26T00:00:00Z"));
  EXPECT_THAT(told({now, {}}), ElementsAre("bad r: certificate of the registry has ended at 2026-11-28T00:00:00Z"));
  EXPECT_THAT(told({{}, now + days(1)}, {}), ElementsAre()) << "the system's authorities are the system's business";
  EXPECT_THAT(told({}), ElementsAre());
}

}  // namespace
}  // namespace regdata::app
