// From a row back to the registration: what comes back is what stands there, or it is refused.
#include "escrow/row_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace regdata::escrow {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> all_columns() {
  std::vector<std::string> names;
  for (const Column& column : columns_of_2024()) names.emplace_back(column.name);
  for (const Column& column : further_columns_of_2024()) names.emplace_back(column.name);
  return names;
}

class RowReading : public ::testing::Test {
 protected:
  RowReading() {
    Registrar& registrar = catalog.registrars.emplace_back();
    registrar.id = "example";
    registrar.iana_id = 9999;
    catalog.privacy_services.emplace_back().id = "shield";
    catalog.tlds.push_back({.name = "example", .registry = "r", .policy = "p"});
  }
  RowReader reader(const std::vector<std::string>& header) const {
    return RowReader::for_header(header, {.catalog = &catalog, .provenance = {.source = "restore"}}).value();
  }
  std::vector<std::string> projected(const RegistrationPut& put, const std::vector<Column>& columns) const {
    const RegistrationData data = as_held(put);
    std::vector<std::string> row;
    for (const Column& column : columns)
      row.push_back(column_text(column, data, catalog.registrars.front(), rules_of_comparison));
    return row;
  }
  Catalog catalog;
};

// In the order of the table of 2024, then of the further columns.
const std::vector<std::string> full_row{"bluehen.example",
                                        "2027-01-31T12:00:00Z",
                                        "9999",
                                        "山田 \"T\"",
                                        "Henway 1, c/o O'Brien",
                                        "Berlin",
                                        "BE",
                                        "10115",
                                        "DE",
                                        "+49.301234567",
                                        "a+b_c@bluehen.example",
                                        "Payer, Bill",
                                        "Blue Hen GmbH",
                                        "12",
                                        "+49.301234568",
                                        "34",
                                        "Tech Person",
                                        "+49.301234569",
                                        "tech@bluehen.example",
                                        "ns1.other.example ns2.bluehen.example",
                                        "12345 8 2 ABCDEF01;1 13 2 00",
                                        "shield"};

TEST_F(RowReading, EveryColumnOfTheTableComesBack) {
  const RowReader all = reader(all_columns());
  const auto put = all.read(full_row);
  ASSERT_TRUE(put) << put.error().context;
  EXPECT_EQ(projected(*put, all.columns()), full_row);
  EXPECT_EQ(put->registration.registrar, "example");
  EXPECT_EQ(put->registration.created, UtcTime{}) << "no column: not known";
  EXPECT_TRUE(put->choices.empty());
  EXPECT_EQ(put->contacts.size(), 3U);
  EXPECT_EQ(put->registration.dnssec, DnssecState::signed_delegation);
}

TEST_F(RowReading, HandlesHoldNothingOfThePerson) {
  const auto put = reader(all_columns()).read(full_row);
  ASSERT_TRUE(put);
  auto other = full_row;
  other[3] = "Somebody Else";
  other[10] = "else@bluehen.example";
  EXPECT_EQ(reader(all_columns()).read(other)->registration.registrant, put->registration.registrant);
  for (const Contact& contact : put->contacts) EXPECT_TRUE(check_handle(contact.handle)) << contact.handle;
}

TEST_F(RowReading, WhoPaysUnderTheRegistrantsNameIsTheRegistrant) {
  auto row = full_row;
  row[11] = row[3];
  const auto put = reader(all_columns()).read(row);
  ASSERT_TRUE(put);
  EXPECT_EQ(put->registration.billing, put->registration.registrant);
  EXPECT_EQ(projected(*put, reader(all_columns()).columns()), row);
}

TEST_F(RowReading, WhereServicesAreConfiguredAndTheDepositDoesNotTellAllIsWithheld) {
  auto header = all_columns();
  auto row = full_row;
  header.pop_back();  // privacy-service
  row.pop_back();
  EXPECT_EQ(reader(header).read(row)->registration.privacy_service, service_not_told);
  EXPECT_EQ(catalog.privacy_service(service_not_told), nullptr) << "redaction withholds behind a service that it does not know";
  catalog.privacy_services.clear();
  EXPECT_EQ(reader(header).read(row)->registration.privacy_service, "");
  catalog.privacy_services.emplace_back().id = "shield";
  row = full_row;
  row.back() = "";
  EXPECT_EQ(reader(all_columns()).read(row)->registration.privacy_service, "") << "the deposit tells that there is none";
}

