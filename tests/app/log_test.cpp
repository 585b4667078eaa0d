// Logs: one line an event whatever the values hold, and no way in for personal data (promise P11).
#include "app/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <boost/json/parse.hpp>
#include <type_traits>

#include "registration/contact.hpp"
#include "registration/privacy_choice.hpp"
#include "registration/registration_data.hpp"

namespace regdata::app {
namespace {

// Personal types cannot become a log value, an error text or a formatted string.
static_assert(!std::is_constructible_v<LogValue, PersonalText>);
static_assert(!std::is_constructible_v<LogValue, const PersonalText&>);
static_assert(!std::is_constructible_v<LogValue, Contact>);
static_assert(!std::is_constructible_v<LogValue, RegistrationData>);
static_assert(!std::is_constructible_v<LogValue, RoleContact>);
static_assert(!std::is_constructible_v<LogValue, ChoiceEntry>);
static_assert(!std::is_constructible_v<LogValue, std::vector<PersonalText>>);
static_assert(!std::is_convertible_v<PersonalText, std::string>);
static_assert(!std::is_convertible_v<PersonalText, std::string_view>);
static_assert(std::is_constructible_v<LogValue, std::string>);
static_assert(std::is_constructible_v<LogValue, std::uint64_t>);

const Clock fixed = [] { return UtcTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}}; };

std::string written(const Config::Log& settings, bool journal, const std::function<void(Log&)>& work) {
  std::FILE* file = std::tmpfile();
  {
    Log log(file, "worker", settings, journal, fixed);
    work(log);
  }
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

void sample(Log& log) {
  log.debug("not written");
  log.warning("disk nearly full", {{"path", "/var/lib"},
                                   {"free", 3},
                                   {"sure", true},
                                   {"share", 0.25},
                                   {"words", "two words"},
                                   {"quote", "a\"b\\c=d"},
                                   {"nothing", ""}});
}

TEST(Log, Text) {
  EXPECT_EQ(
      written({.level = "info", .format = "text"}, false, sample),
      "2026-11-23T00:00:00Z warning worker: disk nearly full path=/var/lib free=3 sure=true share=0.25 words=\"two words\" "
      "quote=\"a\\\"b\\\\c=d\" nothing=\"\"\n");
}

TEST(Log, Logfmt) {
  EXPECT_EQ(written({.level = "info", .format = "logfmt"}, false, sample),
            "time=2026-11-23T00:00:00Z level=warning process=worker event=\"disk nearly full\" path=/var/lib free=3 sure=true "
            "share=0.25 "
            "words=\"two words\" quote=\"a\\\"b\\\\c=d\" nothing=\"\"\n");
}

TEST(Log, Json) {
  EXPECT_EQ(
      written({.level = "info", .format = "json"}, false, sample),
      "{\"time\":\"2026-11-23T00:00:00Z\",\"level\":\"warning\",\"process\":\"worker\",\"event\":\"disk nearly "
      "full\",\"path\":\"/var/lib\","
      "\"free\":3,\"sure\":true,\"share\":2.5E-1,\"words\":\"two words\",\"quote\":\"a\\\"b\\\\c=d\",\"nothing\":\"\"}\n");
}

TEST(Log, JournalTakesPriorityAndHasItsOwnTime) {
  EXPECT_EQ(written({.level = "debug", .format = "text"}, true,
                    [](Log& log) {
                      log.debug("d");
                      log.info("i");
                      log.warning("w");
                      log.error("e", make_error(Errc::invalid, "what", "do this"));
                    }),
            "<7>debug worker: d\n<6>info worker: i\n<4>warning worker: w\n<3>error worker: e why=what hint=\"do this\"\n");
}

TEST(Log, LevelsChangeWithAReload) {
  const std::string text = written({.level = "error", .format = "text"}, false, [](Log& log) {
    log.info("one");
    log.configure({.level = "debug", .format = "json"});
    log.debug("two");
  });
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("one")));
  EXPECT_THAT(text, ::testing::HasSubstr("\"event\":\"two\""));
}

TEST(Log, AnyValueStaysOneLine) {
  for (const char* format : {"text", "logfmt", "json"}) {
    EXPECT_TRUE(
        rc::check(std::string("one line, printable: ") + format, [&](const std::string& event, const std::string& value) {
          const std::string text = written({.level = "info", .format = format}, false, [&](Log& log) {
            log.info(event, {{"key", value}});
          });
          RC_ASSERT(std::count(text.begin(), text.end(), '\n') == 1);
          RC_ASSERT(text.back() == '\n');
          for (const char c : text.substr(0, text.size() - 1)) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
          if (std::string_view(format) == "json") boost::json::parse(text);
        }));
  }
}

}  // namespace
}  // namespace regdata::app
