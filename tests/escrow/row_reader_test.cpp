// From a row back to the registration: what comes back is what stands there, or it is refused.
#include "escrow/row_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "escrow/contact_row_reader.hpp"

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
  // where the longest beginning leaves a rest that no line may begin with, it is a shorter one
  row[4] = std::string(50, 'x') + ", " + std::string(150, 'y') + ",  " + std::string(90, 'w') + ", " + std::string(240, 'z');
  EXPECT_TRUE(reader(all_columns()).read(row));
  row[4] = std::string(120, 'x') + ", , " + std::string(140, 'y');
  EXPECT_TRUE(reader(all_columns()).read(row));
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

std::vector<std::string> names_in(std::span<const Column> columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) names.emplace_back(column.name);
  return names;
}

/// Of 2007: name, 13 name servers, date, four handles and the one behind a service.
std::vector<std::string> row_of_2007(const std::vector<std::string>& servers, const std::vector<std::string>& handles) {
  std::vector<std::string> row{"bluehen.example"};
  row.insert(row.end(), servers.begin(), servers.end());
  row.resize(14);
  row.emplace_back("2027-01-31T12:00:00Z");
  row.insert(row.end(), handles.begin(), handles.end());
  row.resize(20);
  return row;
}

class ReadingOf2007 : public RowReading {
 protected:
  RowReader names_reader() const {
    return RowReader::for_header(names_in(columns_of_2007()),
                                 {.catalog = &catalog, .provenance = {.source = "restore"}, .registrar = "example"})
        .value();
  }
  ContactRowReader contacts_reader() const {
    return ContactRowReader::for_header(names_in(contact_columns_of_2007()), catalog, {.source = "restore"}).value();
  }
};

TEST_F(ReadingOf2007, NamesComeBackWithTheirHandles) {
  for (const auto& row :
       {row_of_2007({}, {"C-1"}), row_of_2007({"ns1.other.example", "ns2.bluehen.example"}, {"C-1", "C-2", "C-3", "C-4"}),
        row_of_2007(std::vector<std::string>(1, "a.example"), {"pp:shield", "", "", "C-1", "C-1"}),
        row_of_2007({}, {std::string("pp:") + service_not_told, "", "", "", "C-1"})}) {
    const auto put = names_reader().read(row);
    ASSERT_TRUE(put) << put.error().context;
    EXPECT_EQ(projected(*put, names_reader().columns()), row);
    EXPECT_EQ(put->registration.registrant, "C-1") << "the real customer";
    EXPECT_EQ(put->registration.registrar, "example");
    EXPECT_TRUE(put->contacts.empty()) << "they stand in the handle file";
  }
  EXPECT_EQ(names_reader().read(row_of_2007({}, {"pp:shield", "", "", "", "C-1"}))->registration.privacy_service, "shield");
}

TEST_F(ReadingOf2007, NamesThatWouldNotComeBackAreRefused) {
  struct Case {
    std::vector<std::string> row;
    const char* told;
  };
  for (const Case& one :
       {Case{row_of_2007({}, {}), "who the registrant is"}, Case{row_of_2007({}, {"pp:shield"}), "who the registrant is"},
        Case{row_of_2007({}, {"pp:secret", "", "", "", "C-1"}), "rt-handle: is no service"},
        Case{row_of_2007({}, {"C-1", "", "", "", "C-2"}), "rt-handle: is not written as"},
        Case{row_of_2007({}, {"secret person"}), "rt-handle: is not a handle"},
        Case{row_of_2007({}, {"C-1", "pp:shield"}), "tc-handle"},
        Case{row_of_2007({"", "ns2.a.example"}, {"C-1"}), "ns1: is not written as"},
        Case{row_of_2007({"secret!"}, {"C-1"}), "ns1"}, Case{row_of_2007({"ns1.a.example ns2.a.example"}, {"C-1"}), "ns1"}}) {
    const auto put = names_reader().read(one.row);
    ASSERT_FALSE(put) << one.told;
    EXPECT_THAT(put.error().context, HasSubstr(one.told));
    EXPECT_THAT(put.error().context, ::testing::Not(HasSubstr("secret")));
  }
  const auto nobodys = RowReader::for_header(names_in(columns_of_2007()), {.catalog = &catalog, .provenance = {}}).value();
  EXPECT_THAT(nobodys.read(row_of_2007({}, {"C-1"})).error().context, HasSubstr("whose registration it is"));
}

