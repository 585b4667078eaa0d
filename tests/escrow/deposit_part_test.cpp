// One file of a deposit: written, read back from disk, named; and what happens when a byte of it has changed.
#include "escrow/deposit_part.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "escrow/columns.hpp"
#include "escrow/gzip.hpp"
#include "tests/escrow/openpgp_world.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;
using openpgp::test_identity;

class Directory : public testing::TemporaryDirectory {
 public:
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& item : fs::directory_iterator(path())) all.push_back(item.path().filename().string());
    return all;
  }
};

const Digest salt{1, 2, 3};

Sealing sealing_of(int version) {
  const auto& us = test_identity(version);
  const auto* key = us.certificate().signing_key(openpgp::test_time()).value();
  return {.recipients = {&openpgp::encryption_key_of(us)},
          .signer = us.secret(*key),
          .random = openpgp::real_random(),
          .now = openpgp::test_time()};
}

using Rows = std::vector<std::vector<std::string>>;

Expected<PartFacts> write(const fs::path& directory, const Rows& rows, const DepositPart::Layout& layout, int version = 6) {
  auto part = DepositPart::begin(directory, "9999_RDE_2026-11-26_full_1.csv", layout, sealing_of(version), salt);
  if (!part) return part.error();
  CsvRecord record(layout.dialect);
  for (const auto& row : rows) {
    record.clear();
    for (const std::string& field : row) record.add(field);
    record.end();
    if (auto added = (*part)->add(record); !added) return added.error();
  }
  auto facts = (*part)->finish();
  if (!facts) return facts.error();
  if (auto placed = (*part)->put_in_place(); !placed) return placed.error();
  return facts->front();
}

Expected<Rows> read(const fs::path& file, const DepositPart::Layout& layout, int version = 6) {
  const auto& us = test_identity(version);
  RowDigest digest(salt);
  Rows rows;
  const auto facts = read_part(file, layout, openpgp::with_secret_keys({us.secret(openpgp::encryption_key_of(us))}),
                               *us.certificate().signing_key(openpgp::test_time()).value(), digest,
                               FileSource::Memory::as_it_is, [&](const std::vector<std::string>& row) {
                                 rows.push_back(row);
                                 return Expected<void>();
                               });
  if (!facts) return facts.error();
  return rows;
}

const DepositPart::Layout three{.header = {"domain", "rt-name", "rt-street"}, .columns = 3};

RC_GTEST_PROP(DepositPart, WhatIsDepositedComesBack, ()) {
  const auto text =
      rc::gen::container<std::string>(rc::gen::element('a', 'Z', ',', '"', '\n', '\r', ' ', '\'', '@', '+', '_', '\\'));
  const auto row = rc::gen::map(rc::gen::tuple(text, text, text), [](const auto& each) {
    return std::vector<std::string>{std::get<0>(each), std::get<1>(each), std::get<2>(each)};
  });
  const auto rows = *rc::gen::container<Rows>(row);
  const int version = *rc::gen::element(4, 6);
  const Directory directory;
  const auto facts = write(directory.path(), rows, three, version);
  RC_ASSERT(facts.has_value());
  RC_ASSERT(facts->rows == rows.size());
  RC_ASSERT(directory.names() == std::vector<std::string>{"9999_RDE_2026-11-26_full_1.csv.gz.gpg"});
  RC_ASSERT(read(directory.path() / facts->file_name, three, version).value() == rows);
}

TEST(DepositPart, ARegistrarWithoutNamesStillDeposits) {
  const Directory directory;
  const auto facts = write(directory.path(), {}, three);
  ASSERT_TRUE(facts) << facts.error().context;
  EXPECT_EQ(facts->rows, 0U);
  EXPECT_EQ(read(directory.path() / facts->file_name, three).value(), Rows{});
}

