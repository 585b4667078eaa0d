#include "epp/login_events.hpp"

#include <algorithm>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

constexpr std::size_t most_events = 20;
constexpr std::size_t longest_word = 64;

std::string word_of(std::string_view text) {
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
  return is_plain && text.size() <= longest_word ? std::string(text) : std::string();
}

}  // namespace

std::vector<LoginEvent> login_events(const Response& answer) {
  std::vector<LoginEvent> events;
  answer.extension(login_sec_namespace, "loginSecData").each_child("event", [&](const XmlElement& one) {
    if (events.size() == most_events) return;
    LoginEvent event;
    event.type = word_of(one.attribute("type"));
    event.is_error = one.attribute("level") == "error";
    if (const auto ends = parse_rfc3339(std::string(one.attribute("exDate")))) event.ends = *ends;
    // of its own events nobody knows what stands in them
    if (event.type != "custom") event.value = word_of(one.attribute("value"));
    if (!event.type.empty()) events.push_back(std::move(event));
  });
  return events;
}

std::string text_of(const LoginEvent& event) {
  std::string text = "at the login it told of " + event.type;
  if (!event.value.empty()) text += " " + event.value;
  if (event.ends) text += ", which expires at " + format_rfc3339(*event.ends);
  return text + (event.is_error ? " (error)" : " (warning)");
}

}  // namespace regdata::epp