const std::vector<std::string> contact_row{
    "C-1",           "山田 \"T\"",    "Henway 1, c/o O'Brien", "BE", "10115", "Berlin", "DE", "a+b_c@bluehen.example",
    "+49.301234567", "+49.301234568", "Blue Hen GmbH",         "12", "34"};

std::vector<std::string> projected_contact(const Contact& contact) {
  std::vector<std::string> row;
  for (const Column& column : contact_columns_of_2007())
    row.push_back(contact_column_text(column, contact, rules_of_comparison));
  return row;
}

TEST_F(ReadingOf2007, ContactsComeBackWithEveryColumn) {
  const auto contact = contacts_reader().read(contact_row);
  ASSERT_TRUE(contact) << contact.error().context;
  EXPECT_EQ(projected_contact(*contact), contact_row);
  EXPECT_EQ(contact->provenance.source, "restore");
}

TEST_F(ReadingOf2007, AServicesRowIsKnownByItsHandleAndConfiguration) {
  catalog.privacy_services.front().name = "Shield";
  catalog.privacy_services.front().email = "{token}@shield.example";
  const Contact shield = service_contact(catalog.privacy_services.front());
  EXPECT_EQ(shield.handle, "pp:shield");
  EXPECT_EQ(shield.email.reveal(), "") << "each name has its own";
  EXPECT_FALSE(check_handle(shield.handle)) << "no contact of a registration can be called so";
  EXPECT_TRUE(contacts_reader().read(projected_contact(shield)));
  auto other = projected_contact(shield);
  other[0] = "pp:secret";
  EXPECT_THAT(contacts_reader().read(other).error().context, HasSubstr("no service of the configuration"));
}

TEST_F(ReadingOf2007, ContactsThatWouldNotComeBackAreRefusedWithoutTheirValue) {
  const std::vector<std::pair<std::size_t, const char*>> cases{
      {0, ""}, {0, "secret person"}, {1, "secret\n"}, {6, "de"}, {7, "secret"}, {7, "secret@B.example"}, {8, "secret"}};
  for (const auto& [at, value] : cases) {
    auto row = contact_row;
    row[at] = value;
    const auto contact = contacts_reader().read(row);
    ASSERT_FALSE(contact) << value;
    EXPECT_THAT(contact.error().context, HasSubstr(std::string(contact_columns_of_2007()[at].name)));
    EXPECT_THAT(contact.error().context, ::testing::Not(HasSubstr("secret")));
  }
  EXPECT_FALSE(contacts_reader().read(std::vector<std::string>{"C-1"}));
}

TEST_F(ReadingOf2007, AHandleFilesHeaderHasEveryRequiredColumnOnce) {
  const auto error = [&](const std::vector<std::string>& header) {
    return ContactRowReader::for_header(header, catalog, {}).error().context;
  };
  EXPECT_THAT(error({"handle"}), HasSubstr("lacks the column name"));
  EXPECT_THAT(error({"handle", "handle"}), HasSubstr("handle twice"));
  EXPECT_THAT(error({"handle", "secret"}), HasSubstr("not in the field table"));
  EXPECT_TRUE(is_contact_header(names_in(contact_columns_of_2007())));
  EXPECT_FALSE(is_contact_header(names_in(columns_of_2007())));
  EXPECT_FALSE(is_contact_header(names_in(columns_of_2024())));
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

RC_GTEST_FIXTURE_PROP(ReadingOf2007, WhateverIsTakenComesBackToTheByte, ()) {
  auto row = contact_row;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, row.size());
    row[at] = *rc::gen::oneOf(text(), rc::gen::just(std::string()));
  }
  const auto contact = contacts_reader().read(row);
  RC_CLASSIFY(contact.has_value(), "taken");
  if (contact) {
    RC_ASSERT(projected_contact(*contact) == row);
  } else {
    RC_ASSERT(contact.error().code == Errc::invalid);
  }
}

}  // namespace
}  // namespace regdata::escrow