TEST_F(RowReading, ColumnsMayStandInAnyOrder) {
  auto header = all_columns();
  auto row = full_row;
  std::ranges::reverse(header);
  std::ranges::reverse(row);
  const auto put = reader(header).read(row);
  ASSERT_TRUE(put) << put.error().context;
  EXPECT_EQ(projected(*put, reader(header).columns()), row);
}

TEST_F(RowReading, AStreetOfThreeLongLinesIsPartedAgain) {
  auto row = full_row;
  const std::string line(250, 'x');
  row[4] = line + ", " + line + ", " + line;
  const auto put = reader(all_columns()).read(row);
  ASSERT_TRUE(put) << put.error().context;
  EXPECT_EQ(put->contacts.front().street.size(), 3U);
  row[4] += ", " + line;
  EXPECT_FALSE(reader(all_columns()).read(row));
  row[4] = std::string(256, 'x');
  EXPECT_FALSE(reader(all_columns()).read(row));
}

TEST_F(RowReading, WhatDoesNotComeBackIsRefusedByColumnAndWithoutItsValue) {
  struct Case {
    std::size_t column;
    const char* value;
    const char* told;
  };
  const std::vector<Case> cases{
      {0, "", "domain"},
      {0, "secret person", "domain"},
      {0, "BlueHen.example", "domain"},
      {0, "bluehen.invalid", "no TLD"},
      {1, "2027-01-31", "expiration-date"},
      {1, "2027-01-31T12:00:00.5Z", "expiration-date"},
      {1, "2027-01-31T13:00:00+01:00", "expiration-date"},
      {2, "", "iana"},
      {2, "09999", "iana"},
      {3, "secret\nperson", "rt-name"},
      {8, "de", "rt-country"},
      {8, "secret", "rt-country"},
      {9, "secret", "rt-phone"},
      {10, "secret", "rt-email"},
      {10, "secret@BLUEHEN.example", "rt-email"},
      {19, "secret!", "name-servers"},
      {19, "ns1.a.example  ns2.a.example", "name-servers"},
      {19, " ns1.a.example", "name-servers"},
      {20, "secret", "ds"},
      {20, "12345 8 2 abcdef01", "ds"},
      {20, "12345 8 2 ABC", "ds"},
      {20, "99999 8 2 ABCD", "ds"},
      {20, "1 8 2 ABCD;", "ds"},
      {21, "secret", "privacy-service"},
  };
  for (const Case& one : cases) {
    auto row = full_row;
    row[one.column] = one.value;
    const auto put = reader(all_columns()).read(row);
    ASSERT_FALSE(put) << one.value;
    EXPECT_EQ(put.error().code, Errc::invalid);
    EXPECT_THAT(put.error().context, HasSubstr(one.told));
    EXPECT_THAT(put.error().context, ::testing::Not(HasSubstr("secret")));
  }
  EXPECT_FALSE(reader(all_columns()).read(std::vector<std::string>{"a", "b"}));
}

TEST_F(RowReading, AHeaderHasEveryRequiredColumnOnce) {
  auto header = all_columns();
  EXPECT_THAT(RowReader::for_header({}, {&catalog, {}}).error().context, HasSubstr("lacks the column domain"));
  header.push_back("rt-fax");
  EXPECT_THAT(RowReader::for_header(header, {&catalog, {}}).error().context, HasSubstr("rt-fax twice"));
  header.back() = "rt-secret";
  EXPECT_THAT(RowReader::for_header(header, {&catalog, {}}).error().context, HasSubstr("not in the field table"));
}

/// Texts made of what breaks things, few characters each.
rc::Gen<std::string> text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
          "a", "B", "7", " ", ",", "\"", "'", ";", "é", "山", "\xd7\xa9", "+", "@", ".", "-", "\t", "\n", "=", "\xff"})),
      [](const std::vector<std::string>& parts) {
        std::string all;
        for (const auto& part : parts) all += part;
        return all;
      });
}

RC_GTEST_FIXTURE_PROP(RowReading, WhateverIsTakenComesBackToTheByte, ()) {
  auto row = full_row;
  const auto changed = *rc::gen::inRange<std::size_t>(0, row.size());
  for (std::size_t i = 0; i <= changed; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(1, row.size());
    row[at] = *rc::gen::oneOf(text(), rc::gen::just(std::string()), rc::gen::just(full_row[at]));
  }
  const RowReader all = reader(all_columns());
  const auto put = all.read(row);
  RC_CLASSIFY(put.has_value(), "taken");
  if (put) {
    RC_ASSERT(projected(*put, all.columns()) == row);
  } else {
    RC_ASSERT(put.error().code == Errc::invalid);
  }
}

}  // namespace
}  // namespace regdata::escrow
