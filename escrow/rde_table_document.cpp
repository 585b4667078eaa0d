// The definitions of tables in a document of RFC 9022's CSV model.
#include "escrow/rde_table_reader.hpp"
#include "escrow/rde_xml.hpp"

namespace regdata::escrow {
namespace {

constexpr std::string_view csv_common_namespace = "urn:ietf:params:xml:ns:rdeCsv-1.0";
constexpr std::string_view csv_namespaces = "urn:ietf:params:xml:ns:csv";
constexpr std::string_view all_namespaces = "urn:ietf:params:xml:ns:";

/// "csvDomain" of "urn:ietf:params:xml:ns:csvDomain-1.0".
std::string short_name(std::string_view uri) {
  if (!uri.starts_with(all_namespaces) || !uri.ends_with("-1.0")) return "?";
  return std::string(uri.substr(all_namespaces.size(), uri.size() - all_namespaces.size() - 4));
}

RdeTableDefinition definition_of(const xmlNode* node) {
  RdeTableDefinition table{.name = attribute_of(node, "name"), .fields = {}, .files = {}};
  for (const xmlAttr* one = node->properties; one != nullptr; one = one->next)  // as it is: a tab is no blank around it
    if (std::string_view(reinterpret_cast<const char*>(one->name)) == "sep" && one->children != nullptr &&
        one->children->content != nullptr)
      table.separator = reinterpret_cast<const char*>(one->children->content)[0];
  if (const xmlNode* fields = child_of(node, csv_common_namespace, "fields"))
    for (const xmlNode* field = fields->children; field != nullptr; field = field->next)
      if (field->type == XML_ELEMENT_NODE) {
        table.fields.push_back(short_name(namespace_of(field)) + ":" + reinterpret_cast<const char*>(field->name) +
                               attribute_of(field, "index"));
        if (is_element(field, csv_common_namespace, "fRegistrant"))
          table.registrant_required = attribute_of(field, "isRequired");
      }
  if (const xmlNode* files = child_of(node, csv_common_namespace, "files"))
    each_child(files, csv_common_namespace, "file", [&](const xmlNode* file) {
      table.files.push_back({.name = content_of_element(file),
                             .sum = attribute_of(file, "cksum"),
                             .is_sha256 = attribute_of(file, "cksumAlg") == "SHA256"});
    });
  return table;
}

void take_header(const xmlNode* header, RdeTableDocument& document) {
  document.registrar = text_in(header, rde_header_namespace, "registrar");
  each_child(header, rde_header_namespace, "count", [&](const xmlNode* one) {
    document.counts.push_back({attribute_of(one, "uri"), attribute_of(one, "rcdn"), content_of_element(one)});
  });
}

}  // namespace

std::optional<RdeTableDocument> read_table_document(std::string_view text) {
  MemorySource source(as_bytes(text));
  RdeReader reader(source);
  RdeTableDocument document;
  bool has_tables = false;
  while (true) {
    const auto object = reader.next();
    if (!object) return std::nullopt;  // whoever reads it as an XML document tells why
    if (!*object) break;
    const xmlNode* node = (*object)->node();
    if ((*object)->kind() == RdeObject::Kind::header) take_header(node, document);
    const bool is_deletes = (*object)->kind() == RdeObject::Kind::deletes;
    if ((!is_deletes && (*object)->kind() != RdeObject::Kind::other) || !namespace_of(node).starts_with(csv_namespaces))
      continue;
    has_tables = true;
    each_child(node, csv_common_namespace, "csv", [&](const xmlNode* table) {
      (is_deletes ? document.deletes : document.tables).push_back(definition_of(table));
    });
  }
  if (!has_tables) return std::nullopt;
  document.frame = reader.deposit();
  return document;
}

}  // namespace regdata::escrow
