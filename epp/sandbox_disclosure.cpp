#include "epp/sandbox_disclosure.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace regdata::epp {
namespace {

/// What is shown is a part of the object: "shown" with the element's number.
using Shown = std::array<bool, disclosable_count>;

Shown shown_of(const SandboxObject& contact) {
  Shown shown{};
  for (std::size_t at = 0; at < shown.size(); ++at)
    shown.at(at) =
        std::ranges::any_of(contact.all("shown"), [&](const auto* part) { return part->value == std::to_string(at); });
  return shown;
}

void put_shown(const Shown& shown, SandboxObject& contact) {
  std::erase_if(contact.parts, [](const SandboxObject::Part& part) { return part.what == "shown"; });
  for (std::size_t at = 0; at < shown.size(); ++at)
    if (shown.at(at)) contact.parts.push_back({"shown", std::to_string(at), ""});
}

}  // namespace

Expected<SandboxDisclosure> SandboxDisclosure::parse(const std::vector<std::string>& words) {
  SandboxDisclosure rules;
  for (const std::string& word : words) {
    if (word == "hides")
      rules.shows = false;
    else if (word == "replaces")
      rules.replaces = true;
    else if (word == "silence-resets")
      rules.silence_resets = true;
    else if (word == "tells-all-shown")
      rules.tells_all_shown = true;
    else if (word == "allow-only")
      rules.polarity = Polarity::allow;
    else if (word == "deny-only")
      rules.polarity = Polarity::deny;
    else
      return make_error(Errc::usage, "a registry does not take <disclose> like this: " + word,
                        "hides, replaces, silence-resets, tells-all-shown, allow-only, deny-only");
  }
  return rules;
}

unsigned take_disclosure(const SandboxDisclosure& rules, const std::optional<Disclosure>& said, bool is_new,
                         SandboxObject& contact) {
  using Polarity = SandboxDisclosure::Polarity;
  Shown shown = shown_of(contact);
  if (is_new || (said ? rules.replaces : rules.silence_resets)) shown.fill(rules.shows);
  if (said) {
    if (rules.polarity == (said->shows ? Polarity::deny : Polarity::allow)) return 2308;
    if (std::ranges::none_of(said->elements, [](bool listed) { return listed; })) return 2001;
    for (std::size_t at = 0; at < shown.size(); ++at)
      if (said->elements.at(at)) shown.at(at) = said->shows;
  }
  put_shown(shown, contact);
  return 0;
}

std::optional<Disclosure> told_disclosure(const SandboxDisclosure& rules, const SandboxObject& contact) {
  const Shown shown = shown_of(contact);
  Disclosure told{.shows = rules.tells_all_shown || !rules.shows};
  for (std::size_t at = 0; at < shown.size(); ++at) told.elements.at(at) = shown.at(at) == told.shows;
  if (std::ranges::none_of(told.elements, [](bool listed) { return listed; })) return std::nullopt;
  return told;
}

}  // namespace regdata::epp
