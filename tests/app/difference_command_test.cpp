// Incremental and differential deposits: made, and restored from together with the full one.
#include <gmock/gmock.h>

#include "app/escrow_desk.hpp"
#include "app/store_access.hpp"
#include "escrow/manifest.hpp"
#include "escrow/tar.hpp"
#include "tests/app/restore_place.hpp"

namespace regdata::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Differences : public Restoring {
 protected:
  void import(const std::string& lines) const {
    place.write("change.jsonl", lines);
    const Said done = regdata({"import", (place / "change.jsonl").string()});
    EXPECT_EQ(done.code, 0) << done.err << done.out;
  }
  static std::string end_of(const std::string& name) {
    return R"({"op":"end","name":")" + name + R"(","reason":"deleted","at":"2026-11-22T00:00:00Z"})" + "\n";
  }
  /// Its directory. What others are to stand on must be sent.
  fs::path make(const std::string& kind, bool is_sent = true) const {
    const Said done = deposit({"make", "--kind", kind});
    EXPECT_EQ(done.code, 0) << done.err;
    const std::string number = done.out.substr(8, done.out.find(':') - 8);  // "deposit 7: ..."
    if (is_sent) {
      const Said delivered = deposit({"send", number});
      EXPECT_EQ(delivered.code, 0) << delivered.err;
    }
    return fs::path(done.out.substr(done.out.find('\n') + 1, done.out.rfind('\n') - done.out.find('\n') - 1));
  }
  void next_day() { now += std::chrono::days(1); }
  struct Three {
    fs::path full, first, second;
  };
  /// A full deposit and two incremental ones; the second says nothing of what the first said and was taken back.
  Three a_mistake_and_its_mending() {
    Three three;
    three.full = make("full");
    next_day();
    import(line_of("bluehen.example", {}, "mistaken@bluehen.example") + line_of("brief.example"));
    three.first = make("incremental");
    next_day();
    std::string back = line_of("bluehen.example");
    back.replace(back.find("2026-11-01"), 10, "2026-11-25");
    import(back + end_of("brief.example"));
    three.second = make("incremental");
    return three;
  }
  escrow::Manifest manifest_in(const fs::path& directory) const {
    return escrow::read_manifest(read_file(directory / "manifest.json")).value();
  }
};

/// By RFC 9022.
class DocumentDifferences : public Differences {
 protected:
  DocumentDifferences() {
    configure("specification = \"rfc9022\"\nbetween = \"differential\"\nevery = \"day\"\n");
    import(
        R"({"name":"hosts.example","registrar":"example","created":"2021-01-31T12:00:00Z","hosts":[)"
        R"({"name":"ns1.hosts.example","addresses":["192.0.2.1"]},{"name":"ns2.hosts.example","addresses":["192.0.2.2"]},"ns4.other.example"],)"
        R"("contacts":{"registrant":"C-bluehen.example"},"as_of":"2026-11-01T00:00:00Z"})"
        "\n" +
        line_of("fourth.example"));
  }
  std::string text_of(const fs::path& directory) const {
    for (const std::string& name : in(directory))
      if (name.ends_with(".ryde")) return document_in(directory / name);
    ADD_FAILURE() << directory << ": no document";
    return {};
  }
  /// In its document.
  std::string id_of(const fs::path& directory) const { return manifest_in(directory).facts.rde_id; }
  /// What happens on the first day, and on the second.
  void first_changes() const {
    import(line_of("bluehen.example", {}, "new@bluehen.example") + line_of("third.example") + end_of("second.example") +
           R"({"name":"hosts.example","registrar":"example","created":"2021-01-31T12:00:00Z","hosts":[)"
           R"({"name":"ns1.hosts.example","addresses":["192.0.2.99"]},"ns3.other.example"],)"
           R"("contacts":{"registrant":"C-bluehen.example"},"as_of":"2026-11-02T00:00:00Z"})"
           "\n");
  }
  void second_changes() const {
    std::string back = line_of("second.example");
    back.replace(back.find("2026-11-01"), 10, "2026-11-25");
    import(back +
           R"({"name":"fourth.example","registrar":"example","created":"2020-01-31T12:00:00Z","hosts":["ns1.other.example"],)"
           R"("contacts":{"registrant":"C-third.example"},"as_of":"2026-11-03T00:00:00Z"})"
           "\n");
  }
  /// The lines of a full deposit of the restored store are those of a full one of the store that was deposited.
  void expect_restored(const std::multiset<std::string>& held) {
    use_restored();
    fs::remove_all(place / "rd/deposits");
    const Said again = deposit({"make"});
    ASSERT_EQ(again.code, 0) << again.err;
    const fs::path directory(again.out.substr(again.out.find('\n') + 1, again.out.rfind('\n') - again.out.find('\n') - 1));
    const auto found = lines_in(text_of(directory));
    std::vector<std::string> other;
    std::ranges::set_symmetric_difference(found, held, std::back_inserter(other));
    std::erase_if(other,
                  [](const std::string& line) { return line.starts_with("<rde:deposit ") || line.starts_with("</rde"); });
    EXPECT_TRUE(other.empty()) << other.size() << " lines, the first: " << other.front().substr(0, 200);
  }
};

