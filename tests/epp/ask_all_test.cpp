// One question that breaks the line keeps none of the others from being asked.
#include "epp/ask_all.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace regdata::epp {
namespace {

/// A registry in a function: it ends the session at some questions, and answers all others with nothing.
class Breaking {
 public:
  explicit Breaking(std::set<std::string> at) : at_(std::move(at)) {}
  Talk as_talk() {
    return [this](std::vector<Job> jobs, const OnDone& on_done) -> Expected<Greeting> {
      ++sessions;
      bool is_over = false;
      for (std::size_t number = 0; number < jobs.size(); ++number) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::answered;
        const std::string& host = std::get<HostInfo>(jobs[number].command).name;
        if (is_over) {
          outcome = {
              .kind = Outcome::Kind::not_sent, .response = {}, .why = make_error(Errc::unavailable, "over"), .client_id = {}};
        } else if (at_.contains(host)) {
          is_over = true;
          outcome = {
              .kind = Outcome::Kind::unknown, .response = {}, .why = make_error(Errc::unavailable, "broke"), .client_id = {}};
        }
        if (auto more = on_done(number, std::move(outcome)); !more) return more.error();
      }
      return Greeting{};
    };
  }
  unsigned sessions = 0;

 private:
  std::set<std::string> at_;
};

std::map<std::size_t, Outcome::Kind> asked(Breaking& registry, std::size_t count) {
  std::map<std::size_t, Outcome::Kind> kinds;
  const auto spoken = ask_all(
      count, [](std::size_t number) -> Command { return HostInfo{std::to_string(number)}; }, registry.as_talk(),
      [&](std::size_t number, const Outcome& outcome) { EXPECT_TRUE(kinds.emplace(number, outcome.kind).second); });
  EXPECT_TRUE(spoken);
  return kinds;
}

TEST(AskAll, QuestionsBehindABreakAreAskedInAnotherSession) {
  Breaking registry({"2", "5"});
  const auto kinds = asked(registry, 8);
  ASSERT_EQ(kinds.size(), 8U);
  for (const auto& [number, kind] : kinds)
    EXPECT_EQ(kind, number == 2 || number == 5 ? Outcome::Kind::unknown : Outcome::Kind::answered) << number;
  EXPECT_EQ(registry.sessions, 3U);
}

TEST(AskAll, ARegistryThatAlwaysBreaksIsLeftAlone) {
  std::set<std::string> all;
  for (int number = 0; number < 100; ++number) all.insert(std::to_string(number));
  Breaking registry(all);
  const auto kinds = asked(registry, 100);
  EXPECT_EQ(kinds.size(), 100U);
  EXPECT_EQ(kinds.at(99), Outcome::Kind::not_sent);
  EXPECT_LT(registry.sessions, 10U);
}

TEST(AskAll, NobodyToSpeakWithIsAnError) {
  const Talk nobody = [](std::vector<Job>, const OnDone&) -> Expected<Greeting> {
    return make_error(Errc::unavailable, "nobody is there");
  };
  const auto spoken = ask_all(
      3, [](std::size_t) -> Command { return Hello{}; }, nobody, [](std::size_t, const Outcome&) { FAIL(); });
  ASSERT_FALSE(spoken);
  EXPECT_EQ(spoken.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace regdata::epp
