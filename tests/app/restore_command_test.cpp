// regdata deposit restore, as an operator gives it who has lost everything but a deposit and a key.
#include <gmock/gmock.h>

#include "app/drill.hpp"
#include "escrow/gzip.hpp"
#include "tests/app/restore_place.hpp"

namespace regdata::app {
namespace {

using ::testing::HasSubstr;

TEST_F(Restoring, ADepositOfTheRestoredStoreIsTheSameToTheByte) {
  place.write("more.jsonl",
              R"({"name":"xn--bcher-kva.example","registrar":"example","created":"2020-01-31T12:00:00Z",)"
              R"("registry_expires":"2028-02-29T23:59:59Z","contacts":{"registrant":{"handle":"C-77","kind":"legal",)"
              R"("name":"山田, 太郎 \"Tarō\"","organization":"שלום; GmbH","street":["a, b","c'","d"],"city":"東京",)"
              R"("state":"=1+2","postal_code":"100-0001","country":"JP","email":"a+b_c%d@xn--bcher-kva.example"},)"
              R"("billing":{"handle":"C-78","name":"Bill, Payer"}},"as_of":"2026-11-01T00:00:00Z"})"
              "\n");
  const Said imported = regdata({"import", (place / "more.jsonl").string()});
  ASSERT_EQ(imported.code, 0) << imported.err << imported.out;
  const std::string directory = deposited();
  const std::string hashes = read_file(fs::path(directory) / hash_file);
  const Said done = restore({directory});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("3 names of 3 restored"));
  EXPECT_EQ(fs::status(place / "new").permissions() & fs::perms::all, fs::perms(0700));
  EXPECT_EQ(in(place / "new"), (std::vector<std::string>{"keys.db", "registrations.db"}));
  use_restored();
  fs::remove_all(place / "rd/deposits");
  const Said again = deposit({"make"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(read_file(made("2026-11-23_full_R0") / hash_file), hashes);
  // nobody has chosen anything: what identifies a person stays withheld
  ASSERT_EQ(regdata({"publish"}).code, 0);
  const Said shown = regdata({"lookup", "bluehen.example"});
  EXPECT_THAT(shown.out, HasSubstr("Registrant Name: REDACTED"));
  EXPECT_THAT(shown.out, HasSubstr("Registrar Registration Expiration Date: 2027-01-31T12:00:00Z"));
}

TEST_F(Restoring, PartsAreTakenInTheirOrderAndAllOfThem) {
  configure("rows_per_file = 1\n");
  place.write("third.jsonl", line_of("third.example"));
  ASSERT_EQ(regdata({"import", (place / "third.jsonl").string()}).code, 0);
  const std::string directory = deposited();
  const std::string first = directory + "/" + first_file;
  const std::string second = directory + "/9999_RDE_2026-11-23_full_2.csv.gz.gpg";
  const std::string third = directory + "/9999_RDE_2026-11-23_full_3.csv.gz.gpg";
  const Said less = restore({first, second});
  EXPECT_EQ(less.code, 1);
  EXPECT_THAT(less.err, HasSubstr("9999_RDE_2026-11-23_full_3.csv is in the hash file, and was not given"));
  nothing_was_made();
  EXPECT_THAT(restore({third, first}).err, HasSubstr("a part between the others is missing"));
  // a line that is there twice does not stand for a file that is not there
  const std::string hashes = read_file(fs::path(directory) / hash_file);
  const std::string line = hashes.substr(0, hashes.find('\n') + 1);
  place.write("half/" + std::string(hash_file), line + line);
  for (const std::string& part : {first, second}) fs::copy_file(part, place / "half" / fs::path(part).filename());
  EXPECT_THAT(restore({(place / "half").string()}).err, HasSubstr("a file that was given is not in the hash file"));
  nothing_was_made();
  const Said headless = restore({second});
  EXPECT_EQ(headless.code, 5);
  EXPECT_THAT(headless.err, HasSubstr("the header has a column that is not in the field table"));
  EXPECT_EQ(restore({first, first}).code, 2);
  nothing_was_made();
  const Said done = restore({third, second, first});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("3 names of 3"));
}

TEST_F(Restoring, PlainAndCompressedFilesOfTheAgentAreTaken) {
  const std::string directory = deposited();
  const std::string text = plain_part(directory, first_file);
  place.write("back/9999_RDE_2026-11-23_full_1.csv", text);
  fs::copy_file(fs::path(directory) / hash_file, place / (std::string("back/") + hash_file));
  const Said plain = restore({(place / "back").string()});
  ASSERT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.err, HasSubstr("plain files are signed by nobody"));
  EXPECT_THAT(plain.err, ::testing::Not(HasSubstr("no hash file"))) << "it was there";
  EXPECT_EQ(restore({(place / "back").string()}).code, 1) << "the directory is there";
  fs::remove_all(place / "new");
  escrow::MemorySink packed;
  const auto gzip = escrow::gzip_into(packed);
  ASSERT_TRUE(gzip->write(escrow::as_bytes(text)));
  ASSERT_TRUE(gzip->finish());
  place.write("full.csv.gz", std::string(escrow::as_text(packed.bytes())));
  const Said named = restore({(place / "full.csv.gz").string()});
  ASSERT_EQ(named.code, 0) << named.err;
  EXPECT_THAT(named.err, HasSubstr("no hash file"));
}

