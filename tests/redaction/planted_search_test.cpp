// A search that proves that something is nowhere must be able to find it.
#include "tests/redaction/planted_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace regdata::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Forms as other programs write them (Python's base64, urllib, json), not as this file's own code does.
TEST(PlantedSearch, FindsEveryForm) {
  const std::string value = "M\u00E4rit \"Solheim\" / Kirkevold";
  PlantedSearch search;
  ASSERT_TRUE(search.add(value));
  for (const std::string text : {
           "before M\u00E4rit \"Solheim\" / Kirkevold after",
           "M\u00C4RIT \"SOLHEIM\" / KIRKEVOLD",
           "?n=M%C3%A4rit%20%22Solheim%22%20%2F%20Kirkevold&x",
           "?n=m%c3%a4rit%20%22solheim%22%20%2f%20kirkevold",
           "TcOkcml0ICJTb2xoZWltIiAvIEtpcmtldm9sZA==",      // alone
           "eE3DpHJpdCAiU29saGVpbSIgLyBLaXJrZXZvbGR5",      // x...y
           "eHhNw6RyaXQgIlNvbGhlaW0iIC8gS2lya2V2b2xkeXk=",  // xx...yy
           R"({"n":"M\u00e4rit \"Solheim\" / Kirkevold"})",
           R"({"n":"Märit \"Solheim\" \/ Kirkevold"})",
       }) {
    EXPECT_THAT(search.found_in(text), ElementsAre(value)) << text;
    EXPECT_THAT(search.found_in("\xC3\x03" + text + "\xFF"), ElementsAre(value)) << "amid bytes that are not text: " << text;
  }
  for (const char* text :
       {"M\u00E4rit \"Solheim\" / Kirkevol", "Marit \"Solheim\" / Kirkevold", "", "M", "TcOkcml0ICJTb2xoZWlt"}) {
    EXPECT_THAT(search.found_in(text), IsEmpty()) << text;
  }
}

TEST(PlantedSearch, FoldsEveryScript) {
  PlantedSearch search;
  ASSERT_TRUE(search.add("\u0398\u03B5\u03BF\u03B4\u03CE\u03C1\u03B1 \u039B\u03B9\u03BC\u03B1\u03BD\u03B9\u03CE\u03C4\u03B7"));
  EXPECT_EQ(search.found_in("\u0398\u0395\u039F\u0394\u038F\u03A1\u0391 \u039B\u0399\u039C\u0391\u039D\u0399\u038F\u03A4\u0397")
                .size(),
            1U);
}

TEST(PlantedSearch, FindsAmongManyAndTellsWhich) {
  PlantedSearch search;
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(search.add("planted-value-" + std::to_string(10'000 + i)));
  EXPECT_THAT(search.found_in("x planted-value-11234 PLANTED-VALUE-10007 y planted-value-09999"),
              ElementsAre("planted-value-10007", "planted-value-11234"));
  EXPECT_FALSE(search.add("short"));
  EXPECT_EQ(search.size(), 2000U);
}

TEST(PlantedSearch, AgreesWithAJsonWriter) {
  const std::string value = "quote \" back \\ slash / \u682A\u5F0F \U0001F600 end";
  PlantedSearch search;
  search.add(value);
  EXPECT_EQ(search.found_in(boost::json::serialize(boost::json::value(value))).size(), 1U);
}

}  // namespace
}  // namespace regdata::testing
