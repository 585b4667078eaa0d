// XML as it is written for deposits: elements one behind the other, no line end inside.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace regdata::escrow {

using XmlAttributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Builds a text. Names are taken as they are; texts and values of attributes are escaped, line ends too.
class XmlText {
 public:
  void clear() noexcept { text_.clear(); }
  void open(std::string_view name, XmlAttributes attributes = {});
  void close(std::string_view name);
  void element(std::string_view name, std::string_view text, XmlAttributes attributes = {});
  /// Leaves an empty text out.
  void element_if(std::string_view name, std::string_view text, XmlAttributes attributes = {});
  /// "<name .../>".
  void empty(std::string_view name, XmlAttributes attributes);
  void raw(std::string_view text) { text_ += text; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void begin(std::string_view name, XmlAttributes attributes);
  void escaped(std::string_view text);

  std::string text_;
};

/// Whether XML 1.0 can hold the text (§2.2): UTF-8, no control characters but tab and line ends, no U+FFFE and U+FFFF.
bool fits_xml(std::string_view text) noexcept;

}  // namespace regdata::escrow