TEST_F(DocumentDifferences, AChainOfThemGivesTheStoreOfItsEnd) {
  const fs::path full = make("full");
  EXPECT_THAT(in(full), ::testing::Contains("objects.list"));
  EXPECT_THAT(text_of(full), Not(HasSubstr("prevId")));
  next_day();
  first_changes();
  const fs::path first = make("differential");
  EXPECT_EQ(in(first).front(), "9999_2026-11-24_diff_S1_R0.ryde");
  const std::string text = text_of(first);
  EXPECT_THAT(text, HasSubstr("type=\"DIFF\" id=\"" + id_of(first) + "\" prevId=\"" + id_of(full) + "\""));
  EXPECT_THAT(text, HasSubstr("<rdeDomain:delete><rdeDomain:name>second.example</rdeDomain:name></rdeDomain:delete>"));
  EXPECT_THAT(text, HasSubstr("<rdeHost:delete><rdeHost:name>ns4.other.example</rdeHost:name></rdeHost:delete>"));
  EXPECT_THAT(text, HasSubstr("<rdeContact:delete><rdeContact:id>C-second.example</rdeContact:id></rdeContact:delete>"));
  EXPECT_THAT(text, HasSubstr("new@bluehen.example"));
  EXPECT_THAT(text, HasSubstr("<rdeDomain:name>third.example<"));
  EXPECT_THAT(text, HasSubstr("192.0.2.99"));
  EXPECT_THAT(text, Not(HasSubstr("fourth.example"))) << "it is as it was";
  EXPECT_THAT(text, Not(HasSubstr("<rdeRegistrar:registrar>"))) << "it is as it was";
  EXPECT_THAT(text, HasSubstr("<rdeHeader:count uri=\"urn:ietf:params:xml:ns:rdeDomain-1.0\">4<")) << "of all that are held";
  EXPECT_EQ(manifest_in(first).facts.gone, 3U);
  EXPECT_EQ(manifest_in(first).facts.quality.rows, 4U);
  EXPECT_EQ(manifest_in(first).facts.names, 2U) << "hosts.example has another name server, and third.example is new";
  EXPECT_EQ(deposit({"verify", "2"}).code, 0);
  next_day();
  second_changes();
  const fs::path second = make("differential");
  EXPECT_THAT(text_of(second), HasSubstr("prevId=\"" + id_of(first) + "\""));
  EXPECT_THAT(text_of(second),
              HasSubstr("<rdeContact:delete><rdeContact:id>C-fourth.example</rdeContact:id></rdeContact:delete>"));

  const Said without = restore({full.string(), second.string()});
  EXPECT_EQ(without.code, 5) << without.err;
  EXPECT_THAT(without.err, HasSubstr("difference to another deposit"));
  nothing_was_made();
  EXPECT_THAT(restore({first.string(), second.string()}).err, HasSubstr("not a full one and the differences"));
  EXPECT_THAT(restore({full.string(), full.string()}).err, HasSubstr("not a full one and the differences"));
  const auto held = lines_in(text_of(make("full")));
  const Said done = restore({second.string(), full.string(), first.string()});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("5 names of 5 restored"));
  expect_restored(held);
}

