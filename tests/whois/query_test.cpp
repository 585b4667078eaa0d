// Query lines, PROXY headers, line ends and address blocks, by vectors.
#include "whois/query.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/registration/vectors.hpp"
#include "whois/line.hpp"
#include "whois/prefix.hpp"
#include "whois/proxy_header.hpp"

namespace regdata::whois {
namespace {

using testing::read_vectors;

constexpr std::array refusal_words{"empty",      "too_long",     "invalid_utf8", "control_character", "telnet",
                                   "tls",        "http",         "proxy_header", "proxy_header_due",  "flag",
                                   "not_a_name", "mixed_labels", "host_address", "not_a_registrar"};
static_assert(refusal_words.size() == refusal_count);

std::string described(const Query& query) {
  struct Words {
    std::string operator()(const DomainQuery& one) const { return "domain " + one.name.ascii(); }
    std::string operator()(const HostQuery& one) const { return "host " + one.host.ascii(); }
    std::string operator()(const RegistrarQuery& one) const {
      return "registrar " + (one.iana_id ? "#" + std::to_string(*one.iana_id) : one.name);
    }
    std::string operator()(const HelpQuery&) const { return "help"; }
    std::string operator()(Refusal refusal) const {
      return std::string("! ") + refusal_words.at(static_cast<std::size_t>(refusal));
    }
  };
  return std::visit(Words{}, query);
}

TEST(WhoisQuery, Vectors) {
  for (const auto& vector : read_vectors("tests/whois/vectors/query.vec"))
    EXPECT_EQ(described(parse_query(vector.input())), vector.expected()) << vector.where;
}

TEST(WhoisQuery, EveryRefusalSaysWhyWithoutRepeatingTheQuery) {
  for (std::size_t i = 0; i < refusal_count; ++i) {
    const std::string_view text = refusal_text(static_cast<Refusal>(i));
    EXPECT_FALSE(text.empty()) << refusal_words[i];
    EXPECT_LT(text.size(), 120U) << refusal_words[i];
    EXPECT_EQ(text.find_first_of("\r\n"), std::string_view::npos);
  }
}

std::string described(const ProxyHeader& header) {
  if (header.state == ProxyHeader::State::incomplete) return "incomplete";
  if (header.state == ProxyHeader::State::invalid) return "invalid";
  std::string source = "none";
  if (header.source) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(header.source->v6 ? AF_INET6 : AF_INET, header.source->bytes.data(), text.data(), text.size());
    source = text.data();
  }
  return "complete " + std::to_string(header.length) + " " + source;
}

TEST(ProxyHeader, Vectors) {
  for (const auto& vector : read_vectors("tests/whois/vectors/proxy_header.vec"))
    EXPECT_EQ(described(parse_proxy_header(vector.input())), vector.expected()) << vector.where;
}

TEST(ProxyHeader, EveryBeginningOfAGoodHeaderIsIncomplete) {
  for (const auto& vector : read_vectors("tests/whois/vectors/proxy_header.vec")) {
    const ProxyHeader whole = parse_proxy_header(vector.input());
    if (whole.state != ProxyHeader::State::complete) continue;
    for (std::size_t cut = 0; cut < whole.length; ++cut)
      EXPECT_EQ(described(parse_proxy_header(std::string_view(vector.input()).substr(0, cut))), "incomplete") << vector.where;
  }
}

TEST(AddressBlock, Vectors) {
  for (const auto& vector : read_vectors("tests/whois/vectors/prefix.vec")) {
    const auto block = Prefix::parse(vector.input());
    ASSERT_EQ(block.has_value(), !vector.is_refused()) << vector.where;
    if (!block) {
      EXPECT_EQ(block.error().code, Errc::configuration);
      continue;
    }
    EXPECT_TRUE(block->contains(*ClientAddress::parse(vector.columns.at(2)))) << vector.where;
    EXPECT_FALSE(block->contains(*ClientAddress::parse(vector.columns.at(3)))) << vector.where;
  }
}

TEST(AddressBlock, NarrowPrefixIsCut) {
  EXPECT_EQ(narrow_prefix(*ClientAddress::parse("2001:db8::1")), narrow_prefix(*ClientAddress::parse("2001:db8::ffff:0:0:2")));
  EXPECT_NE(narrow_prefix(*ClientAddress::parse("2001:db8::1")), narrow_prefix(*ClientAddress::parse("2001:db8:0:1::1")));
  EXPECT_EQ(narrow_prefix(*ClientAddress::parse("192.0.2.1")).length, 4);
  EXPECT_NE(narrow_prefix(*ClientAddress::parse("192.0.2.1")), narrow_prefix(*ClientAddress::parse("192.0.2.2")));
  EXPECT_EQ(*ClientAddress::parse("::ffff:192.0.2.1"), *ClientAddress::parse("192.0.2.1"));
}

struct LineCase {
  std::string bytes;
  bool ended;
  std::string expected;  ///< "more", "line NAME", with " +" when more may follow, "refused"
};

TEST(QueryLine, EndsOfEveryKind) {
  const std::vector<LineCase> cases{
      {"a.example\r\n", false, "line a.example"},
      {"a.example\n", false, "line a.example"},
      {"a.example\r", false, "line a.example"},
      {std::string("a.example\r\0", 11), false, "line a.example"},
      {"a.example\r\nb.example\r\n", false, "line a.example"},
      {"a.example\n\r\n", false, "line a.example"},
      {"a.example", false, "more"},
      {"a.example", true, "line a.example"},
      {"", false, "more"},
      {"", true, "line "},
      {"\r\n", false, "line "},
      {"\n", true, "line "},
      {std::string(1024, 'a'), false, "more"},
      {std::string(1024, 'a') + "\r", false, "line " + std::string(1024, 'a')},
      {std::string(1025, 'a'), false, "refused"},
      {"\x16\x03\x01", false, "refused"},
      {"\xFF\xFB", false, "refused"},
      {std::string("\r\n\r\n\0\r\nQUIT\n!", 13), false, "refused"},
  };
  for (const LineCase& one : cases) {
    const LineRead read = read_line(one.bytes, one.ended);
    std::string text = "more";
    if (read.state == LineRead::State::line) text = "line " + std::string(read.line);
    if (read.state == LineRead::State::refused) text = "refused";
    EXPECT_EQ(text, one.expected) << ::testing::PrintToString(one.bytes);
  }
}

}  // namespace
}  // namespace regdata::whois
