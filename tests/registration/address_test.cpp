#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "registration/host.hpp"
#include "tests/registration/vectors.hpp"

namespace regdata {
namespace {

TEST(Address, ReadsTheVectors) {
  for (const auto& vector : testing::read_vectors("tests/registration/vectors/address.vec")) {
    const auto address = canonical_address(vector.input());
    if (vector.is_refused()) {
      ASSERT_FALSE(address) << vector.where << ": became " << *address;
      EXPECT_EQ(address.error().code, Errc::invalid) << vector.where;
      EXPECT_NE(address.error().context.find(vector.refusal()), std::string::npos)
          << vector.where << ": " << address.error().context;
      continue;
    }
    ASSERT_TRUE(address) << vector.where << ": " << address.error().context;
    EXPECT_EQ(*address, vector.expected()) << vector.where;
  }
}

RC_GTEST_PROP(AddressProperty, OneTextForOneAddress, (const std::array<std::uint8_t, 16>& raw, bool sparse)) {
  in6_addr bytes{};
  for (std::size_t i = 0; i < raw.size(); ++i) bytes.s6_addr[i] = sparse && raw[i] > 60 ? 0 : raw[i];
  char full[64];
  std::snprintf(full, sizeof full, "%02X%02X:%02x%02x:%x:%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x", bytes.s6_addr[0],
                bytes.s6_addr[1], bytes.s6_addr[2], bytes.s6_addr[3], bytes.s6_addr[4] * 256 + bytes.s6_addr[5],
                bytes.s6_addr[6], bytes.s6_addr[7], bytes.s6_addr[8], bytes.s6_addr[9], bytes.s6_addr[10], bytes.s6_addr[11],
                bytes.s6_addr[12], bytes.s6_addr[13], bytes.s6_addr[14], bytes.s6_addr[15]);
  const auto address = canonical_address(full);
  if (IN6_IS_ADDR_V4MAPPED(&bytes) || IN6_IS_ADDR_V4COMPAT(&bytes)) return RC_ASSERT_FALSE(address.has_value());
  RC_ASSERT(address.has_value());
  RC_ASSERT(canonical_address(*address).value() == *address);
  in6_addr again{};
  RC_ASSERT(inet_pton(AF_INET6, address->c_str(), &again) == 1);
  RC_ASSERT(IN6_ARE_ADDR_EQUAL(&bytes, &again));
}

RC_GTEST_PROP(AddressProperty, SurvivesAnyBytes, (const std::string& text)) {
  if (const auto address = canonical_address(text)) RC_ASSERT(canonical_address(*address).value() == *address);
}

}  // namespace
}  // namespace regdata