TEST_F(DocumentDifferences, AnIncrementalOneHasEverythingSinceTheFullOne) {
  const fs::path full = make("full");
  next_day();
  first_changes();
  make("differential");
  next_day();
  second_changes();
  const fs::path last = make("incremental");
  EXPECT_EQ(in(last).front(), "9999_2026-11-25_incr_S1_R0.ryde");
  const std::string text = text_of(last);
  EXPECT_THAT(text, HasSubstr("type=\"INCR\" id=\"" + id_of(last) + "\" prevId=\"" + id_of(full) + "\""));
  EXPECT_THAT(text, HasSubstr("new@bluehen.example"));
  EXPECT_THAT(text, Not(HasSubstr("<rdeDomain:delete>"))) << "second.example is back, and as it was";
  const auto held = lines_in(text_of(make("full")));
  const Said done = restore({full.string(), last.string()});
  ASSERT_EQ(done.code, 0) << done.err;
  expect_restored(held);
}

TEST_F(DocumentDifferences, OneOfAnotherAgentFitsNotEvenOfTheSameDate) {
  place.write("rd/conf.d/second.toml",
              "[[escrow_agent]]\nid = \"second\"\nrecipient = \"folder\"\nregistrar = \"example\"\ncertificate = \"" +
                  (place / "agent-v6.asc").string() + "\"\nfingerprint = \"" + fingerprint(agent) + "\"\nfolder = \"" +
                  (place / "second").string() + "\"\nspecification = \"rfc9022\"\nbetween = \"differential\"\n");
  fs::create_directory(place / "second");
  const auto for_agent = [&](const std::string& id, const std::string& kind) {
    const Said done = deposit({"make", id, "--kind", kind});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(deposit({"send", done.out.substr(8, done.out.find(':') - 8)}).code, 0);
    return done.out.substr(done.out.find('\n') + 1, done.out.rfind('\n') - done.out.find('\n') - 1);
  };
  const std::string full = for_agent("rehearsal", "full");
  first_changes();
  const std::string other_full = for_agent("second", "full");
  EXPECT_EQ(id_of(full).size(), 13U) << "RFC 8909 has room for no more";
  EXPECT_NE(id_of(full), id_of(other_full));
  now += std::chrono::days(2);
  second_changes();
  const std::string difference = for_agent("second", "differential");
  const Said mixed = restore({full, difference});
  EXPECT_EQ(mixed.code, 5);
  EXPECT_THAT(mixed.err, HasSubstr("difference to another deposit"));
  nothing_was_made();
  const Said done = restore({other_full, difference});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, Not(HasSubstr("date alone")));
}

/// Of before identifiers were drawn, and of others who number the deposits of a day.
TEST_F(DocumentDifferences, OnesThatTellTheDateAloneAreTakenWithAWarning) {
  const fs::path full = make("full");
  next_day();
  first_changes();
  const fs::path first = make("differential");
  const auto with = [&](std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, from.size(), to);
  };
  fs::create_directory(place / "former");
  place.write("former/9999_2026-11-23_full_S1_R0.xml", with(text_of(full), id_of(full), "20261123001"));
  place.write("former/9999_2026-11-24_diff_S1_R0.xml",
              with(with(text_of(first), id_of(first), "20261124D001"), id_of(full), "20261123001"));
  const Said done = restore({(place / "former").string()});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("by its date alone"));
}

/// What the second says nothing of is as in the full one, whatever the first said.
TEST_F(DocumentDifferences, OfSeveralIncrementalOnesTheLastCounts) {
  const auto [full, first, second] = a_mistake_and_its_mending();
  const auto held = lines_in(text_of(make("full", false)));
  const Said done = restore({first.string(), second.string(), full.string()});
  ASSERT_EQ(done.code, 0) << done.err;
  expect_restored(held);
}

