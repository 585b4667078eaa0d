// Configuration by vectors: each file of vectors/config/bad says in comments what must be told about it.
#include "app/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/config_schema.hpp"
#include "app/publication.hpp"
#include "tests/app/place.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path vectors = fs::path(REGDATA_SOURCE_DIR) / "tests/app/vectors/config";

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(directory)) files.push_back(item.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Texts behind "# error: " and "# hint: ".
std::vector<std::string> expected(const std::string& text, const std::string& mark) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(mark)) found.push_back(line.substr(mark.size()));
  }
  return found;
}

TEST(Config, GoodFilesAreTaken) {
  for (const auto& file : files_in(vectors / "good")) {
    const LoadedConfig loaded = load_config(file, nullptr, Scope::everything);
    EXPECT_TRUE(loaded.problems.empty()) << file << ": " << (loaded.problems.empty() ? "" : loaded.problems.front().context);
  }
}

TEST(Config, BadFilesAreToldWithPlaceAndNearestName) {
  const auto files = files_in(vectors / "bad");
  ASSERT_GE(files.size(), 20U);
  for (const auto& file : files) {
    const std::string text = read_file(file);
    const LoadedConfig loaded = load_config(file, nullptr, Scope::everything);
    std::vector<std::string> errors;
    std::vector<std::string> hints;
    for (const Error& problem : loaded.problems) {
      EXPECT_EQ(problem.code, Errc::configuration);
      std::string context = problem.context;
      if (context.starts_with(file.string() + ":")) context.erase(0, file.string().size() + 1);
      errors.push_back(context);
      hints.push_back(problem.hint);
    }
    EXPECT_EQ(errors, expected(text, "# error: ")) << file;
    for (const auto& hint : expected(text, "# hint: ")) EXPECT_THAT(hints, ::testing::Contains(hint)) << file;
  }
}

