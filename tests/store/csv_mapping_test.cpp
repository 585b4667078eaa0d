#include "store/csv_mapping.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "store/csv_reader.hpp"
#include "tests/store/import_samples.hpp"

namespace regdata::store {
namespace {

namespace json = boost::json;

constexpr std::string_view small_mapping = R"(
[columns]
name = "domain"
created = "created"
"contacts.registrant.handle" = { made_from = "id", prefix = "panel-" }
"contacts.registrant.name" = ["first", "last"]
[dates]
format = "%Y-%m-%d"
zone = "+02:00"
)";

std::string file(std::string_view name) {
  return samples::read_file(std::string(REGDATA_SOURCE_DIR) + '/' + std::string(name));
}

/// Maps the second row of a CSV text by its header and reads it.
ImportLine read_row(std::string_view toml, std::string_view csv) {
  static const Catalog catalog = samples::catalog();
  auto mapping = CsvMapping::parse(toml);
  EXPECT_TRUE(mapping) << (mapping ? "" : mapping.error().context);
  CsvReader reader(mapping->delimiter);
  EXPECT_EQ(reader.read(csv, true), CsvStep::record);
  auto columns = CsvColumns::bind(std::move(*mapping), reader.fields());
  EXPECT_TRUE(columns) << (columns ? "" : columns.error().context);
  csv.remove_prefix(reader.consumed());
  EXPECT_EQ(reader.read(csv, true), CsvStep::record);
  ImportDocument document;
  std::vector<Rejection> rejections;
  columns->map(reader.fields(), document, rejections);
  return read_import_line(document, samples::context(catalog), std::move(rejections));
}

std::string problems(const ImportLine& line) {
  std::string text;
  for (const auto& one : line.rejections) text += one.field + ": " + one.reason + " (" + one.allowed + ")\n";
  return text;
}

TEST(CsvMapping, ThePanelExampleTakesEveryColumnToItsPlace) {
  const ImportLine line = read_row(file("docs/examples/panel-mapping.toml"), file("tests/store/vectors/import/panel.csv"));
  ASSERT_TRUE(line.request) << problems(line);
  const auto& put = std::get<RegistrationPut>(*line.request);
  const Registration& r = put.registration;
  EXPECT_EQ(r.name.ascii(), "bluehen.example");
  EXPECT_EQ(format_rfc3339(r.created), "2020-01-31T12:00:00Z");
  EXPECT_EQ(format_rfc3339(*r.updated), "2024-01-31T12:00:00.250Z");
  EXPECT_EQ(format_rfc3339(*r.registrar_expires), "2027-01-31T00:00:00Z");
  EXPECT_FALSE(r.registry_expires);
  StatusSet statuses;
  statuses.insert(Status::client_hold);
  EXPECT_EQ(r.statuses, statuses);
  EXPECT_EQ(r.hosts.size(), 2U);
  ASSERT_EQ(r.ds.size(), 2U);
  EXPECT_EQ(r.ds[1].key_tag, 54321);
  EXPECT_EQ(r.reseller->name, "Hen Resale");
  EXPECT_EQ(r.registrant, "panel-17");
  EXPECT_EQ(r.technical, "TECH-1");
  ASSERT_EQ(put.contacts.size(), 1U);
  const Contact& c = put.contacts[0];
  EXPECT_EQ(c.kind, ContactKind::natural_person);
  EXPECT_EQ(c.name.reveal(), "Blue \"Chick\" Hen");
  ASSERT_EQ(c.street.size(), 2U);
  EXPECT_EQ(c.street[1].reveal(), "Yard 2");
  EXPECT_EQ(c.phone.reveal(), "+49.301234567");
  EXPECT_TRUE(put.choices.empty()) << "no column of a panel is a consent";
}

TEST(CsvMapping, ColumnsOfNobodyAreListedByKind) {
  auto mapping = CsvMapping::parse(small_mapping);
  ASSERT_TRUE(mapping);
  const auto columns = CsvColumns::bind(std::move(*mapping), {"domain", "created", "id", "first", "last", "notes",
                                                              "disclose_email", "privacy", "transfer_code", "x@y.example"});
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->ignored(), (std::vector<std::string>{"notes", "(unnamed)"}));
  EXPECT_EQ(columns->not_consent(), (std::vector<std::string>{"disclose_email", "privacy"}));
  EXPECT_EQ(columns->auth_codes(), (std::vector<std::string>{"transfer_code"}));
}

TEST(CsvMapping, AMissingColumnIsAnErrorThatListsThoseThere) {
  auto mapping = CsvMapping::parse(small_mapping);
  ASSERT_TRUE(mapping);
  const auto columns = CsvColumns::bind(*mapping, {"domain", "created", "id", "first"});
  ASSERT_FALSE(columns);
  EXPECT_EQ(columns.error().code, Errc::configuration);
  EXPECT_EQ(columns.error().context, "mapping: the file has no column \"last\"");
  EXPECT_EQ(columns.error().hint, "the file has: domain, created, id, first");
}

