#include "epp/response.hpp"

#include <fmt/format.h>

#include <charconv>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

std::optional<std::uint64_t> unsigned_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// By local name alone: error answers of some registries have prefixes that nobody declared.
XmlElement child_called(const XmlElement& parent, std::string_view name) {
  for (XmlElement one = parent.first_child(); one; one = one.next_sibling())
    if (one.local_name() == name) return one;
  return {};
}

std::optional<Result> read_result(const XmlElement& element) {
  const auto code = unsigned_in(element.attribute("code"));
  if (!code || *code < 1000 || *code > 2999) return std::nullopt;
  Result result;
  result.code = static_cast<std::uint16_t>(*code);
  element.each_child([&](const XmlElement& part) {
    if (part.local_name() == "msg") result.text = part.text();
    if (part.local_name() == "value") result.values.push_back(part.inner());
    if (part.local_name() == "extValue") {
      result.values.push_back(child_called(part, "value").inner());
      result.reasons.push_back(child_called(part, "reason").text());
    }
  });
  return result;
}

}  // namespace

Expected<Response> Response::read(XmlDocument document) {
  Response response(std::move(document));
  const XmlElement root = response.document_.root();
  const XmlElement element = child_called(root, "response");
  if (root.local_name() != "epp" || !element) return make_error(Errc::invalid, "what came is no response");
  bool good = true;
  element.each_child([&](const XmlElement& part) {
    const std::string_view name = part.local_name();
    if (name == "result") {
      auto result = read_result(part);
      good = good && result;
      if (result) response.results_.push_back(std::move(*result));
    } else if (name == "msgQ") {
      MessageQueue queue;
      queue.count = unsigned_in(part.attribute("count")).value_or(0);
      queue.id = part.attribute("id");
      queue.date = child_called(part, "qDate").text();
      queue.text = child_called(part, "msg").inner();
      response.queue_ = std::move(queue);
    } else if (name == "trID") {
      response.client_id_ = child_called(part, "clTRID").text();
      response.server_id_ = child_called(part, "svTRID").text();
    }
  });
  if (!good || response.results_.empty()) return make_error(Errc::invalid, "a response without a result that can be read");
  return response;
}

XmlElement Response::data(std::string_view uri, std::string_view name) const noexcept {
  return child_called(child_called(document_.root(), "response"), "resData").child(uri, name);
}

XmlElement Response::extension(std::string_view uri, std::string_view name) const noexcept {
  return child_called(child_called(document_.root(), "response"), "extension").child(uri, name);
}

std::vector<std::string> Response::payloads() const {
  std::vector<std::string> all;
  child_called(document_.root(), "response").each_child([&](const XmlElement& part) {
    if (part.local_name() == "resData" || part.local_name() == "extension")
      part.each_child([&](const XmlElement& one) { all.push_back(one.raw()); });
    if (part.local_name() == "result")  // RFC 9038 §3.1
      part.each_child([&](const XmlElement& value) {
        if (value.local_name() == "extValue")
          child_called(value, "value").each_child([&](const XmlElement& one) { all.push_back(one.raw()); });
      });
  });
  return all;
}

std::string told_by(const Response& response) {
  return fmt::format("the registry answered {} (svTRID {})", response.code(), response.server_id());
}

ResultClass class_of(std::uint16_t code) noexcept {
  switch (code) {
    case 1001:
      return ResultClass::pending;
    case 2002:
    case 2104:
    case 2106:
    case 2304:
    case 2305:
      return ResultClass::refused;
    case 2200:
    case 2501:
      return ResultClass::locked_out;
    case 2400:
    case 2500:
      return ResultClass::uncertain;
    case 2502:
      return ResultClass::limited;
    default:
      return code < 2000 ? ResultClass::done : ResultClass::wrong;
  }
}

}  // namespace regdata::epp
