#include "escrow/part_series.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "tests/temporary_directory.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

Bytes counted(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

Bytes all_of(ByteSource& source) {
  Bytes bytes;
  Bytes block(7);
  while (true) {
    const std::size_t size = source.read(block).value();
    if (size == 0) return bytes;
    bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size));
  }
}

TEST(PartSeries, NamesCountBehindTheLetterS) {
  EXPECT_EQ(in_series("d/9999_2026-11-27_full_S1_R0.ryde", 12), "d/9999_2026-11-27_full_S12_R0.ryde");
  EXPECT_EQ(in_series("d/a_S1_R0_2026-11-27_full_S3_R2.sig", 1), "d/a_S1_R0_2026-11-27_full_S1_R2.sig");
  EXPECT_EQ(number_in_series("9999_2026-11-27_full_S41_R0.ryde"), 41U);
  for (const char* name : {"9999_RDE_2026-11-27_full_2.csv.gz.gpg", "x_S0_R0.ryde", "x_S01_R0.ryde", "x_Sa_R0.ryde",
                           "x_S1.ryde", "x_S1_R0.xml", "x_S99999999999999_R0.ryde", "_R0.ryde", ""}) {
    EXPECT_EQ(in_series(name, 2), name);
    EXPECT_EQ(number_in_series(name), 1U) << name;
  }
}

/// Sizes around the edges: a file is never empty but for the first, and none is longer than the limit.
TEST(PartSeries, WhatIsCutIsReadAsOne) {
  for (const std::size_t size : {0U, 1U, 99U, 100U, 101U, 200U, 201U, 350U}) {
    const testing::TemporaryDirectory place;
    const fs::path first = place.path() / "x_S1_R0.ryde";
    const Bytes given = counted(size);
    auto series = PartSeries::create(first, 100).value();
    for (std::size_t at = 0; at < size; at += 33)
      ASSERT_TRUE(series.write(ByteView(given).subspan(at, std::min<std::size_t>(33, size - at))));
    ASSERT_TRUE(series.finish());
    EXPECT_FALSE(fs::exists(first)) << "before it is put in place";
    EXPECT_EQ(all_of(*SeriesSource::open(series.part_paths()).value()), given);
    ASSERT_TRUE(series.put_in_place());
    const auto files = series_of(first);
    ASSERT_EQ(files.size(), std::max<std::size_t>(1, (size + 99) / 100));
    EXPECT_EQ(files, series.final_paths());
    const auto source = SeriesSource::open(files).value();
    EXPECT_EQ(all_of(*source), given);
    EXPECT_EQ(source->bytes_read(), size);
    EXPECT_EQ(source->measures(), series.measures());
    for (std::size_t at = 0; at < files.size(); ++at) {
      EXPECT_EQ(source->measures()[at].size, fs::file_size(files[at]));
      EXPECT_LE(fs::file_size(files[at]), 100U);
    }
  }
}

TEST(PartSeries, WithoutALimitItIsOneFile) {
  const testing::TemporaryDirectory place;
  auto series = PartSeries::create(place.path() / "x.csv.gz.gpg", 0).value();
  ASSERT_TRUE(series.write(counted(1000)));
  ASSERT_TRUE(series.finish());
  EXPECT_EQ(series.part_paths().size(), 1U);
}

TEST(PartSeries, WhatIsNotPutInPlaceGoes) {
  const testing::TemporaryDirectory place;
  {
    auto series = PartSeries::create(place.path() / "x_S1_R0.ryde", 10).value();
    ASSERT_TRUE(series.write(counted(35)));
    ASSERT_TRUE(series.finish());
    EXPECT_EQ(series.part_paths().size(), 4U);
  }
  EXPECT_TRUE(fs::is_empty(place.path()));
}

TEST(PartSeries, ATakenNameOfAnyOfThemIsTold) {
  const testing::TemporaryDirectory place;
  std::ofstream(place.path() / "x_S2_R0.ryde") << "another's";
  auto series = PartSeries::create(place.path() / "x_S1_R0.ryde", 10).value();
  const auto written = series.write(counted(35));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::conflict);
}

}  // namespace
}  // namespace regdata::escrow