TEST_F(Restoring, RowsThatCannotBeTakenAreToldAndTheOthersTaken) {
  const std::string directory = deposited();
  std::string text = plain_part(directory, first_file);
  const auto with = [&](const std::string& row) { text += row + "\n"; };
  with("mail.example,2027-01-31T12:00:00Z,9999,Secret Person,S 1,Town,,,DE,+49.1,secretperson.example,Secret Person");
  with("country.example,2027-01-31T12:00:00Z,9999,Secret Person,S 1,Town,,,Secretland,+49.1,s@p.example,Secret Person");
  with("date.example,31.01.2027,9999,Secret Person,S 1,Town,,,DE,+49.1,s@p.example,Secret Person");
  with("iana.example,2027-01-31T12:00:00Z,1,Secret Person,S 1,Town,,,DE,+49.1,s@p.example,Secret Person");
  with("Upper.example,2027-01-31T12:00:00Z,9999,Secret Person,S 1,Town,,,DE,+49.1,s@p.example,Secret Person");
  with("tld.invalid,2027-01-31T12:00:00Z,9999,Secret Person,S 1,Town,,,DE,+49.1,s@p.example,Secret Person");
  with("\"Secret, Person\",2027-01-31T12:00:00Z,9999,Secret Person,S 1,Town,,,DE,+49.1,s@p.example,Secret Person");
  place.write("all.csv", text);
  const Said done = restore({(place / "all.csv").string()});
  EXPECT_EQ(done.code, 6);
  EXPECT_THAT(done.err, HasSubstr("all.csv, record 4: mail.example: rt-email: e-mail: no @"));
  for (const char* reason : {"country.example: rt-country", "date.example: expiration-date: is not a date",
                             "iana.example: iana", "upper.example: domain: is not written as a deposit writes it",
                             "tld.invalid: is under no TLD", "domain: is not a domain name"})
    EXPECT_THAT(done.err, HasSubstr(reason));
  EXPECT_THAT(done.err, ::testing::Not(::testing::ContainsRegex("[sS]ecret")));
  EXPECT_THAT(done.out, HasSubstr("2 names of 9"));
}

TEST_F(Restoring, WhatIsNotAWholeGoodDepositMakesNothing) {
  const std::string directory = deposited();
  const std::string text = plain_part(directory, first_file);
  const auto refuses = [&](const std::string& content, int code, const std::string& why) {
    place.write("bad.csv", content);
    const Said done = restore({(place / "bad.csv").string()});
    EXPECT_EQ(done.code, code) << why;
    EXPECT_THAT(done.err, HasSubstr(why));
    nothing_was_made();
  };
  refuses("", 5, "is empty");
  refuses(text.substr(0, text.size() - 1), 1, "the last line has no end");
  refuses(text + "a,b\n", 1, "another number of columns");
  refuses(text + text.substr(text.find('\n') + 1), 1, "is in the deposit twice");
  refuses("domain,iana\nbluehen.example,9999\n", 5, "lacks the column expiration-date");
  refuses("domain,domain\n", 5, "twice");
  refuses(text + "\"\xff\",,,,,,,,,,,\n", 1, "UTF-8");
  refuses(std::string(200000, '"'), 1, "record 1");
  // each bit of a sealed file counts
  const std::string sealed = read_file(fs::path(directory) / first_file);
  refuses_flips(sealed, "bad/x.csv.gz.gpg", 7);
  place.write("bad/x.csv.gz.gpg", sealed.substr(0, sealed.size() / 2));
  EXPECT_NE(restore({(place / "bad").string()}).code, 0);
  nothing_was_made();
}

