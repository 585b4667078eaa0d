// The three notices that a domain answer must have (Response Profile 2024 §2.6.3, §2.10, Technical Implementation Guide §3.3).
#include <algorithm>

#include "whois/profile_parts.hpp"

namespace regdata::whois {
namespace {

namespace json = boost::json;

/// A notice whose words are prescribed. Codes: none of this title, other words, no links, no link there, other relation, other
/// value; in this order from `first`.
struct Prescribed {
  std::string_view title;
  std::string_view words;
  std::string_view href;
  std::string_view relation;
  int first = 0;
};

constexpr Prescribed status_codes{"Status Codes",
                                  "For more information on domain status codes, please visit https://icann.org/epp",
                                  "https://icann.org/epp", "glossary", -46601};
constexpr Prescribed inaccuracy{"RDDS Inaccuracy Complaint Form",
                                "URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf",
                                "https://icann.org/wicf", "help", -46701};

/// ICANN's tool compares URIs as text, ignoring case; an answer that repeats anything else was made from something else.
bool is_asked(const ProfileCheck& check, std::string_view value) noexcept { return same_ignoring_case(value, check.asked.url); }

void check_prescribed(ProfileCheck& check, const Prescribed& notice) {
  const auto& notices = array_of(check.top, "notices");
  const auto found = std::find_if(notices.begin(), notices.end(),
                                  [&](const json::value& one) { return says(text_of(one, "title"), notice.title); });
  if (found == notices.end()) return check.find(notice.first);
  const std::string where = pointer("/notices", static_cast<std::size_t>(found - notices.begin()));
  const auto& lines = array_of(*found, "description");
  const bool words =
      std::any_of(lines.begin(), lines.end(), [&](const json::value& line) { return says(text(&line), notice.words); });
  if (!words) check.find(notice.first - 1, where);
  const auto& links = array_of(*found, "links");
  if (links.empty()) return check.find(notice.first - 2, where);
  const auto link =
      std::find_if(links.begin(), links.end(), [&](const json::value& one) { return says(text_of(one, "href"), notice.href); });
  if (link == links.end()) return check.find(notice.first - 3, where + "/links");
  const std::string at = pointer(where + "/links", static_cast<std::size_t>(link - links.begin()));
  if (!says(text_of(*link, "rel"), notice.relation)) check.find(notice.first - 4, at);
  if (!is_asked(check, text_of(*link, "value"))) check.find(notice.first - 5, at);
}

}  // namespace

void check_terms(ProfileCheck& check) {
  const auto& notices = array_of(check.top, "notices");
  bool any = false;
  for (std::size_t i = 0; i < notices.size(); ++i) {
    const auto& links = array_of(notices[i], "links");
    for (std::size_t n = 0; n < links.size(); ++n) {
      if (text_of(links[n], "rel") != "terms-of-service") continue;
      any = true;
      const std::string where = pointer(pointer("/notices", i) + "/links", n);
      if (!is_web_uri(text_of(links[n], "href"))) check.find(-61201, where);
      if (!is_asked(check, text_of(links[n], "value"))) check.find(-61202, where);
    }
  }
  if (!any) check.find(-61200, "/notices");
}

void check_domain_notices(ProfileCheck& check) {
  check_prescribed(check, status_codes);
  check_prescribed(check, inaccuracy);
}

}  // namespace regdata::whois
