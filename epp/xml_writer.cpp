#include "epp/xml_writer.hpp"

#include <sodium.h>

#include "registration/utf8.hpp"

namespace regdata::epp {

// frames hold passwords: what is not taken away is wiped, and room for most frames is there from the start, so that growing
// leaves few copies behind
XmlWriter::XmlWriter() {
  text_.reserve(4096);
  text_ = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n";
}

XmlWriter::~XmlWriter() { sodium_memzero(text_.data(), text_.size()); }

void XmlWriter::begin(std::string_view name, std::span<const XmlAttribute> attributes) {
  text_ += '<';
  text_ += name;
  for (const auto& [attribute, value] : attributes) {
    text_ += ' ';
    text_ += attribute;
    text_ += "=\"";
    escaped(value, Where::attribute);
    text_ += '"';
  }
}

void XmlWriter::escaped(std::string_view text, Where where) {
  good_ = good_ && fits_xml(text);
  for (const char octet : text) {
    switch (octet) {
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
      case '\r':
        text_ += "&#13;";
        break;
      case '\n':
        text_ += where == Where::attribute ? std::string_view("&#10;") : std::string_view("\n");
        break;
      case '\t':
        text_ += where == Where::attribute ? std::string_view("&#9;") : std::string_view("\t");
        break;
      default:
        text_ += octet;
    }
  }
}

void XmlWriter::open(std::string_view name, std::span<const XmlAttribute> attributes) {
  begin(name, attributes);
  text_ += '>';
  open_.push_back(name);
}

void XmlWriter::close() {
  text_ += "</";
  text_ += open_.back();
  text_ += '>';
  open_.pop_back();
}

void XmlWriter::element(std::string_view name, std::string_view text, XmlAttributes attributes) {
  begin(name, attributes);
  text_ += '>';
  escaped(text, Where::text);
  text_ += "</";
  text_ += name;
  text_ += '>';
}

void XmlWriter::element_if(std::string_view name, std::string_view text) {
  if (!text.empty()) element(name, text);
}

void XmlWriter::empty(std::string_view name, XmlAttributes attributes) {
  begin(name, std::span(attributes.begin(), attributes.size()));
  text_ += "/>";
}

bool fits_xml(std::string_view text) noexcept {
  if (!is_utf8(text)) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto octet = static_cast<unsigned char>(text[at]);
    if (octet < ' ' && octet != '\t' && octet != '\n' && octet != '\r') return false;
    if (text.substr(at).starts_with("\xEF\xBF\xBE") || text.substr(at).starts_with("\xEF\xBF\xBF")) return false;
  }
  return true;
}

}  // namespace regdata::epp
