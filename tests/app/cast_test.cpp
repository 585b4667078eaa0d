// The whole cast, imported by the program: what the public sees of each name and why, beside each other in a file of its own
// (golden/cast). Independently of those files, no value that is not shown is in what the public sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "tests/app/place.hpp"
#include "tests/redaction/planted_search.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string text_in(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string().c_str()) : std::string();
}

/// One personal value of the file.
struct Value {
  std::string element;  ///< "postal-code"
  std::string text;
};

/// A contact as the file has it, read without the importer.
struct Person {
  std::vector<Value> values;
  std::map<std::string, std::pair<std::string, std::string>> last_choice;  ///< element → time, act
};

struct Name {
  std::map<std::string, std::string> handles;  ///< role → handle
  std::string service;
};

struct CastFile {
  std::map<std::string, Person> people;
  std::vector<std::pair<std::string, Name>> names;
};

Person person_of(const json::object& contact) {
  constexpr std::pair<const char*, const char*> keys[] = {
      {"roid", "contact-id"}, {"name", "name"},           {"organization", "organization"}, {"city", "city"},
      {"phone", "phone"},     {"phone_ext", "phone-ext"}, {"postal_code", "postal-code"},   {"fax", "fax"},
      {"email", "email"},     {"fax_ext", "fax-ext"}};
  Person person;
  for (const auto& [key, element] : keys) {
    if (const std::string text = text_in(contact, key); !text.empty()) person.values.push_back({element, text});
  }
  if (const auto* street = contact.if_contains("street")) {
    for (const auto& line : street->as_array()) person.values.push_back({"street", line.as_string().c_str()});
  }
  if (const auto* choices = contact.if_contains("choices")) {
    for (const auto& choice : choices->as_array()) {
      const auto& one = choice.as_object();
      for (const auto& element : one.at("elements").as_array()) {
        auto& last = person.last_choice[element.as_string().c_str()];
        if (text_in(one, "at") >= last.first) last = {text_in(one, "at"), text_in(one, "act")};
      }
    }
  }
  return person;
}

CastFile read_cast() {
  CastFile cast;
  std::ifstream file(fs::path(REGDATA_SOURCE_DIR) / "fixtures/cast.jsonl");
  for (std::string line; std::getline(file, line);) {
    const json::value value = json::parse(line);
    const json::object& object = value.as_object();
    Name name;
    name.service = text_in(object, "privacy_service");
    for (const auto& [role, contact] : object.at("contacts").as_object()) {
      const std::string handle = contact.is_string() ? contact.as_string().c_str() : text_in(contact.as_object(), "handle");
      name.handles[std::string(role)] = handle;
      if (contact.is_object()) cast.people.emplace(handle, person_of(contact.as_object()));
    }
    cast.names.emplace_back(text_in(object, "name"), std::move(name));
  }
  return cast;
}

/// The invented registrar with its cast, published; made once.
class CastTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = new Place;
    const std::string config = (*place_ / "rd").string();
    ASSERT_EQ(say({"init", "--directory", config}).code, 0);
    const std::string registrar = read_file(fs::path(REGDATA_SOURCE_DIR) / "fixtures/registrar.toml");
    place_->write("rd/conf.d/registrar.toml", std::regex_replace(registrar, std::regex("@PORT@"), "0"));
    const Said imported =
        command({"import", (fs::path(REGDATA_SOURCE_DIR) / "fixtures/cast.jsonl").string(), "--label", "cast"});
    ASSERT_EQ(imported.code, 0) << imported.err;
    ASSERT_EQ(command({"publish"}).code, 0);
    cast_ = new CastFile(read_cast());
    ASSERT_GE(cast_->names.size(), 40U);
  }
  static void TearDownTestSuite() {
    delete cast_;
    delete place_;
  }

  static Said command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", (*place_ / "rd/regdata.toml").string()});
    return say(arguments);
  }

  /// role → element → outcome, as explain tells it.
  static std::map<std::string, std::map<std::string, std::string>> outcomes(const std::string& name) {
    std::map<std::string, std::map<std::string, std::string>> all;
    const json::value told = json::parse(command({"--json", "explain", name}).out);
    for (const auto& decision : told.at("data").at("decisions").as_array()) {
      const auto& one = decision.as_object();
      all[text_in(one, "role")][text_in(one, "element")] = text_in(one, "outcome");
    }
    return all;
  }

  static inline Place* place_ = nullptr;
  static inline CastFile* cast_ = nullptr;
};

/// What is drawn at random when a name is first stored: the part of a relay address before the @.
std::string without_tokens(const std::string& text) {
  return std::regex_replace(text, std::regex("[a-z2-7]{16}(-t)?@"), "TOKEN$1@");
}

