#include <fmt/format.h>

#include <charconv>
#include <pugixml.hpp>

#include "escrow/verdict.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t longest_notification = 64 * 1024;

Error no_notification(std::string_view why) {
  return make_error(Errc::invalid, fmt::format("is no notification of an escrow agent: {}", why));
}

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// The namespace that the element's prefix stands for, where it is or above.
std::string_view namespace_of(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  const std::string wanted = colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
  for (pugi::xml_node at = node; at; at = at.parent())
    if (const auto attribute = at.attribute(wanted.c_str())) return attribute.value();
  return {};
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node one : node.children())
    if (local_name(one) == name) return one;
  return {};
}

std::string text_of(const pugi::xml_node& node) {
  const std::string_view text = node.text().get();
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::optional<std::uint32_t> number_in(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<DepositState> state_in(const std::string& status) {
  if (status == "DVPN") return DepositState::accepted;
  if (status == "DVFN") return DepositState::rejected;
  if (status == "DRFN") return DepositState::missing;
  return std::nullopt;
}

/// Of RFC 8909 §5.1.
std::optional<DepositKind> kind_in(const std::string& type) {
  if (type == "FULL") return DepositKind::full;
  if (type == "INCR") return DepositKind::incremental;
  if (type == "DIFF") return DepositKind::differential;
  return std::nullopt;
}

/// "iirdea codes 2004, 2007".
std::string codes_in(const pugi::xml_node& results) {
  std::string codes;
  for (const pugi::xml_node result : results.children()) {
    const auto code = number_in(result.attribute("code").value());
    if (code) codes += fmt::format("{}{}", codes.empty() ? "" : ", ", *code);
  }
  return codes;
}

/// More than the shape says what a parser that recurses can take: pugixml frees nodes on the stack.
bool is_deep(std::string_view xml) {
  constexpr int deepest = 32;
  int depth = 0;
  for (std::size_t at = 0; at + 1 < xml.size(); ++at) {
    if (xml[at] == '<' && xml[at + 1] != '/' && xml[at + 1] != '!' && xml[at + 1] != '?') ++depth;
    if (xml[at] == '<' && xml[at + 1] == '/') --depth;
    if (xml[at] == '/' && xml[at + 1] == '>') --depth;
    if (depth > deepest) return true;
  }
  return false;
}

}  // namespace

Expected<Verdict> read_notification(std::string_view xml) {
  if (xml.size() > longest_notification) return no_notification("longer than 64 KiB");
  if (xml.find("<!DOCTYPE") != std::string_view::npos) return no_notification("it has a DOCTYPE");
  if (is_deep(xml)) return no_notification("elements in elements too deep");
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8))
    return no_notification("it is not XML");
  const pugi::xml_node root = document.document_element();
  if (local_name(root) != "notification" || namespace_of(root) != "urn:ietf:params:xml:ns:rdeNotification-1.0")
    return no_notification("its root is another one");
  const auto state = state_in(text_of(child(root, "status")));
  if (!state) return no_notification("its status is none of DVPN, DVFN and DRFN");
  const pugi::xml_node report = child(root, "report");
  Verdict verdict;
  verdict.state = *state;
  const auto iana = number_in(text_of(child(child(report, "header"), "registrar")));
  if (!iana) return no_notification("its report names no registrar");
  verdict.iana_id = *iana;
  if (const std::string resend = text_of(child(report, "resend")); !resend.empty()) {
    verdict.revision = number_in(resend);
    if (!verdict.revision) return no_notification("its report's resend is no number");
  }
  if (const std::string kind = text_of(child(report, "kind")); !kind.empty()) {
    verdict.kind = kind_in(kind);
    if (!verdict.kind) return no_notification("its report's kind is none of FULL, INCR and DIFF");
  }
  verdict.id = text_of(child(report, "id"));
  const auto watermark = parse_rfc3339(text_of(child(report, "watermark")));
  if (!watermark) return no_notification("its report has no watermark");
  verdict.date = date_text(std::chrono::floor<std::chrono::days>(*watermark));
  verdict.reason = text_of(child(root, "status"));
  if (const std::string codes = codes_in(child(root, "results")); !codes.empty()) verdict.reason += ", codes " + codes;
  return verdict;
}

}  // namespace regdata::escrow
