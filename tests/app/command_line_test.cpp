// The command line is a contract: help pages, voice, envelope, exit codes (house.md §6).
#include "app/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sstream>

#include "tests/app/place.hpp"

namespace regdata::app {
namespace {

void collect(const CLI::App& app, std::vector<const CLI::App*>& all) {
  all.push_back(&app);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) collect(*sub, all);
}

TEST(Help, PagesAreGolden) {
  const auto line = make_command_line();
  std::vector<const CLI::App*> all;
  collect(line->root(), all);
  std::string pages;
  for (const CLI::App* app : all) pages += "$ " + full_name(*app) + " --help\n" + help_text(*app) + "\n";
  expect_golden("help.txt", pages);
}

TEST(Help, FitsEightyColumns) {
  const auto line = make_command_line();
  std::vector<const CLI::App*> all;
  collect(line->root(), all);
  EXPECT_GE(all.size(), 22U);
  for (const CLI::App* app : all) {
    std::istringstream page(help_text(*app));
    for (std::string text; std::getline(page, text);) EXPECT_LE(text.size(), 80U) << full_name(*app) << ": " << text;
  }
}

TEST(Help, IsPrintedForEveryVerb) {
  const Said said = say({"choice", "withdraw", "--help"});
  EXPECT_EQ(said.code, 0);
  EXPECT_TRUE(said.out.starts_with("usage: regdata choice withdraw [options] NAME|HANDLE\n")) << said.out;
  EXPECT_EQ(said.err, "");
}

struct Case {
  std::vector<std::string> arguments;
  int code;
};

/// Every way to misuse the command line, in text and as an envelope.
TEST(CommandLine, MisuseIsGolden) {
  const std::vector<Case> cases{{{}, 2},
                                {{"frobnicate"}, 2},
                                {{"lokup", "x.test"}, 2},
                                {{"audit"}, 2},
                                {{"relay", "deliver"}, 75},
                                {{"choice"}, 2},
                                {{"choice", "ad"}, 2},
                                {{"choice", "add", "x.test"}, 2},
                                {{"choice", "add", "x.test", "--element", "country", "--act", "given"}, 2},
                                {{"choice", "add", "x.test", "--element", "email", "--act", "withdrawn"}, 2},
                                {{"choice", "withdraw", "x.test"}, 2},
                                {{"choice", "withdraw", "x.test", "--all", "--element", "email"}, 2},
                                {{"lookup"}, 2},
                                {{"lookup", "--jsn", "x.test"}, 2},
                                {{"explain", "not a name"}, 2},
                                {{"explain", "a.test", "b.test"}, 2},
                                {{"explain", "a.test", "--as-of", "yesterday"}, 2},
                                {{"import", "x.jsonl", "--label", "A Person"}, 2},
                                {{"import", "x.jsonl", "--source", "rumour"}, 2},
                                {{"db"}, 2},
                                {{"db", "adopt"}, 7},
                                {{"db", "erase", "C-17"}, 2},
                                {{"db", "erase", "C-17", "--yes", "C-18", "--reason", "request"}, 2},
                                {{"db", "erase", "C-17", "--yes", "C-17", "--reason", "Blue Hen asked"}, 2},
                                {{"db", "erase", "C-17", "--yes", "C-17", "--reason", "court", "--order", "a b"}, 2},
                                {{"db", "rotate-keys", "--fast"}, 2},
                                {{"--color", "sometimes", "doctor"}, 2},
                                {{"policy", "check", "no-such-policy.toml"}, 3},
                                {{"--config", "no-such-file.toml", "config", "check"}, 3},
                                {{"completion", "tcsh"}, 2}};
  std::string told;
  for (const Case& each : cases) {
    const Said text = say(each.arguments);
    EXPECT_EQ(text.code, each.code);
    EXPECT_EQ(text.out, "");
    std::vector<std::string> with_json = each.arguments;
    with_json.push_back("--json");
    const Said json = say(with_json);
    EXPECT_EQ(json.code, each.code);
    EXPECT_EQ(json.err, "");
    told += "$ regdata";
    for (const std::string& word : each.arguments) told += " " + word;
    told += "\n" + text.err + json.out + "exit " + std::to_string(text.code) + "\n\n";
  }
  // The absolute path of the working directory is not the contract.
  const std::string here = std::filesystem::current_path().string();
  for (std::size_t at = 0; (at = told.find(here, at)) != std::string::npos;) told.replace(at, here.size(), "HERE");
  expect_golden("misuse.txt", told);
}

/// Voice: lower case, no full stop.
TEST(CommandLine, ErrorsKeepTheirVoice) {
  std::istringstream lines(read_file(std::filesystem::path(REGDATA_SOURCE_DIR) / "tests/app/golden/misuse.txt"));
  int errors = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("regdata: ") || line.starts_with("regdata: warning: ")) continue;
    ++errors;
    EXPECT_THAT(line, ::testing::StartsWith(line.starts_with("regdata: error: ") ? "regdata: error: " : "regdata: hint: "));
    EXPECT_NE(line.back(), '.') << line;
  }
  EXPECT_GT(errors, 20);
}

TEST(Envelope, HasItsFourMembers) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--json", "--version"}, {"--json", "nonsense"}, {"--json", "policy", "check", "icann-gtld"}}) {
    const Said said = say(arguments);
    const auto envelope = boost::json::parse(said.out).as_object();
    std::vector<std::string> members;
    for (const auto& member : envelope) members.emplace_back(member.key());
    EXPECT_EQ(members, (std::vector<std::string>{"ok", "data", "warnings", "error"}));
    EXPECT_EQ(envelope.at("ok").as_bool(), said.code == 0);
    EXPECT_EQ(envelope.at("error").is_null(), said.code == 0);
  }
}

TEST(Completion, KnowsEveryVerb) {
  const auto line = make_command_line();
  std::vector<const CLI::App*> all;
  collect(line->root(), all);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Said said = say({"completion", shell});
    EXPECT_EQ(said.code, 0);
    for (const CLI::App* app : all) {
      if (app->get_group().empty()) continue;
      EXPECT_THAT(said.out, ::testing::HasSubstr(app->get_name())) << shell;
    }
  }
}

TEST(ExitCodes, EveryErrorHasOne) {
  const std::vector<std::pair<Errc, int>> table{{Errc::invalid, 5},     {Errc::usage, 2},    {Errc::configuration, 3},
                                                {Errc::not_found, 1},   {Errc::conflict, 1}, {Errc::refused, 7},
                                                {Errc::unavailable, 4}, {Errc::damaged, 1},  {Errc::key_missing, 1},
                                                {Errc::version, 1},     {Errc::internal, 1}};
  for (const auto& [code, exit] : table) EXPECT_EQ(static_cast<int>(exit_of(code)), exit) << word_of(code);
}

}  // namespace
}  // namespace regdata::app
