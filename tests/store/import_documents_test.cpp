// The reader, the schema and the page say the same: one table is behind them all.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>

#include "store/csv_mapping.hpp"
#include "store/import_fields.hpp"
#include "tests/store/import_samples.hpp"

namespace regdata::store {
namespace {

namespace json = boost::json;

json::value schema() { return json::parse(samples::read_file(std::string(REGDATA_SOURCE_DIR) + "/docs/import.schema.json")); }
std::string page() { return samples::read_file(std::string(REGDATA_SOURCE_DIR) + "/docs/import.md"); }

std::set<std::string> keys_of(std::span<const ImportField> fields, bool required_only) {
  std::set<std::string> keys;
  for (const auto& field : fields) {
    if (field.required || !required_only) keys.emplace(field.key);
  }
  return keys;
}

TEST(ImportDocuments, TheSchemaHasTheReadersKeys) {
  const json::value root = schema();
  for (const auto& object : import_objects()) {
    SCOPED_TRACE(object.name);
    const auto& definition = root.at("$defs").at(json::string_view(object.name.data(), object.name.size()));
    std::set<std::string> properties;
    for (const auto& [key, value] : definition.at("properties").as_object()) properties.emplace(key);
    EXPECT_EQ(properties, keys_of(object.fields, false));
    std::set<std::string> required;
    for (const auto& key : definition.at("required").as_array()) required.emplace(key.as_string());
    EXPECT_EQ(required, keys_of(object.fields, true));
    EXPECT_FALSE(definition.at("additionalProperties").as_bool());
  }
}

TEST(ImportDocuments, TheSchemaHasEveryStatusAndElement) {
  const json::value root = schema();
  std::set<std::string> statuses;
  for (const auto& status : root.at("$defs").at("status").at("enum").as_array()) statuses.emplace(status.as_string());
  EXPECT_EQ(statuses.size(), status_count);
  for (const auto& status : statuses) EXPECT_TRUE(status_from(status)) << status;
  const auto& elements = root.at("$defs").at("choice").at("properties").at("elements").at("items").at("enum").as_array();
  std::set<std::string> named;
  for (const auto& element : elements) named.emplace(element.as_string());
  for (const Element element : all_elements) {
    EXPECT_EQ(named.count(std::string(to_string(element))), is_choosable(element) ? 1U : 0U) << to_string(element);
  }
}

TEST(ImportDocuments, ThePageExplainsEveryKey) {
  const std::string text = page();
  for (const auto& object : import_objects()) {
    const std::size_t section = text.find("### " + std::string(object.name) + '\n');
    ASSERT_NE(section, std::string::npos) << "docs/import.md has no section \"### " << object.name << '"';
    const std::string body = text.substr(section, text.find("\n#", section + 4) - section);
    for (const auto& field : object.fields) {
      const std::string begin = "| `" + std::string(field.key) + "` |";
      const std::size_t row = body.find(begin);
      ASSERT_NE(row, std::string::npos) << object.name << '.' << field.key;
      const std::string cells = body.substr(row, body.find('\n', row) - row);
      EXPECT_EQ(cells.find("| yes |") != std::string::npos, field.required) << cells;
      EXPECT_NE(cells.find(field.allowed), std::string::npos) << cells << "\nshould say: " << field.allowed;
    }
  }
}

TEST(ImportDocuments, TheExamplesOfThePageAreValid) {
  const std::string text = page();
  static const Catalog catalog = samples::catalog();
  std::size_t lines = 0;
  for (std::size_t at = text.find("```json\n"); at != std::string::npos; at = text.find("```json\n", at + 8)) {
    const std::string block = text.substr(at + 8, text.find("```", at + 8) - at - 8);
    const ImportLine line = samples::read_json(json::serialize(json::parse(block)), catalog);
    EXPECT_TRUE(line.request) << block << line.rejections[0].field << ": " << line.rejections[0].reason;
    ++lines;
  }
  EXPECT_GE(lines, 2U);
  // what the README begins with is the page's example
  std::ifstream first(std::string(REGDATA_SOURCE_DIR) + "/docs/examples/first.jsonl");
  std::string line;
  ASSERT_TRUE(std::getline(first, line));
  EXPECT_NE(text.find("```json\n" + line + "\n```"), std::string::npos);
  std::size_t mappings = 0;
  for (std::size_t at = text.find("```toml\n"); at != std::string::npos; at = text.find("```toml\n", at + 8)) {
    const auto mapping = CsvMapping::parse(text.substr(at + 8, text.find("```", at + 8) - at - 8));
    EXPECT_TRUE(mapping) << mapping.error().context;
    ++mappings;
  }
  EXPECT_GE(mappings, 1U);
}

}  // namespace
}  // namespace regdata::store