TEST(CsvMapping, AFileWithoutHeaderShowsNothingOfItsFirstRow) {
  auto mapping = CsvMapping::parse(small_mapping);
  ASSERT_TRUE(mapping);
  const auto columns = CsvColumns::bind(*mapping, {"bluehen.example", "2020-01-31", "17", "Blue", "Hen"});
  ASSERT_FALSE(columns);
  EXPECT_EQ((columns.error().context + columns.error().hint).find("Blue"), std::string::npos);
}

TEST(CsvMapping, AColumnTwiceIsAnErrorOnlyWhereItIsMapped) {
  auto mapping = CsvMapping::parse(small_mapping);
  ASSERT_TRUE(mapping);
  EXPECT_FALSE(CsvColumns::bind(*mapping, {"domain", "created", "id", "first", "last", "last"}));
  EXPECT_TRUE(CsvColumns::bind(*mapping, {"domain", "created", "id", "first", "last", "x", "x"}));
}

TEST(CsvMapping, DatesTakeTheZoneOfTheMapping) {
  const ImportLine line = read_row(small_mapping, "domain,created,id,first,last\nbluehen.example,2020-01-31,17,Blue,Hen\n");
  ASSERT_TRUE(line.request) << problems(line);
  EXPECT_EQ(format_rfc3339(std::get<RegistrationPut>(*line.request).registration.created), "2020-01-30T22:00:00Z");
}

TEST(CsvMapping, BadDatesAreRejectedOnceAndWithTheForm) {
  const auto reasons = [](std::string_view date) {
    const std::string csv = "domain,created,id,first,last\nbluehen.example," + std::string(date) + ",17,Blue,Hen\n";
    const ImportLine line = read_row(small_mapping, csv);
    EXPECT_EQ(line.rejections.size(), 1U) << problems(line);
    return line.rejections.empty() ? std::string() : line.rejections[0].field + ": " + line.rejections[0].reason;
  };
  EXPECT_EQ(reasons("31.01.2020"), "created: does not have the form that the mapping states");
  EXPECT_EQ(reasons("2020-02-30"), "created: does not have the form that the mapping states");
  EXPECT_EQ(reasons("0000-00-00"), "created: looks like an unset date");
  EXPECT_EQ(reasons("1970-01-01"), "created: looks like an unset date");
  EXPECT_EQ(reasons("1969-12-31"), "created: looks like an unset date");
  EXPECT_EQ(reasons(""), "created: is missing");
}

TEST(CsvMapping, AContactWithoutAnyCellIsNotThere) {
  const std::string toml = std::string(small_mapping) + "[defaults]\n\"contacts.technical.kind\" = \"legal\"\n";
  const ImportLine line = read_row(toml, "domain,created,id,first,last\nbluehen.example,2020-01-31,17,Blue,Hen\n");
  ASSERT_TRUE(line.request) << problems(line);
  EXPECT_TRUE(std::get<RegistrationPut>(*line.request).registration.technical.empty());
  const ImportLine nobody = read_row(toml, "domain,created,id,first,last\nbluehen.example,2020-01-31,17,,\n");
  ASSERT_EQ(nobody.rejections.size(), 1U);
  EXPECT_EQ(nobody.rejections[0].field, "contacts.registrant");
}

TEST(CsvMapping, EndsAreRowsToo) {
  constexpr std::string_view toml = R"(
[columns]
op = "op"
name = "domain"
reason = "why"
at = "when"
created = "created"
"contacts.registrant" = "handle"
[values.reason]
"moved away" = "transferred"
)";
  constexpr std::string_view csv =
      "op,domain,why,when,created,handle\nend,bluehen.example,moved away,2026-11-01T00:00:00Z,,C-17\n";
  const ImportLine line = read_row(toml, csv);
  ASSERT_TRUE(line.request) << problems(line);
  const auto& end = std::get<RegistrationEnd>(*line.request);
  EXPECT_EQ(end.ended.reason, EndReason::transferred);
  const ImportLine put = read_row(toml, "op,domain,why,when,created,handle\n,bluehen.example,,,2020-01-31T00:00:00Z,C-17\n");
  EXPECT_TRUE(put.request) << problems(put);
}

