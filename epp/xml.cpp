#include "epp/xml.hpp"

#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>

#include "registration/utf8.hpp"

namespace regdata::epp {
namespace {

constexpr std::size_t longest_tag = 16 * 1024;
constexpr std::size_t most_attributes = 64;
constexpr std::string_view blanks = " \t\r\n";

std::string_view prefix_of(std::string_view name) noexcept {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string_view without_prefix(std::string_view name) noexcept {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// Whether the attribute declares the namespace of this prefix.
bool declares(std::string_view attribute, std::string_view prefix) noexcept {
  constexpr std::string_view word = "xmlns";
  if (!attribute.starts_with(word)) return false;
  attribute.remove_prefix(word.size());
  if (prefix.empty()) return attribute.empty();
  return attribute.size() == prefix.size() + 1 && attribute[0] == ':' && attribute.substr(1) == prefix;
}

pugi::xml_attribute declaration(pugi::xml_node node, std::string_view prefix) noexcept {
  for (; node; node = node.parent())
    for (const pugi::xml_attribute one : node.attributes())
      if (declares(one.name(), prefix)) return one;
  return {};
}

pugi::xml_node element_from(pugi::xml_node node) noexcept {
  while (node && node.type() != pugi::node_element) node = node.next_sibling();
  return node;
}

Error not_xml(const char* why) { return make_error(Errc::invalid, std::string("not an XML document: ") + why); }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // within ICU's macros
#pragma GCC diagnostic ignored "-Wold-style-cast"
/// Empty: a surrogate stands alone, or half of a unit is there.
std::optional<std::string> from_utf16(std::string_view octets, bool big_endian) {
  if (octets.size() % 2 != 0) return std::nullopt;
  std::string text;
  text.reserve(octets.size());
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<std::uint8_t>(octets[at]);
    const auto second = static_cast<std::uint8_t>(octets[at + 1]);
    return static_cast<char16_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  for (std::size_t at = 0; at < octets.size(); at += 2) {
    UChar32 point = unit(at);
    if (U16_IS_SURROGATE(point)) {
      if (!U16_IS_SURROGATE_LEAD(point) || at + 2 >= octets.size() || !U16_IS_TRAIL(unit(at + 2))) return std::nullopt;
      point = U16_GET_SUPPLEMENTARY(point, unit(at + 2));
      at += 2;
    }
    char bytes[U8_MAX_LENGTH];
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, point);
    text.append(bytes, static_cast<std::size_t>(size));
  }
  return text;
}
#pragma GCC diagnostic pop

/// As UTF-8, without a mark; empty: it is no Unicode.
std::optional<std::string> as_utf8(std::string_view octets) {
  using namespace std::string_view_literals;
  if (octets.starts_with("\xFE\xFF"sv)) return from_utf16(octets.substr(2), true);
  if (octets.starts_with("\xFF\xFE"sv)) return from_utf16(octets.substr(2), false);
  if (octets.starts_with("\0<"sv)) return from_utf16(octets, true);
  if (octets.starts_with("<\0"sv)) return from_utf16(octets, false);
  if (octets.starts_with("\xEF\xBB\xBF"sv)) octets.remove_prefix(3);
  return std::string(octets);
}

/// What can be said without a parser: no document type, not too deep, not too many parts. Null: it may be parsed.
const char* trouble_of_shape(std::string_view text, const XmlLimits& limits) noexcept {
  std::size_t nodes = 0;
  std::size_t depth = 0;
  for (std::size_t at = text.find('<'); at < text.size(); at = text.find('<', at)) {
    const std::string_view rest = text.substr(at);
    if (++nodes > limits.nodes) return "too many elements";
    // the end is looked for behind all of the beginning, as the parser does: "<!-->" has not ended
    const auto skip = [&](std::string_view begin, std::string_view end) {
      at = std::min(text.find(end, at + begin.size()), text.size());
    };
    if (rest.starts_with("<!--")) {
      skip("<!--", "-->");
    } else if (rest.starts_with("<![CDATA[")) {
      skip("<![CDATA[", "]]>");
    } else if (rest.starts_with("<?")) {
      skip("<?", "?>");
    } else if (rest.starts_with("<!")) {
      return "a document type declaration has no place here";
    } else {
      const std::size_t end = behind_tag(text, at);
      if (end == std::string_view::npos) return "it ends inside a tag";
      const std::string_view tag = text.substr(at, end - at);
      // a prefix is looked for among the attributes of everything above
      if (tag.size() > longest_tag || static_cast<std::size_t>(std::ranges::count(tag, '=')) > most_attributes)
        return "a tag with too much in it";
      if (rest.starts_with("</"))
        depth -= depth > 0 ? 1 : 0;
      else if (text[end - 2] != '/' && ++depth > limits.depth)
        return "elements in elements too deep";
      at = end;
    }
  }
  return nullptr;
}

class StringWriter final : public pugi::xml_writer {
 public:
  void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
  std::string text;
};

std::string printed(pugi::xml_node node) {
  StringWriter writer;
  node.print(writer, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return std::move(writer.text);
}

/// Prefixes that stand in front of names below and that nothing there declares.
void collect_prefixes(pugi::xml_node node, std::set<std::string_view>& prefixes) {
  prefixes.insert(prefix_of(node.name()));
  for (const pugi::xml_attribute one : node.attributes())
    if (const std::string_view prefix = prefix_of(one.name()); !prefix.empty() && prefix != "xmlns") prefixes.insert(prefix);
  for (pugi::xml_node child = element_from(node.first_child()); child; child = element_from(child.next_sibling()))
    collect_prefixes(child, prefixes);  // no deeper than the limit
}

/// Declarations, and what a greeting says in objURI and extURI, with our names of what theirs stand for.
void translate(pugi::xml_node node, const Dialect& dialect) {
  for (pugi::xml_attribute one : node.attributes()) {
    if (!std::string_view(one.name()).starts_with("xmlns")) continue;
    for (const Dialect::Alias& alias : dialect.namespaces)
      if (one.value() == alias.theirs) one.set_value(alias.ours.c_str());
  }
  const std::string_view name = without_prefix(node.name());
  if (name == "objURI" || name == "extURI")
    for (const Dialect::Alias& alias : dialect.namespaces)
      if (XmlElement(node).text() == alias.theirs) node.text().set(alias.ours.c_str());
  for (pugi::xml_node child = element_from(node.first_child()); child; child = element_from(child.next_sibling()))
    translate(child, dialect);  // no deeper than the limit
}

Expected<std::shared_ptr<pugi::xml_document>> document_in(std::string_view octets, const XmlLimits& limits) {
  const auto text = as_utf8(octets);
  if (!text || !is_utf8(*text)) return not_xml("it is not Unicode");
  const std::size_t begin = text->find_first_not_of(blanks);
  if (begin == std::string::npos || (*text)[begin] != '<') return not_xml("it does not begin with a tag");
  const std::string_view body = std::string_view(*text).substr(begin);
  if (const char* why = trouble_of_shape(body, limits)) return not_xml(why);
  auto document = std::make_shared<pugi::xml_document>();
  constexpr unsigned how = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_wconv_attribute;
  if (!document->load_buffer(body.data(), body.size(), how, pugi::encoding_utf8)) return not_xml("it is not well formed");
  if (!document->document_element()) return not_xml("it has no element");
  if (element_from(document->document_element().next_sibling())) return not_xml("it has two roots");
  return document;
}

}  // namespace

std::size_t behind_tag(std::string_view text, std::size_t at) noexcept {
  char quote = 0;
  for (; at < text.size(); ++at) {
    if (quote != 0) {
      if (text[at] == quote) quote = 0;
    } else if (text[at] == '"' || text[at] == '\'') {
      quote = text[at];
    } else if (text[at] == '>') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

std::string_view XmlElement::local_name() const noexcept { return without_prefix(node_.name()); }

std::string_view XmlElement::namespace_uri() const noexcept { return declaration(node_, prefix_of(node_.name())).value(); }

XmlElement XmlElement::first_child() const noexcept { return XmlElement(element_from(node_.first_child())); }
XmlElement XmlElement::next_sibling() const noexcept { return XmlElement(element_from(node_.next_sibling())); }

XmlElement XmlElement::child(std::string_view uri, std::string_view name) const noexcept {
  for (XmlElement one = first_child(); one; one = one.next_sibling())
    if (one.is(uri, name)) return one;
  return {};
}

std::string XmlElement::exact_text() const {
  std::string text;
  for (const pugi::xml_node one : node_.children())
    if (one.type() == pugi::node_pcdata || one.type() == pugi::node_cdata) text += one.value();
  return text;
}

std::string XmlElement::text() const {
  const std::string exact = exact_text();
  std::string token;
  for (std::size_t at = exact.find_first_not_of(blanks); at < exact.size();) {
    const std::size_t end = std::min(exact.find_first_of(blanks, at), exact.size());
    if (!token.empty()) token += ' ';
    token.append(exact, at, end - at);
    at = exact.find_first_not_of(blanks, end);
  }
  return token;
}

std::optional<UtcTime> XmlElement::time() const {
  const auto time = parse_rfc3339(text());
  return time ? std::optional(*time) : std::nullopt;
}

std::string_view XmlElement::attribute(std::string_view name) const noexcept {
  for (const pugi::xml_attribute one : node_.attributes())
    if (without_prefix(one.name()) == name && !std::string_view(one.name()).starts_with("xmlns")) return one.value();
  return {};
}

std::string XmlElement::raw() const {
  std::set<std::string_view> prefixes;
  collect_prefixes(node_, prefixes);
  std::string declarations;
  for (const std::string_view prefix : prefixes) {
    const bool here = [&] {
      for (const pugi::xml_attribute one : node_.attributes())
        if (declares(one.name(), prefix)) return true;
      return false;
    }();
    const pugi::xml_attribute above = here ? pugi::xml_attribute() : declaration(node_.parent(), prefix);
    if (!above) continue;
    pugi::xml_document scratch;  // escapes the value
    scratch.append_child("x").append_attribute(above.name()).set_value(above.value());
    const std::string text = printed(scratch.document_element());  // <x xmlns:a="…"/>
    declarations += text.substr(2, text.rfind('"') - 1);
  }
  std::string text = printed(node_);
  const std::size_t name_end = 1 + std::strlen(node_.name());
  return text.insert(name_end, declarations);
}

std::string XmlElement::inner() const {
  std::string text;
  for (const pugi::xml_node one : node_.children()) text += printed(one);
  return text;
}

Expected<XmlDocument> XmlDocument::parse(std::string_view octets, const XmlLimits& limits) {
  auto document = document_in(octets, limits);
  return document ? Expected<XmlDocument>(XmlDocument(std::move(*document))) : document.error();
}

Expected<XmlDocument> XmlDocument::parse(std::string_view octets, const Dialect& dialect) {
  auto document = document_in(octets, {});
  if (!document) return document.error();
  if (!dialect.namespaces.empty()) translate((*document)->document_element(), dialect);
  return XmlDocument(std::move(*document));
}

}  // namespace regdata::epp
