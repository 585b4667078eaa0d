// A whole deposit: split on record boundaries, counted, held where something required is missing, and never half there.
#include "escrow/deposit_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/escrow/openpgp_world.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;
using openpgp::test_identity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class DepositWriting : public ::testing::Test {
 protected:
  DepositWriting() {
    registrar.iana_id = 9999;
    plan.iana_id = 9999;
    plan.watermark = parse_rfc3339("2026-11-26T23:59:59.900Z").value();
    plan.date = std::chrono::floor<std::chrono::days>(plan.watermark);
    plan.columns.assign(columns_of_2024().begin(), columns_of_2024().end());
  }

  Sealing sealing() const {
    const auto& us = test_identity(6);
    return {.recipients = {&openpgp::encryption_key_of(us)},
            .signer = us.secret(*us.certificate().signing_key(openpgp::test_time()).value()),
            .random = openpgp::real_random(),
            .now = openpgp::test_time()};
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& item : fs::directory_iterator(place)) all.push_back(item.path().filename().string());
    return all;
  }

  std::string text_of(const std::string& name) const {
    std::ifstream file(place / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Expected<DepositFacts> deposit(const std::vector<RegistrationData>& all) {
    auto writer = DepositWriter::begin(place, plan, sealing());
    if (!writer) return writer.error();
    for (const RegistrationData& data : all)
      if (auto added = (*writer)->add(data, registrar); !added) return added.error();
    return (*writer)->finish();
  }

  /// All rows of all parts, in order.
  std::vector<std::vector<std::string>> rows_of(const DepositFacts& facts) const {
    const auto& us = test_identity(6);
    std::vector<std::vector<std::string>> rows;
    bool first = true;
    bool was_of_contacts = false;
    for (const PartFacts& part : facts.parts) {
      const bool of_contacts = part.content_name.find("_hdl_") != std::string::npos;
      first = first || of_contacts != was_of_contacts;
      was_of_contacts = of_contacts;
      const auto& columns = of_contacts ? plan.contact_columns : plan.columns;
      DepositPart::Layout layout{.header = {}, .columns = columns.size(), .dialect = plan.dialect};
      if (first || plan.header_in_every_part)
        for (const Column& column : columns) layout.header.emplace_back(column.name);
      first = false;
      RowDigest digest(facts.row_salt);
      const auto read =
          read_part(place / part.file_name, layout, openpgp::with_secret_keys({us.secret(openpgp::encryption_key_of(us))}),
                    *us.certificate().signing_key(openpgp::test_time()).value(), digest, FileSource::Memory::as_it_is,
                    [&](const std::vector<std::string>& row) {
                      rows.push_back(row);
                      return Expected<void>();
                    });
      EXPECT_TRUE(read) << read.error().context;
      EXPECT_EQ(digest.count(), part.rows);
    }
    return rows;
  }

  testing::TemporaryDirectory scratch;
  fs::path place = scratch.path();
  DepositPlan plan;
  Registrar registrar;
};

RegistrationData registration(const std::string& name, const std::string& person = "Blue Hen",
                              const std::string& email = "hen@bluehen.example") {
  RegistrationData data{{.name = DomainName::parse(name).value()}, {}, {}, {}};
  data.registration.registrar_expires = parse_rfc3339("2027-01-31T12:00:00Z").value();
  RoleContact registrant;
  registrant.state = ContactState::opened;
  Contact& contact = registrant.contact;
  contact.handle = "C-" + name;
  contact.name = PersonalText(person);
  contact.street = {PersonalText("Henway 1")};
  contact.city = PersonalText("Berlin");
  contact.country = "DE";
  contact.phone = PersonalText("+49.30123456");
  contact.email = PersonalText(email);
  data.registration.registrant = contact.handle;
  data.contacts.push_back(registrant);
  return data;
}

class DepositsByHandle : public DepositWriting {
 protected:
  DepositsByHandle() {
    plan.columns.assign(columns_of_2007().begin(), columns_of_2007().end());
    plan.contact_columns.assign(contact_columns_of_2007().begin(), contact_columns_of_2007().end());
  }
  Expected<DepositFacts> deposit_both(const std::vector<RegistrationData>& all, const std::vector<Contact>& contacts) {
    auto writer = DepositWriter::begin(place, plan, sealing());
    if (!writer) return writer.error();
    for (const RegistrationData& data : all)
      if (auto added = (*writer)->add(data, registrar); !added) return added.error();
    for (const Contact& contact : contacts)
      if (auto added = (*writer)->add(contact); !added) return added.error();
    return (*writer)->finish();
  }
};

TEST_F(DepositsByHandle, NamesAndContactsStandInFilesOfTheirOwn) {
  plan.rows_per_file = 2;
  std::vector<RegistrationData> all{registration("a.example"), registration("b.test"), registration("c.example")};
  all[1].registration.privacy_service = "shield";
  all[1].registration.hosts = {DomainName::parse("ns1.a.example").value(), DomainName::parse("ns2.a.example").value()};
  std::vector<Contact> contacts;
  for (const auto& data : all) contacts.push_back(data.contacts.front().contact);
  PrivacyService shield;
  shield.id = "shield";
  shield.name = "Shield";
  shield.email = "{token}@shield.example";
  contacts.push_back(service_contact(shield));
  const auto facts = deposit_both(all, contacts);
  ASSERT_TRUE(facts) << facts.error().context << facts.error().hint;
  EXPECT_THAT(names(), UnorderedElementsAre("9999_RDE_2026-11-26_full_1.csv.gz.gpg", "9999_RDE_2026-11-26_full_2.csv.gz.gpg",
                                            "9999_RDE_2026-11-26_hdl_1.csv.gz.gpg", "9999_RDE_2026-11-26_hdl_2.csv.gz.gpg",
                                            "9999_RDE_2026-11-26_hash.txt"));
  EXPECT_EQ(facts->quality.rows, 3U) << "names";
  EXPECT_THAT(facts->missing, ::testing::IsEmpty()) << "a service need not have an address of its own";
  EXPECT_THAT(text_of("9999_RDE_2026-11-26_hash.txt"), HasSubstr("  9999_RDE_2026-11-26_hdl_2.csv\n"));
  const auto rows = rows_of(*facts);
  ASSERT_EQ(rows.size(), 7U);
  EXPECT_THAT(rows[1], ElementsAre("b.test", "ns1.a.example", "ns2.a.example", "", "", "", "", "", "", "", "", "", "", "",
                                   "2027-01-31T12:00:00Z", "pp:shield", "", "", "C-b.test", "C-b.test"))
      << "who pays is the real customer";
  EXPECT_THAT(rows[3], ElementsAre("C-a.example", "Blue Hen", "Henway 1", "", "", "Berlin", "DE", "hen@bluehen.example",
                                   "+49.30123456", "", "", "", ""));
  EXPECT_EQ(rows[6][0], "pp:shield");
}

TEST_F(DepositsByHandle, WithoutANameBothFilesHaveTheirHeader) {
  const auto facts = deposit_both({}, {});
  ASSERT_TRUE(facts) << facts.error().context;
  EXPECT_THAT(names(), UnorderedElementsAre("9999_RDE_2026-11-26_full_1.csv.gz.gpg", "9999_RDE_2026-11-26_hdl_1.csv.gz.gpg",
                                            "9999_RDE_2026-11-26_hash.txt"));
  EXPECT_THAT(rows_of(*facts), ::testing::IsEmpty());
}

TEST_F(DepositsByHandle, WhatAContactLacksHoldsTheDeposit) {
  RegistrationData data = registration("a.example");
  data.contacts.front().contact.city = PersonalText("");
  const auto facts = deposit_both({data}, {data.contacts.front().contact});
  ASSERT_FALSE(facts);
  EXPECT_THAT(facts.error().context, HasSubstr("city 1"));
  EXPECT_THAT(facts.error().hint, HasSubstr("first of them: C-a.example"));
  EXPECT_THAT(names(), ::testing::IsEmpty());
}

TEST_F(DepositsByHandle, AContactThatCannotBeOpenedIsToldWithItsName) {
  RegistrationData data = registration("a.example");
  data.contacts.front().state = ContactState::erased;
  const auto facts = deposit_both({data}, {});
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Errc::key_missing);
  EXPECT_THAT(facts.error().context, HasSubstr("a.example: contact C-a.example is erased"));
}

