// Bytes that go from thread to thread arrive all, in order, once; and errors too.
#include "escrow/pump.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace regdata::escrow {
namespace {

Bytes some_bytes(std::size_t size) {
  Bytes bytes(size);
  std::minstd_rand random(static_cast<unsigned>(size) + 1);
  for (auto& one : bytes) one = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Fails at a byte, or gives it up slowly.
class Bottleneck final : public ByteSink, public ByteSource {
 public:
  std::size_t fails_at = ~std::size_t{0};
  bool fails_in_finish = false;
  Bytes held;
  std::size_t given = 0;
  bool finished = false;

  Expected<void> write(ByteView bytes) override {
    if (held.size() + bytes.size() > fails_at) return make_error(Errc::unavailable, "disk full");
    held.insert(held.end(), bytes.begin(), bytes.end());
    return {};
  }
  Expected<void> finish() override {
    if (fails_in_finish) return make_error(Errc::unavailable, "fsync");
    finished = true;
    return {};
  }
  Expected<std::size_t> read(std::span<std::uint8_t> into) override {
    if (given >= fails_at) return make_error(Errc::damaged, "torn");
    const std::size_t size = std::min({into.size(), held.size() - given, std::size_t{7919}});
    std::copy_n(held.begin() + static_cast<std::ptrdiff_t>(given), size, into.begin());
    given += size;
    return size;
  }
};

constexpr std::size_t block = 128 * 1024;

TEST(Pump, WhatIsWrittenArrivesWhole) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, block - 1, block, block + 1, 9 * block + 5}) {
    const Bytes bytes = some_bytes(size);
    for (const std::size_t piece : {std::size_t{113}, block, 3 * block + 1}) {
      Bottleneck behind;
      ThreadedSink pump(behind);
      for (std::size_t at = 0; at < size; at += piece)
        ASSERT_TRUE(pump.write(ByteView(bytes).subspan(at, std::min(piece, size - at))));
      ASSERT_TRUE(pump.finish());
      EXPECT_TRUE(behind.finished);
      EXPECT_EQ(behind.held, bytes);
    }
  }
}

TEST(Pump, AnErrorBehindIsToldAndEndsIt) {
  const Bytes bytes = some_bytes(40 * block);
  Bottleneck full;
  full.fails_at = 2 * block;
  ThreadedSink pump(full);
  Expected<void> outcome;
  std::size_t at = 0;
  for (; outcome && at < bytes.size(); at += block / 2) outcome = pump.write(ByteView(bytes).subspan(at, block / 2));
  ASSERT_FALSE(outcome) << "a full queue behind a full disk would wait for ever";
  EXPECT_EQ(outcome.error().context, "disk full");
  EXPECT_FALSE(full.finished);
  Bottleneck late;
  late.fails_at = 0;
  ThreadedSink small(late);
  ASSERT_TRUE(small.write(some_bytes(10)));
  EXPECT_EQ(small.finish().error().context, "disk full");
  Bottleneck unsynced;
  unsynced.fails_in_finish = true;
  ThreadedSink last(unsynced);
  EXPECT_EQ(last.finish().error().context, "fsync");
}

TEST(Pump, OneThatGoesEarlyLeavesNobodyWaiting) {
  Bottleneck behind;
  {
    ThreadedSink pump(behind);
    ASSERT_TRUE(pump.write(some_bytes(2 * block)));
  }
  EXPECT_FALSE(behind.finished);
  behind.held = some_bytes(100 * block);
  {
    ThreadedSource ahead(behind);
    Bytes into(10);
    ASSERT_EQ(ahead.read(into).value(), 10U);
  }
  EXPECT_LT(behind.given, 10 * block) << "it reads a few blocks ahead, not all";
}

TEST(Pump, WhatIsReadAheadIsAllOfItThenTheEndOrTheError) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, block, block + 1, 9 * block + 5}) {
    Bottleneck from;
    from.held = some_bytes(size);
    ThreadedSource ahead(from);
    Bytes all;
    Bytes into(4099);
    while (true) {
      const auto got = ahead.read(into);
      ASSERT_TRUE(got);
      if (*got == 0) break;
      all.insert(all.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(*got));
    }
    EXPECT_EQ(all, from.held);
    EXPECT_EQ(ahead.read(into).value(), 0U) << "and again";
  }
  Bottleneck torn;
  torn.held = some_bytes(3 * block);
  torn.fails_at = 2 * block;
  ThreadedSource ahead(torn);
  Bytes into(block);
  Expected<std::size_t> got = std::size_t{1};
  while (got && *got > 0) got = ahead.read(into);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().context, "torn");
}

}  // namespace
}  // namespace regdata::escrow
