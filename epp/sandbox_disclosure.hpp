// How the sandbox registry takes <disclose>: registries differ, and a client has to be right with each (epp.md §1.7).
#pragma once

#include <vector>

#include "epp/contact.hpp"
#include "epp/sandbox_store.hpp"
#include "epp/xml_writer.hpp"
#include "registration/error.hpp"

namespace regdata::epp {

struct SandboxDisclosure {
  enum class Polarity : std::uint8_t { allow, deny, both };
  bool shows = true;             ///< its policy, for every element
  bool replaces = false;         ///< what an update does not list follows the policy again
  bool silence_resets = false;   ///< so does everything, where an update lists nothing
  bool tells_all_shown = false;  ///< an info lists all that is shown, not exceptions to the policy
  Polarity polarity = Polarity::both;

  /// Of words: "hides", "replaces", "silence-resets", "tells-all-shown", "allow-only", "deny-only". Errc::usage.
  static Expected<SandboxDisclosure> parse(const std::vector<std::string>& words);
};

/// Of a command that makes a contact, or changes it. 0, or the code that says why not.
unsigned take_disclosure(const SandboxDisclosure& rules, const std::optional<Disclosure>& said, bool is_new,
                         SandboxObject& contact);
/// What an info lists; empty: nothing.
std::optional<Disclosure> told_disclosure(const SandboxDisclosure& rules, const SandboxObject& contact);

}  // namespace regdata::epp
