#include "whois/rdap_answer.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <optional>

#include "registration/ascii.hpp"
#include "whois/http_response.hpp"
#include "whois/published.hpp"
#include "whois/rdap.hpp"
#include "whois/target.hpp"
#include "whois/text.hpp"

namespace regdata::whois {
namespace {

/// RFC 7480 §5.6 and Technical Implementation Guide 2024 §1.14: anybody's page may read the answer. `no-cache` lets it be kept
/// and asks before it is used again, so that a withdrawal is seen at once.
constexpr std::string_view common_headers =
    "Access-Control-Allow-Origin: *\r\n"
    "Cache-Control: no-cache\r\n"
    "Vary: Accept-Encoding\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Strict-Transport-Security: max-age=31536000\r\n";
constexpr std::string_view media_type = "application/rdap+json";

/// Weak: the same public content gets the same tag, whatever the time of the last update says. Never of a revision: that would
/// tell of changes to what is withheld.
std::string etag_of(std::string_view body, const Stamp& stamp) {
  const std::string_view before = body.substr(0, std::min(stamp.offset, body.size()));
  const std::string_view behind = body.substr(std::min(stamp.offset + stamp.length, body.size()));
  const std::uint64_t first = XXH3_64bits(before.data(), before.size());
  const std::uint64_t second = XXH3_64bits(behind.data(), behind.size());
  return fmt::format("W/\"{:016x}\"", first ^ (second * 0x9E3779B97F4A7C15U));
}

}  // namespace

BaseUrl BaseUrl::of(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme) || !url.ends_with('/')) return {};
  const std::size_t slash = url.find('/', scheme.size());
  return {std::string(url.substr(0, slash)), std::string(url.substr(slash))};
}

/// Answers one query; holds what the alternatives share.
class RdapAnswering {
 public:
  RdapAnswering(RdapAnswerer& answerer, const RateLimits& limits, UtcTime now, RdapAnswerer::Instant moment,
                HttpResponse& response)
      : shared_(answerer), limits_(limits), now_(now), moment_(moment), response_(response) {}

  Answer operator()(const HelpQuery&) {
    append_rdap_help(response_.body, limits_, frame());
    return {AnswerKind::help};
  }

  Answer operator()(const RdapRefusal& refusal) {
    make_rdap_error(response_, refusal.status, refusal.title, refusal.description);
    return {refusal.status == 404 ? AnswerKind::no_match : AnswerKind::refused};
  }

  Answer operator()(const DomainQuery& query) {
    auto view = shared_.views_.find(query.name.ascii());
    if (!view) return unavailable();
    if (!*view) return no_match();
    if (!append_rdap_domain(response_.body, **view, frame(), stamp_)) {
      // a registrar that came with the view a moment ago: look at the texts again before giving up
      shared_.refreshed_ = {};
      if (!shared_.refresh(moment_) || !append_rdap_domain(response_.body, **view, frame(), stamp_)) return unavailable();
    }
    // what RDAP holds back is what port 43 holds back
    const AnswerFrame held{*shared_.texts_, shared_.state_.applied_until, is_stale(shared_.state_, now_)};
    return {AnswerKind::found, rdap_shows_personal(**view, frame()), redacted_fields(**view, held)};
  }

  Answer operator()(const HostQuery& query) {
    const auto host = shared_.views_.find_host(query.host.ascii());
    if (!host) return unavailable();
    if (!*host) return no_match();
    append_rdap_host(response_.body, **host, frame(), stamp_);
    return {AnswerKind::found};
  }

  Answer operator()(const RegistrarQuery& query) {
    for (const Registrar& registrar : shared_.texts_->registrars) {
      const bool same =
          query.iana_id ? registrar.iana_id == *query.iana_id : lowered(clean_value(registrar.name)) == query.name;
      if (!same) continue;
      append_rdap_registrar(response_.body, registrar, frame(), stamp_);
      return {AnswerKind::found};
    }
    return no_match();
  }

  [[nodiscard]] const Stamp& stamp() const noexcept { return stamp_; }

