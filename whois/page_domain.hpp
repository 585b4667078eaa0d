// What the lookup page says about one name: values for the template lookup.html.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "redaction/public_text.hpp"
#include "redaction/public_view.hpp"
#include "registration/utc_time.hpp"
#include "whois/page_layout.hpp"
#include "whois/rdap.hpp"

namespace regdata::whois {

/// What a page depends on beside the name's view.
struct PageFrame {
  const redaction::PublicTexts& texts;
  UtcTime applied_until;
  bool stale = false;  ///< withhold what is shown by choice
  UtcTime now;         ///< for "in 12 days"
  const PageLayout& layout;
  std::string_view language;

  /// The message of a key.
  [[nodiscard]] std::string_view message(std::string_view key) const noexcept { return layout.message(language, key); }
};

/// Takes a PublicView and nothing else, so that nothing else can be rendered for the public. `registrar` is the view's.
PageValues domain_values(const redaction::PublicView& view, const Registrar& registrar, const PageFrame& frame);

/// The parts of a contact, each *shown*, *withheld* or *not collected* with the reason and the rule.
PageValues contact_values(const redaction::PublicContact& contact, const PageFrame& frame);
/// The same for the one element of the registration that may be withheld.
PageValues domain_id_values(const redaction::PublicViewData& view, const PageFrame& frame);
/// How to write to a contact; nothing published: empty.
std::vector<PageValues> ways_to_reach(const redaction::PublicViewData& view, const PageFrame& frame);

/// An address that may stand behind `href`: http or https. Empty for anything else.
std::string_view safe_link(std::string_view url) noexcept;

/// "2026-12-31 08:30:00 UTC".
std::string shown_time(UtcTime time);

/// A JSON text with line breaks and two blanks for each level, for people. `json` must be sound.
std::string indented(std::string_view json);

}  // namespace regdata::whois
