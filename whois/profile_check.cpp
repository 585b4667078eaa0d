#include "whois/profile_check.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "registration/ascii.hpp"
#include "whois/profile_parts.hpp"

namespace regdata::whois {
namespace {

namespace json = boost::json;

/// The kind of query, the name in it and the base URL, told from the URI alone. The path's end is what matters: a base URL may
/// have a path of its own.
void read_asked(ProfileCheck& check) {
  const std::string_view url = check.asked.url;
  const std::string_view path = url.substr(0, url.find_first_of("?#"));
  const std::size_t last = path.rfind('/');
  if (last == std::string_view::npos) return;
  check.asked_name = path.substr(last + 1);
  check.base_url = path.substr(0, last + 1);
  if (check.asked_name == "help") {
    check.kind = AskedKind::help;
  } else {
    const std::string_view above = path.substr(0, last);
    const std::size_t before = above.rfind('/');
    const std::string_view what = before == std::string_view::npos ? std::string_view{} : above.substr(before + 1);
    if (what == "domain") check.kind = AskedKind::domain;
    if (what == "nameserver") check.kind = AskedKind::nameserver;
    if (what == "entity") check.kind = AskedKind::entity;
    if (check.kind != AskedKind::other) check.base_url = path.substr(0, before + 1);
  }
  if (!check.asked.base_url.empty()) check.base_url = check.asked.base_url;
}

/// RFC 7480 §4.2: the media type, with or without parameters.
bool is_rdap(std::string_view content_type) noexcept {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return same_ignoring_case(type, "application/rdap+json");
}

/// rules.md §4.1: "<", "script", ">" in this order on one line, whatever is between them.
bool has_script(std::string_view body) {
  constexpr std::string_view word = "script";
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(line.size() + 1, body.size()));
    const std::size_t open = line.find('<');
    const std::size_t close = line.rfind('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) continue;
    const std::string_view between = line.substr(open, close - open);
    if (contains_ignoring_case(between, word)) return true;
  }
  return false;
}

void check_transport(const ProfileAnswer& answer, std::vector<ProfileFinding>& findings) {
  if (answer.content_type && !is_rdap(*answer.content_type)) findings.push_back({-13000, {}});
  if (answer.allow_origin && *answer.allow_origin != "*") findings.push_back({-20500, {}});
  if (answer.status != 200 && answer.status != 404) findings.push_back({-13002, {}});
  if (has_script(answer.body)) findings.push_back({-40100, {}});
}

void check_conformance(ProfileCheck& check) {
  const auto* levels = member(check.top, "rdapConformance");
  if (levels == nullptr || !levels->is_array()) return check.find(-10504);
  const auto lists = [&](std::string_view name) {
    const auto& array = levels->get_array();
    return std::any_of(array.begin(), array.end(), [&](const json::value& one) { return text(&one) == name; });
  };
  if (!lists("rdap_level_0")) check.find(-10504, "/rdapConformance");
  if (!lists("icann_rdap_technical_implementation_guide_1")) check.find(-61000, "/rdapConformance");
  if (lists("icann_rdap_technical_implementation_guide_0")) check.find(-61001, "/rdapConformance");
  if (!lists("icann_rdap_response_profile_1")) check.find(-62000, "/rdapConformance");
  if (lists("icann_rdap_response_profile_0")) check.find(-62006, "/rdapConformance");
  if (member(check.top, "redacted") != nullptr && !lists("redacted")) check.find(-62001, "/rdapConformance");
}

/// RFC 9083 §6.
void check_error(ProfileCheck& check, std::uint16_t status) {
  const auto* levels = member(check.top, "rdapConformance");
  if (levels == nullptr || !levels->is_array()) check.find(-12107);
  const auto* code = member(check.top, "errorCode");
  const bool same =
      code != nullptr && (code->is_int64() ? code->get_int64() == status : code->is_uint64() && code->get_uint64() == status);
  if (!same) check.find(-12108, code == nullptr ? "" : "/errorCode");
  const auto* title = member(check.top, "title");
  if (title != nullptr && !title->is_string()) check.find(-12101, "/title");
  const auto* description = member(check.top, "description");
  if (description == nullptr) return;
  const auto& lines = array_of(check.top, "description");
  if (lines.empty() || !std::all_of(lines.begin(), lines.end(), [](const json::value& line) { return line.is_string(); }))
    check.find(-12101, "/description");
}

void check_help(ProfileCheck& check) {
  if (array_of(check.top, "notices").empty() || member(check.top, "rdapConformance") == nullptr) check.find(-20701);
}

}  // namespace

std::vector<ProfileFinding> check_profile(const ProfileAnswer& answer, const ProfileAsked& asked) {
  std::vector<ProfileFinding> findings;
  check_transport(answer, findings);
  json::error_code error;
  const json::value value = json::parse(json::string_view(answer.body.data(), answer.body.size()), error);
  if (error || !value.is_object()) {
    findings.push_back({-13001, {}});
    return findings;
  }
  ProfileCheck check{asked, value, value.get_object(), findings, AskedKind::other, {}, {}};
  read_asked(check);
  if (answer.status != 200) {
    check_error(check, answer.status);
    if (answer.status == 404 && findings.empty()) check.find(-13020);
    return findings;
  }
  check_conformance(check);
  check_objects(check);
  check_terms(check);
  switch (check.kind) {
    case AskedKind::domain:
      check_last_update(check);
      check_domain(check);
      check_domain_notices(check);
      check_registrar(check);
      check_contacts(check);
      check_redacted(check);
      break;
    case AskedKind::nameserver:
      check_last_update(check);
      check_registrar(check);
      break;
    case AskedKind::entity:
      check_last_update(check);
      break;
    case AskedKind::help:
      check_help(check);
      break;
    case AskedKind::other:
      break;
  }
  return findings;
}

}  // namespace regdata::whois
