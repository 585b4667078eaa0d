// Looking into an XML object with libxml2. For the readers of documents only.
#pragma once

#include <libxml/tree.h>

#include <string>
#include <string_view>

#include "registration/error.hpp"

namespace regdata::escrow {

/// Whether it is the element of this name in this namespace.
bool is_element(const xmlNode* node, std::string_view uri, std::string_view name);
/// Empty: it is in none.
std::string_view namespace_of(const xmlNode* node);
/// Text of an element, without that of elements inside, and without blanks and line ends around it: no value of a deposit has
/// any, and most types of the schema take them off.
std::string content_of_element(const xmlNode* node);
/// Of no namespace; empty: it has none of that name.
std::string attribute_of(const xmlNode* node, std::string_view name);
/// Calls `each` for the children of this name.
template <class Each>
void each_child(const xmlNode* node, std::string_view uri, std::string_view name, const Each& each) {
  for (const xmlNode* child = node->children; child != nullptr; child = child->next)
    if (is_element(child, uri, name)) each(child);
}
/// The last of this name, or null.
const xmlNode* child_of(const xmlNode* node, std::string_view uri, std::string_view name);
/// Its text; empty where `node` is null or has no such child.
std::string text_in(const xmlNode* node, std::string_view uri, std::string_view name);

/// "RDE_SCHEMA_VALIDATION_ERROR: why".
Error not_a_deposit(std::string_view why);

}  // namespace regdata::escrow
