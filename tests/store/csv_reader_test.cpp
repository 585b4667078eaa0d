#include "store/csv_reader.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>

namespace regdata::store {
namespace {

namespace json = boost::json;

/// A record, or what was wrong with it behind "broken: ".
using Record = std::vector<std::string>;

/// Reads all records while the text becomes known `chunk` bytes at a time, as a file does.
std::vector<Record> read_all(std::string_view text, std::size_t chunk, char delimiter = ',') {
  CsvReader reader(delimiter);
  std::vector<Record> records;
  std::size_t begin = 0;
  std::size_t known = 0;
  while (begin < text.size()) {
    const bool at_end = known == text.size();
    const CsvStep step = begin < known ? reader.read(text.substr(begin, known - begin), at_end) : CsvStep::need_more;
    if (step == CsvStep::need_more) {
      if (at_end) return records;  // the comparison fails: something was left
      known = std::min(text.size(), known + chunk);
      continue;
    }
    if (step == CsvStep::broken) {
      records.push_back({"broken: " + std::string(reader.problem())});
    } else {
      records.emplace_back(reader.fields().begin(), reader.fields().end());
    }
    begin += reader.consumed();
  }
  return records;
}

TEST(CsvReader, Vectors) {
  std::ifstream file(std::string(REGDATA_SOURCE_DIR) + "/tests/store/vectors/import/csv.jsonl");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const json::value vector = json::parse(line);
    SCOPED_TRACE(std::string(vector.at("what").as_string()));
    std::vector<Record> expected;
    for (const auto& record : vector.at("records").as_array()) {
      Record& fields = expected.emplace_back();
      if (record.is_object()) {
        fields.push_back("broken: " + std::string(record.at("broken").as_string()));
        continue;
      }
      for (const auto& field : record.as_array()) fields.emplace_back(field.as_string());
    }
    const auto* delimiter = vector.as_object().if_contains("delimiter");
    const std::string text(vector.at("text").as_string());
    EXPECT_EQ(read_all(text, text.size(), delimiter ? delimiter->as_string()[0] : ','), expected);
  }
  EXPECT_GT(count, 15U);
}

std::string written(const std::vector<Record>& records, bool crlf) {
  std::string text;
  for (const auto& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      const std::string& field = record[i];
      if (i > 0) text += ',';
      // One empty field and no field look the same (RFC 4180 has no records without fields).
      if (field.find_first_of(",\"\r\n") == std::string::npos) {
        text += field;
        continue;
      }
      text += '"';
      for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
      text += '"';
    }
    text += crlf ? "\r\n" : "\n";
  }
  return text;
}

rc::Gen<std::vector<Record>> any_records() {
  const auto character = rc::gen::element('a', 'b', ',', '"', '\n', '\r', ' ', '\xC3', '\xBC', ';');
  const auto field = rc::gen::container<std::string>(character);
  return rc::gen::container<std::vector<Record>>(rc::gen::nonEmpty(rc::gen::container<Record>(field)));
}

RC_GTEST_PROP(CsvReader, ReadsBackWhatWasWrittenInAnyPieces, ()) {
  const auto records = *any_records();
  const std::string text = written(records, *rc::gen::arbitrary<bool>());
  const auto chunk = *rc::gen::inRange<std::size_t>(1, 40);
  RC_ASSERT(read_all(text, chunk) == records);
}

RC_GTEST_PROP(CsvReader, EveryByteIsConsumedWhateverTheyAre, (const std::string& text)) {
  std::string noisy = text;
  for (std::size_t i = 0; i < noisy.size(); i += 3) noisy[i] = ",\"\n\r"[i / 3 % 4];
  CsvReader reader;
  std::string_view rest = noisy;
  while (!rest.empty()) {
    RC_ASSERT(reader.read(rest, true) != CsvStep::need_more);
    RC_ASSERT(reader.consumed() > 0U);
    RC_ASSERT(reader.consumed() <= rest.size());
    rest.remove_prefix(reader.consumed());
  }
}

TEST(CsvReader, ALongRecordIsBrokenAndCostsNoMoreThanTheLimit) {
  const std::string open = "\"" + std::string(CsvReader::record_limit + 1000, 'x');
  CsvReader reader;
  EXPECT_EQ(reader.read(std::string_view(open).substr(0, CsvReader::record_limit), false), CsvStep::need_more);
  EXPECT_EQ(reader.read(open, false), CsvStep::broken);
  EXPECT_EQ(reader.problem(), "the record is longer than 256 KiB");
  EXPECT_GT(reader.consumed(), CsvReader::record_limit);
  EXPECT_EQ(reader.read("a,b\n" + open, false), CsvStep::record);
}

TEST(CsvReader, TooManyFieldsAreBroken) {
  CsvReader reader;
  EXPECT_EQ(reader.read(std::string(2000, ',') + "\nb\n", true), CsvStep::broken);
  EXPECT_EQ(reader.consumed(), 2001U);
}

TEST(CsvReader, CountsTheLinesOfARecord) {
  CsvReader reader;
  ASSERT_EQ(reader.read("\"a\nb\nc\",d\ne\n", true), CsvStep::record);
  EXPECT_EQ(reader.lines(), 3U);
}

}  // namespace
}  // namespace regdata::store