 private:
  [[nodiscard]] RdapFrame frame() const {
    return {*shared_.texts_, shared_.state_.applied_until, is_stale(shared_.state_, now_), shared_.url_, &shared_.pieces_};
  }

  /// One path for names that others sponsor and for names that do not exist (Response Profile 2024 §2.11.1).
  Answer no_match() {
    make_rdap_error(response_, 404, "Not Found", "Nothing of this name is held here.");
    return {AnswerKind::no_match};
  }

  Answer unavailable() {
    make_rdap_error(response_, 503, "Service Unavailable", "The data cannot be read at the moment; please try again later.");
    response_.headers.append("Retry-After: 10\r\n");
    return {AnswerKind::error};
  }

  RdapAnswerer& shared_;
  const RateLimits& limits_;
  UtcTime now_;
  RdapAnswerer::Instant moment_;
  HttpResponse& response_;
  Stamp stamp_;
};

bool RdapAnswerer::refresh(Instant moment) {
  if (texts_ != nullptr && moment - refreshed_ < Answerer::refresh_after && moment >= refreshed_) return true;
  auto texts = views_.texts();
  const auto state = views_.state();
  if (!texts || *texts == nullptr || !state) return false;
  if (texts_ != *texts) {
    texts_ = std::move(*texts);
    base_ = BaseUrl::of(texts_->rdap_base);
    pieces_ = make_rdap_pieces(*texts_);
  }
  state_ = *state;
  refreshed_ = moment;
  return !base_.origin.empty();
}

std::string RdapAnswerer::origin() { return refresh(std::chrono::steady_clock::now()) ? base_.origin : std::string(); }

Answer RdapAnswerer::answer(const HttpRequest& request, const RateLimits& limits, UtcTime now, Instant moment,
                            HttpResponse& response) {
  response.clear();
  response.content_type = media_type;
  response.headers.assign(common_headers);
  if (request.method == HttpMethod::options) {
    response.status = 204;
    response.content_type = {};
    response.headers.append(
        "Allow: GET, HEAD, OPTIONS\r\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
        "Access-Control-Allow-Headers: *\r\nAccess-Control-Max-Age: 86400\r\n");
    return {AnswerKind::help};
  }
  if (request.method != HttpMethod::get && request.method != HttpMethod::head) {
    make_rdap_error(response, 405, "Method Not Allowed", "Only GET, HEAD and OPTIONS are answered here.");
    response.headers.append("Allow: GET, HEAD, OPTIONS\r\n");
    return {AnswerKind::refused};
  }
  RdapAnswering answering(*this, limits, now, moment, response);
  if (!refresh(moment)) {
    make_rdap_error(response, 503, "Service Unavailable", "The data cannot be read at the moment; please try again later.");
    response.headers.append("Retry-After: 10\r\n");
    return {AnswerKind::error};
  }
  const auto target = parse_target(request.target);
  if (!target) return answering(bad_request);
  url_.assign(base_.origin).append(origin_form(request.target));
  const auto base = parse_target(base_.path);
  std::span<const std::string> segments = target->segments;
  if (base && !base->segments.empty()) {
    const auto& above = base->segments;
    if (segments.size() < above.size() || !std::equal(above.begin(), above.end(), segments.begin())) segments = {};
    if (!segments.empty()) segments = segments.subspan(above.size());
  }
  const Answer result = std::visit(answering, parse_rdap_query(segments));
  if (response.status != 200) return result;
  response.etag = etag_of(response.body, answering.stamp());
  if (matches_etag(request.if_none_match, response.etag)) {
    response.status = 304;
    response.body.clear();
  }
  return result;
}

void make_rdap_error(HttpResponse& response, std::uint16_t status, std::string_view title, std::string_view description) {
  response.clear();
  response.status = status;
  response.content_type = media_type;
  response.headers.assign(common_headers);
  append_rdap_error(response.body, status, title, description);
}

void make_rdap_limited(HttpResponse& response, std::uint32_t seconds) {
  make_rdap_error(response, 429, "Too Many Requests",
                  fmt::format("The limit is reached: please wait {} seconds. The limits are published under help.", seconds));
  response.headers.append(fmt::format("Retry-After: {}\r\n", seconds));
}

}  // namespace regdata::whois
