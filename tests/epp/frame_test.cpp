// Data units of EPP over TCP.
#include "epp/frame.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace regdata::epp {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

TEST(Frames, LengthCountsItself) { EXPECT_EQ(frame_of("<a/>"), "\0\0\0\x08<a/>"s); }

RC_GTEST_PROP(Frames, ComeBackHoweverTheyWereCut, ()) {
  const auto texts = *rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty(rc::gen::string<std::string>()));
  std::string wire;
  for (const std::string& text : texts) wire += frame_of(text);
  FrameReader reader;
  std::vector<std::string> found;
  while (!wire.empty()) {
    const auto piece = *rc::gen::inRange<std::size_t>(1, std::min<std::size_t>(wire.size(), 9) + 1);
    reader.feed(wire.substr(0, piece));
    wire.erase(0, piece);
    for (auto next = reader.next(); next && *next; next = reader.next()) found.push_back(**next);
  }
  RC_ASSERT(found == texts);
  RC_ASSERT(!reader.is_inside());
}

TEST(Frames, ATextInsteadIsToldAsOne) {
  FrameReader reader;
  reader.feed("closing session, unknown ip address\r\nsecret second line");
  const auto next = reader.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, Errc::refused);
  EXPECT_THAT(next.error().context, HasSubstr("\"closing session, unknown ip address\""));
  EXPECT_THAT(next.error().context, Not(HasSubstr("second")));
}

TEST(Frames, LengthsThatCannotBeAreRefused) {
  for (const std::string& header : {"\0\0\0\0"s, "\0\0\0\x04"s, "\xFF\xFF\xFF\xFF"s, "\x7F\0\0\0"s}) {
    FrameReader reader;
    reader.feed(header + "<a/>");
    EXPECT_EQ(reader.next().error().code, Errc::damaged);
  }
  FrameReader small(12);
  small.feed(frame_of("12345678"));
  EXPECT_TRUE(*small.next());
  small.feed(frame_of("123456789"));
  EXPECT_FALSE(small.next());
}

TEST(Frames, NothingIsGivenBeforeItsEnd) {
  const std::string wire = frame_of("<a/>");
  FrameReader reader;
  EXPECT_FALSE(reader.is_inside());
  for (const char octet : wire.substr(0, wire.size() - 1)) {
    reader.feed({&octet, 1});
    EXPECT_FALSE(reader.next().value());
    EXPECT_TRUE(reader.is_inside());
  }
}

}  // namespace
}  // namespace regdata::epp