TEST_F(CastTest, WhatThePublicSeesAndWhyIsGolden) {
  for (const auto& [name, held] : cast_->names) {
    const Said seen = command({"lookup", name});
    const Said told = command({"explain", name});
    ASSERT_EQ(seen.code, 0) << name;
    ASSERT_EQ(told.code, 0) << name;
    // line ends are made visible and checked: the file itself has plain ones
    std::string answer;
    for (const char c : without_tokens(seen.out)) answer += c == '\r' ? "\\r" : std::string(1, c);
    expect_golden("cast/" + name + ".txt",
                  "$ regdata lookup " + name + "\n" + answer + "\n$ regdata explain " + name + "\n" + told.out);
  }
}

TEST_F(CastTest, NoGoldenFileIsLeftBehind) {
  std::set<std::string> names;
  for (const auto& [name, held] : cast_->names) names.insert(name + ".txt");
  for (const auto& entry : fs::directory_iterator(fs::path(REGDATA_SOURCE_DIR) / "tests/app/golden/cast")) {
    EXPECT_TRUE(names.contains(entry.path().filename())) << entry.path() << " belongs to nobody: remove it";
  }
}

TEST_F(CastTest, WhatIsNotShownIsNotThere) {
  std::size_t searched = 0;
  std::size_t shown = 0;
  for (const auto& [name, held] : cast_->names) {
    SCOPED_TRACE(name);
    auto told = outcomes(name);
    const bool stands_in = held.service == "shield" || held.service == "standin";  // affiliated: fixtures/registrar.toml
    std::map<std::string, std::set<std::string>> public_elements;                  // handle → elements
    for (const auto& [role, handle] : held.handles) {
      if (role == "registrant" && stands_in) continue;
      for (const auto& [element, outcome] : told[role]) {
        if (outcome == "shown") public_elements[handle].insert(element);
      }
    }
    testing::PlantedSearch hidden;
    testing::PlantedSearch visible;
    for (const auto& [handle, person] : cast_->people) {  // everybody's: nobody else's value belongs here either
      for (const Value& value : person.values) {
        // the forger's street reads like a line that others have by right; in his own answer it is searched for
        const bool forged = value.text.starts_with("Domain Status: ");
        if (forged &&
            std::none_of(held.handles.begin(), held.handles.end(), [&](const auto& h) { return h.second == handle; })) {
          continue;
        }
        const bool is_public = public_elements[handle].contains(value.element);
        ASSERT_TRUE((is_public ? visible : hidden).add(value.text)) << handle << " " << value.element << " is too short";
      }
    }
    const std::string answer = command({"lookup", name}).out;
    EXPECT_THAT(hidden.found_in(answer), ::testing::IsEmpty());
    searched += hidden.size();
    shown += visible.found_in(answer).size();
  }
  EXPECT_GT(searched, 15'000U);
  EXPECT_GT(shown, 20U) << "nothing is shown: the search proves nothing";
}

// An operator's screen is not a fourth door (house.md §6): explain prints no value, whether it is shown or not.
TEST_F(CastTest, ExplainPrintsNoValue) {
  testing::PlantedSearch all;
  for (const auto& [handle, person] : cast_->people) {
    for (const Value& value : person.values) ASSERT_TRUE(all.add(value.text));
  }
  for (const auto& [name, held] : cast_->names) {
    EXPECT_THAT(all.found_in(command({"explain", name}).out), ::testing::IsEmpty()) << name;
    EXPECT_THAT(all.found_in(command({"--json", "explain", name}).out), ::testing::IsEmpty()) << name;
  }
}

// From the file alone: under the gTLD policy a person's element is shown when the last word on it was yes, and never else.
TEST_F(CastTest, OnlyAYesInTheFileShows) {
  std::size_t yes = 0;
  std::size_t no = 0;
  for (const auto& [name, held] : cast_->names) {
    if (!name.ends_with(".example") || held.service == "shield" || held.service == "standin") continue;
    auto told = outcomes(name);
    for (const auto& [role, handle] : held.handles) {
      const Person& person = cast_->people.at(handle);
      for (const Value& value : person.values) {
        if (value.element == "contact-id") continue;  // the registry's, not a person's to choose
        const auto choice = person.last_choice.find(value.element);
        const bool agreed = choice != person.last_choice.end() && choice->second.second == "given";
        if (told[role][value.element] == "shown") {
          EXPECT_TRUE(agreed) << name << " shows " << role << " " << value.element;
        }
        (agreed ? yes : no) += 1;
      }
    }
  }
  EXPECT_GT(yes, 20U);
  EXPECT_GT(no, 150U);
}

}  // namespace
}  // namespace regdata::app