TEST_F(Restoring, OnlyAKeyOfTheRecipientAndASignerThatIsKnownOpenIt) {
  const std::string directory = deposited();
  place.write("agent.key", secret_of(former));
  fs::permissions(key(), fs::perms(0600));
  EXPECT_THAT(restore({directory}).err, HasSubstr("not for any of the keys"));
  nothing_was_made();
  place.write("agent.key", "nonsense");
  fs::permissions(key(), fs::perms(0600));
  EXPECT_EQ(restore({directory}).code, 5);
  place.write("agent.key", secret_of(agent));
  fs::permissions(key(), fs::perms(0644));
  EXPECT_EQ(restore({directory}).code, 3);
  fs::permissions(key(), fs::perms(0600));
  // the machine with our keys is gone: the certificate that the agent has still names us
  const Said certificate = deposit({"keys"});
  place.write("ours.asc", certificate.out);
  fs::remove_all(place / "rd/secret/escrow");
  const Said unknown = restore({directory});
  EXPECT_NE(unknown.code, 0);
  EXPECT_THAT(unknown.err, HasSubstr("signed"));
  nothing_was_made();
  EXPECT_EQ(restore({directory, "--signer", (place / "ours.asc").string()}).code, 0);
}

class Drills : public Restoring {
 protected:
  Drills() { EXPECT_EQ(regdata({"publish"}).code, 0); }
  Said drill(std::vector<std::string> words) const {
    words.insert(words.begin(), "restore");
    words.insert(words.end(), {"--drill", "--key", key()});
    const Said done = deposit(std::move(words));
    EXPECT_FALSE(fs::exists(place / "rd/deposits/.drill/.store.part")) << "nothing stays";
    EXPECT_FALSE(fs::exists(place / "rd/deposits/.drill/store"));
    return done;
  }
};

TEST_F(Drills, AGoodDepositGivesBackWhatIsHeld) {
  const std::string directory = deposited();
  const Said done = drill({directory});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("rows: 2 equal, 0 changed since the deposit, 0 different"));
  EXPECT_THAT(done.out, HasSubstr("lookups: 2 asked, 0 different"));
}

TEST_F(Drills, WithADrillKeyNoKeyOfTheAgentIsNeeded) {
  configure("drill_key = true\n");
  EXPECT_THAT(deposit({"make"}).err, HasSubstr("`regdata deposit keys --drill` makes it"));
  const Said made_key = deposit({"keys", "--drill"});
  ASSERT_EQ(made_key.code, 0) << made_key.err;
  const auto certificate = escrow::openpgp::Certificate::read(escrow::as_bytes(made_key.out)).value();
  EXPECT_THAT(certificate.user_id(), HasSubstr("restore drills"));
  EXPECT_EQ(fs::status(place / "rd/secret/escrow/v6.drill.key").permissions() & fs::perms::all, fs::perms(0600));
  const std::string directory = deposited();
  EXPECT_EQ(opened(fs::path(directory) / first_file, agent).size(), 2U) << "the agent opens it as before";
  EXPECT_THAT(read_file(fs::path(directory) / "manifest.json"),
              HasSubstr(escrow::upper_hex(certificate.primary().fingerprint())));
  const Said done = deposit({"restore", directory, "--drill"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("rows: 2 equal"));
}

TEST_F(Drills, WhatChangedSinceIsNoDifference) {
  const std::string directory = deposited();
  place.write("later.jsonl", line_of("bluehen.example", {}, "new@bluehen.example") + line_of("third.example") +
                                 R"({"op":"end","name":"second.example","reason":"deleted","at":"2026-11-22T00:00:00Z"})"
                                 "\n");
  ASSERT_EQ(regdata({"import", (place / "later.jsonl").string()}).code, 0);
  ASSERT_EQ(regdata({"publish"}).code, 0);
  const Said done = drill({directory});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("rows: 0 equal, 3 changed since the deposit, 0 different"));
}

