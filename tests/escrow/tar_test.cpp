// An archive with one file: what comes out is what went in, and nothing else is taken for one.
#include "escrow/tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace regdata::escrow {
namespace {

using ::testing::HasSubstr;

std::string archive_of(const std::string& name, const std::string& content) {
  const TarEntry entry{.name = name, .size = content.size(), .modified = parse_rfc3339("2026-11-27T12:00:00Z").value()};
  return tar_header(entry).value() + content + tar_end(content.size());
}

/// What a source gives in pieces of `piece`; the error at the end where there is one.
Expected<std::string> read_all(const std::string& archive, std::size_t piece = 1000, std::string* name = nullptr) {
  MemorySource bytes(as_bytes(archive));
  TarSource source(bytes);
  std::string text;
  Bytes taken(piece);
  while (true) {
    const auto size = source.read(taken);
    if (!size) return size.error();
    if (*size == 0) break;
    text += as_text(ByteView(taken).first(*size));
  }
  EXPECT_EQ(source.read(taken).value(), 0U);
  if (name != nullptr) *name = source.name();
  return text;
}

TEST(Tar, GivesBackItsFile) {
  for (const std::size_t size : {0U, 1U, 511U, 512U, 513U, 1024U, 70000U}) {
    std::string content(size, 'x');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 7);
    const std::string archive = archive_of("9999_2026-11-27_full_S1_R0.xml", content);
    EXPECT_EQ(archive.size() % 512, 0U);
    for (const std::size_t piece : {1U, 512U, 65536U}) {
      std::string name;
      EXPECT_EQ(read_all(archive, piece, &name).value(), content) << size;
      EXPECT_EQ(name, "9999_2026-11-27_full_S1_R0.xml");
    }
  }
}

TEST(Tar, WhatIsNoArchiveOfOneFileIsRefused) {
  const auto why = [](const std::string& archive) { return read_all(archive).error().context; };
  const std::string good = archive_of("a.xml", std::string(1000, 'x'));
  EXPECT_THAT(why(""), HasSubstr("is none"));
  EXPECT_THAT(why(std::string(1024, '\0')), HasSubstr("has no file"));
  EXPECT_THAT(why(good.substr(0, 500)), HasSubstr("cut off"));
  EXPECT_THAT(why(good.substr(0, 1000)), HasSubstr("cut off"));
  EXPECT_THAT(why(good.substr(0, good.size() - 512)), HasSubstr("cut off")) << "one taken of zeros is not the end";
  EXPECT_THAT(why(good.substr(0, good.size() - 100)), HasSubstr("cut off"));
  EXPECT_THAT(why(good.substr(0, 512 + 1024) + good), HasSubstr("something behind its file"));
  std::string other = good;
  other[124] = '7';  // the size
  EXPECT_THAT(why(other), HasSubstr("header does not hold"));
  EXPECT_EQ(read_all(good + std::string(8192, '\0')).value().size(), 1000U) << "filled up to a record";
}

TEST(Tar, SizesBeyondOctalDigitsAreWrittenAsNumbers) {
  const std::uint64_t size = std::uint64_t{9} << 30;
  const std::string header = tar_header({.name = "a.xml", .size = size}).value();
  EXPECT_EQ(static_cast<unsigned char>(header[124]), 0x80U);
  MemorySource bytes(as_bytes(header));
  TarSource source(bytes);
  Bytes taken(16);
  EXPECT_THAT(source.read(taken).error().context, HasSubstr("cut off")) << "the header was understood";
  EXPECT_FALSE(tar_header({.name = std::string(101, 'a'), .size = 1}));
}

RC_GTEST_PROP(Tar, AnyBytesAreReadOrRefused, ()) {
  std::string archive = archive_of("a.xml", std::string(700, 'x'));
  const auto changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes; ++i) archive[*rc::gen::inRange<std::size_t>(0, archive.size())] = *rc::gen::arbitrary<char>();
  archive.resize(*rc::gen::inRange<std::size_t>(0, archive.size() + 1));
  const auto read = read_all(archive, *rc::gen::inRange<std::size_t>(1, 2000));
  if (!read) RC_ASSERT(read.error().code == Errc::damaged);
}

}  // namespace
}  // namespace regdata::escrow