TEST_F(DocumentDifferences, WithoutChangesItIsEmptyAndMayBeMadeAgain) {
  const fs::path full = make("full");
  next_day();
  const fs::path nothing = make("differential", false);
  EXPECT_THAT(text_of(nothing), Not(HasSubstr("delete")));
  EXPECT_THAT(text_of(nothing), Not(HasSubstr("<rdeDomain:domain>")));
  first_changes();
  const Said again = deposit({"make", "--kind", "differential", "--again"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(text_of(nothing), HasSubstr("prevId=\"" + id_of(full) + "\"")) << "not the one whose place it takes";
  EXPECT_THAT(text_of(nothing), HasSubstr("third.example"));
  EXPECT_EQ(restore({full.string(), nothing.string()}).code, 0);
}

TEST_F(DocumentDifferences, ADifferenceIsToWhatTheAgentHas) {
  const Said none = deposit({"make", "--kind", "differential"});
  EXPECT_EQ(none.code, 1) << none.err;
  EXPECT_THAT(none.err, HasSubstr("no deposit that this could be the difference to"));
  const fs::path full = make("full", false);
  next_day();
  EXPECT_EQ(deposit({"make", "--kind", "differential"}).code, 1) << "the full one lies here unsent";
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  first_changes();
  make("differential");
  ASSERT_EQ(deposit({"verdict", "2", "rejected"}).code, 0);
  next_day();
  EXPECT_THAT(text_of(make("differential")), HasSubstr("prevId=\"" + id_of(full) + "\"")) << "the one between was refused";
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  next_day();
  EXPECT_EQ(deposit({"make", "--kind", "differential"}).code, 1) << "what it would stand on was refused";
  EXPECT_EQ(deposit({"make", "--kind", "odd"}).code, 2);
}

TEST_F(DocumentDifferences, AGoodOneThatALaterOneNamesStandsUntilTheNextOneDoes) {
  make("full");
  next_day();
  first_changes();
  const fs::path incremental = make("incremental", false);
  make("differential", false);
  std::string poor = line_of("poor.example");
  poor.erase(poor.find(R"("city":"Berlin",)"), 16);
  import(poor);
  EXPECT_EQ(deposit({"make", "--kind", "incremental", "--again"}).code, 5);
  EXPECT_EQ(deposit({"verify", "2"}).code, 0);
  EXPECT_FALSE(fs::exists(made("2026-11-24_inc_R1")));
  EXPECT_EQ(deposit({"make", "--kind", "incremental"}).code, 1) << "there is one";
  const Said sent = deposit({"send", "2"});
  EXPECT_EQ(sent.code, 0) << sent.err;
}

TEST_F(DocumentDifferences, NoneStandsOnADepositOfALaterTime) {
  now += std::chrono::minutes(10);
  make("full");
  now -= std::chrono::minutes(10);
  const Said refused = deposit({"make", "--kind", "differential"});
  EXPECT_EQ(refused.code, 1) << refused.out;
  now += std::chrono::minutes(20);
  EXPECT_EQ(deposit({"make", "--kind", "differential"}).code, 0);
}

TEST_F(DocumentDifferences, WhatMayNotLeaveTakesTheOneBeforeWithIt) {
  make("full");
  next_day();
  make("incremental", false);
  make("differential", false);
  configure("specification = \"rfc9022\"\nbetween = \"differential\"\nevery = \"day\"\n",
            "region = \"US\"\nagreement = \"DPA-1\"\ntransfer_basis = \"SCC\"\n");
  import(line_of("bound.example", R"(,"region":"EU")"));
  EXPECT_EQ(deposit({"make", "--kind", "incremental", "--again"}).code, 7);
  EXPECT_EQ(deposit({"send", "2"}).code, 1);
  EXPECT_FALSE(fs::exists(made("2026-11-24_inc_R0")));
}

TEST_F(DocumentDifferences, AListThatWasChangedIsNotBelieved) {
  const fs::path full = make("full");
  next_day();
  std::string list = read_file(full / "objects.list");
  list[list.size() / 2] = static_cast<char>(list[list.size() / 2] ^ 1);
  place.write("rd/deposits/rehearsal/2026-11-23_full_R0/objects.list", list);
  EXPECT_EQ(deposit({"make", "--kind", "differential"}).code, 1);
  EXPECT_EQ(deposit({"verify", "1"}).code, 1);
  EXPECT_FALSE(fs::exists(made("2026-11-24_diff_R0")));
  fs::remove(full / "objects.list");
  EXPECT_EQ(deposit({"make", "--kind", "differential"}).code, 1);
}

/// Others' hosts have no place in it, and of hosts below names that are left out it has the name alone.
TEST_F(DocumentDifferences, HostsAreThoseThatDepositedNamesTell) {
  std::string small = line_of("small.de");
  small.replace(small.find("\"ns1.other.example\""), 19,
                R"({"name":"ns1.small.de","addresses":["192.0.2.55"]},"ns7.unused.test")");
  std::string user = line_of("user.example");
  user.replace(user.find("\"ns1.other.example\""), 19, "\"ns1.small.de\"");
  for (std::string* const line : {&small, &user}) line->replace(line->find("2026-11-01"), 10, "2026-11-05");
  import(small + user);
  const fs::path full = make("full");
  const std::string text = text_of(full);
  EXPECT_THAT(text, HasSubstr("<rdeHost:name>ns1.small.de</rdeHost:name>"));
  EXPECT_THAT(text, Not(HasSubstr("192.0.2.55")));
  EXPECT_THAT(text, Not(HasSubstr("unused.test")));
  EXPECT_THAT(text, HasSubstr("<rdeHost:name>ns1.hosts.example</rdeHost:name>")) << "below a deposited name";
  EXPECT_EQ(restore({full.string()}).code, 0);
}

TEST_F(DocumentDifferences, AnErasedContactIsGoneFromARestoreToo) {
  const fs::path full = make("full");
  next_day();
  import(end_of("second.example"));
  ASSERT_EQ(
      regdata({"db", "erase", "C-second.example", "--yes", "C-second.example", "--reason", "court", "--order", "1-23"}).code,
      0);
  const fs::path first = make("differential");
  ASSERT_EQ(restore({full.string(), first.string()}).code, 0);
  use_restored();
  EXPECT_EQ(regdata({"choice", "list", "C-second.example"}).code, 1);
}

/// By RFC 9022's CSV model.
class TableDifferences : public DocumentDifferences {
 protected:
  TableDifferences() { configure_model("rfc9022-csv"); }
  void configure_model(const std::string& model) const {
    configure("specification = \"" + model + "\"\nbetween = \"differential\"\nevery = \"day\"\n");
  }
  /// The files of the archive, in its order.
  std::vector<std::pair<std::string, std::string>> files_in(const fs::path& directory) const {
    std::vector<std::pair<std::string, std::string>> files;
    for (const std::string& name : in(directory)) {
      if (!name.ends_with(".ryde")) continue;
      const std::string bytes = archive_in(directory / name);
      escrow::MemorySource source(escrow::as_bytes(bytes));
      escrow::TarReader archive(source);
      while (archive.next().value()) {
        std::string of_file = archive.name();
        files.emplace_back(std::move(of_file), all_of(archive));
      }
    }
    return files;
  }
  std::string definitions_in(const fs::path& directory) const { return files_in(directory).front().second; }
  std::string table_in(const fs::path& directory, const std::string& table) const {
    for (const auto& [name, content] : files_in(directory))
      if (name == table + ".csv") return content;
    return "no such table";
  }
  /// Lines of a full one by the XML model.
  std::multiset<std::string> objects_held() {
    configure_model("rfc9022");
    const fs::path full = make("full", false);
    auto lines = lines_in(text_of(full));
    configure_model("rfc9022-csv");
    return lines;
  }
  void expect_objects(const std::multiset<std::string>& held) {
    configure_model("rfc9022");
    expect_restored(held);
  }
};

TEST_F(TableDifferences, AChainOfThemGivesTheStoreOfItsEnd) {
  const fs::path full = make("full");
  EXPECT_THAT(in(full), ::testing::Contains("objects.list"));
  EXPECT_EQ(table_in(full, "domain-delete"), "no such table");
  next_day();
  first_changes();
  const fs::path first = make("differential");
  EXPECT_EQ(in(first).front(), "9999_2026-11-24_diff_S1_R0.ryde");
  const std::string document = definitions_in(first);
  EXPECT_THAT(document, HasSubstr("type=\"DIFF\" id=\"" + id_of(first) + "\" prevId=\"" + id_of(full) + "\""));
  EXPECT_LT(document.find("</rde:rdeMenu>"), document.find("<rde:deletes>"));
  EXPECT_LT(document.find("</rde:deletes>"), document.find("<rde:contents>"));
  EXPECT_THAT(document, HasSubstr("<csvHost:deletes><rdeCsv:csv name=\"host\" sep=\",\"><rdeCsv:fields><rdeCsv:fRoid/>"));
  EXPECT_THAT(document, HasSubstr("<rdeHeader:count uri=\"urn:ietf:params:xml:ns:csvDomain-1.0\">4<"))
      << "of all that are held";
  EXPECT_EQ(table_in(first, "domain-delete"), "second.example\r\n");
  EXPECT_EQ(table_in(first, "contact-delete"), "C-second.example\r\n");
  const std::string before = table_in(full, "host");
  const auto row = before.find("ns4.other.example,");
  ASSERT_NE(row, std::string::npos);
  const auto roid = before.find(',', row) + 1;
  EXPECT_EQ(table_in(first, "host-delete"), before.substr(roid, before.find(',', roid) - roid) + "\r\n");
  EXPECT_EQ(table_in(first, "registrar"), "") << "it is as it was";
  EXPECT_THAT(table_in(first, "domain"), Not(HasSubstr("fourth.example"))) << "it is as it was";
  EXPECT_THAT(table_in(first, "domainStatuses"), HasSubstr("hosts.example")) << "rows below what changed are all there";
  EXPECT_THAT(table_in(first, "contact"), HasSubstr("new@bluehen.example"));
  EXPECT_EQ(manifest_in(first).facts.gone, 3U);
  EXPECT_EQ(manifest_in(first).facts.names, 2U);
  EXPECT_EQ(manifest_in(first).facts.quality.rows, 4U);
  EXPECT_EQ(deposit({"verify", "2"}).code, 0);
  next_day();
  second_changes();
  const fs::path second = make("differential");
  EXPECT_THAT(definitions_in(second), HasSubstr("prevId=\"" + id_of(first) + "\""));
  EXPECT_EQ(table_in(second, "contact-delete"), "C-fourth.example\r\n");
  EXPECT_EQ(restore({full.string(), second.string()}).code, 5);
  nothing_was_made();
  next_day();
  const auto held = objects_held();
  const Said done = restore({second.string(), full.string(), first.string()});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("5 names of 5 restored"));
  expect_objects(held);
}

/// Tables are replaced by ROID: what had another one would stay.
TEST_F(TableDifferences, AHostWithAnotherRoidIsAnotherHost) {
  const auto with_roid = [](const std::string& roid, const std::string& address) {
    return R"({"name":"hosts.example","registrar":"example","created":"2021-01-31T12:00:00Z","hosts":[)"
           R"({"name":"ns1.hosts.example","roid":")" +
           roid + R"(","addresses":[")" + address + R"("]},{"name":"ns2.hosts.example","addresses":["192.0.2.2"]}],)" +
           R"("contacts":{"registrant":"C-bluehen.example"},"as_of":"2026-11-0)" + roid.substr(1, 1) + R"(T00:00:00Z"})" + "\n";
  };
  import(with_roid("H2-TEST", "192.0.2.1"));
  const fs::path full = make("full");
  EXPECT_THAT(table_in(full, "host"), HasSubstr("ns1.hosts.example,H2-TEST,"));
  next_day();
  import(with_roid("H3-TEST", "192.0.2.1"));
  const fs::path first = make("differential");
  EXPECT_EQ(table_in(first, "host-delete"), "H2-TEST\r\n");
  EXPECT_THAT(table_in(first, "host"), HasSubstr("ns1.hosts.example,H3-TEST,"));
  EXPECT_THAT(table_in(first, "hostAddresses"), HasSubstr("H3-TEST,192.0.2.1,v4"));
  EXPECT_THAT(table_in(first, "host"), Not(HasSubstr("ns2.hosts.example")));
  next_day();
  const auto held = objects_held();
  const Said done = restore({first.string(), full.string()});
  ASSERT_EQ(done.code, 0) << done.err;
  expect_objects(held);
}

