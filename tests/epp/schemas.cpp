#include "tests/epp/schemas.hpp"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace regdata::epp::testing {
namespace {

namespace fs = std::filesystem;

/// Its targetNamespace, by the first that stands in the text.
std::string namespace_in(const std::string& schema) {
  const std::string word = "targetNamespace=\"";
  const auto at = schema.find(word);
  if (at == std::string::npos) return {};
  return schema.substr(at + word.size(), schema.find('"', at + word.size()) - at - word.size());
}

void take(void* lines, xmlErrorPtr error) {
  static_cast<std::vector<std::string>*>(lines)->emplace_back(error->message != nullptr ? error->message : "?");
}

}  // namespace

std::optional<fs::path> reference() {
  const char* place = std::getenv("REGDATA_REFERENCE");
  return place == nullptr || *place == 0 ? std::nullopt : std::optional(fs::path(place));
}

std::string file_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot be read: " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Schemas::Impl {
  xmlSchemaPtr schema = nullptr;
};

Schemas::Schemas() : impl_(new Impl) {
  // one schema that imports all; by "./name", because one file is called like a URN
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(*reference() / "schemas/epp"))
    if (entry.path().extension() == ".xsd")
      files.emplace(namespace_in(file_text(entry.path())), "./" + entry.path().filename().string());
  std::string all = "<schema xmlns=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:test:all\">";
  for (const auto& [uri, file] : files) all += "<import namespace=\"" + uri + "\" schemaLocation=\"" + file + "\"/>";
  all += "</schema>";
  const std::string place = (*reference() / "schemas/epp/all-of-them.xsd").string();
  xmlDocPtr document = xmlReadMemory(all.data(), static_cast<int>(all.size()), place.c_str(), nullptr, XML_PARSE_NONET);
  xmlSchemaParserCtxtPtr parser = xmlSchemaNewDocParserCtxt(document);
  impl_->schema = xmlSchemaParse(parser);
  xmlSchemaFreeParserCtxt(parser);
  xmlFreeDoc(document);
  if (impl_->schema == nullptr) throw std::runtime_error("the schemas of EPP cannot be read");
}

Schemas::~Schemas() {
  xmlSchemaFree(impl_->schema);
  delete impl_;
}

std::vector<std::string> Schemas::problems(std::string_view xml) const {
  std::vector<std::string> lines;
  xmlDocPtr document = xmlReadMemory(xml.data(), static_cast<int>(xml.size()), "frame.xml", nullptr,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (document == nullptr) return {"not well formed"};
  xmlSchemaValidCtxtPtr validator = xmlSchemaNewValidCtxt(impl_->schema);
  xmlSchemaSetValidStructuredErrors(validator, &take, &lines);
  const int verdict = xmlSchemaValidateDoc(validator, document);
  if (verdict != 0 && lines.empty()) lines.emplace_back("not valid");
  xmlSchemaFreeValidCtxt(validator);
  xmlFreeDoc(document);
  return lines;
}

}  // namespace regdata::epp::testing