TEST(Config, PartsComeInOrderOfNameAndEnvironmentWins) {
  const Place place;
  fs::copy_file(vectors / "good/full.toml", place / "regdata.toml");
  place.write("conf.d/20.toml", "[whois]\nconnections = 20\nqueries_burst = 20\n");
  place.write(
      "conf.d/10.toml",
      "[whois]\nconnections = 10\n[log]\nlevel = \"debug\"\n[[registrar]]\nid = \"second\"\niana_id = 2\nname = \"Second\"\n"
      "url = \"https://second.example\"\nabuse_email = \"abuse@second.example\"\nabuse_phone = \"+49.1\"\n");
  place.write("conf.d/notes.txt", "not read");
  const char* environment[] = {"REGDATA_WHOIS__QUERIES_BURST=30",
                               "REGDATA_WHOIS__LISTEN=127.0.0.1:1,[::1]:2",
                               "REGDATA_SERVE__QUERY_LOG=true",
                               "REGDATA_SERVE__DRAIN=7s",
                               "REGDATA_LONG=1",
                               "PATH=/bin",
                               nullptr};
  const LoadedConfig loaded = load_config(place / "regdata.toml", environment, Scope::everything);
  ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().context;
  EXPECT_EQ(loaded.config.whois.connections, 20U);
  EXPECT_EQ(loaded.config.whois.queries_burst, 30U);
  EXPECT_EQ(loaded.config.log.level, "debug");
  EXPECT_EQ(loaded.config.whois.listen, (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
  EXPECT_EQ(loaded.config.serve.drain, std::chrono::seconds(7));
  EXPECT_TRUE(loaded.config.serve.query_log);
  EXPECT_EQ(loaded.config.catalog.registrars.size(), 2U);
  EXPECT_EQ(loaded.origins.at("whois.queries_burst"), "environment REGDATA_WHOIS__QUERIES_BURST");
  EXPECT_EQ(loaded.origins.at("whois.connections"), (place / "conf.d/20.toml").string() + ":2:1");
  EXPECT_THAT(show_config(loaded, true), HasSubstr("queries_burst = 30  # environment REGDATA_WHOIS__QUERIES_BURST"));
  EXPECT_THAT(show_config(loaded, true), HasSubstr("disclaimer_file = \"\"  # default"));
}

TEST(Config, RelativePathsLieBesideTheMainFileWhateverPartTheyStandIn) {
  const Place place;
  fs::copy_file(vectors / "good/full.toml", place / "regdata.toml");
  place.write("conf.d/web.toml", "[http]\ncertificate = \"tls/cert.pem\"\n");
  const char* environment[] = {"REGDATA_HTTP__PRIVATE_KEY=tls/key.pem", nullptr};
  const LoadedConfig loaded = load_config(place / "regdata.toml", environment, Scope::everything);
  EXPECT_EQ(loaded.config.http.certificate, place / "tls/cert.pem");
  EXPECT_EQ(loaded.config.http.private_key, place / "tls/key.pem");
}

TEST(Config, CredentialsThatMailNeedsAreLookedAtBefore) {
  const Place place;
  ASSERT_EQ(say({"init", "--directory", (place / "rd").string()}).code, 0);
  const std::string config = (place / "rd/regdata.toml").string();
  place.write("rd/conf.d/mail.toml",
              "[relay]\nserver = \"127.0.0.1:25\"\nfrom = \"relay@registrar.example\"\nuser_file = \"secret/smtp-user\"\n"
              "password_file = \"secret/smtp-password\"\n");
  place.write("rd/secret/smtp-user", "user\n");
  fs::permissions(place / "rd/secret/smtp-user", fs::perms(0600));
  const Said missing = say({"--config", config, "config", "check"});
  EXPECT_EQ(missing.code, 0) << "the worker starts, and says that it cannot mail";
  EXPECT_THAT(missing.err, HasSubstr("relay: cannot read"));
  EXPECT_THAT(missing.err, HasSubstr("smtp-password"));
  place.write("rd/secret/smtp-password", "secret\n");
  fs::permissions(place / "rd/secret/smtp-password", fs::perms(0644));
  EXPECT_THAT(say({"--config", config, "config", "check"}).err, HasSubstr("can be read by everybody"));
  fs::permissions(place / "rd/secret/smtp-password", fs::perms(0600));
  EXPECT_EQ(say({"--config", config, "config", "check"}).err, "");
}

TEST(Config, WhatKeepsTheServerFromStartingIsToldBefore) {
  const Place place;
  ASSERT_EQ(say({"init", "--directory", (place / "rd").string()}).code, 0);
  const std::string config = (place / "rd/regdata.toml").string();
  EXPECT_EQ(say({"--config", config, "config", "check"}).code, 0);
  place.write("rd/conf.d/web.toml",
              "[worker]\nadmin = \"127.0.0.1:0\"\n[publication]\nrdap_base = \"https://rdap.registrar.example/\"\n"
              "[http]\nlisten_plain = [\"127.0.0.1:0\"]\n[page]\ntemplates = \"no-such-pages\"\n");
  for (const char* verb : {"check", "run", "doctor"}) {
    const Said said =
        verb == std::string("check") ? say({"--config", config, "config", "check"}) : say({"--config", config, verb});
    EXPECT_EQ(said.code, 3) << verb;
    EXPECT_THAT(said.out + said.err, HasSubstr("no-such-pages")) << verb;
  }
}

TEST(Config, ABackupIntoTheLiveStoreIsRefused) {
  const Place place;
  ASSERT_EQ(say({"init", "--directory", (place / "rd").string()}).code, 0);
  const std::string config = (place / "rd/regdata.toml").string();
  for (const char* live : {"rd/store", "rd/keys", "rd/./store/"}) {
    const Said said = say({"--config", config, "db", "backup", (place / live).string()});
    EXPECT_EQ(said.code, 2) << live;
    EXPECT_THAT(said.err, HasSubstr("is where the live store rests")) << live;
  }
  EXPECT_EQ(say({"--config", config, "db", "backup", (place / "copies").string()}).code, 0);
}

TEST(Config, MailDomainsAreKeptAsMailServersWriteThem) {
  const Place place;
  fs::copy_file(vectors / "good/full.toml", place / "regdata.toml");
  const char* environment[] = {"REGDATA_RELAY__BOUNCE_DOMAIN=Relay.Bücher.example.", "REGDATA_RELAY__FROM=Relay@bücher.example",
                               "REGDATA_PUBLICATION__RELAY_DOMAIN=bücher.example", nullptr};
  const LoadedConfig loaded = load_config(place / "regdata.toml", environment, Scope::everything);
  ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().context;
  EXPECT_EQ(loaded.config.relay.bounce_domain, "relay.xn--bcher-kva.example");
  EXPECT_EQ(loaded.config.relay.from, "Relay@xn--bcher-kva.example");
  EXPECT_EQ(loaded.config.publication.relay_domain, "xn--bcher-kva.example");
}

TEST(Config, WrongVariablesAreTold) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"REGDATA_WHOSI__LISTEN=x", "environment: REGDATA_WHOSI__LISTEN names the unknown section [whosi]"},
      {"REGDATA_WHOIS__LISTN=x", "environment: REGDATA_WHOIS__LISTN names the unknown key \"listn\" in [whois]"},
      {"REGDATA_WHOIS__CONNECTIONS=many", "environment: REGDATA_WHOIS__CONNECTIONS must be a number from 1 to 1000000"},
      {"REGDATA_SERVE__QUERY_LOG=yes", "environment: REGDATA_SERVE__QUERY_LOG must be true or false"},
      {"REGDATA_TLD__NAME=x", "environment: REGDATA_TLD__NAME: [[tld]] can only be set in a file"}};
  for (const auto& [line, error] : cases) {
    const char* environment[] = {line, nullptr};
    const LoadedConfig loaded = load_config(vectors / "good/full.toml", environment, Scope::everything);
    ASSERT_EQ(loaded.problems.size(), 1U) << line;
    EXPECT_EQ(loaded.problems.front().context, error);
  }
}