TEST_F(TableDifferences, OfSeveralIncrementalOnesTheLastCounts) {
  const auto [full, first, second] = a_mistake_and_its_mending();
  next_day();
  const auto held = objects_held();
  const Said done = restore({first.string(), second.string(), full.string()});
  ASSERT_EQ(done.code, 0) << done.err;
  expect_objects(held);
}

TEST_F(TableDifferences, WithoutChangesItsTablesAreEmpty) {
  const fs::path full = make("full");
  next_day();
  const fs::path nothing = make("differential", false);
  EXPECT_THAT(definitions_in(nothing), Not(HasSubstr("deletes")));
  const auto files = files_in(nothing);
  ASSERT_EQ(files.size(), 13U);
  for (const auto& [name, content] : files) EXPECT_TRUE(name.ends_with(".xml") || content.empty()) << name;
  EXPECT_EQ(restore({full.string(), nothing.string()}).code, 0);
}

TEST_F(TableDifferences, ADifferenceIsToADepositOfItsOwnModel) {
  make("full");
  next_day();
  configure_model("rfc9022");
  EXPECT_EQ(deposit({"make", "--kind", "differential"}).code, 1);
}

class CsvDifferences : public Differences, public ::testing::WithParamInterface<const char*> {
 protected:
  CsvDifferences() { configure(std::string("specification = \"") + GetParam() + "\"\nbetween = \"incremental\"\n"); }
};

