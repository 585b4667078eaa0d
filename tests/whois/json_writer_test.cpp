// Any bytes become a JSON string that another parser reads back, and that no browser takes for markup.
#include "whois/json_writer.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/redaction/random_registration.hpp"
#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

std::string written(std::string_view value) {
  std::string out;
  append_json_string(out, value);
  return out;
}

std::string read_back(const std::string& text) { return std::string(boost::json::parse(text).as_string()); }

/// Every byte that belongs to no code point becomes U+FFFD.
std::string mended(std::string_view value) {
  std::string out;
  for (std::size_t at = 0; at < value.size();) {
    const CodePoint point = decode_utf8(value, at);
    append_utf8(out, point.value);
    at += point.length;
  }
  return out;
}

TEST(JsonWriter, EscapesWhatMustNotStandThere) {
  EXPECT_EQ(written("plain"), "\"plain\"");
  EXPECT_EQ(written("\"\\/"), R"("\"\\/")");
  EXPECT_EQ(written("a\nb\rc\td"), R"("a\nb\rc\td")");
  EXPECT_EQ(written(std::string_view("\0\x1F\x7F", 3)), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(written("<script>&"), R"("\u003cscript\u003e\u0026")");
  EXPECT_EQ(written("\u0085"), R"("\u0085")");
  EXPECT_EQ(written("\u2028\u2029"), R"("\u2028\u2029")");
  EXPECT_EQ(written("\u202Eabc\u2066"), R"("\u202eabc\u2066")");
  EXPECT_EQ(written("\u200B\uFEFF"), R"("\u200b\ufeff")");
  EXPECT_EQ(written("\U000E0041"), R"("\udb40\udc41")");
  EXPECT_EQ(written("\U0001F98A \u5C71"), "\"\U0001F98A \u5C71\"");
  EXPECT_EQ(written("\xC3\x28\xFF"), "\"\uFFFD(\uFFFD\"");
  EXPECT_EQ(written("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"") << "a surrogate";
  EXPECT_EQ(written("\xC0\xAF"), "\"\uFFFD\uFFFD\"") << "over-long";
}

TEST(JsonWriter, EveryCodePointComesBack) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string value = "a";
    append_utf8(value, c);
    value += "z";
    const std::string text = written(value);
    ASSERT_EQ(read_back(text), value) << std::hex << static_cast<std::uint32_t>(c);
    ASSERT_EQ(text.find_first_of("<>&"), std::string::npos);
  }
}

TEST(JsonWriter, AnyBytesComeBackMended) {
  testing::Chance chance(20240221);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (std::size_t n = chance.below(24); n > 0; --n) bytes.push_back(static_cast<char>(chance.below(256)));
    ASSERT_EQ(read_back(written(bytes)), mended(bytes));
  }
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.begin_array("a");
  json.end_array();
  json.begin_array("b");
  json.text("x");
  json.number(7U);
  json.boolean(true);
  json.begin_object();
  json.end_object();
  json.end_array();
  json.member("c", "y");
  json.begin_object("d");
  json.key("e");
  json.raw("null");
  json.end_object();
  json.end_object();
  EXPECT_EQ(out, R"({"a":[],"b":["x",7,true,{}],"c":"y","d":{"e":null}})");
  EXPECT_EQ(json.position(), out.size());
}

}  // namespace
}  // namespace regdata::whois