TEST(Config, ServerLearnsNothingOfStoreAndKeys) {
  const LoadedConfig loaded = load_config(vectors / "good/full.toml", nullptr, Scope::serve);
  ASSERT_TRUE(loaded.problems.empty());
  const Config defaults;
  EXPECT_EQ(loaded.config.store.database, defaults.store.database);
  EXPECT_TRUE(loaded.config.keys.master_key_file.empty());
  EXPECT_TRUE(loaded.config.catalog.registrars.empty());
  EXPECT_EQ(loaded.config.whois.connections, 123U);
  for (const auto& [key, origin] : loaded.origins) {
    EXPECT_TRUE(key.starts_with("views.") || key.starts_with("serve.") || key.starts_with("whois.") || key.starts_with("log."))
        << key;
  }
}

TEST(Config, WhatTheWorkerHandsToTheServerReadsBackTheSame) {
  const Place place;
  const LoadedConfig full = load_config(vectors / "good/full.toml", nullptr, Scope::everything);
  const std::string text = serve_config(full.config);
  EXPECT_THAT(text, ::testing::Not(HasSubstr("master")));
  place.write("serve.toml", text);
  const LoadedConfig served = load_config(place / "serve.toml", nullptr, Scope::serve);
  ASSERT_TRUE(served.problems.empty()) << served.problems.front().context;
  EXPECT_EQ(serve_config(served.config), text);
}

TEST(Config, WhatInitWritesIsGoodAndShowsEveryKey) {
  const Place place;
  const std::string text = commented_config({});
  for (const Section& section : config_sections()) {
    if (section.repeated) continue;
    EXPECT_THAT(text, HasSubstr("\n[" + std::string(section.name) + "]\n"));
    for (const Setting& setting : section.settings) EXPECT_THAT(text, HasSubstr("\n#" + std::string(setting.name) + " = "));
  }
  // Every default, uncommented, is a value that the reader takes.
  std::string uncommented;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    uncommented += (line.starts_with("#") && !line.starts_with("# ") ? line.substr(1) : line) + "\n";
  place.write("regdata.toml", uncommented);
  const LoadedConfig loaded = load_config(place / "regdata.toml", nullptr, Scope::serve);
  EXPECT_TRUE(loaded.problems.empty()) << (loaded.problems.empty() ? "" : loaded.problems.front().context);
}

TEST(Config, PublicationReadsShippedPoliciesAndTexts) {
  const auto config = config_or_error(load_config(vectors / "good/full.toml", nullptr, Scope::everything));
  ASSERT_TRUE(config) << config.error().context;
  const auto publication = load_publication(*config);
  ASSERT_TRUE(publication) << publication.error().context;
  EXPECT_EQ(publication->policies.size(), 2U);
  EXPECT_EQ(publication->policies.at("icann-gtld").settings().at("city"), "publish");
  EXPECT_EQ(publication->texts.whois_layout, 1U << 6U);
  std::vector<redaction::RuleId> ids;
  for (const auto& rule : publication->texts.rules) ids.push_back(rule.id);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end()) << "two rules share a number";
}

TEST(Config, DocumentNamesEveryKey) {
  const fs::path file = fs::path(REGDATA_SOURCE_DIR) / "docs/configuration.md";
  const std::string text = read_file(file);
  const std::string begin = "UPDATE_GOLDEN=1 rewrites it -->\n";
  const std::string end = "<!-- end of table -->";
  const std::size_t from = text.find(begin) + begin.size();
  const std::size_t to = text.find(end);
  ASSERT_LE(from, to);
  const std::string reference = "\n" + config_reference();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file) << text.substr(0, from) << reference << text.substr(to);
    return;
  }
  EXPECT_EQ(text.substr(from, to - from), reference) << "run the test with UPDATE_GOLDEN=1 to rewrite " << file;
}

TEST(Config, ManualNamesEveryKey) {
  const std::string text = read_file(fs::path(REGDATA_SOURCE_DIR) / "packaging/man/regdata.toml.5.scd");
  for (const Section& section : config_sections()) {
    EXPECT_THAT(text, HasSubstr((section.repeated ? "## [[" : "## [") + std::string(section.name)));
    for (const Setting& setting : section.settings)
      EXPECT_THAT(text, HasSubstr("*" + std::string(setting.name) + "*")) << section.name;
  }
}

TEST(Duration, IsReadAndWritten) {
  for (const char* text : {"0s", "1ms", "1500ms", "1s", "90s", "15m", "1h", "24h"}) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(format_duration(*duration), text);
  }
  EXPECT_EQ(*parse_duration("1d"), std::chrono::hours(24));
  for (const char* text : {"", "5", "s", "-1s", "1.5s", "1 s", "99999999999s", "1w", "1ss"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace regdata::app
