#include "store/import_line.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>

#include "store/import_fields.hpp"
#include "tests/store/import_samples.hpp"

namespace regdata::store {
namespace {

namespace json = boost::json;

constexpr std::string_view base_line = R"({"op":"put","name":"bluehen.example","registrar":"main","roid":"D1-TEST",
 "created":"2020-01-31T12:00:00Z","updated":"2024-01-31T12:00:00Z","registry_expires":"2027-01-31T12:00:00Z",
 "registrar_expires":"2027-01-31T12:00:00Z","statuses":["clientTransferProhibited"],
 "hosts":[{"name":"ns1.bluehen.example","roid":"H1-TEST","addresses":["2001:db8::1","192.0.2.1"]},"ns2.other.example"],
 "contacts":{"registrant":{"handle":"C-17","kind":"natural","name":"Blue Hen","street":["Henway 1"],"city":"Berlin",
  "postal_code":"10115","country":"DE","phone":"+49.301234567","email":"hen@bluehen.example"}},
 "region":"EU","as_of":"2026-11-01T00:00:00Z"})";

std::vector<json::value> vectors() {
  std::ifstream file(std::string(REGDATA_SOURCE_DIR) + "/tests/store/vectors/import/lines.jsonl");
  std::vector<json::value> found;
  for (std::string line; std::getline(file, line);) found.push_back(json::parse(line));
  return found;
}

/// Puts a value at a JSON pointer whose parent is there.
void put_at(json::value& line, std::string_view pointer, const json::value& value) {
  const std::size_t slash = pointer.rfind('/');
  const std::string_view parent = pointer.substr(0, slash);
  json::value& into = parent.empty() ? line : line.at_pointer(json::string_view(parent.data(), parent.size()));
  const std::string_view key = pointer.substr(slash + 1);
  into.as_object()[json::string_view(key.data(), key.size())] = value;
}

std::string line_of(const json::value& vector) {
  if (const auto* raw = vector.as_object().if_contains("raw")) return std::string(raw->as_string());
  json::value line = json::parse(json::string_view(base_line.data(), base_line.size()));
  for (const auto& [pointer, value] : vector.at("set").as_object()) put_at(line, {pointer.data(), pointer.size()}, value);
  return json::serialize(line);
}

TEST(ImportLine, Vectors) {
  const Catalog catalog = samples::catalog();
  const auto all = vectors();
  ASSERT_GT(all.size(), 100U);
  for (const auto& vector : all) {
    SCOPED_TRACE(std::string(vector.at("what").as_string()));
    const ImportLine line = samples::read_json(line_of(vector), catalog);
    const auto& expected = vector.at("rejected").as_array();
    EXPECT_EQ(line.request.has_value(), expected.empty());
    EXPECT_EQ(line.rejections.size(), expected.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(line.rejections.size(), expected.size()); ++i) {
      const auto& one = expected[i].as_array();
      EXPECT_EQ(line.rejections[i].field, std::string(one[0].as_string()));
      EXPECT_NE(line.rejections[i].reason.find(std::string(one[1].as_string())), std::string::npos)
          << line.rejections[i].reason;
      if (one.size() > 2) {
        EXPECT_EQ(line.rejections[i].allowed, std::string(one[2].as_string()));
      }
    }
    for (std::size_t i = 0; i < import_warning_count; ++i) {
      const std::string name(to_string(static_cast<ImportWarning>(i)));
      const auto* warnings = vector.as_object().if_contains("warnings");
      const auto* count = warnings ? warnings->as_object().if_contains(name) : nullptr;
      EXPECT_EQ(line.warnings[i], count ? static_cast<std::uint64_t>(count->as_int64()) : 0U) << name;
    }
  }
}

