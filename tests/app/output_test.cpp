// What is printed cannot drive a terminal, and progress is quiet where nobody watches.
#include "app/output.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "app/table.hpp"

namespace regdata::app {
namespace {

TEST(EscapeControls, KeepsTextAndShowsControls) {
  EXPECT_EQ(escape_controls("Müller 名前 \xF0\x9F\xA6\x94"), "Müller 名前 \xF0\x9F\xA6\x94");
  EXPECT_EQ(escape_controls("a\nb\r\tc\x1b[31m"), "a\\x0ab\\x0d\\x09c\\x1b[31m");
  EXPECT_EQ(escape_controls("a\tb", true), "a\tb");
  EXPECT_EQ(escape_controls("\x7f\xC2\x85\xC2\x9B"), "\\x7f\\x85\\x9b");
  EXPECT_EQ(escape_controls("\xE2\x80\xA8\xE2\x80\xAE\xEF\xBB\xBF"), "\\u{2028}\\u{202e}\\u{feff}");
  EXPECT_EQ(escape_controls("\xFF\xC3\xE2\x82"), "\\xff\\xc3\\xe2\\x82");
  EXPECT_EQ(escape_controls("\xED\xA0\x80\xC0\xAF"), "\\xed\\xa0\\x80\\xc0\\xaf") << "surrogates and overlong forms";
}

TEST(EscapeControls, LeavesNothingThatDrivesATerminal) {
  EXPECT_TRUE(rc::check("no control byte", [](const std::string& text) {
    for (const char c : escape_controls(text)) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
  }));
}

std::string text_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

const char* no_variable(const char*) { return nullptr; }

TEST(Progress, IsALineForEachTenPercent) {
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  Output output(out, err);
  output.configure({}, no_variable);
  for (int done = 0; done <= 1000; ++done) output.progress("importing", static_cast<std::uint64_t>(done), 1000);
  output.progress_end();
  EXPECT_EQ(
      text_of(err),
      "regdata: importing 0%\nregdata: importing 10%\nregdata: importing 20%\nregdata: importing 30%\nregdata: importing 40%\n"
      "regdata: importing 50%\nregdata: importing 60%\nregdata: importing 70%\nregdata: importing 80%\nregdata: importing 90%\n"
      "regdata: importing 100%\n");
  EXPECT_EQ(text_of(out), "");
  std::fclose(out);
  std::fclose(err);
}

TEST(Colors, OnlyWhenAskedForOrOnATerminal) {
  for (const auto& [mode, colored] :
       {std::pair{ColorMode::automatic, false}, {ColorMode::never, false}, {ColorMode::always, true}}) {
    std::FILE* out = std::tmpfile();
    std::FILE* err = std::tmpfile();
    Output output(out, err);
    output.configure({.json = false, .color = mode}, no_variable);
    Table table({"a", "b"});
    table.add({Table::Cell("bad\x1b[0m", Output::Tint::bad), "x"});
    table.print(output);
    output.finish(make_error(Errc::invalid, "what\x1b[31m", "do\nthis"));
    EXPECT_EQ(text_of(out).find("\x1b[31mbad\\x1b[0m\x1b[0m") != std::string::npos, colored);
    EXPECT_EQ(text_of(err), colored
                                ? "regdata: \x1b[31merror:\x1b[0m what\\x1b[31m\nregdata: \x1b[36mhint:\x1b[0m do\\x0athis\n"
                                : "regdata: error: what\\x1b[31m\nregdata: hint: do\\x0athis\n");
    std::fclose(out);
    std::fclose(err);
  }
}

TEST(Output, AFullDiskIsNotSuccess) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  Output output(full, stderr);
  output.configure({}, no_variable);
  output.raw("an answer");
  EXPECT_EQ(output.finish(Exit::done), 1);
  std::fclose(full);
}

}  // namespace
}  // namespace regdata::app
