// CSV as deposits have it: nothing is lost on the way, and nothing is read that we would not have written.
#include "escrow/csv.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/escrow/openpgp_world.hpp"

namespace regdata::escrow {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Expected<Rows> read(std::string_view text, CsvDialect dialect = {}, std::size_t piece = 3) {
  openpgp::SlowSource source(as_bytes(text), piece);
  CsvRecords records(source, dialect);
  Rows rows;
  std::vector<std::string> fields;
  while (true) {
    const auto more = records.next(fields);
    if (!more) return more.error();
    if (!*more) return rows;
    rows.push_back(fields);
  }
}

std::string write(const Rows& rows, CsvDialect dialect = {}) {
  std::string text;
  CsvRecord record(dialect);
  for (const auto& row : rows) {
    record.clear();
    for (const std::string& field : row) record.add(field);
    record.end();
    text += record.text();
  }
  return text;
}

TEST(DepositCsv, QuotesOnlyWhatNeedsThem) {
  EXPECT_EQ(write({{"a", "", "O'Brien & Söhne, Inc.", "say \"hi\"", " blank", "two\nlines", "陈伟"}}),
            "a,,\"O'Brien & Söhne, Inc.\",\"say \"\"hi\"\"\",\" blank\",\"two\nlines\",陈伟\n");
  EXPECT_EQ(write({{"a", "b;c"}}, {.separator = ';', .quote_all = true, .crlf = true}), "\"a\";\"b;c\"\r\n");
}

RC_GTEST_PROP(DepositCsv, WhatIsWrittenIsRead, ()) {
  const CsvDialect dialect{.separator = *rc::gen::element(',', ';', '\t', '|'),
                           .quote_all = *rc::gen::arbitrary<bool>(),
                           .crlf = *rc::gen::arbitrary<bool>()};
  const auto field =
      rc::gen::container<std::string>(rc::gen::element('a', 'Z', ',', ';', '"', '\n', '\r', ' ', '\'', '@', '|', '\t', '\\'));
  const auto rows = *rc::gen::container<Rows>(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(field)));
  RC_ASSERT(read(write(rows, dialect), dialect, *rc::gen::inRange<std::size_t>(1, 50)).value() == rows);
}

TEST(DepositCsv, ReadsWithoutMercy) {
  for (const std::string_view bad :
       {"a,b", "a\rb\n", "a\r\n", "\"a\n", "\"a\"b\n", "a\"b\n", "\"a\" ,b\n", "\xff\n", "\xed\xa0\x80\n", "\xc0\x80\n"})
    EXPECT_FALSE(read(bad)) << bad;
  EXPECT_FALSE(read(std::string_view("a\0b\n", 4)));
  EXPECT_FALSE(read("a\n", {.separator = ',', .quote_all = false, .crlf = true}));
  EXPECT_EQ(read("a,b\nc\"d\"\n").error().context, "record 2: a quote or a line end where none can be");
  EXPECT_EQ(read("").value(), Rows{});
  EXPECT_EQ(read("\n").value(), (Rows{{""}}));
  EXPECT_EQ(read("💩,\"\"\n").value(), (Rows{{"💩", ""}}));
}

TEST(DepositCsv, TheEndIsReachedMoreThanOnce) {
  MemorySource source(as_bytes("a,b\n"));
  CsvRecords records(source, {});
  std::vector<std::string> fields;
  EXPECT_TRUE(records.next(fields).value());
  EXPECT_EQ(records.raw(), "a,b\n");
  for (int again = 0; again < 3; ++again) {
    EXPECT_FALSE(records.next(fields).value());
    EXPECT_EQ(records.raw(), "");
  }
}

TEST(DepositCsv, AnOpenQuoteDoesNotEatTheMemory) {
  const std::string text = "\"" + std::string(3U << 20, 'x');
  EXPECT_EQ(read(text, {}, 65536).error().context, "record 1: longer than a record can be; is a quote left open?");
}

}  // namespace
}  // namespace regdata::escrow