TEST_F(Drills, ADepositThatSaysOtherwiseIsFoundOutWithoutItsValues) {
  std::string text = plain_part(deposited(), first_file);
  const auto at = text.find("hen@bluehen.example");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 3, "eel");
  const auto country = text.rfind(",DE,");
  text.replace(country, 4, ",NO,");
  place.write("other.csv", text + "extra.example,2027-01-31T12:00:00Z,9999,Secret,S,T,,,DE,+49.1,s@p.example,Secret\n");
  const Said done = drill({(place / "other.csv").string()});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("the ledger does not know this deposit"));
  EXPECT_THAT(done.err, HasSubstr("bluehen.example: row: rt-email"));
  EXPECT_THAT(done.err, HasSubstr("second.example: row: rt-country"));
  EXPECT_THAT(done.err, HasSubstr("second.example: lookup: Registrant Country"));
  EXPECT_THAT(done.err, HasSubstr("extra.example: row: in the deposit only"));
  EXPECT_THAT(done.err, HasSubstr("3 rows and 2 answers differ"));
  EXPECT_THAT(done.err + done.out, ::testing::Not(HasSubstr("eel@")));
  EXPECT_THAT(done.err + done.out, ::testing::Not(HasSubstr("Secret")));
}

TEST_F(Drills, MisuseIsSaid) {
  const std::string directory = deposited();
  EXPECT_EQ(deposit({"restore", directory}).code, 2);
  EXPECT_EQ(deposit({"restore", directory, "--drill", "--into", (place / "new").string()}).code, 2);
  EXPECT_EQ(drill({directory, "--agent", "nobody"}).code, 2);
  EXPECT_THAT(deposit({"restore", directory, "--drill"}).err, HasSubstr("not for any of the keys"));
}

/// The specification of 2007: contacts in a file of their own, a service in front of one of them.
class ByHandle : public Drills {
 protected:
  ByHandle() {
    configure(by_handle);
    place.write("more.jsonl",
                R"({"name":"shared.example","registrar":"example","created":"2020-01-31T12:00:00Z",)"
                R"("registry_expires":"2028-02-29T23:59:59Z","hosts":["ns1.other.example","ns2.other.example"],"contacts":{)"
                R"("registrant":{"handle":"C-77","name":"山田, 太郎 \"Tarō\"","organization":"שלום; GmbH",)"
                R"("street":["a, b","c'","d"],"city":"東京","state":"=1+2","country":"JP","email":"a+b_c%d@other.example"},)"
                R"("technical":"C-bluehen.example","administrative":"C-77",)"
                R"("billing":{"handle":"C-78","name":"Bill, Payer","street":["x"],"city":"y","country":"US",)"
                R"("email":"b@p.example"}},"as_of":"2026-11-01T00:00:00Z"})"
                "\n"
                R"({"name":"hidden.example","registrar":"example","created":"2020-01-31T12:00:00Z",)"
                R"("registrar_expires":"2028-02-29T23:59:59Z","privacy_service":"shield",)"
                R"("contacts":{"registrant":"C-77"},"as_of":"2026-11-01T00:00:00Z"})"
                "\n");
    const Said imported = regdata({"import", (place / "more.jsonl").string()});
    EXPECT_EQ(imported.code, 0) << imported.err << imported.out;
    EXPECT_EQ(regdata({"publish"}).code, 0);
  }
  static constexpr const char* by_handle =
      "specification = \"2007\"\n"
      "[[privacy_service]]\nid = \"shield\"\nkind = \"privacy\"\naffiliated = true\nname = \"Shield\"\norganization = \"Shield "
      "Ltd\"\n"
      "street = [\"1 Wall\"]\ncity = \"Town\"\ncountry = \"DE\"\nemail = \"{token}@shield.example\"\n";
  static constexpr const char* handles = "9999_RDE_2026-11-23_hdl_1.csv.gz.gpg";
};

