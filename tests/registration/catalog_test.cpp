#include "registration/catalog.hpp"

#include <gtest/gtest.h>

namespace regdata {
namespace {

Catalog catalog() {
  Catalog catalog;
  catalog.tlds = {{"example", "registry", "icann-gtld", true},
                  {"test", "registry", "cctld-example", true},
                  {"co.test", "other", "icann-gtld", false}};
  catalog.registrars.resize(2);
  catalog.registrars[0].id = "main";
  catalog.registrars[1].id = "second";
  catalog.privacy_services.resize(1);
  catalog.privacy_services[0].id = "shield";
  return catalog;
}

TEST(Catalog, TheLongestTldGoverns) {
  const Catalog ours = catalog();
  const auto tld = [&](std::string_view name) {
    const Tld* found = ours.tld_of(DomainName::parse(name).value());
    return found ? found->name : std::string("none");
  };
  EXPECT_EQ(tld("bluehen.example"), "example");
  EXPECT_EQ(tld("ns1.bluehen.example"), "example");
  EXPECT_EQ(tld("bluehen.co.test"), "co.test");
  EXPECT_EQ(tld("ns1.bluehen.co.test"), "co.test");
  EXPECT_EQ(tld("bluehen.test"), "test");
  EXPECT_EQ(tld("co.test"), "test") << "the registry's own name lies under the shorter one";
  EXPECT_EQ(tld("bluehenco.test"), "test");
  EXPECT_EQ(tld("bluehen.invalid"), "none");
}

TEST(Catalog, FindsByExactId) {
  const Catalog ours = catalog();
  EXPECT_EQ(ours.registrar("second"), &ours.registrars[1]);
  EXPECT_EQ(ours.registrar("Second"), nullptr);
  EXPECT_EQ(ours.registrar(""), nullptr);
  EXPECT_EQ(ours.privacy_service("shield"), &ours.privacy_services[0]);
  EXPECT_EQ(ours.privacy_service("other"), nullptr);
}

}  // namespace
}  // namespace regdata
