#include "escrow/rde_xml.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace regdata::escrow {
namespace {

std::string_view text_of(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

}  // namespace

bool is_element(const xmlNode* node, std::string_view uri, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr && text_of(node->ns->href) == uri && text_of(node->name) == name;
}

std::string_view namespace_of(const xmlNode* node) {
  return node->ns == nullptr ? std::string_view() : text_of(node->ns->href);
}

std::string content_of_element(const xmlNode* node) {
  std::string text;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next)
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) text += text_of(child->content);
  constexpr std::string_view blanks = " \t\r\n";
  text.erase(0, std::min(text.find_first_not_of(blanks), text.size()));
  text.erase(text.find_last_not_of(blanks) + 1);
  return text;
}

std::string attribute_of(const xmlNode* node, std::string_view name) {
  for (const xmlAttr* one = node->properties; one != nullptr; one = one->next)
    if (one->ns == nullptr && text_of(one->name) == name && one->children != nullptr)
      return content_of_element(reinterpret_cast<const xmlNode*>(one));
  return {};
}

const xmlNode* child_of(const xmlNode* node, std::string_view uri, std::string_view name) {
  const xmlNode* found = nullptr;
  each_child(node, uri, name, [&](const xmlNode* child) { found = child; });
  return found;
}

std::string text_in(const xmlNode* node, std::string_view uri, std::string_view name) {
  const xmlNode* child = node == nullptr ? nullptr : child_of(node, uri, name);
  return child == nullptr ? std::string() : content_of_element(child);
}

Error not_a_deposit(std::string_view why) {
  return make_error(Errc::invalid, fmt::format("RDE_SCHEMA_VALIDATION_ERROR: {}", why), "RFC 8909 §3");
}

}  // namespace regdata::escrow