TEST_F(ByHandle, ADepositOfTheRestoredStoreIsTheSameToTheByte) {
  const std::string directory = deposited();
  EXPECT_TRUE(fs::exists(fs::path(directory) / handles));
  EXPECT_EQ(deposit({"verify", "1"}).code, 0);
  const std::string hashes = read_file(fs::path(directory) / hash_file);
  const Said done = restore({directory});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("4 names of 4 restored"));
  EXPECT_THAT(done.out, HasSubstr("4 contacts")) << "each once, and none of the names that were left out";
  use_restored();
  fs::remove_all(place / "rd/deposits");
  const Said again = deposit({"make"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(read_file(made("2026-11-23_full_R0") / hash_file), hashes);
  ASSERT_EQ(regdata({"publish"}).code, 0);
  EXPECT_THAT(regdata({"lookup", "hidden.example"}).out, HasSubstr("Registrant Organization: Shield Ltd"));
  EXPECT_THAT(regdata({"lookup", "shared.example"}).out, ::testing::Not(HasSubstr("Shield")));
}

TEST_F(ByHandle, ADrillComparesNamesAndContacts) {
  const std::string directory = deposited();
  const Said done = drill({directory});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("rows: 4 equal, 0 changed since the deposit, 0 different"));
  place.write("later.jsonl", line_of("bluehen.example", {}, "new@bluehen.example"));
  ASSERT_EQ(regdata({"import", (place / "later.jsonl").string()}).code, 0);
  ASSERT_EQ(regdata({"publish"}).code, 0);
  const Said since = drill({directory});
  EXPECT_EQ(since.code, 0) << since.err;
  EXPECT_THAT(since.out, HasSubstr("rows: 2 equal, 2 changed since the deposit, 0 different"))
      << "the ledger knows it by its files, in whatever order; a shared contact changes two names";
}

TEST_F(ByHandle, WithoutItsHandleFileNoNameIsTaken) {
  const std::string directory = deposited();
  const std::string names = directory + "/" + first_file;
  EXPECT_THAT(restore({names}).err, HasSubstr("9999_RDE_2026-11-23_hdl_1.csv is in the hash file, and was not given"));
  nothing_was_made();
  fs::remove(fs::path(directory) / hash_file);
  const Said alone = restore({names});
  EXPECT_EQ(alone.code, 6);
  EXPECT_THAT(alone.err, HasSubstr("registration bluehen.example: registrant C-bluehen.example is not held"));
  EXPECT_THAT(alone.out, HasSubstr("0 names of 4 restored"));
  fs::remove_all(place / "new");
  EXPECT_THAT(restore({directory + "/" + handles}).err, HasSubstr("only handle files were given"));
  nothing_was_made();
}

TEST_F(ByHandle, ContactsThatCannotBeTakenTakeTheirNamesWithThem) {
  const std::string header = "handle,name,address,state,zip,city,country,email,phone,fax,organization,phone-ext,fax-ext\n";
  place.write("h.csv", header +
                           "C-1,Good One,S 1,,,T,DE,g@p.example,,,,,\n"
                           "C-2,Secret Person,S 1,,,T,Secretland,s@p.example,,,,,\n"
                           "pp:shield,Shield,,,,,,,,,,,\n");
  std::string names = "domain,expiration_date,rt-handle,prt-handle\n";
  names += "one.example,2027-01-31T12:00:00Z,C-1,\ntwo.example,2027-01-31T12:00:00Z,C-2,\n";
  names += "three.example,2027-01-31T12:00:00Z,pp:shield,C-1\n";
  place.write("n.csv", names);
  const std::string h = (place / "h.csv").string();
  const std::string n = (place / "n.csv").string();
  const Said done = restore({h, n});
  EXPECT_EQ(done.code, 6);
  EXPECT_THAT(done.err, HasSubstr("h.csv, record 3: C-2: country"));
  EXPECT_THAT(done.err, HasSubstr("n.csv, record 3: registration two.example: registrant C-2 is not held"));
  EXPECT_THAT(done.err, HasSubstr("2 rows were refused"));
  EXPECT_THAT(done.err + done.out, ::testing::Not(HasSubstr("Secret")));
  EXPECT_THAT(done.out, HasSubstr("2 names of 3"));
  fs::remove_all(place / "new");
  EXPECT_EQ(restore({n, h}).code, 2) << "names before handles";
  nothing_was_made();
  place.write("h.csv", header + "C-1,Good One,S 1,,,T,DE,g@p.example,,,,,\nC-1,Good One,S 1,,,T,DE,g@p.example,,,,,\n");
  EXPECT_THAT(restore({h, n}).err, HasSubstr("contact C-1 is in the deposit twice"));
  nothing_was_made();
}

