// What one thread reads ahead arrives whole and in order, and ends however it is left.
#include "store/pieces_ahead.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace regdata::store {
namespace {

constexpr int all_numbers = 2000;

/// Numbers in pieces of fifty; at `end` something happens.
PiecesAhead<int>::Read numbers(int& next, int end, const std::function<Expected<bool>()>& at_end) {
  return [&next, end, at_end](std::vector<int>& piece) -> Expected<bool> {
    while (piece.size() < 50)
      if (next == end)
        return at_end();
      else
        piece.push_back(next++);
    return true;
  };
}

TEST(PiecesAhead, AllComesInOrderThroughTwoThreads) {
  int next = 0;
  PiecesAhead<int> rows(numbers(next, all_numbers, [] { return Expected<bool>(false); }));
  PiecesAhead<std::string> opened([&](std::vector<std::string>& piece) -> Expected<bool> {
    const auto read = rows.next();
    if (!read) return read.error();
    for (const int number : *read) piece.push_back(std::to_string(number));
    return !piece.empty();
  });
  int seen = 0;
  for (auto piece = opened.next(); piece && !piece->empty(); piece = opened.next())
    for (const std::string& text : *piece) EXPECT_EQ(text, std::to_string(seen++));
  EXPECT_EQ(seen, all_numbers);
}

TEST(PiecesAhead, WhoeverHasSeenEnoughLeaves) {
  for (int enough = 0; enough < 10; ++enough) {
    int next = 0;
    PiecesAhead<int> rows(numbers(next, all_numbers * 1000, [] { return Expected<bool>(false); }));
    for (int piece = 0; piece < enough; ++piece) EXPECT_EQ(rows.next()->size(), 50U);
  }
}

TEST(PiecesAhead, AnErrorComesBehindWhatWasReadBeforeIt) {
  int next = 0;
  PiecesAhead<int> rows(numbers(next, 120, [] { return Expected<bool>(make_error(Errc::damaged, "here")); }));
  std::size_t seen = 0;
  auto piece = rows.next();
  for (; piece && !piece->empty(); piece = rows.next()) seen += piece->size();
  EXPECT_EQ(seen, 120U);
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().code, Errc::damaged);
}

TEST(PiecesAhead, WhatTheReadThrowsIsThrownWhereItIsLookedAt) {
  int next = 0;
  PiecesAhead<int> rows(numbers(next, 100, []() -> Expected<bool> { throw std::runtime_error("here"); }));
  EXPECT_EQ(rows.next()->size(), 50U);
  EXPECT_EQ(rows.next()->size(), 50U);
  EXPECT_THROW(static_cast<void>(rows.next()), std::runtime_error);
}

}  // namespace
}  // namespace regdata::store
