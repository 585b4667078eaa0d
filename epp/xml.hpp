// What registries send, read by namespace and local name: any prefix, any order, elements that nobody knows.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "epp/dialect.hpp"
#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

/// An element of a document, good as long as the document. Looking for what is not there gives an element that is not.
class XmlElement {
 public:
  XmlElement() = default;
  explicit XmlElement(pugi::xml_node node) noexcept : node_(node) {}

  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(node_); }
  [[nodiscard]] std::string_view local_name() const noexcept;
  /// What the prefix stands for, here or above; empty: nothing.
  [[nodiscard]] std::string_view namespace_uri() const noexcept;
  [[nodiscard]] bool is(std::string_view uri, std::string_view name) const noexcept {
    return local_name() == name && namespace_uri() == uri;
  }
  /// The first child of this name in the namespace of its parent, or in `uri`.
  [[nodiscard]] XmlElement child(std::string_view name) const noexcept { return child(namespace_uri(), name); }
  [[nodiscard]] XmlElement child(std::string_view uri, std::string_view name) const noexcept;
  [[nodiscard]] XmlElement first_child() const noexcept;
  [[nodiscard]] XmlElement next_sibling() const noexcept;
  template <class Each>
  void each_child(const Each& each) const {
    for (XmlElement one = first_child(); one; one = one.next_sibling()) each(one);
  }
  /// Children of this name in the namespace of their parent.
  template <class Each>
  void each_child(std::string_view name, const Each& each) const {
    const std::string_view uri = namespace_uri();
    each_child([&](XmlElement one) {
      if (one.is(uri, name)) each(one);
    });
  }

  /// Its own text, as an XML Schema token: blanks at the ends gone, those inside one blank.
  [[nodiscard]] std::string text() const;
  /// As a time; empty: it is none, or not there.
  [[nodiscard]] std::optional<UtcTime> time() const;
  /// As it stands there.
  [[nodiscard]] std::string exact_text() const;
  /// By local name; empty: it is not there.
  [[nodiscard]] std::string_view attribute(std::string_view name) const noexcept;
  /// With its tags; declarations of namespaces that stand further up are added.
  [[nodiscard]] std::string raw() const;
  /// What is between its tags, as it stands there.
  [[nodiscard]] std::string inner() const;

 private:
  pugi::xml_node node_;
};

/// The end of the tag that begins at `at`, behind its '>'; quotes may hold one. npos: it has none.
std::size_t behind_tag(std::string_view text, std::size_t at) noexcept;

/// How large a document may be before it is taken apart.
struct XmlLimits {
  std::size_t nodes = 400'000;
  std::size_t depth = 48;
};

class XmlDocument {
 public:
  /// UTF-8, or UTF-16 with a mark or without. Errc::invalid: not well formed, a document type, not Unicode, too many or too
  /// deep elements. Prefixes that nobody declared are no error: some registries' error answers have them.
  static Expected<XmlDocument> parse(std::string_view octets, const XmlLimits& limits = {});
  /// The same, with what a registry calls otherwise in our words.
  static Expected<XmlDocument> parse(std::string_view octets, const Dialect& dialect);
  [[nodiscard]] XmlElement root() const noexcept { return XmlElement(document_->document_element()); }

 private:
  explicit XmlDocument(std::shared_ptr<const pugi::xml_document> document) : document_(std::move(document)) {}
  std::shared_ptr<const pugi::xml_document> document_;
};

}  // namespace regdata::epp