TEST_F(ByHandle, ARegistrarWithoutNamesDepositsBothFiles) {
  place.write("ends.jsonl", [] {
    std::string lines;
    for (const char* name : {"bluehen.example", "second.example", "other.test", "small.de", "shared.example", "hidden.example"})
      lines += R"({"op":"end","name":")" + std::string(name) + R"(","reason":"deleted","at":"2026-11-22T00:00:00Z"})" + "\n";
    return lines;
  }());
  ASSERT_EQ(regdata({"import", (place / "ends.jsonl").string()}).code, 0);
  const Said done = restore({deposited()});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("0 names of 0"));
}

TEST_F(ByHandle, FurtherColumnsAreOfTheOtherSpecification) {
  configure("columns = [\"ds\"]\n" + std::string(by_handle));
  const Said check = regdata({"config", "check"});
  EXPECT_EQ(check.code, 3);
  EXPECT_THAT(check.err, HasSubstr("only the specification of 2024 has further columns"));
}

/// A document by RFC 9022: dates, statuses, DS data, hosts with their addresses come back too.
class ByObjects : public Drills {
 protected:
  ByObjects() {
    configure("specification = \"rfc9022\"\n");
    place.write(
        "more.jsonl",
        R"({"name":"shared.example","roid":"D7-EXAMPLE","registrar":"example","created":"2020-01-31T12:00:00Z",)"
        R"("updated":"2024-05-06T07:08:09Z","registry_expires":"2028-02-29T23:59:59Z",)"
        R"("statuses":["clientHold","clientTransferProhibited","redemptionPeriod"],)"
        R"("hosts":[{"name":"ns1.shared.example","addresses":["192.0.2.1","2001:db8::1"]},"ns2.other.example",{"name":"ns3.shared.example","addresses":["192.0.2.3"]}],)"
        R"("ds":[{"key_tag":12345,"algorithm":13,"digest_type":2,)"
        R"("digest":"49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE49FD46E6C4B45C55D4AC69CB"}],"contacts":{)"
        R"("registrant":{"handle":"C-77","name":"山田, 太郎 \"Tarō\" & <b>","organization":"שלום; GmbH",)"
        R"("street":["a, b","c'","d"],"city":"東京","state":"=1+2","country":"JP","phone":"+81.312345678","phone_ext":"12",)"
        R"("email":"a+b_c%d@other.example"},"technical":"C-bluehen.example","administrative":"C-77"},)"
        R"("as_of":"2026-11-01T00:00:00Z"})"
        "\n"
        R"({"name":"hosts.example","registrar":"example","created":"2021-01-31T12:00:00Z",)"
        R"("hosts":["ns1.shared.example","ns9.hosts.example"],"contacts":{"registrant":"C-77"},"as_of":"2026-11-01T00:00:00Z"})"
        "\n");
    const Said imported = regdata({"import", (place / "more.jsonl").string()});
    EXPECT_EQ(imported.code, 0) << imported.err << imported.out;
    EXPECT_EQ(regdata({"publish"}).code, 0);
  }
  static constexpr const char* document = "9999_2026-11-23_full_S1_R0.ryde";
  std::string plain_document(const std::string& directory) const { return document_in(fs::path(directory) / document); }
};

