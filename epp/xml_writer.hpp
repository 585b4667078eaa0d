// XML as we send it: one writer for all frames, so that no value can be taken for a tag.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace regdata::epp {

using XmlAttribute = std::pair<std::string_view, std::string_view>;
using XmlAttributes = std::initializer_list<XmlAttribute>;

/// Builds a document, front to back. Names and prefixes are ours; values are escaped.
class XmlWriter {
 public:
  XmlWriter();
  XmlWriter(const XmlWriter&) = delete;
  XmlWriter& operator=(const XmlWriter&) = delete;
  ~XmlWriter();

  /// `name` must live until it is closed.
  void open(std::string_view name, XmlAttributes attributes = {}) {
    open(name, std::span(attributes.begin(), attributes.size()));
  }
  void open(std::string_view name, std::span<const XmlAttribute> attributes);
  /// In the element that is open.
  void text(std::string_view text) { escaped(text, Where::text); }
  /// The last one that is open.
  void close();
  void element(std::string_view name, std::string_view text, XmlAttributes attributes = {});
  /// Leaves an empty text out.
  void element_if(std::string_view name, std::string_view text);
  /// A whole element that was written or read before.
  void raw(std::string_view element) { text_ += element; }
  /// "<name/>".
  void empty(std::string_view name, XmlAttributes attributes = {});

  /// False: a value holds what XML cannot (XML 1.0 §2.2): the document must not be sent.
  [[nodiscard]] bool is_good() const noexcept { return good_; }
  /// All of it; nothing may be open.
  [[nodiscard]] std::string take() noexcept { return std::move(text_); }

 private:
  void begin(std::string_view name, std::span<const XmlAttribute> attributes);
  enum class Where : unsigned char { text, attribute };
  void escaped(std::string_view text, Where where);

  std::string text_;
  std::vector<std::string_view> open_;
  bool good_ = true;
};

/// Whether XML 1.0 can hold the text: UTF-8, no control characters but tab and line ends, no U+FFFE and U+FFFF.
bool fits_xml(std::string_view text) noexcept;

}  // namespace regdata::epp
