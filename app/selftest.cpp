#include "app/selftest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <set>

#include "registration/ascii.hpp"

namespace regdata::app {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> accepts{"application/json", "application/rdap+json", ""};
constexpr std::uint32_t longest_wait = 60;
/// A query parameter that no server knows.
constexpr std::string_view parameter = "selftest=redirect";

std::string words_for(const RdapRequest& request) {
  return fmt::format("{} {} over {}, {}", request.head ? "HEAD" : "GET", request.url,
                     request.family == IpFamily::v6 ? "IPv6" : "IPv4",
                     request.accept.empty() ? "no Accept" : "Accept " + request.accept);
}

char swapped(char c, bool upper) noexcept {
  if (upper && c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
  if (!upper && c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c;
}

/// The last segment with every other letter in upper case; what is percent-encoded stays.
std::string in_mixed_case(std::string url) {
  bool upper = true;
  for (std::size_t at = url.rfind('/') + 1; at < url.size(); ++at) {
    if (url[at] == '%') {
      at += 2;
      continue;
    }
    url[at] = swapped(url[at], upper);
    upper = !upper;
  }
  return url;
}

/// What must be the same however a name was written: all but the echo of what was asked and the time of the last update.
void forget_echo(json::value& value, std::string_view url) {
  if (auto* text = value.if_string()) {
    if (same_ignoring_case({text->data(), text->size()}, url)) *text = "";
  } else if (auto* array = value.if_array()) {
    for (json::value& one : *array) forget_echo(one, url);
  } else if (auto* object = value.if_object()) {
    const auto* action = object->if_contains("eventAction");
    if (action != nullptr && action->is_string() && action->get_string() == "last update of RDAP database")
      object->erase("eventDate");
    for (auto& entry : *object) forget_echo(entry.value(), url);
  }
}

bool same_answer(const std::string& one, const std::string& other, std::string_view url) {
  json::error_code broken;
  json::value first = json::parse(one, broken);
  if (broken) return false;
  json::value second = json::parse(other, broken);
  if (broken) return false;
  forget_echo(first, url);
  forget_echo(second, url);
  return first == second;
}

/// One run.
class Selftest {
 public:
  Selftest(const SelftestPlan& plan, const AskRdap& ask, const WaitSeconds& wait) : plan_(plan), ask_(ask), wait_(wait) {
    const std::string path = plan.url.substr(0, plan.url.find_first_of("?#"));
    const std::size_t last = path.rfind('/');
    const std::size_t before = last == std::string::npos || last == 0 ? std::string::npos : path.rfind('/', last - 1);
    const std::string what = before == std::string::npos ? "" : path.substr(before + 1, last - before - 1);
    is_domain_ = what == "domain";
    const bool object = is_domain_ || what == "nameserver" || what == "entity";
    base_ = !plan.base_url.empty() ? plan.base_url : path.substr(0, (object ? before : last) + 1);
  }

  SelftestReport run() {
    if (!plan_.url.starts_with("https://")) find(-20100, plan_.url);
    for (const IpFamily family : plan_.families) look_at(family);
    if (report_.answered) look_at_handshakes();
    if (report_.answered && plan_.plain_http) look_at_plain_http();
    return std::move(report_);
  }

 private:
  void find(int code, const std::string& request, std::string where = {}) {
    if (seen_.insert({code, where}).second) report_.findings.push_back({{code, std::move(where)}, request});
  }

  Expected<RdapResponse> ask(const RdapRequest& request) {
    ++report_.requests;
    auto response = ask_(request);
    if (!response || response->status != 429 || response->retry_after == 0 || response->retry_after > longest_wait)
      return response;
    wait_(response->retry_after);
    ++report_.requests;
    return ask_(request);
  }

  void look_at(IpFamily family) {
    for (const std::string_view accept : accepts) {
      const RdapRequest get{plan_.url, std::string(accept), false, family, TlsOffer::usual};
      const auto response = ask(get);
      if (!response) {
        if (report_.trouble.empty()) report_.trouble = response.error().context;
        return find(family == IpFamily::v4 ? -20400 : -20401, words_for(get));
      }
      if (!report_.answered) answers_ = family;
      report_.answered = true;
      check(get, *response);
      if (!same_status(response->status)) find(-13018, words_for(get));
      look_at_head(get, *response);
      if (is_domain_) look_at_mixed_case(get, *response);
      look_at_nobody(get);
    }
    look_at_help(family);
  }

  void check(const RdapRequest& request, const RdapResponse& response) {
    for (auto& finding : whois::check_profile(
             {response.status, response.content_type.value_or(""), response.allow_origin.value_or(""), response.body},
             {request.url, base_, plan_.repository_ids}))
      find(finding.code, words_for(request), finding.where);
  }

  bool same_status(std::uint16_t status) {
    if (status_ == 0) status_ = status;
    return status_ == status;
  }

  void look_at_head(RdapRequest request, const RdapResponse& get) {
    request.head = true;
    const auto head = ask(request);
    const bool same = head && head->status == get.status && head->content_type == get.content_type &&
                      head->allow_origin == get.allow_origin && head->body.empty();
    if (!same) find(-20300, words_for(request));
  }

  void look_at_mixed_case(RdapRequest request, const RdapResponse& get) {
    request.url = in_mixed_case(request.url);
    const auto mixed = ask(request);
    if (!mixed || mixed->status != get.status || !same_answer(mixed->body, get.body, plan_.url))
      find(-10403, words_for(request));
  }

  /// A name that nobody can have (RFC 6761 §6.4).
  void look_at_nobody(RdapRequest request) {
    request.url = base_ + "domain/test.invalid";
    const auto nobody = ask(request);
    if (!nobody) return find(-65300, words_for(request));
    if (nobody->status == 200) find(-13006, words_for(request));
    if (nobody->status != 404) find(-65300, words_for(request));
    if (nobody->location && *nobody->location == request.url) find(-13005, words_for(request));
    for (const auto& finding : whois::check_profile(
             {nobody->status, nobody->content_type.value_or(""), nobody->allow_origin.value_or(""), nobody->body},
             {request.url, base_}))
      if (finding.code != -13020) find(finding.code, words_for(request), finding.where);
  }

  void look_at_help(IpFamily family) {
    const RdapRequest request{base_ + "help", std::string(accepts[1]), false, family, TlsOffer::usual};
    const auto help = ask(request);
    if (!help || help->status != 200) return find(-20701, words_for(request));
    check(request, *help);
    look_at_redirect({base_ + "help?" + std::string(parameter), request.accept, false, family, TlsOffer::usual});
  }

  /// Whoever redirects may not hand on what a client put behind the path: it would come round for ever (RFC 7480 §5.2).
  void look_at_redirect(const RdapRequest& request) {
    const auto answer = ask(request);
    if (!answer || answer->status < 300 || answer->status > 399 || !answer->location) return;
    if (answer->location->find(parameter) != std::string::npos) find(-13004, words_for(request));
  }

  void look_at_handshakes() {
    if (!base_.starts_with("https://")) return;  // that it is not is a finding already
    RdapRequest request{base_ + "help", std::string(accepts[1]), true, answers_, TlsOffer::tls12_only};
    if (!ask(request)) find(-61100, "a handshake of TLS 1.2 is refused");
    request.offer = TlsOffer::before_tls12;
    if (ask(request)) find(-61100, "a handshake of TLS 1.1 or older succeeds");
    request.offer = TlsOffer::weak_ciphers;
    if (ask(request)) find(-61101, "a handshake with another cipher of TLS 1.2 succeeds");
  }

  void look_at_plain_http() {
    RdapRequest request{plan_.url, std::string(accepts[1]), false, answers_, TlsOffer::usual};
    if (!request.url.starts_with("https://")) return;
    request.url.erase(4, 1);
    const auto plain = ask(request);
    if (plain && (plain->status < 300 || plain->status > 399)) find(-20101, "GET " + request.url);
    request.url.append(request.url.find('?') == std::string::npos ? "?" : "&").append(parameter);
    look_at_redirect(request);
  }

  const SelftestPlan& plan_;
  const AskRdap& ask_;
  const WaitSeconds& wait_;
  std::string base_;
  bool is_domain_ = false;
  IpFamily answers_ = IpFamily::v4;
  std::uint16_t status_ = 0;
  std::set<std::pair<int, std::string>> seen_;
  SelftestReport report_;
};

}  // namespace

SelftestReport run_selftest(const SelftestPlan& plan, const AskRdap& ask, const WaitSeconds& wait) {
  return Selftest(plan, ask, wait).run();
}

}  // namespace regdata::app