TEST_P(CsvDifferences, AnIncrementalOneHasWhatWasAddedOrChanged) {
  const fs::path full = make("full");
  next_day();
  import(line_of("bluehen.example", {}, "new@bluehen.example") + line_of("third.example"));
  const fs::path inc = make("incremental");
  EXPECT_THAT(in(inc), ::testing::Contains("9999_RDE_2026-11-24_inc_1.csv.gz.gpg"));
  const bool in_line = std::string_view(GetParam()) == "2024";
  EXPECT_EQ(manifest_in(inc).facts.names, in_line ? 2U : 1U) << "by handle the changed address is in its own row";
  EXPECT_EQ(manifest_in(inc).facts.quality.rows, 3U);
  EXPECT_THAT(restore({inc.string()}).err, HasSubstr("a full deposit before it is needed"));
  const Said done = restore({inc.string(), full.string()});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("3 names of 3 restored"));
  const Said same_day = deposit({"make"});
  EXPECT_EQ(same_day.code, 1);
  EXPECT_THAT(same_day.err, HasSubstr("of another kind"));
  next_day();
  const fs::path now_held = make("full", false);
  const std::string hashes = read_file(now_held / "9999_RDE_2026-11-25_hash.txt");
  use_restored();
  fs::remove_all(place / "rd/deposits");
  EXPECT_EQ(read_file(make("full", false) / "9999_RDE_2026-11-25_hash.txt"), hashes);
  EXPECT_EQ(deposit({"make", "--kind", "differential"}).code, 2);
}