TEST(ImportLine, TakesEveryFieldToItsPlace) {
  const Catalog catalog = samples::catalog();
  const ImportLine line = samples::read_json(base_line, catalog);
  ASSERT_TRUE(line.request);
  const auto& put = std::get<RegistrationPut>(*line.request);
  const Registration& r = put.registration;
  EXPECT_EQ(r.name.ascii(), "bluehen.example");
  EXPECT_EQ(format_rfc3339(r.created), "2020-01-31T12:00:00Z");
  EXPECT_EQ(r.dnssec, DnssecState::unknown) << "absent DS is unknown, not unsigned";
  ASSERT_EQ(r.hosts.size(), 2U);
  ASSERT_EQ(put.hosts.size(), 1U);
  EXPECT_EQ(put.hosts[0].addresses, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"})) << "IPv4 first";
  ASSERT_EQ(put.contacts.size(), 1U);
  EXPECT_EQ(put.contacts[0].phone.reveal(), "+49.301234567");
  EXPECT_EQ(r.registrant, "C-17");
  EXPECT_EQ(r.provenance.source, "import:panel");
  EXPECT_EQ(format_rfc3339(put.contacts[0].provenance.as_of), "2026-11-01T00:00:00Z");
}

TEST(ImportLine, RejectsNoMoreThanTheLimit) {
  std::string line = "{";
  for (int i = 0; i < 5000; ++i) line += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  const ImportLine read = samples::read_json(line + "}", samples::catalog());
  EXPECT_EQ(read.rejections.size(), rejection_limit);
}

TEST(ImportLine, RegistrarIsRequiredWhereSeveralAreConfigured) {
  Catalog catalog = samples::catalog();
  catalog.registrars.push_back(catalog.registrars.front());
  catalog.registrars.back().id = "second";
  json::value line = json::parse(json::string_view(base_line.data(), base_line.size()));
  line.as_object().erase("registrar");
  const ImportLine read = samples::read_json(json::serialize(line), catalog);
  ASSERT_EQ(read.rejections.size(), 1U);
  EXPECT_EQ(read.rejections[0].field, "registrar");
}

/// Every text of the line is planted; whatever is refused, no text of it may come back in a rejection.
TEST(ImportLine, RejectionsRepeatNoValue) {
  const Catalog catalog = samples::catalog();
  const std::string planted = "Planted.Hen@Value \"7\": 4711";
  for (const auto& object : import_objects()) {
    for (const auto& field : object.fields) {
      if (field.key == "op") continue;
      json::value line = json::parse(json::string_view(base_line.data(), base_line.size()));
      const std::string key(field.key);
      line.as_object()["reseller"] = json::object{{"name", "Hen Resale"}};
      const auto set = [&](const std::string& pointer) { put_at(line, pointer, json::value(planted)); };
      if (object.name == "put") set('/' + key);
      if (object.name == "contacts") set("/contacts/" + key);
      if (object.name == "contact") set("/contacts/registrant/" + key);
      if (object.name == "reseller") set("/reseller/" + key);
      if (object.name == "host") set("/hosts/0/" + key);
      if (object.name == "ds") put_at(line, "/ds", json::array{json::object{{key, planted}}});
      if (object.name == "choice") {
        put_at(line, "/contacts/registrant/choices", json::array{json::object{{key, planted}}});
      }
      if (object.name == "end") line = json::object{{"op", "end"}, {key, planted}};
      const ImportLine read = samples::read_json(json::serialize(line), catalog);
      for (const auto& rejection : read.rejections) {
        for (const char* part : {"Planted", "Hen@", "4711"}) {
          EXPECT_EQ((rejection.field + rejection.reason + rejection.allowed).find(part), std::string::npos)
              << rejection.field << ": " << rejection.reason;
        }
      }
      const bool free_text = field.key == "name" && object.name != "put" && object.name != "host" && object.name != "end";
      const bool postal = key == "organization" || key == "city" || key == "state" || free_text;
      if (!postal) {
        EXPECT_FALSE(read.rejections.empty()) << object.name << '.' << key;
      }
    }
  }
}

TEST(ImportLine, TakesTheWholeCast) {
  Catalog catalog = samples::catalog();
  JsonLineParser parser;
  ImportDocument document;
  ImportContext context = samples::context(catalog);
  for (const char* name : {"cast.jsonl", "later.jsonl"}) {
    std::ifstream file(std::string(REGDATA_SOURCE_DIR) + "/fixtures/" + name);
    std::size_t count = 0;
    for (std::string text; std::getline(file, text); ++count) {
      ASSERT_TRUE(parser.parse(text, document)) << name << ": " << count + 1;
      const ImportLine line = read_import_line(document, context);
      EXPECT_TRUE(line.rejections.empty()) << name << ": " << count + 1 << ": " << line.rejections[0].field << ": "
                                           << line.rejections[0].reason;
    }
    EXPECT_GT(count, 0U) << name;
  }
}

RC_GTEST_PROP(ImportLine, ReadsBackWhatWasWritten, ()) {
  static const Catalog catalog = samples::catalog();
  const RegistrationPut put = *samples::any_put();
  const std::string line = samples::to_line(put);
  const ImportLine read = samples::read_json(line, catalog);
  RC_LOG() << line << '\n' << (read.rejections.empty() ? "" : read.rejections[0].field + ": " + read.rejections[0].reason);
  RC_ASSERT(read.request.has_value());
  const auto& back = std::get<RegistrationPut>(*read.request);
  RC_ASSERT(back.registration == put.registration);
  RC_ASSERT(back.contacts == put.contacts);
  RC_ASSERT(back.hosts == put.hosts);
  RC_ASSERT(back.choices == put.choices);
}

TEST(ImportFields, EveryKeyOfASourceIsSortedOnce) {
  EXPECT_EQ(foreign_key("disclose_voice"), ForeignKey::not_consent);
  EXPECT_EQ(foreign_key("Disclose_Email"), ForeignKey::not_consent);
  EXPECT_EQ(foreign_key("transfer_code"), ForeignKey::auth_code);
  EXPECT_EQ(foreign_key("EPP_Code"), ForeignKey::auth_code);
  for (const auto& object : import_objects()) {
    std::set<std::string_view> seen;
    for (const auto& field : object.fields) {
      EXPECT_EQ(foreign_key(field.key), ForeignKey::unknown) << field.key;
      EXPECT_TRUE(seen.insert(field.key).second) << field.key;
      EXPECT_FALSE(field.allowed.empty()) << field.key;
    }
  }
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(first_invalid_utf8("plain text, long enough for words"), std::string_view::npos);
  EXPECT_EQ(first_invalid_utf8("m\xC3\xBCnchen \xE4\xBE\x8B \xF0\x9F\xA6\x89"), std::string_view::npos);
  EXPECT_EQ(first_invalid_utf8("m\xFCnchen"), 1U) << "Latin-1";
  EXPECT_EQ(first_invalid_utf8("12345678\xC0\xAF"), 8U) << "overlong";
  EXPECT_EQ(first_invalid_utf8("\xED\xA0\x80"), 0U) << "surrogate";
  EXPECT_EQ(first_invalid_utf8("\xF4\x90\x80\x80"), 0U) << "above U+10FFFF";
  EXPECT_EQ(first_invalid_utf8("abc\xE4\xBE"), 3U) << "cut";
}

}  // namespace
}  // namespace regdata::store