TEST_F(DepositsByHandle, TheOrderOfTheFilesIsKept) {
  auto writer = DepositWriter::begin(place, plan, sealing()).value();
  const RegistrationData data = registration("a.example");
  ASSERT_TRUE(writer->add(data.contacts.front().contact));
  EXPECT_EQ(writer->add(data, registrar).error().code, Errc::internal);
  plan.contact_columns.clear();
  testing::TemporaryDirectory other;
  auto in_line = DepositWriter::begin(other.path(), plan, sealing()).value();
  EXPECT_EQ(in_line->add(data.contacts.front().contact).error().code, Errc::internal);
}

TEST_F(DepositWriting, FilesAreNamedCountedAndHashed) {
  const auto facts = deposit({registration("a.example"), registration("b.test"), registration("c.example")});
  ASSERT_TRUE(facts) << facts.error().context << facts.error().hint;
  EXPECT_THAT(names(), UnorderedElementsAre("9999_RDE_2026-11-26_full_1.csv.gz.gpg", "9999_RDE_2026-11-26_hash.txt"));
  EXPECT_EQ(facts->per_tld, (std::map<std::string, std::uint64_t>{{"example", 2}, {"test", 1}}));
  EXPECT_THAT(facts->missing, ::testing::IsEmpty());
  const std::string hashes = text_of("9999_RDE_2026-11-26_hash.txt");
  EXPECT_EQ(hashes.size(), 64 + 2 + std::string("9999_RDE_2026-11-26_full_1.csv\n").size());
  EXPECT_THAT(hashes, HasSubstr("  9999_RDE_2026-11-26_full_1.csv\n"));
  const auto rows = rows_of(*facts);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0], ElementsAre("a.example", "2027-01-31T12:00:00Z", "9999", "Blue Hen", "Henway 1", "Berlin", "", "", "DE",
                                   "+49.30123456", "hen@bluehen.example", "Blue Hen"));
}

