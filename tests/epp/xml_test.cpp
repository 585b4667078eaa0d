// Reading XML by namespace, and what is not read at all.
#include "epp/xml.hpp"

#include <gmock/gmock.h>

#include "epp/xml_writer.hpp"

namespace regdata::epp {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

std::string why(const std::string& text, const XmlLimits& limits = {}) {
  const auto document = XmlDocument::parse(text, limits);
  return document ? "it was read" : document.error().context;
}

TEST(Xml, IsReadByNamespaceWhateverThePrefix) {
  const auto document = XmlDocument::parse(R"(<a:x xmlns:a="urn:1"><y xmlns="urn:2"><z/></y><a:y/><y/></a:x>)").value();
  const XmlElement root = document.root();
  EXPECT_TRUE(root.is("urn:1", "x"));
  EXPECT_TRUE(root.child("urn:2", "y").child("z"));
  EXPECT_TRUE(root.child("y")) << "in the namespace of its parent";
  EXPECT_EQ(root.child("y").next_sibling().namespace_uri(), "") << "no prefix, no namespace";
  EXPECT_FALSE(root.child("urn:3", "y"));
  EXPECT_FALSE(root.child("no").child("no"));
  EXPECT_EQ(root.child("no").text(), "");
}

TEST(Xml, TextsAreTokens) {
  const auto document = XmlDocument::parse("<a>\n  O'Brien &amp;   S&#246;hne\t<![CDATA[<&>]]> </a>").value();
  EXPECT_EQ(document.root().text(), "O'Brien & Söhne <&>");
}

TEST(Xml, WhatIsKeptRawIsADocumentOfItsOwn) {
  const auto document =
      XmlDocument::parse(
          R"(<r xmlns="urn:d" xmlns:p="urn:p&amp;q" xmlns:unused="urn:u"><p:a p:at="1"><b>x &lt; y</b></p:a></r>)")
          .value();
  const std::string raw = document.root().first_child().raw();
  const auto again = XmlDocument::parse(raw).value();
  EXPECT_TRUE(again.root().is("urn:p&q", "a"));
  EXPECT_TRUE(again.root().child("urn:d", "b"));
  EXPECT_EQ(again.root().child("urn:d", "b").text(), "x < y");
  EXPECT_THAT(raw, Not(HasSubstr("unused")));
  EXPECT_EQ(document.root().first_child().inner(), "<b>x &lt; y</b>");
}

TEST(Xml, WhatIsNoneIsRefused) {
  EXPECT_THAT(why(""), HasSubstr("begin"));
  EXPECT_THAT(why("hello"), HasSubstr("begin"));
  EXPECT_THAT(why("<a>"), HasSubstr("well formed"));
  EXPECT_THAT(why("<a/><b/>"), HasSubstr("two roots"));
  EXPECT_THAT(why("<a"), HasSubstr("inside a tag"));
  EXPECT_THAT(why("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), HasSubstr("document type"));
  EXPECT_THAT(why("<?xml version=\"1.0\"?><!-- <a> --><!doctype a><a/>"), HasSubstr("document type"));
  EXPECT_THAT(why("<a>\xC3\x28</a>"), HasSubstr("Unicode"));
  EXPECT_THAT(why("<a>\0</a>"s), HasSubstr("Unicode"));
  EXPECT_THAT(why("\xFF\xFE<\0a\0/\0>"s), HasSubstr("Unicode")) << "half of a unit";
  EXPECT_THAT(why("\xFE\xFF\xD8\x00\0<"s), HasSubstr("Unicode")) << "half of a pair";
}

TEST(Xml, ShapeIsLookedAtBeforeItIsParsed) {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  EXPECT_THAT(why(deep), HasSubstr("too deep"));
  EXPECT_THAT(why("<a><b><c/></b></a>", {.nodes = 100, .depth = 2}), HasSubstr("it was read"))
      << "an empty element is no level";
  EXPECT_THAT(why("<a><b><c></c></b></a>", {.nodes = 100, .depth = 2}), HasSubstr("too deep"));
  EXPECT_THAT(why("<a><b/><b/><b/></a>", {.nodes = 4, .depth = 9}), HasSubstr("too many"));
  std::string quoted = "<a";
  for (int i = 0; i < 60; ++i) quoted += " a" + std::to_string(i) + "=\"<a>\"";
  EXPECT_THAT(why(quoted + "/>", {.nodes = 300, .depth = 3}), Not(HasSubstr("too deep")));
}

/// A comment that seems to end where it begins hides what the parser then sees.
TEST(Xml, NothingHidesFromTheLookAtItsShape) {
  std::string hidden = "<a><!--><![CDATA[--><b>";
  for (int i = 0; i < 1000; ++i) hidden += "<c>";
  EXPECT_THAT(why(hidden + "]]></b></a>"), HasSubstr("too deep"));
  EXPECT_THAT(why("<a><![CDATA[]]]]><!DOCTYPE b></a>"), HasSubstr("document type"));
  EXPECT_THAT(why("<?><!DOCTYPE a?><a/>"), Not(HasSubstr("it was read")));
  std::string wide = "<a";
  for (int i = 0; i < 65; ++i) wide += " b" + std::to_string(i) + "=\"\"";
  EXPECT_THAT(why(wide + "/>"), HasSubstr("too much"));
  EXPECT_THAT(why("<a b=\"" + std::string(20000, 'x') + "\"/>"), HasSubstr("too much"));
}

TEST(Xml, Utf16IsReadToo) {
  const std::u16string text = u"<a>é𠮷</a>";
  std::string little = "\xFF\xFE";
  std::string big;
  for (const char16_t unit : text) {
    little += {static_cast<char>(unit & 0xFF), static_cast<char>(unit >> 8)};
    big += {static_cast<char>(unit >> 8), static_cast<char>(unit & 0xFF)};
  }
  EXPECT_EQ(XmlDocument::parse(little).value().root().text(), "é𠮷");
  EXPECT_EQ(XmlDocument::parse(big).value().root().text(), "é𠮷");
  EXPECT_EQ(XmlDocument::parse("\xEF\xBB\xBF \r\n<a>x</a>").value().root().text(), "x") << "a mark, and blanks before it";
}

TEST(XmlWriting, NoValueIsTakenForATag) {
  const std::string hostile = "Cash $1 Inc \\0 {{ city }} ]]> & <b> \"q\" 'r'\r\n";
  XmlWriter xml;
  xml.open("a", {{"b", hostile}});
  xml.element("c", hostile);
  xml.close();
  ASSERT_TRUE(xml.is_good());
  const auto document = XmlDocument::parse(xml.take()).value();
  EXPECT_EQ(document.root().child("c").exact_text(), hostile);
}

TEST(XmlWriting, WhatXmlCannotHoldIsSeen) {
  for (const std::string& bad : {"a\0b"s, "\x01"s, "\x1F"s, "\xEF\xBF\xBE"s, "\xEF\xBF\xBF"s, "\xED\xA0\x80"s, "\xC3"s}) {
    XmlWriter xml;
    xml.element("a", bad);
    EXPECT_FALSE(xml.is_good());
  }
  EXPECT_TRUE(fits_xml("\t\r\n \x7F \xEF\xBF\xBD 𠮷"));
}

}  // namespace
}  // namespace regdata::epp