/// Its data would be newer than those of the difference, which a restore lays over it.
TEST_P(CsvDifferences, AFullOneIsNotMadeOnceMoreBeneathADifference) {
  const fs::path full = make("full");
  next_day();
  import(line_of("bluehen.example", {}, "first@bluehen.example"));
  const fs::path inc = make("incremental");
  ASSERT_EQ(deposit({"verdict", "2", "accepted"}).code, 0);
  next_day();
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  const Said refused = deposit({"make", "--resend", "1"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("deposit 2 of 2026-11-24 has left since"));
  EXPECT_FALSE(fs::exists(made("2026-11-23_full_R1")));
  ASSERT_EQ(deposit({"verdict", "2", "rejected"}).code, 0);
  EXPECT_EQ(deposit({"make", "--resend", "1"}).code, 0);
}

TEST_P(CsvDifferences, AClockThatWasBehindHidesNoLaterDate) {
  now += std::chrono::days(20);
  make("full");
  next_day();
  make("full");
  now -= std::chrono::days(10);
  make("full");
  now += std::chrono::days(10);
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  EXPECT_THAT(deposit({"make", "--resend", "1"}).err, HasSubstr("deposit 2 of 2026-12-14 has left since"));
}

TEST_P(CsvDifferences, TheyStandOnTheFullOneOfTheLatestDate) {
  make("full");
  next_day();
  const fs::path second = make("full");
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  ASSERT_EQ(deposit({"verdict", "2", "rejected"}).code, 0);
  ASSERT_EQ(deposit({"make", "--resend", "1"}).code, 0);
  ASSERT_EQ(deposit({"send", "3"}).code, 0);
  ASSERT_EQ(deposit({"verdict", "2", "accepted"}).code, 0);
  next_day();
  import(line_of("third.example"));
  const fs::path inc = make("incremental");
  EXPECT_EQ(manifest_in(inc).base, escrow::hash_of(read_file(second / "manifest.json"))) << "not on what was made last";
  next_day();
  configure(std::string("specification = \"") + GetParam() + "\"\n");
  make("full");
  next_day();
  configure(std::string("specification = \"") + GetParam() + "\"\nbetween = \"incremental\"\n");
  EXPECT_EQ(deposit({"make", "--kind", "incremental"}).code, 1) << "a restore would lay it over the one without a list";
}

TEST_P(CsvDifferences, OfSeveralIncrementalOnesTheLastCounts) {
  const auto [full, first, second] = a_mistake_and_its_mending();
  const Said done = restore({first.string(), second.string(), full.string()});
  EXPECT_THAT(done.out, HasSubstr("2 names of 2 restored")) << done.err;
}

TEST_P(CsvDifferences, WhatIsDueBesideAFullOneOfTheDateIsItsNextRevision) {
  make("full");
  next_day();
  make("full");
  import(line_of("third.example"));
  const char* environment[] = {nullptr};
  const Config config = load_config(place / "rd/regdata.toml", environment, Scope::everything).config;
  const auto settings = agent_settings(config, {}).value();
  const UtcTime later = now + std::chrono::hours(3);
  const auto keys = EscrowKeys::open(config, *settings, later).value();
  const auto ledger = open_ledger(config).value();
  const auto done = make_deposit(config, *settings, keys, *ledger, [&] { return later; },
                                 {.kind = escrow::DepositKind::incremental, .due = later, .again = true});
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(done->kind, escrow::DepositKind::full);
  EXPECT_EQ(done->revision, 1U);
}

TEST_P(CsvDifferences, WhatIsGoneIsCountedAndStaysInARestore) {
  const fs::path full = make("full");
  next_day();
  import(end_of("second.example"));
  const fs::path inc = make("incremental");
  EXPECT_GE(manifest_in(inc).facts.gone, 1U);
  EXPECT_EQ(manifest_in(inc).facts.names, 0U);
  EXPECT_THAT(restore({inc.string(), full.string()}).out, HasSubstr("2 names of 2 restored"));
}

INSTANTIATE_TEST_SUITE_P(Specifications, CsvDifferences, ::testing::Values("2024", "2007"));

}  // namespace
}  // namespace regdata::app