TEST(CsvMapping, NothingMeansUnknownAndNoneMeansUnsigned) {
  const auto state = [](std::string_view ds) {
    const std::string toml = "[columns]\nname=\"n\"\ncreated=\"c\"\nds=\"d\"\n\"contacts.registrant\"=\"h\"\n";
    const ImportLine line = read_row(toml, "n,c,d,h\na.example,2020-01-31T00:00:00Z," + std::string(ds) + ",C-17\n");
    EXPECT_TRUE(line.request) << problems(line);
    return line.request ? std::get<RegistrationPut>(*line.request).registration.dnssec : DnssecState::unknown;
  };
  EXPECT_EQ(state(""), DnssecState::unknown);
  EXPECT_EQ(state("none"), DnssecState::unsigned_delegation);
  EXPECT_EQ(state("1 8 1 0123456789abcdef0123456789abcdef01234567"), DnssecState::signed_delegation);
}

TEST(CsvMapping, Phones) {
  struct Case {
    std::string_view code, number, expected;
  };
  constexpr std::array cases{
      Case{"49", "301234567", "+49.301234567"},       Case{"+49", "30 123-45/67", "+49.301234567"},
      Case{"49", "+49.301234567", "+49.301234567"},   Case{"+49", "+49 30 1234567", "+49.301234567"},
      Case{"49", "+49.30.123.4567", "+49.301234567"}, Case{"0049", "0049301234567", "+49.301234567"},
      Case{"", "+49.301234567", "+49.301234567"},
  };
  const std::string toml =
      "[columns]\nname=\"n\"\ncreated=\"c\"\n\"contacts.registrant.handle\"=\"h\"\n\"contacts.registrant.name\"=\"h\"\n"
      "\"contacts.registrant.phone\"={country_code=\"cc\",number=\"p\"}\n";
  const auto read = [&](std::string_view code, std::string_view number) {
    return read_row(toml,
                    "n,c,h,cc,p\na.example,2020-01-31T00:00:00Z,C-17," + std::string(code) + ',' + std::string(number) + '\n');
  };
  for (const auto& one : cases) {
    const ImportLine line = read(one.code, one.number);
    ASSERT_TRUE(line.request) << one.number << problems(line);
    EXPECT_EQ(std::get<RegistrationPut>(*line.request).contacts[0].phone.reveal(), one.expected);
  }
  EXPECT_FALSE(read("49", "call me").request);
  EXPECT_FALSE(read("", "301234567").request) << "no country is invented";
  EXPECT_TRUE(read("49", "").request);
}

TEST(CsvMapping, ErrorsNameLineAndKey) {
  std::ifstream vectors(std::string(REGDATA_SOURCE_DIR) + "/tests/store/vectors/import/mappings.jsonl");
  std::size_t count = 0;
  for (std::string text; std::getline(vectors, text); ++count) {
    const json::value vector = json::parse(text);
    const std::string toml(vector.at("toml").as_string());
    const auto mapping = CsvMapping::parse(toml);
    ASSERT_FALSE(mapping) << toml;
    EXPECT_EQ(mapping.error().code, Errc::configuration);
    EXPECT_NE((mapping.error().context + " | " + mapping.error().hint).find(std::string(vector.at("error").as_string())),
              std::string::npos)
        << toml << "\n"
        << mapping.error().context << " | " << mapping.error().hint;
  }
  EXPECT_GT(count, 20U);
}

TEST(CsvDates, Zones) {
  EXPECT_EQ(zone_offset("UTC"), std::chrono::minutes{0});
  EXPECT_EQ(zone_offset("-05:30"), std::chrono::minutes{-330});
  for (const char* bad : {"", "CET", "Europe/Berlin", "+2", "+02", "+25:00", "+02:60", "02:00", "+0a:00"})
    EXPECT_FALSE(zone_offset(bad)) << bad;
}

TEST(CsvDates, Forms) {
  const auto read = [](std::string_view text, std::string format) {
    const auto time = parse_csv_date(text, {{std::move(format)}, std::chrono::minutes{0}, "UTC"});
    return time ? format_rfc3339(*time) : std::string("none");
  };
  EXPECT_EQ(read("2020-01-31 23:59:59.123456", "%Y-%m-%d %H:%M:%S.%f"), "2020-01-31T23:59:59.123Z");
  EXPECT_EQ(read("1.2.2020", "%d.%m.%Y"), "2020-02-01T00:00:00Z");
  EXPECT_EQ(read("20200131", "%Y%m%d"), "2020-01-31T00:00:00Z");
  EXPECT_EQ(read("100%2020-01-31", "100%%%Y-%m-%d"), "2020-01-31T00:00:00Z");
  EXPECT_EQ(read("2021-02-29", "%Y-%m-%d"), "none");
  EXPECT_EQ(read("2020-01-31 24:00:00", "%Y-%m-%d %H:%M:%S"), "none");
  EXPECT_EQ(read("2020-01-31x", "%Y-%m-%d"), "none");
  EXPECT_EQ(read("", "%Y-%m-%d"), "none");
}

}  // namespace
}  // namespace regdata::store