TEST_F(ByObjects, ADepositOfTheRestoredStoreIsTheSameToTheByte) {
  const std::string directory = deposited();
  EXPECT_EQ(in(directory), (std::vector<std::string>{document, "9999_2026-11-23_full_S1_R0.sig", "contacts.list",
                                                     "manifest.json", "manifest.json.sig"}));
  EXPECT_EQ(deposit({"verify", "1"}).code, 0);
  const std::string text = plain_document(directory);
  EXPECT_THAT(text, HasSubstr("<rdeHeader:registrar>9999</rdeHeader:registrar>"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("small.de"))) << "left out";
  const Said done = restore({directory});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("4 names of 4 restored"));
  EXPECT_THAT(done.out, HasSubstr("3 contacts"));
  use_restored();
  fs::remove_all(place / "rd/deposits");
  const Said again = deposit({"make"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(lines_in(plain_document(made("2026-11-23_full_R0").string())) == lines_in(text)) << "in whatever order";
  ASSERT_EQ(regdata({"publish"}).code, 0);
  const Said shown = regdata({"lookup", "shared.example"});
  EXPECT_THAT(shown.out, HasSubstr("Creation Date: 2020-01-31T12:00:00Z"));
  EXPECT_THAT(shown.out, HasSubstr("Domain Status: clientHold"));
  EXPECT_THAT(shown.out, HasSubstr("Registrant Name: REDACTED"));
}

/// The same by RFC 9022's CSV model.
class ByTables : public ByObjects {
 protected:
  ByTables() { configure("specification = \"rfc9022-csv\"\n"); }
};

TEST_F(ByTables, ADepositOfTheRestoredStoreIsTheSame) {
  configure("specification = \"rfc9022\"\n");
  const auto as_objects = lines_in(plain_document(deposited()));
  fs::remove_all(place / "rd/deposits");
  configure("specification = \"rfc9022-csv\"\n");
  const Said made_tables = deposit({"make", "--again"});
  ASSERT_EQ(made_tables.code, 0) << made_tables.err;
  const std::string directory = made("2026-11-23_full_R0").string();
  const Said done = restore({directory});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("4 names of 4 restored"));
  EXPECT_THAT(done.out, HasSubstr("3 contacts"));
  EXPECT_EQ(deposit({"check", directory + "/" + document, "--key", key()}).out.find("RDE_INVALID_CSV"), std::string::npos);
  use_restored();
  fs::remove_all(place / "rd/deposits");
  configure("specification = \"rfc9022\"\n");
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_TRUE(lines_in(plain_document(made("2026-11-23_full_R0").string())) == as_objects) << "by objects, as before";
}

TEST_F(ByTables, ADrillComparesObjectsToo) {
  const Said done = drill({deposited()});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("rows: 4 equal, 0 changed since the deposit, 0 different"));
}

TEST_F(ByTables, WhatIsNotAWholeGoodArchiveMakesNothing) {
  const std::string directory = deposited();
  refuses_flips(read_file(fs::path(directory) / document), "bad/x.ryde", 211);
}

TEST_F(ByObjects, ADrillComparesObjects) {
  const std::string directory = deposited();
  const Said done = drill({directory});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("rows: 4 equal, 0 changed since the deposit, 0 different"));
  std::string text = plain_document(directory);
  const auto at = text.find("hen@bluehen.example");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 3, "eel");
  place.write("other.xml", text);
  const Said other = drill({(place / "other.xml").string()});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("bluehen.example: row: registrant contact"));
  EXPECT_THAT(other.err + other.out, ::testing::Not(HasSubstr("eel@")));
  text = plain_document(directory);
  const auto address = text.find(">192.0.2.3<");
  ASSERT_NE(address, std::string::npos);
  place.write("other.xml", text.replace(address, 11, ">192.0.2.9<"));
  EXPECT_THAT(drill({(place / "other.xml").string()}).err, HasSubstr("shared.example: row: hosts"));
}

TEST_F(ByObjects, AnAddressThatChangedSinceIsNoDifference) {
  const std::string directory = deposited();
  std::string line = read_file(place / "more.jsonl");
  line = line.substr(0, line.find('\n') + 1);
  line.replace(line.find("192.0.2.3"), 9, "192.0.2.9");
  place.write("later.jsonl", line);
  ASSERT_EQ(regdata({"import", (place / "later.jsonl").string()}).code, 0);
  ASSERT_EQ(regdata({"publish"}).code, 0);
  const Said done = drill({directory});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("rows: 3 equal, 1 changed since the deposit, 0 different"));
}

TEST_F(ByObjects, ObjectsMayStandInAnyOrder) {
  const std::string text = plain_document(deposited());
  // the contents turned around: contacts, hosts, domains, registrar, header
  const auto begin = text.find("<rdeHeader:header>");
  const auto end = text.find("</rde:contents>");
  std::vector<std::string> lines;
  for (std::size_t at = begin; at < end; at = text.find('\n', at) + 1)
    lines.push_back(text.substr(at, text.find('\n', at) + 1 - at));
  std::string turned = text.substr(0, begin);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) turned += *line;
  place.write("turned.xml", turned + text.substr(end));
  const Said done = restore({(place / "turned.xml").string()});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("4 names of 4 restored"));
}

