// regdata deposit check, on deposits of ours and on what was done to them.
#include <gmock/gmock.h>

#include "tests/app/restore_place.hpp"

namespace regdata::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Checking : public Restoring {
 protected:
  Checking() {
    configure("specification = \"rfc9022\"\n");
    sealed = fs::path(deposited()) / "9999_2026-11-23_full_S1_R0.ryde";
    fs::create_directory(place / "agent-has");
    fs::copy(sealed, copy);
    fs::copy(fs::path(sealed).replace_extension(".sig"), signature);
  }
  Said check(const fs::path& file) const { return deposit({"check", file.string(), "--key", key()}); }
  void finds(const fs::path& file, const std::string& code) const {
    const Said done = check(file);
    EXPECT_EQ(done.code, 5) << done.err;
    EXPECT_THAT(done.out, HasSubstr(code));
    EXPECT_THAT(done.out + done.err, Not(HasSubstr("hen@"))) << "no person's data";
  }
  fs::path sealed;
  const fs::path copy = place / "agent-has/9999_2026-11-23_full_S1_R0.ryde";
  const fs::path signature = place / "agent-has/9999_2026-11-23_full_S1_R0.sig";
};

TEST_F(Checking, ADepositOfOursKeepsTheRules) {
  const Said done = check(copy);
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("7 objects looked at, 0 findings"));
  place.write("plain/9999_2026-11-23_full_S1_R0.xml", document_in(sealed));
  EXPECT_EQ(check(place / "plain/9999_2026-11-23_full_S1_R0.xml").code, 0);
}

TEST_F(Checking, TablesAreLookedAtToo) {
  configure("specification = \"rfc9022-csv\"\n");
  ASSERT_EQ(deposit({"make", "--again"}).code, 0);
  EXPECT_THAT(check(sealed).out, HasSubstr("7 objects looked at, 0 findings"));
  std::string archive = archive_in(sealed);
  place.write("plain/9999_2026-11-23_full_S1_R0.tar", archive);
  EXPECT_EQ(check(place / "plain/9999_2026-11-23_full_S1_R0.tar").code, 0);
  const std::string good = archive;
  const auto put = [&](const std::string& required) {
    const std::string as_it_was = " isRequired=\"true\"/>";
    std::string other = good;
    other.replace(other.find(as_it_was), as_it_was.size(), required);
    place.write("plain/9999_2026-11-23_full_S1_R0.tar", other);
  };
  put("                  />");
  finds(place / "plain/9999_2026-11-23_full_S1_R0.tar", "RDE_ISREQUIRED_ATTRIBUTE_IS_ABSENT");
  put(" isRequired=\"0\"   />");
  finds(place / "plain/9999_2026-11-23_full_S1_R0.tar", "RDE_ISREQUIRED_ATTRIBUTE_IS_FALSE");
  put(" isRequired=\"1\"   />");
  EXPECT_EQ(check(place / "plain/9999_2026-11-23_full_S1_R0.tar").code, 0);
  archive.replace(archive.find("hen@bluehen.example"), 3, "eel");
  place.write("plain/9999_2026-11-23_full_S1_R0.tar", archive);
  finds(place / "plain/9999_2026-11-23_full_S1_R0.tar", "RDE_INVALID_CSV");
}

TEST_F(Checking, NameSealAndSignatureAreLookedAt) {
  for (const char* name : {"9999_2026-11-24_full_S1_R0", "9999_2026-11-23_diff_S1_R0", "9999_2026-11-23_full_S0_R0", "full"}) {
    fs::copy(copy, place / (std::string("agent-has/") + name + ".ryde"));
    fs::copy(signature, place / (std::string("agent-has/") + name + ".sig"));
    finds(place / (std::string("agent-has/") + name + ".ryde"), "RDE_INVALID_FILENAME");
  }
  std::string bytes = read_file(signature);
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 1);
  place.write("agent-has/9999_2026-11-23_full_S1_R0.sig", bytes);
  finds(copy, "RDE_INVALID_SIGNATURE");
  fs::remove(signature);
  finds(copy, "RDE_INVALID_SIGNATURE");
}

TEST_F(Checking, WhatCannotBeOpenedOrReadIsSaid) {
  std::string bytes = read_file(copy);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  place.write("agent-has/9999_2026-11-23_full_S1_R0.ryde", bytes);
  finds(copy, "RDE_DECRYPTION_FAILED");
  place.write("plain/9999_2026-11-23_full_S1_R0.tar", std::string(10240, '\0'));
  finds(place / "plain/9999_2026-11-23_full_S1_R0.tar", "RDE_MISSING_FILES");
  std::string text = document_in(sealed);
  place.write("plain/9999_2026-11-23_full_S1_R0.xml", text.substr(0, text.size() / 2));
  finds(place / "plain/9999_2026-11-23_full_S1_R0.xml", "RDE_XML_PARSE_ERROR");
  place.write("plain/9999_2026-11-23_full_S1_R0.xml", "<other/>");
  finds(place / "plain/9999_2026-11-23_full_S1_R0.xml", "RDE_SCHEMA_VALIDATION_ERROR");
  text.replace(text.find("hen@bluehen.example"), 4, "hen");
  place.write("plain/9999_2026-11-23_full_S1_R0.xml", text);
  finds(place / "plain/9999_2026-11-23_full_S1_R0.xml", "RDE_CONTACT_HAS_INVALID_EMAIL line");
  EXPECT_EQ(check(place / "nothing.xml").code, 4);
  EXPECT_EQ(deposit({"check", sealed.string()}).code, 5) << "no key of ours opens it";
}

}  // namespace
}  // namespace regdata::app
