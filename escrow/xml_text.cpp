#include "escrow/xml_text.hpp"

#include <unicode/utf8.h>

#include <cstdint>

namespace regdata::escrow {

void XmlText::begin(std::string_view name, XmlAttributes attributes) {
  text_ += '<';
  text_ += name;
  for (const auto& [attribute, value] : attributes) {
    text_ += ' ';
    text_ += attribute;
    text_ += "=\"";
    escaped(value);
    text_ += '"';
  }
}

void XmlText::escaped(std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        text_ += "&amp;";
        break;
      case '<':
        text_ += "&lt;";
        break;
      case '>':
        text_ += "&gt;";
        break;
      case '"':
        text_ += "&quot;";
        break;
      case '\t':
        text_ += "&#9;";
        break;
      case '\n':
        text_ += "&#10;";
        break;
      case '\r':
        text_ += "&#13;";
        break;
      default:
        text_ += c;
    }
  }
}

void XmlText::open(std::string_view name, XmlAttributes attributes) {
  begin(name, attributes);
  text_ += '>';
}

void XmlText::close(std::string_view name) {
  text_ += "</";
  text_ += name;
  text_ += '>';
}

void XmlText::element(std::string_view name, std::string_view text, XmlAttributes attributes) {
  open(name, attributes);
  escaped(text);
  close(name);
}

void XmlText::element_if(std::string_view name, std::string_view text, XmlAttributes attributes) {
  if (!text.empty()) element(name, text, attributes);
}

void XmlText::empty(std::string_view name, XmlAttributes attributes) {
  begin(name, attributes);
  text_ += "/>";
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // within ICU's macro
bool fits_xml(std::string_view text) noexcept {
  if (text.size() > INT32_MAX) return false;
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 point = 0;
    U8_NEXT(text.data(), at, size, point);
    const bool control = point < 0x20 && point != '\t' && point != '\n' && point != '\r';
    if (point < 0 || control || point == 0xFFFE || point == 0xFFFF) return false;
  }
  return true;
}
#pragma GCC diagnostic pop

}  // namespace regdata::escrow
