#include "escrow/rde_reader.hpp"

#include <fmt/format.h>
#include <libxml/xmlreader.h>

#include <algorithm>

#include "escrow/rde_xml.hpp"

namespace regdata::escrow {

struct RdeReader::Impl {
  explicit Impl(ByteSource& source) : from(source) {}
  static int read(void* context, char* buffer, int size) {
    auto& self = *static_cast<Impl*>(context);
    if (self.trouble || size <= 0) return self.trouble ? -1 : 0;
    const auto got = self.from.read({reinterpret_cast<std::uint8_t*>(buffer), static_cast<std::size_t>(size)});
    if (got) return static_cast<int>(*got);
    self.trouble = got.error();
    return -1;
  }
  static void quiet(void*, xmlErrorPtr) {}  // libxml2's words may repeat the content

  ByteSource& from;
  xmlTextReaderPtr reader = nullptr;
  std::optional<Error> trouble;  ///< of the source
  enum class Inside : std::uint8_t { nothing, deletes, contents };
  Inside inside = Inside::nothing;
  bool expanded = false;  ///< the reader stands on an object that was given
  bool ended = false;
};

RdeReader::RdeReader(ByteSource& from) : impl_(std::make_unique<Impl>(from)) {
  impl_->reader = xmlReaderForIO(&Impl::read, nullptr, impl_.get(), nullptr, nullptr, XML_PARSE_NONET);
  if (impl_->reader == nullptr) throw std::bad_alloc();
  xmlTextReaderSetStructuredErrorHandler(impl_->reader, &Impl::quiet, nullptr);
}

RdeReader::~RdeReader() { xmlFreeTextReader(impl_->reader); }

std::uint64_t RdeReader::line() const noexcept {
  return static_cast<std::uint64_t>(std::max(0, xmlTextReaderGetParserLineNumber(impl_->reader)));
}

namespace {

RdeObject::Kind kind_of(const xmlNode* node) {
  using K = RdeObject::Kind;
  if (is_element(node, rde_domain_namespace, "domain")) return K::domain;
  if (is_element(node, rde_contact_namespace, "contact")) return K::contact;
  if (is_element(node, rde_host_namespace, "host")) return K::host;
  if (is_element(node, rde_registrar_namespace, "registrar")) return K::registrar;
  if (is_element(node, rde_header_namespace, "header")) return K::header;
  return K::other;
}

}  // namespace

Expected<void> RdeReader::take_start() {
  const xmlNode* root = xmlTextReaderCurrentNode(impl_->reader);
  if (!is_element(root, rde_namespace, "deposit")) return not_a_deposit("the document is no deposit");
  deposit_.type = attribute_of(root, "type");
  deposit_.id = attribute_of(root, "id");
  deposit_.before = attribute_of(root, "prevId");
  if (deposit_.type.empty() || deposit_.id.empty()) return not_a_deposit("the deposit has no type or id");
  return {};
}

/// An element below the root.
Expected<void> RdeReader::take_part() {
  const xmlNode* node = xmlTextReaderCurrentNode(impl_->reader);
  using Inside = Impl::Inside;
  if (is_element(node, rde_namespace, "contents") || is_element(node, rde_namespace, "deletes")) {
    impl_->inside = is_element(node, rde_namespace, "contents") ? Inside::contents : Inside::deletes;
    return {};
  }
  node = xmlTextReaderExpand(impl_->reader);
  if (node == nullptr) return {};  // the next read tells why
  if (is_element(node, rde_namespace, "watermark")) {
    const auto time = parse_rfc3339(content_of_element(node));
    if (!time) return not_a_deposit("the watermark is no time");
    deposit_.watermark = *time;
  } else if (is_element(node, rde_namespace, "rdeMenu")) {
    each_child(node, rde_namespace, "objURI", [&](const xmlNode* uri) { deposit_.menu.insert(content_of_element(uri)); });
  } else {
    return not_a_deposit("an element that a deposit has not");
  }
  return {};
}

Expected<std::optional<RdeObject>> RdeReader::next() {
  Impl& impl = *impl_;
  if (impl.ended) return std::optional<RdeObject>();
  while (true) {
    // an object that was expanded is left as a whole
    const int state = std::exchange(impl.expanded, false) ? xmlTextReaderNext(impl.reader) : xmlTextReaderRead(impl.reader);
    if (impl.trouble) return *impl.trouble;
    if (state < 0)
      return make_error(Errc::damaged, fmt::format("line {}: RDE_XML_PARSE_ERROR: this is not well-formed XML", line()));
    if (state == 0) break;
    const int type = xmlTextReaderNodeType(impl.reader);
    const int depth = xmlTextReaderDepth(impl.reader);
    if (type == XML_READER_TYPE_DOCUMENT_TYPE) return not_a_deposit("a document type declaration has no place here");
    if (type == XML_READER_TYPE_END_ELEMENT && depth == 1) impl.inside = Impl::Inside::nothing;
    if (type != XML_READER_TYPE_ELEMENT) continue;
    if (depth == 0) {
      if (auto taken = take_start(); !taken) return taken.error();
    } else if (depth == 1) {
      const bool empty = xmlTextReaderIsEmptyElement(impl.reader) == 1;
      if (auto taken = take_part(); !taken) return taken.error();
      if (empty) impl.inside = Impl::Inside::nothing;
      impl.expanded = impl.inside == Impl::Inside::nothing && !empty;
    } else if (depth == 2 && impl.inside != Impl::Inside::nothing) {
      xmlNode* node = xmlTextReaderExpand(impl.reader);
      if (node == nullptr) continue;
      impl.expanded = true;
      return std::optional(RdeObject(impl.inside == Impl::Inside::deletes ? RdeObject::Kind::deletes : kind_of(node), node));
    }
  }
  if (deposit_.type.empty()) return not_a_deposit("the document is empty");
  impl.ended = true;
  return std::optional<RdeObject>();
}

}  // namespace regdata::escrow
