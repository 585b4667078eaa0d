// The whole cast in RDAP: golden answers, the profile's checker, and the same elements as port 43 shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <map>

#include "tests/whois/answer_checker.hpp"
#include "tests/whois/cast_views.hpp"
#include "tests/whois/golden.hpp"
#include "tests/whois/rdap_samples.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/rdap.hpp"
#include "whois/text.hpp"

namespace regdata::whois {
namespace {

namespace json = boost::json;
using redaction::PublicView;

std::string url_of(const PublicView& view) { return testing::cast_views().texts.rdap_base + "domain/" + view->name; }

std::string rdap(const PublicView& view) {
  std::string out;
  Stamp stamp;
  const std::string url = url_of(view);
  EXPECT_TRUE(append_rdap_domain(out, view, {testing::cast_views().texts, testing::sample_time(), false, url}, stamp));
  return out;
}

testing::ParsedAnswer port43(const PublicView& view) {
  std::string out;
  EXPECT_TRUE(append_domain(out, view, AnswerFrame{testing::cast_views().texts, testing::sample_time(), false}));
  return testing::check_domain_answer(out);
}

TEST(RdapCast, AnswersAreGolden) {
  EXPECT_GE(testing::cast_views().views.size(), 44U);
  for (const PublicView& view : testing::cast_views().views)
    EXPECT_EQ(testing::golden_difference("cast/" + view->name + ".json", testing::in_lines(rdap(view))), "");
}

TEST(RdapCast, ProfileFindsNothing) {
  for (const PublicView& view : testing::cast_views().views) {
    const std::string body = rdap(view);
    const auto findings = check_profile({200, "application/rdap+json", "*", body}, {url_of(view), {}});
    // what the import did not bring cannot be shown: no date, or a registrant without a country
    std::string expected;
    const auto& registrant = view->contacts.at(0);
    if (registrant.country.shown() == nullptr) expected += "-62101 /entities/1/vcardArray/1/2\n";
    if (!view->registrar_expires) expected += "-65600 /events\n";
    EXPECT_EQ(testing::to_text(findings), expected) << view->name;
  }
}

// --- port 43 and RDAP, element by element ---

std::string text_at(const json::value& value, const std::string& place) {
  json::error_code error;
  const json::value* found = value.find_pointer(place, error);
  return found == nullptr || !found->is_string() ? "" : std::string(found->as_string());
}

const json::value* entity_of(const json::value& answer, std::string_view role) {
  for (const json::value& entity : answer.at("entities").as_array())
    if (entity.at("roles").at(0).as_string() == role) return &entity;
  return nullptr;
}

/// What RDAP shows of one contact, under the names of port 43. Missing: withheld or not held.
std::map<std::string, std::vector<std::string>> elements_of(const json::value& entity) {
  std::map<std::string, std::vector<std::string>> shown;
  const auto put = [&](const std::string& name, const json::value& value) {
    if (value.is_string() && !value.as_string().empty()) shown[name].push_back(clean_value(value.as_string()));
  };
  if (const auto* handle = entity.as_object().if_contains("handle")) put("ID", *handle);
  for (const json::value& property : entity.at("vcardArray").at(1).as_array()) {
    const std::string name(property.at(0).as_string());
    const json::value& value = property.at(3);
    if (name == "fn") put("Name", value);
    if (name == "org") put("Organization", value);
    if (name == "email" || name == "contact-uri") put("Email", value);
    if (name == "adr") {
      if (value.at(2).is_array())
        for (const json::value& line : value.at(2).as_array()) put("Street", line);
      else
        put("Street", value.at(2));
      put("City", value.at(3));
      put("State/Province", value.at(4));
      put("Postal Code", value.at(5));
      if (const auto* country = property.at(1).as_object().if_contains("cc")) put("Country", *country);
    }
    if (name == "tel") {
      const std::string type = property.at(1).at("type").as_string() == "voice" ? "Phone" : "Fax";
      const std::string uri(value.as_string());
      const std::size_t extension = uri.find(";ext=");
      shown[type] = {uri.substr(4, extension == std::string::npos ? std::string::npos : extension - 4)};
      if (extension != std::string::npos) shown[type + " Ext"] = {uri.substr(extension + 5)};
    }
  }
  return shown;
}

void expect_same_contact(const testing::ParsedAnswer& lines, const json::value& answer, std::string_view role,
                         const std::string& prefix, const std::vector<std::string>& names) {
  const json::value* entity = entity_of(answer, role);
  ASSERT_NE(entity, nullptr);
  const auto shown = elements_of(*entity);
  for (const std::string& name : names) {
    const std::string key = name == "ID" ? "Registry " + prefix + " ID" : prefix + " " + name;
    std::vector<std::string> expected = lines.values(key);
    std::erase_if(expected, [](const std::string& value) { return value.empty() || value == "REDACTED"; });
    const auto found = shown.find(name);
    EXPECT_EQ(found == shown.end() ? std::vector<std::string>{} : found->second, expected) << key;
  }
}

TEST(RdapCast, AgreesWithPort43) {
  for (const PublicView& view : testing::cast_views().views) {
    SCOPED_TRACE(view->name);
    const json::value answer = json::parse(rdap(view));
    const testing::ParsedAnswer lines = port43(view);
    EXPECT_EQ(text_at(answer, "/ldhName"), lines.value("Domain Name"));
    const std::string id = lines.value("Registry Domain ID");
    EXPECT_EQ(text_at(answer, "/handle"), id == "REDACTED" ? "" : id);
    std::map<std::string, std::string> events;
    for (const json::value& event : answer.at("events").as_array())
      events[text_at(event, "/eventAction")] = text_at(event, "/eventDate");
    EXPECT_EQ(events["registration"], lines.value("Creation Date"));
    const auto date = [&](const char* key) { return lines.has(key) ? lines.value(key) : std::string(); };
    EXPECT_EQ(events["registrar expiration"], date("Registrar Registration Expiration Date"));
    // Response Profile 2024 §2.3.2.2: RDAP leaves the date out where it is that of the creation
    EXPECT_EQ(events.contains("last changed") ? events["last changed"]
              : date("Updated Date").empty()  ? ""
                                              : events["registration"],
              date("Updated Date"));
    EXPECT_EQ(events["last update of RDAP database"], lines.last_update);
    std::vector<std::string> hosts;
    for (const json::value& host : answer.at("nameservers").as_array()) hosts.push_back(text_at(host, "/ldhName"));
    std::vector<std::string> printed = lines.values("Name Server");
    std::erase(printed, "");
    EXPECT_EQ(hosts, printed);
    EXPECT_EQ(answer.at("secureDNS").at("delegationSigned").as_bool(),
              lines.has("DNSSEC") && lines.value("DNSSEC") == "signedDelegation");
    const json::value* registrar = entity_of(answer, "registrar");
    ASSERT_NE(registrar, nullptr);
    EXPECT_EQ(text_at(*registrar, "/handle"), lines.value("Registrar IANA ID"));
    EXPECT_EQ(text_at(*registrar, "/vcardArray/1/1/3"), lines.value("Registrar"));
    const json::value* reseller = entity_of(answer, "reseller");
    EXPECT_EQ(reseller == nullptr ? "" : text_at(*reseller, "/vcardArray/1/1/3"),
              lines.has("Reseller") ? lines.value("Reseller") : "");
    expect_same_contact(lines, answer, "registrant", "Registrant",
                        {"ID", "Name", "Organization", "Street", "City", "State/Province", "Postal Code", "Country", "Phone",
                         "Phone Ext", "Fax", "Fax Ext", "Email"});
    EXPECT_EQ(entity_of(answer, "technical") != nullptr, lines.has("Tech Name"));
    if (lines.has("Tech Name")) expect_same_contact(lines, answer, "technical", "Tech", {"Name", "Phone", "Email"});
  }
}

}  // namespace
}  // namespace regdata::whois