TEST_F(DepositWriting, ARegistrarWithoutNamesDepositsAnEmptyFile) {
  const auto facts = deposit({});
  ASSERT_TRUE(facts) << facts.error().context;
  EXPECT_EQ(facts->parts.size(), 1U);
  EXPECT_EQ(facts->quality.rows, 0U);
  EXPECT_TRUE(rows_of(*facts).empty());
}

TEST_F(DepositWriting, SplitsByRowsAndBytesBetweenRecords) {
  std::vector<RegistrationData> all;
  for (int number = 0; number < 25; ++number)
    all.push_back(
        registration("n" + std::to_string(number) + ".example", number % 5 == 0 ? "Two\nLines, \"Inc\"" : "Blue Hen"));
  plan.rows_per_file = 10;
  plan.first_part = 0;
  plan.extension_in_hash_file = false;
  const auto facts = deposit(all).value();
  ASSERT_EQ(facts.parts.size(), 3U);
  EXPECT_EQ(facts.parts[0].rows, 10U);
  EXPECT_EQ(facts.parts[2].rows, 5U);
  EXPECT_EQ(facts.parts[2].file_name, "9999_RDE_2026-11-26_full_2.csv.gz.gpg");
  EXPECT_THAT(text_of(facts.hash_file), HasSubstr("  9999_RDE_2026-11-26_full_2\n"));
  const auto rows = rows_of(facts);
  ASSERT_EQ(rows.size(), 25U);
  for (std::size_t number = 0; number < rows.size(); ++number) {
    EXPECT_EQ(rows[number][0], "n" + std::to_string(number) + ".example");
    EXPECT_EQ(rows[number][3], number % 5 == 0 ? "Two\nLines, \"Inc\"" : "Blue Hen");
  }
  fs::remove_all(place);
  fs::create_directory(place);
  plan.rows_per_file = 1000;
  plan.bytes_per_file = 700;
  plan.header_in_every_part = true;
  const auto by_size = deposit(all).value();
  EXPECT_GT(by_size.parts.size(), 3U);
  for (const PartFacts& part : by_size.parts) EXPECT_LE(part.content_bytes, 700U);
  EXPECT_EQ(rows_of(by_size), rows);
}