TEST(DepositPart, NothingOfItIsInClearOnDisk) {
  const Directory directory;
  const auto facts = write(directory.path(), {{"bluehen.example", "Planted Name 4711", "Henway 1"}}, three).value();
  std::ifstream file(directory.path() / facts.file_name, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(bytes.size(), facts.file_bytes);
  for (const char* planted : {"Planted", "bluehen", "9999_RDE"}) EXPECT_EQ(bytes.find(planted), std::string::npos) << planted;
  EXPECT_EQ(fs::status(directory.path() / facts.file_name).permissions() & fs::perms::all, fs::perms(0600));
}

TEST(DepositPart, AFinalNameIsNeverTakenTwice) {
  const Directory directory;
  ASSERT_TRUE(write(directory.path(), {{"a.example", "A", ""}}, three));
  const auto again = write(directory.path(), {{"b.example", "B", ""}}, three);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(read(directory.path() / "9999_RDE_2026-11-26_full_1.csv.gz.gpg", three).value(), (Rows{{"a.example", "A", ""}}));
}

TEST(DepositPart, WhatIsNotFinishedLeavesNothing) {
  const Directory directory;
  {
    auto part = DepositPart::begin(directory.path(), "x.csv", three, sealing_of(6), salt).value();
    EXPECT_EQ(directory.names(), std::vector<std::string>{".x.csv.gz.gpg.part"});
  }
  EXPECT_TRUE(directory.names().empty());
  std::ofstream(directory.path() / ".x.csv.gz.gpg.part") << "left by a kill";
  auto part = DepositPart::begin(directory.path(), "x.csv", three, sealing_of(6), salt).value();
  EXPECT_FALSE(part->put_in_place());
  ASSERT_TRUE(part->finish());
  EXPECT_EQ(directory.names(), std::vector<std::string>{".x.csv.gz.gpg.part"});
  ASSERT_TRUE(part->put_in_place());
  EXPECT_EQ(directory.names(), std::vector<std::string>{"x.csv.gz.gpg"});
}

/// Something changes a byte on disk between writing and reading back.
TEST(DepositPart, WhatTheDiskHasChangedGetsNoName) {
  std::mt19937 chance(1);
  const int rounds = std::getenv("REGDATA_LONG") != nullptr ? 200 : 16;
  for (int round = 0; round < rounds; ++round) {
    const Directory directory;
    auto part = DepositPart::begin(directory.path(), "x.csv", three, sealing_of(round % 2 == 0 ? 6 : 4), salt).value();
    CsvRecord record(three.dialect);
    for (int row = 0; row < 20000; ++row) {
      record.clear();
      for (const char* field : {"bluehen.example", "Blue Hen", "Henway"})
        record.add(std::string(field) + std::to_string(chance()));
      record.end();
      part->add(record).value();
    }
    const fs::path file = directory.path() / ".x.csv.gz.gpg.part";
    auto size = fs::file_size(file);
    for (int patience = 0; size <= 100000 && patience < 1000; ++patience, size = fs::file_size(file))
      std::this_thread::sleep_for(std::chrono::milliseconds(10));  // another thread writes it
    ASSERT_GT(size, 100000U);
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    const auto at = static_cast<std::streamoff>(chance() % size);
    bytes.seekg(at);
    const int byte = bytes.get();
    bytes.seekp(at);
    bytes.put(static_cast<char>(byte ^ 1));
    bytes.close();
    const auto facts = part->finish();
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().code, Errc::damaged) << facts.error().context;
    EXPECT_FALSE(part->put_in_place());
    part.reset();
    EXPECT_TRUE(directory.names().empty());
  }
}

TEST(DepositPart, AnotherLayoutIsRefused) {
  const Directory directory;
  const auto facts = write(directory.path(), {{"a.example", "A", ""}}, three).value();
  const fs::path file = directory.path() / facts.file_name;
  EXPECT_FALSE(read(file, {.header = {"domain", "rt-street", "rt-name"}, .columns = 3}));
  EXPECT_FALSE(read(file, {.header = {"domain", "rt-name", "rt-street"}, .columns = 2}));
  EXPECT_FALSE(read(file, {.header = {"domain", "rt-name", "rt-street"},
                           .columns = 3,
                           .dialect = {.separator = ',', .quote_all = false, .crlf = true}}));
}

TEST(Gzip, DamageAndTailsAreTold) {
  MemorySink out;
  const auto gzip = gzip_into(out);
  gzip->write(as_bytes("some text that is long enough to be compressed, some text")).value();
  gzip->finish().value();
  const auto back = [](const Bytes& bytes) {
    MemorySource source(bytes);
    const auto gunzip = gunzip_from(source);
    return openpgp::drain(*gunzip);
  };
  EXPECT_EQ(back(out.bytes()).value(), "some text that is long enough to be compressed, some text");
  for (std::size_t at = 10; at < out.bytes().size(); ++at) {  // the header has bytes that mean nothing
    Bytes bad = out.bytes();
    bad[at] ^= 1;
    EXPECT_FALSE(back(bad)) << at;
    EXPECT_FALSE(back(Bytes(bad.begin(), bad.begin() + static_cast<std::ptrdiff_t>(at)))) << at;
  }
  Bytes longer = out.bytes();
  longer.push_back(0);
  EXPECT_FALSE(back(longer));
}

Digest plain_hash(ByteView bytes) {
  const Bytes hash = openpgp::digest_of(openpgp::HashAlgorithm::sha256, bytes);
  Digest digest{};
  std::copy(hash.begin(), hash.end(), digest.begin());
  return digest;
}

