// An operator's place for deposits: a configuration, an agent that is a folder, its keys, and a few names.
#pragma once

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "escrow/columns.hpp"
#include "escrow/deposit_part.hpp"
#include "escrow/openpgp/armor.hpp"
#include "escrow/openpgp/signing_identity.hpp"
#include "tests/app/place.hpp"

namespace regdata::app {

namespace fs = std::filesystem;

class DepositCommands : public ::testing::Test {
 protected:
  DepositCommands() { EXPECT_EQ(say({"init", "--directory", (place / "rd").string()}).code, 0); }
  Said deposit(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--config", (place / "rd/regdata.toml").string(), "deposit"});
    return say(words, now);
  }
  const Place place;
  UtcTime now = time_of_commands();
};

inline std::string line_of(const std::string& name, const std::string& extra = {},
                           const std::string& email = "hen@bluehen.example") {
  return R"({"name":")" + name +
         R"(","registrar":"example","created":"2020-01-31T12:00:00Z","registrar_expires":"2027-01-31T12:00:00Z",)" +
         R"("hosts":["ns1.other.example"],"contacts":{"registrant":{"handle":"C-)" + name +
         R"(","kind":"natural","name":"O'Brien, \"Blü\" Hen",)" +
         R"("street":["Henway 1"],"city":"Berlin","country":"DE","phone":"+49.301234567","email":")" + email + R"(")" + extra +
         R"(}},"as_of":"2026-11-01T00:00:00Z"})" + "\n";
}

/// An agent that is a folder, its keys, and a few names.
class Deposits : public DepositCommands {
 protected:
  Deposits() {
    fs::create_directory(place / "agent");
    write_certificate("agent-v6.asc", agent);
    write_certificate("agent-v4.asc", former);
    configure();
    place.write("names.jsonl",
                line_of("bluehen.example") + line_of("second.example") + line_of("other.test") + line_of("small.de"));
    const Said imported = regdata({"import", (place / "names.jsonl").string()});
    EXPECT_EQ(imported.code, 0) << imported.err;
    EXPECT_EQ(deposit({"keys"}).code, 0);
  }
  static escrow::openpgp::SigningIdentity identity(std::uint8_t version) {
    return escrow::openpgp::SigningIdentity::generate(
               version, "Agent <agent@agent.example>", time_of_commands(), std::chrono::days(69),
               [](std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); })
        .value();
  }
  void write_certificate(const std::string& name, const escrow::openpgp::SigningIdentity& of) const {
    place.write(name, escrow::openpgp::armored(of.public_bytes(), "PGP PUBLIC KEY BLOCK", true));
  }
  static std::string fingerprint(const escrow::openpgp::SigningIdentity& of) {
    return escrow::upper_hex(of.certificate().primary().fingerprint());
  }
  /// `more` goes into the agent's table.
  void configure(const std::string& more = {},
                 const std::string& recipient = "region = \"EU\"\nagreement = \"DPA-1\"\n") const {
    place.write("rd/conf.d/escrow.toml",
                "[[tld]]\nname = \"de\"\nregistry = \"example-registry\"\npolicy = \"icann-gtld\"\n"
                "[[recipient]]\nid = \"folder\"\nkind = \"escrow-agent\"\nname = \"Rehearsal\"\n" +
                    recipient + "[[escrow_agent]]\nid = \"rehearsal\"\nrecipient = \"folder\"\nregistrar = \"example\"\n" +
                    "certificate = \"" + (place / "agent-v6.asc").string() + "\"\nfingerprint = \"" + fingerprint(agent) +
                    "\"\nfolder = \"" + (place / "agent").string() + "\"\n" + more);
  }
  Said regdata(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--config", (place / "rd/regdata.toml").string()});
    return say(words, now);
  }
  fs::path made(const std::string& name) const { return place / ("rd/deposits/rehearsal/" + name); }
  std::vector<std::string> in(const fs::path& directory) const {
    std::vector<std::string> names;
    for (const auto& item : fs::directory_iterator(directory)) names.push_back(item.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
  /// What the agent finds in a file of ours.
  std::vector<std::vector<std::string>> opened(const fs::path& file, const escrow::openpgp::SigningIdentity& by) const {
    const auto key = *by.certificate().encryption_key(time_of_commands());
    const Said ours = deposit({"keys", "--version", by.certificate().primary().version() == 6 ? "6" : "4"});
    const auto us = escrow::openpgp::Certificate::read(escrow::as_bytes(ours.out)).value();
    escrow::RowDigest digest(escrow::Digest{});
    escrow::DepositPart::Layout layout{.header = {}, .columns = 12};
    for (const auto& column : escrow::columns_of_2024()) layout.header.emplace_back(column.name);
    std::vector<std::vector<std::string>> rows;
    const auto read = escrow::read_part(file, layout, escrow::openpgp::with_secret_keys({by.secret(*key)}),
                                        *us.signing_key(time_of_commands()).value(), digest,
                                        escrow::FileSource::Memory::as_it_is, [&](const std::vector<std::string>& row) {
                                          rows.push_back(row);
                                          return Expected<void>();
                                        });
    EXPECT_TRUE(read) << read.error().context;
    return rows;
  }

  // made once: RSA keys take their time
  inline static const escrow::openpgp::SigningIdentity agent = identity(6);
  inline static const escrow::openpgp::SigningIdentity former = identity(4);
};

inline constexpr const char* first_file = "9999_RDE_2026-11-23_full_1.csv.gz.gpg";
inline constexpr const char* hash_file = "9999_RDE_2026-11-23_hash.txt";

}  // namespace regdata::app