TEST_F(DepositWriting, WhatIsRequiredAndMissingHoldsTheDeposit) {
  plan.rows_per_file = 1;  // so that a part was finished and verified before the gap is seen
  const auto held = deposit({registration("a.example"), registration("b.example", "", ""), registration("c.example")});
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, Errc::invalid);
  EXPECT_THAT(held.error().context, HasSubstr("bc-name 1, rt-email 1, rt-name 1"));
  EXPECT_THAT(held.error().hint, HasSubstr("b.example"));
  EXPECT_THAT(names(), ::testing::IsEmpty());
  plan.when_missing = WhenMissing::leave_empty;
  const auto made = deposit({registration("b.example", "", "")});
  ASSERT_TRUE(made) << made.error().context;
  EXPECT_EQ(made->missing.at("rt-email"), 1U);
  EXPECT_EQ(rows_of(*made)[0][10], "");
}

TEST_F(DepositWriting, AContactThatCannotBeOpenedStopsIt) {
  auto data = registration("a.example");
  data.contacts[0].state = ContactState::unreadable;
  data.contacts[0].problem = "its data key is missing";
  const auto stopped = deposit({data});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Errc::key_missing);
  EXPECT_EQ(stopped.error().context, "a.example: contact C-a.example cannot be opened: its data key is missing");
  EXPECT_THAT(names(), ::testing::IsEmpty());
}

TEST_F(DepositWriting, WhatAReaderWouldRefuseIsRefusedWithItsName) {
  for (const std::string& name : {std::string("\xff"), std::string("a\0b", 3), std::string(2U << 20, 'x')}) {
    const auto refused = deposit({registration("a.example"), registration("b.example", name)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid);
    EXPECT_THAT(refused.error().context, ::testing::StartsWith("b.example: a row "));
    EXPECT_THAT(names(), ::testing::IsEmpty());
  }
}

TEST_F(DepositWriting, TheQualityOfTheDataIsCounted) {
  auto broken = registration("b.example", "陈伟", "henbluehen.example");  // the address that lost its "@"
  broken.contacts[0].contact.phone = PersonalText("+");
  broken.contacts[0].contact.country = "XX";
  auto bare = registration("c.example");
  bare.contacts[0].contact.phone = PersonalText("");
  const auto quality = deposit({registration("a.example"), broken, bare}).value().quality;
  EXPECT_EQ(quality, (DepositQuality{.rows = 3,
                                     .without_email = 0,
                                     .bad_email = 1,
                                     .without_phone = 1,
                                     .bad_phone = 1,
                                     .bad_country = 1,
                                     .beyond_ascii = 1}));
}

TEST_F(DepositWriting, ANameThatIsTakenIsNotOverwritten) {
  std::ofstream(place / "9999_RDE_2026-11-26_hash.txt") << "sent last week";
  const auto refused = deposit({registration("a.example")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(names(), ElementsAre("9999_RDE_2026-11-26_hash.txt"));
  EXPECT_EQ(text_of("9999_RDE_2026-11-26_hash.txt"), "sent last week");
}

}  // namespace
}  // namespace regdata::escrow