/// RFC 9162 §2.1.1 as it is written: recursively.
Digest tree_of(const std::vector<Digest>& leaves, std::size_t first, std::size_t count) {
  if (count == 0) return plain_hash({});
  if (count == 1) return leaves[first];
  std::size_t left = 1;
  while (left * 2 < count) left *= 2;
  Bytes both{1};
  for (const Digest& half : {tree_of(leaves, first, left), tree_of(leaves, first + left, count - left)})
    both.insert(both.end(), half.begin(), half.end());
  return plain_hash(both);
}

TEST(RowDigest, TheRootIsTheOneOfRfc9162) {
  std::vector<Digest> leaves;
  RowDigest digest(salt);
  EXPECT_EQ(digest.root(), tree_of(leaves, 0, 0));
  for (int row = 0; row < 70; ++row) {
    const std::string text = "row " + std::to_string(row) + '\n';
    Bytes leaf{0};
    leaf.insert(leaf.end(), salt.begin(), salt.end());
    leaf.insert(leaf.end(), text.begin(), text.end());
    leaves.push_back(plain_hash(leaf));
    digest.add(as_bytes(text));
    EXPECT_EQ(digest.root(), tree_of(leaves, 0, leaves.size())) << row;
  }
}

TEST(RowDigest, TheSumForgetsTheOrderAndNothingElse) {
  const auto sum = [](std::vector<std::string> rows) {
    RowDigest digest(salt);
    for (const auto& row : rows) digest.add(as_bytes(row));
    return digest.sum();
  };
  EXPECT_EQ(sum({"a", "b", "c"}), sum({"c", "a", "b"}));
  EXPECT_NE(sum({"a", "b"}), sum({"a", "b", "c", "c"}));
  EXPECT_NE(sum({"a", "a"}), sum({"b", "b"}));
  EXPECT_NE(sum({}), sum({"a", "a"}));
}

RegistrationData sample() {
  RegistrationData data{{.name = DomainName::parse("bücher-regal.example").value()}, {}, {}, {}};
  Registration& r = data.registration;
  r.registry_expires = parse_rfc3339("2027-05-01T00:00:00.250Z").value();
  r.hosts = {DomainName::parse("ns1.host.test").value(), DomainName::parse("ns2.host.test").value()};
  r.ds = {{.key_tag = 1, .algorithm = 13, .digest_type = 2, .digest = "ABCD"}};
  RoleContact registrant;
  registrant.state = ContactState::opened;
  registrant.contact.name = PersonalText("O'Brien & Söhne, \"Inc.\"");
  registrant.contact.street = {PersonalText("Henway 1"), PersonalText("c/o 陈伟")};
  registrant.contact.country = "DE";
  registrant.contact.email = PersonalText("obrien+escrow_1@mail.example");
  data.contacts.push_back(registrant);
  return data;
}

TEST(Columns, TheHeaderIsTheOneThatAgentsTake) {  // escrow.md §1.5
  std::string header;
  for (const Column& column : columns_of_2024()) header += (header.empty() ? "" : ",") + std::string(column.name);
  EXPECT_EQ(header,
            "domain,expiration-date,iana,rt-name,rt-street,rt-city,rt-state,rt-zip,rt-country,rt-phone,rt-email,bc-name");
}

TEST(Columns, TheMappingFileHasTheNamesOfTheHeader) {
  const std::string file = mapping_file(columns_of_2024());
  EXPECT_EQ(file.substr(0, file.find("8.1.2")), "ICANN RDE Spec,Field Name,Abbreviation\n8.1.1,domain,domainname\n");
  EXPECT_NE(file.find("\n8.1.11,rt-email,rt-mail\n3.4.1.3,bc-name,bc-name\n"), std::string::npos) << file;
}

TEST(Columns, TextsAreTheStoredOnes) {
  const RegistrationData data = sample();
  Registrar us;
  us.iana_id = 9999;
  std::vector<std::string> texts;
  for (const Column& column : columns_of_2024()) texts.push_back(column_text(column, data, us, {}));
  EXPECT_EQ(texts, (std::vector<std::string>{"xn--bcher-regal-thb.example", "2027-05-01T00:00:00Z", "9999",
                                             "O'Brien & Söhne, \"Inc.\"", "Henway 1, c/o 陈伟", "", "", "", "DE", "",
                                             "obrien+escrow_1@mail.example", "O'Brien & Söhne, \"Inc.\""}));
  EXPECT_EQ(column_text(columns_of_2024().back(), data, us, {.street_separator = ", ", .billing_is_registrant = false}), "");
  const auto further = further_columns_of_2024();
  EXPECT_EQ(column_text(further[7], data, us, {}), "ns1.host.test ns2.host.test");
  EXPECT_EQ(column_text(further[8], data, us, {}), "1 13 2 ABCD");
}

}  // namespace
}  // namespace regdata::escrow