TEST_F(ByObjects, WhatIsNotAWholeGoodDocumentMakesNothing) {
  const std::string directory = deposited();
  const std::string text = plain_document(directory);
  const auto refuses = [&](const std::string& from, const std::string& to, const std::string& why) {
    std::string other = text;
    const auto at = other.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    place.write("bad.xml", other.replace(at, from.size(), to));
    const Said done = restore({(place / "bad.xml").string()});
    EXPECT_NE(done.code, 0) << why;
    EXPECT_THAT(done.err, HasSubstr(why));
    nothing_was_made();
  };
  refuses("type=\"FULL\"", "type=\"DIFF\"", "not a full one");
  refuses("<rdeHeader:registrar>9999",
          "<rdeHeader:count uri=\"urn:ietf:params:xml:ns:rdeIDN-1.0\">3</rdeHeader:count><rdeHeader:registrar>9999",
          "RDE_OBJECT_COUNT_MISMATCH");
  const auto line = text.find("<rdeHost:host>");
  refuses(text.substr(line, text.find('\n', line) + 1 - line), "", "RDE_OBJECT_COUNT_MISMATCH");
  refuses("</rde:contents>", "<x xmlns=\"urn:x\"/></rde:contents>", "RDE_UNEXPECTED_OBJECT");
  refuses("</rdeDomain:domain>", "", "RDE_XML_PARSE_ERROR");
  refuses("2026-11-23T", "2027-11-23T", "the watermark lies in the future");
  refuses_flips(read_file(fs::path(directory) / document), "bad/x.ryde", 101);
  EXPECT_EQ(restore({directory + "/" + document, directory + "/" + document}).code, 5);
}

TEST_F(ByObjects, ObjectsThatCannotBeTakenAreToldAndTheOthersTaken) {
  std::string text = plain_document(deposited());
  const auto email = text.find("hen@bluehen.example");
  ASSERT_NE(email, std::string::npos);
  text.replace(email, 3, "secret hen");
  place.write("part.xml", text);
  const Said done = restore({(place / "part.xml").string()});
  EXPECT_EQ(done.code, 6);
  EXPECT_THAT(done.err, HasSubstr("R611E4A4DFDB78BD: email: e-mail"));
  EXPECT_THAT(done.err, HasSubstr("bluehen.example: registrant R611E4A4DFDB78BD is not held"));
  EXPECT_THAT(done.err, ::testing::Not(HasSubstr("secret hen")));
}

TEST_F(ByObjects, WhatTheSchemaDemandsAndIsNotHeldHoldsTheDeposit) {
  place.write("less.jsonl",
              R"({"name":"less.example","registrar":"example","created":"2021-01-31T12:00:00Z",)"
              R"("contacts":{"registrant":{"handle":"C-less","name":"No Address"}},"as_of":"2026-11-01T00:00:00Z"})"
              "\n");
  ASSERT_EQ(regdata({"import", (place / "less.jsonl").string()}).code, 0);
  const Said done = deposit({"make"});
  EXPECT_EQ(done.code, 5);
  EXPECT_THAT(done.err, HasSubstr("contact city 1, contact country 1, contact email 1"));
  EXPECT_THAT(done.err, HasSubstr("C-less"));
  configure("specification = \"rfc9022\"\nwhen_missing = \"leave-empty\"\n");
  EXPECT_THAT(regdata({"config", "check"}).err, HasSubstr("not valid with empty elements"));
  configure("specification = \"rfc9022\"\nrde_name = \"a_b\"\n");
  EXPECT_THAT(regdata({"config", "check"}).err, HasSubstr("rde_name"));
}

TEST(LinesThatDiffer, OnlyMoreThanTheLiveAnswerCounts) {
  const std::string live =
      "Domain Name: a.example\r\nCreation Date: x\r\nRegistrant Name: Blue Hen\r\nName Server: n1\r\n>>> at\r\n";
  const auto differ = [&](const std::string& restored) { return lines_that_differ(restored, live, "https://form?"); };
  EXPECT_EQ(differ(live), "");
  EXPECT_EQ(differ("Domain Name: a.example\r\nCreation Date:\r\nRegistrant Name: REDACTED\r\n>>> other\r\nX: y\r\n"), "");
  EXPECT_EQ(differ("Registrant Email: https://form?d=a.example\r\n"), "");
  EXPECT_EQ(differ("Registrant Name: Eel\r\nName Server: n1\r\nName Server: n2\r\n"), "Registrant Name, Name Server");
  EXPECT_EQ(differ("Registrant City: B\r\n"), "Registrant City");
}

}  // namespace
}  // namespace regdata::app
