#include "whois/page_domain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "whois/page_script.hpp"
#include "whois/published.hpp"
#include "whois/text.hpp"

namespace regdata::whois {
namespace {

using redaction::PublicDnssec;
using redaction::PublicViewData;

bool has_any(StatusSet statuses, std::initializer_list<Status> any) noexcept {
  return std::any_of(any.begin(), any.end(), [&](Status status) { return statuses.contains(status); });
}

std::vector<PageValues> sentences(const PublicViewData& view, const std::string& name, const PageFrame& frame) {
  std::vector<PageValues> out;
  const auto say = [&](const std::string& text) { out.push_back(PageValues().text("text", text)); };
  const auto until = view.registrar_expires ? view.registrar_expires : view.registry_expires;
  if (until) {
    const std::string date = shown_time(*until);
    const std::string_view key = *until < frame.now ? "summary.ended" : "summary.until";
    say(filled(frame.message(key), {{"name", name}, {"date", date}}));
  } else {
    say(filled(frame.message("summary.open"), {{"name", name}}));
  }
  const bool locked = has_any(view.statuses, {Status::client_transfer_prohibited, Status::server_transfer_prohibited});
  say(std::string(frame.message(locked ? "summary.locked" : "summary.unlocked")));
  if (has_any(view.statuses, {Status::client_hold, Status::server_hold})) say(std::string(frame.message("summary.held")));
  if (has_any(view.statuses, {Status::pending_delete, Status::redemption_period}))
    say(std::string(frame.message("summary.leaving")));
  return out;
}

std::vector<PageValues> warnings(const std::string& unicode, const PageFrame& frame) {
  std::vector<PageValues> out;
  const auto warn = [&](std::string_view text) { out.push_back(PageValues().text("text", text)); };
  if (frame.stale) warn(frame.message("warning.stale"));
  if (mixes_scripts(unicode)) warn(frame.message("warning.mixed_scripts"));
  if (const std::string twin = lookalike_of(unicode); !twin.empty())
    warn(filled(frame.message("warning.lookalike"), {{"lookalike", twin}}));
  return out;
}

/// Whole days, as a calendar in UTC counts them.
std::string distance(UtcTime time, const PageFrame& frame) {
  using Days = std::chrono::days;
  const auto days = (std::chrono::floor<Days>(time) - std::chrono::floor<Days>(frame.now)).count();
  if (days == 0) return std::string(frame.message("dates.today"));
  if (days == 1) return std::string(frame.message("dates.in_one_day"));
  if (days == -1) return std::string(frame.message("dates.one_day_ago"));
  const std::string count = std::to_string(days < 0 ? -days : days);
  return filled(frame.message(days < 0 ? "dates.days_ago" : "dates.in_days"), {{"count", count}});
}

std::vector<PageValues> dates(const PublicViewData& view, const PageFrame& frame) {
  std::vector<PageValues> out;
  const auto add = [&](const char* id, const std::optional<UtcTime>& time) {
    if (!time || *time == UtcTime{}) return;
    PageValues row;
    row.text("id", id).text("label", frame.message(fmt::format("dates.{}", id)));
    row.text("iso", format_rfc3339(*time)).text("shown", shown_time(*time)).text("distance", distance(*time, frame));
    out.push_back(std::move(row));
  };
  add("created", view.created);
  add("updated", view.updated);
  add("transferred", view.transferred);
  add("registrar_expires", view.registrar_expires);
  add("registry_expires", view.registry_expires);
  return out;
}

std::vector<PageValues> statuses(const PublicViewData& view, const PageFrame& frame) {
  std::vector<PageValues> out;
  for (unsigned i = 0; i < status_count; ++i) {
    const auto status = static_cast<Status>(i);
    if (!view.statuses.contains(status)) continue;
    const std::string_view code = to_string(status);
    out.push_back(PageValues().text("code", code).text("meaning", frame.message(fmt::format("status.{}", code))));
  }
  return out;
}

void add_hosts(PageValues& values, const PublicViewData& view, const PageFrame& frame) {
  std::vector<PageValues> hosts;
  for (const std::string& host : view.hosts) hosts.push_back(PageValues().text("name", clean_value(host)));
  values.flag("has_hosts", !hosts.empty());
  values.list("hosts", std::move(hosts));
  const char* word = view.dnssec == PublicDnssec::signed_delegation     ? "signed"
                     : view.dnssec == PublicDnssec::unsigned_delegation ? "unsigned"
                                                                        : "unknown";
  values.text("dnssec_word", word).text("dnssec", frame.message(fmt::format("hosts.{}", word)));
  std::vector<PageValues> keys;
  for (const redaction::PublicDs& ds : view.ds) {
    PageValues key;
    key.text("key_tag", std::to_string(ds.key_tag)).text("algorithm", std::to_string(ds.algorithm));
    keys.push_back(key.text("digest_type", std::to_string(ds.digest_type)).text("digest", clean_value(ds.digest)));
  }
  values.flag("has_ds", view.dnssec == PublicDnssec::signed_delegation && !keys.empty()).list("ds", std::move(keys));
}

void add_registrar(PageValues& values, const PublicViewData& view, const Registrar& registrar, const PageFrame& frame) {
  values.text("registrar", clean_value(registrar.name)).text("iana_id", std::to_string(registrar.iana_id));
  values.text("registrar_url", safe_link(registrar.url)).text("whois_server", clean_value(registrar.whois_server));
  values.text("abuse_email", clean_value(registrar.abuse_email)).text("abuse_phone", clean_value(registrar.abuse_phone));
  values.text("disclosure_url", safe_link(frame.texts.disclosure_url));
  if (!view.reseller) return;
  values.text("reseller", clean_value(view.reseller->name)).text("reseller_url", safe_link(view.reseller->url));
}

/// The very answers of the other two doors.
void add_raw(PageValues& values, const redaction::PublicView& view, const PageFrame& frame) {
  const std::string url = frame.texts.rdap_base.empty() ? std::string() : frame.texts.rdap_base + "domain/" + view->name;
  std::string rdap;
  Stamp stamp;
  const bool made = !url.empty() && append_rdap_domain(rdap, view, {frame.texts, frame.applied_until, frame.stale, url}, stamp);
  values.text("rdap_url", url).text("rdap", made ? indented(rdap) : std::string());
  const Tld* tld = tld_of(frame.texts, view->name);
  std::string whois;
  if (tld == nullptr || tld->whois) append_domain(whois, view, {frame.texts, frame.applied_until, frame.stale});
  std::erase(whois, '\r');
  values.text("whois", whois);
}

}  // namespace

std::string_view safe_link(std::string_view url) noexcept {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  return web && plain ? url : std::string_view{};
}

std::string shown_time(UtcTime time) {
  std::string text = format_rfc3339(time);
  if (const std::size_t t = text.find('T'); t != std::string::npos) text[t] = ' ';
  if (text.ends_with('Z')) text.replace(text.size() - 1, 1, " UTC");
  return text;
}

std::string indented(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool in_text = false;
  const auto line = [&] { out.append("\n").append(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      out.push_back(c);
      if (c == '\\' && i + 1 < json.size()) out.push_back(json[++i]);
      in_text = c != '"';
      continue;
    }
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    const bool empty = closes && i > 0 && (json[i - 1] == '{' || json[i - 1] == '[');
    if (closes) --depth;
    if (closes && !empty) line();
    out.push_back(c);
    if (c == ':') out.push_back(' ');
    if (opens) ++depth;
    const bool hollow = opens && i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
    if (c == ',' || (opens && !hollow)) line();
    in_text = c == '"';
  }
  return out;
}

PageValues domain_values(const redaction::PublicView& view, const Registrar& registrar, const PageFrame& frame) {
  PageValues values;
  const std::string unicode = clean_value(view->unicode_name.empty() ? view->name : view->unicode_name);
  values.text("unicode", unicode).text("ascii", view->name).flag("is_idn", unicode != view->name);
  values.list("summary", sentences(*view, unicode, frame)).list("warnings", warnings(unicode, frame));
  values.list("dates", dates(*view, frame)).list("statuses", statuses(*view, frame));
  add_hosts(values, *view, frame);
  std::vector<PageValues> contacts;
  for (const redaction::PublicContact& contact : view->contacts) contacts.push_back(contact_values(contact, frame));
  values.list("contacts", std::move(contacts)).list("domain_id", {domain_id_values(*view, frame)});
  std::vector<PageValues> ways = ways_to_reach(*view, frame);
  values.flag("has_ways", !ways.empty());
  values.list("ways", std::move(ways));
  add_registrar(values, *view, registrar, frame);
  add_raw(values, view, frame);
  const UtcTime minute(std::chrono::floor<std::chrono::minutes>(frame.applied_until));
  values.text("as_of", shown_time(minute)).text("as_of_iso", format_rfc3339(minute));
  return values;
}

}  // namespace regdata::whois
