// The checker finds nothing in a sound answer, and the right rule in each answer that was spoiled in one place.
#include "whois/profile_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "tests/registration/vectors.hpp"
#include "tests/whois/rdap_samples.hpp"
#include "whois/profile_path.hpp"

namespace regdata::whois {
namespace {

namespace json = boost::json;
using testing::RdapSample;

/// What only a server can show, and `regdata selftest` asks one for.
const std::set<int> needs_server{-10403, -13004, -13005, -13006, -13018, -20100, -20101,
                                 -20300, -20400, -20401, -61100, -61101, -65300};

RdapSample sample_of(const std::string& name) {
  static const auto samples = testing::rdap_samples();
  if (name == "idn-by-u-label") {
    RdapSample sample = sample_of("idn");
    const std::string asked = "https://rdap.registrar.example/domain/b%C3%BCcher.example";
    for (std::size_t at = sample.body.find(sample.url); at != std::string::npos; at = sample.body.find(sample.url, at + 1))
      sample.body.replace(at, sample.url.size(), asked);
    sample.url = asked;
    return sample;
  }
  const auto found =
      std::find_if(samples.begin(), samples.end(), [&](const RdapSample& one) { return one.name == "rdap." + name; });
  if (found == samples.end()) throw std::runtime_error("no answer of this name: " + name);
  return *found;
}

/// The value that holds the place, and the last step to it.
std::pair<json::value*, std::string> above(json::value& top, const std::string& place) {
  const std::size_t slash = place.rfind('/');
  json::value* holder = slash == 0 ? &top : &top.at_pointer(place.substr(0, slash));
  return {holder, place.substr(slash + 1)};
}

void change(json::value& top, const std::string& act) {
  const std::size_t first = act.find(' ');
  const std::size_t second = std::min(act.find(' ', first + 1), act.size());
  const std::string verb = act.substr(0, first);
  const std::string place = act.substr(first + 1, second - first - 1);
  const std::string rest = act.substr(std::min(second + 1, act.size()));
  if (verb == "append") {
    top.at_pointer(place).as_array().push_back(json::parse(rest));
    return;
  }
  const auto [holder, step] = above(top, place);
  if (verb == "set") {
    if (holder->is_object())
      holder->as_object()[step] = json::parse(rest);
    else
      holder->as_array().at(std::stoul(step)) = json::parse(rest);
  } else if (verb == "drop") {
    const bool there =
        holder->is_object() ? holder->as_object().erase(step) == 1 : std::stoul(step) < holder->as_array().size();
    ASSERT_TRUE(there) << "nothing to drop at " << place;
    if (holder->is_array()) holder->as_array().erase(holder->as_array().begin() + std::stol(step));
  } else {
    FAIL() << "no such act: " << act;
  }
}

bool found(const std::vector<ProfileFinding>& findings, int code) {
  return std::any_of(findings.begin(), findings.end(), [&](const ProfileFinding& one) { return one.code == code; });
}

TEST(ProfileCheck, FindsEverySpoiltPlace) {
  std::set<int> shown = needs_server;
  for (const auto& vector : testing::read_vectors("tests/whois/vectors/profile.vec")) {
    ASSERT_EQ(vector.columns.size(), 3U) << vector.where;
    const int code = std::stoi(vector.columns[0]);
    RdapSample sample = sample_of(vector.columns[1]);
    const auto before = testing::check_sample(sample);
    json::value top = json::parse(sample.body);
    const std::string& acts = vector.columns[2];
    for (std::size_t at = 0; at < acts.size();) {
      const std::size_t end = std::min(acts.find(" ; ", at), acts.size());
      change(top, acts.substr(at, end - at));
      at = std::min(end + 3, acts.size());
    }
    sample.body = json::serialize(top);
    const auto after = testing::check_sample(sample);
    EXPECT_TRUE(found(after, code)) << vector.where << ": " << vector.columns[2] << "\nfound:\n" << testing::to_text(after);
    EXPECT_TRUE(!found(before, code) || sample.name == "rdap.host") << vector.where << ": the answer was not sound";
    shown.insert(code);
  }
  for (const int code : {-46201, -47202, -47601, -63101, -65701}) shown.insert(code);  // HandlesAreLookedUpInTheListOfIana
  for (const int code : {-13000, -13001, -13002, -13020, -20500, -40100}) shown.insert(code);  // the next test
  for (const ProfileRule& rule : profile_rules()) EXPECT_TRUE(shown.contains(rule.code)) << rule.code << ": " << rule.sentence;
}

TEST(ProfileCheck, FindsWhatIsWrongWithTheResponse) {
  const RdapSample sample = sample_of("withheld");
  const ProfileAsked asked{sample.url, {}};
  const auto codes = [&](const ProfileAnswer& answer) { return testing::to_text(check_profile(answer, asked)); };
  EXPECT_EQ(codes({200, "application/rdap+json", "*", sample.body}), "");
  EXPECT_EQ(codes({200, "Application/RDAP+JSON ;charset=utf-8", "*", sample.body}), "");
  EXPECT_EQ(codes({200, std::nullopt, std::nullopt, sample.body}), "") << "headers that are not known";
  EXPECT_EQ(codes({200, "application/json", "*", sample.body}), "-13000 \n");
  EXPECT_EQ(codes({200, "application/rdap+json", "https://client.example", sample.body}), "-20500 \n");
  EXPECT_EQ(codes({200, {}, {}, "<html>"}), "-13001 \n");
  EXPECT_EQ(codes({200, {}, {}, "[]"}), "-13001 \n");
  EXPECT_EQ(codes({200, {}, {}, ""}), "-13001 \n");
  EXPECT_EQ(codes({200, {}, {}, "{\"a\":\"\xFF\"}"}), "-13001 \n") << "not UTF-8";
  std::string body = sample.body;
  body.insert(1, R"("x":"<a>","description":"<b>",)");
  EXPECT_EQ(codes({200, {}, {}, body}), "-40100 \n") << "rules.md §4.1: the word between the brackets is enough";
  const RdapSample error = sample_of("not-found");
  EXPECT_EQ(codes({404, {}, {}, error.body}), "-13020 \n");
  EXPECT_TRUE(found(check_profile({500, {}, {}, error.body}, asked), -13002));
  EXPECT_TRUE(found(check_profile({404, {}, {}, "<html>"}, asked), -13001));
}

TEST(ProfileCheck, ValuesAreComparedWithWhatWasAsked) {
  const RdapSample sample = sample_of("withheld");
  const auto findings =
      check_profile({200, {}, {}, sample.body}, {"https://rdap.registrar.example/domain/bluehen.example?x", {}});
  for (const int code : {-46606, -46706, -61202}) EXPECT_TRUE(found(findings, code)) << code;
  EXPECT_TRUE(check_profile({200, {}, {}, sample.body}, {"https://rdap.registrar.example/domain/BlueHen.Example", {}}).empty())
      << "case says nothing";
  EXPECT_TRUE(found(check_profile({200, {}, {}, sample.body}, {sample.url, "https://rdap.registrar.example/v1/"}), -47701));
}

TEST(ProfileCheck, BaseUrlsMayHaveAPath) {
  RdapSample sample = sample_of("withheld");
  const std::string base = "https://rdap.registrar.example/";
  for (std::size_t at = sample.body.find(base); at != std::string::npos; at = sample.body.find(base, at + base.size()))
    sample.body.replace(at, base.size(), base + "v1/");
  EXPECT_EQ(testing::to_text(check_profile({200, {}, {}, sample.body}, {base + "v1/domain/bluehen.example", {}})), "");
}

TEST(ProfileCheck, HandlesAreLookedUpInTheListOfIana) {
  const RdapSample sample = sample_of("withheld");
  json::value top = json::parse(sample.body);
  const auto at = [&](const std::string& place) { return top.at_pointer(place); };
  change(top, R"(set /handle "1-GONE")");
  for (std::size_t i = 0; i < at("/nameservers").as_array().size(); ++i) {
    change(top, "set /nameservers/" + std::to_string(i) + R"(/handle "2-GONE")");
    change(top, "set /nameservers/" + std::to_string(i) + R"(/status ["active"])");
  }
  for (std::size_t i = 0; i < at("/entities").as_array().size(); ++i) {
    const std::string entity = "/entities/" + std::to_string(i);
    if (at(entity + "/roles/0").as_string() != "registrar") change(top, "set " + entity + R"(/handle "3-GONE")");
  }
  change(top, R"(append /entities {"objectClassName":"entity","roles":["billing"],"handle":"4-GONE"})");
  const std::string body = json::serialize(top);
  const auto codes = [&](std::string_view list) {
    const auto ids = read_repository_ids(list);
    std::set<int> found_codes;
    for (const auto& finding : check_profile({200, {}, {}, body}, {sample.url, {}, &ids})) found_codes.insert(finding.code);
    return found_codes;
  };
  const std::set<int> unregistered{-46201, -47202, -47601, -63101, -65701};
  const auto known = codes("HERE\r\nGONE\r\n");
  for (const int code : unregistered) EXPECT_FALSE(known.contains(code)) << code;
  auto wanted = known;
  wanted.insert(unregistered.begin(), unregistered.end());
  EXPECT_EQ(codes("HERE\n"), wanted);
  for (const auto& finding : check_profile({200, {}, {}, body}, {sample.url, {}}))
    EXPECT_FALSE(unregistered.contains(finding.code)) << "no list, no finding";
}

TEST(ProfileCheck, TheListOfIanaIsReadAsItComes) {
  const auto read = [](std::string_view list) { return read_repository_ids(list); };
  EXPECT_EQ(read("Value,Registrant\r\nEXMPL,\"A, B\"\r\n\"TEST\",x"),
            (std::set<std::string, std::less<>>{"Value", "EXMPL", "TEST"}));
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("\n\r\n,,\n<html>\nNINECHARS\n\"\"\n-\n").empty());
}

TEST(ProfileCheck, RulesAreToldInWords) {
  std::set<int> codes;
  for (const ProfileRule& rule : profile_rules()) {
    EXPECT_TRUE(codes.insert(rule.code).second) << rule.code << " is there twice";
    EXPECT_FALSE(rule.source.empty() || rule.sentence.empty()) << rule.code;
    EXPECT_EQ(profile_rule(rule.code), &rule);
  }
  EXPECT_EQ(profile_rule(-1), nullptr);
  for (const int warning : {-10912, -11003, -13020, -65800, -65816}) EXPECT_TRUE(profile_rule(warning)->warning) << warning;
  EXPECT_FALSE(profile_rule(-47100)->warning);
}

TEST(ProfilePath, FindsPlaces) {
  const json::value top = json::parse(R"({"handle":"x","list":[{"roles":["a"],"n":1},{"roles":["b"],"n":2},{"roles":"b"}],
    "cards":[["fn",{},"text",""],["tel",{"type":"voice"},"uri","tel:1"]]})");
  const auto matches = [&](std::string_view path) {
    const PathResult result = evaluate_path(top, path);
    return result.state == PathResult::State::known     ? static_cast<int>(result.matches)
           : result.state == PathResult::State::unknown ? -1
                                                        : -2;
  };
  EXPECT_EQ(matches("$"), 1);
  EXPECT_EQ(matches("$.handle"), 1);
  EXPECT_EQ(matches("$['handle']"), 1);
  EXPECT_EQ(matches("$.nothing"), 0);
  EXPECT_EQ(matches("$.list[*].n"), 2);
  EXPECT_EQ(matches("$.list[?(@.roles[0]=='b')]"), 1);
  EXPECT_EQ(matches("$.list[?@.roles[0] == \"b\"].n"), 1);
  EXPECT_EQ(matches("$.list[0:2]"), 2);
  EXPECT_EQ(matches("$.list[:9]"), 3);
  EXPECT_EQ(matches("$.list[1:]"), 2);
  EXPECT_EQ(matches("$.cards[?(@[0]=='fn')][3]"), 1);
  EXPECT_EQ(matches("$.cards[?(@[1].type=='voice')]"), 1);
  EXPECT_EQ(matches("$.list[7]"), 0);
  EXPECT_EQ(matches("$..n"), -1);
  EXPECT_EQ(matches("$.list[-1]"), -1);
  EXPECT_EQ(matches("$.list[?(@.n>1)]"), -1);
  EXPECT_EQ(matches("$.list[0,1]"), -1);
  for (const char* bad : {"", "handle", "$.", "$[", "$.list[", "$.list[0", "$handle", "$.list['n]", "$.list[]", "$ .handle"})
    EXPECT_EQ(matches(bad), -2) << bad;
}

}  // namespace
}  // namespace regdata::whois
