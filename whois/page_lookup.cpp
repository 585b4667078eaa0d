#include "whois/page_lookup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "whois/http_response.hpp"
#include "whois/published.hpp"
#include "whois/target.hpp"
#include "whois/text.hpp"

namespace regdata::whois {
namespace {

/// What is typed comes back into the field; a text that was no name is cut.
constexpr std::size_t most_repeated = 255;

std::string repeated(std::string_view typed) {
  std::string text = clean_value(typed);
  if (text.size() <= most_repeated) return text;
  std::size_t end = most_repeated;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not in the midst of a character
  text.resize(end);
  return text + "…";
}

std::uint16_t status_of(PageProblem problem) noexcept {
  switch (problem) {
    case PageProblem::foreign_tld:
    case PageProblem::not_found:
    case PageProblem::no_page:
      return 404;
    case PageProblem::too_fast:
      return 429;
    case PageProblem::unavailable:
      return 503;
    case PageProblem::method:
      return 405;
    default:
      return 400;
  }
}

/// The name that is registered where `host` lies below it: the TLD's name and one label. Empty: `host` is one itself.
std::string registered_above(std::string_view host, const Tld& tld) {
  const std::string_view below = host.substr(0, host.size() - tld.name.size() - 1);
  const std::size_t dot = below.rfind('.');
  return dot == std::string_view::npos ? std::string() : std::string(host.substr(dot + 1));
}

/// Paragraphs of a text file: blank lines part them.
std::vector<PageValues> paragraphs_of(std::string_view text) {
  std::vector<PageValues> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    std::string paragraph;
    for (std::string_view rest = text.substr(0, end); !rest.empty();) {
      const std::size_t line = std::min(rest.find('\n'), rest.size());
      if (!paragraph.empty()) paragraph += '\n';
      append_clean(paragraph, rest.substr(0, line));
      rest.remove_prefix(std::min(line + 1, rest.size()));
    }
    if (!paragraph.empty()) out.push_back(PageValues().text("text", paragraph));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

std::string_view media_type_of(std::string_view name) noexcept {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "image/svg+xml";
}

}  // namespace

LookupPages::LookupPages(redaction::ViewReader& views, std::shared_ptr<const PageTexts> texts)
    : views_(views), layout_(std::move(texts)) {}

bool LookupPages::owns(std::string_view first) const noexcept {
  constexpr std::array<std::string_view, 5> mine{"", "lookup", "limits", "terms", "assets"};
  return std::find(mine.begin(), mine.end(), first) != mine.end();
}

bool LookupPages::refresh(Answerer::Instant moment) {
  if (texts_ != nullptr && moment - refreshed_ < Answerer::refresh_after && moment >= refreshed_) return true;
  auto texts = views_.texts();
  const auto state = views_.state();
  if (!texts || *texts == nullptr || !state) return false;
  texts_ = std::move(*texts);
  state_ = *state;
  refreshed_ = moment;
  return true;
}

Answer LookupPages::answer(const HttpRequest& request, const ClientAddress&, const RateLimits& limits, UtcTime now,
                           Answerer::Instant moment, HttpResponse& response) {
  const PageRequest page = layout_.request_of(request);
  if (request.method != HttpMethod::get && request.method != HttpMethod::head) {
    trouble({PageProblem::method, {}, {}}, page, response);
    response.headers.append("Allow: GET, HEAD\r\n");
    return {AnswerKind::refused};
  }
  if (request.target.size() > max_target_bytes) {
    trouble({PageProblem::too_long, {}, {}, 414}, page, response);
    return {AnswerKind::refused};
  }
  const auto target = parse_target(request.target);
  const std::size_t depth = target ? target->segments.size() : 0;
  const std::string_view first = depth == 0 ? std::string_view{} : std::string_view(target->segments.front());
  if (target && depth == 0) {
    start(page, response);
    return {AnswerKind::help};
  }
  if (depth == 1 && first == "lookup") return lookup(target->query, page, now, moment, response);
  if (depth == 1 && first == "terms") return terms(page, moment, response);
  if (depth == 1 && first == "limits") {
    limits_page(limits, page, response);
    return {AnswerKind::help};
  }
  if (depth == 2 && first == "assets" && layout_.texts().asset(target->segments[1]) != nullptr) {
    asset(target->segments[1], request, response);
    return {AnswerKind::help};
  }
  trouble({PageProblem::no_page, {}, {}}, page, response);
  return {AnswerKind::refused};
}

Answer LookupPages::lookup(std::string_view query, const PageRequest& asked, UtcTime now, Answerer::Instant moment,
                           HttpResponse& response) {
  PageRequest page = asked;
  const auto typed = form_value(query, "name");
  if (!typed) {
    // no such field: the page with the empty form; one that cannot be decoded: not a name
    if (query.find("name=") == std::string_view::npos) {
      start(page, response);
      return {AnswerKind::help};
    }
    trouble({PageProblem::not_a_name, {}, {}}, page, response);
    return {AnswerKind::refused};
  }
  page.self = "/lookup?name=" + percent_encode(repeated(*typed));
  const auto read = read_typed(*typed);
  if (const auto* wrong = std::get_if<NotAName>(&read)) {
    trouble({wrong->problem, repeated(*typed), wrong->character}, page, response);
    return {AnswerKind::refused};
  }
  const DomainName& name = std::get<DomainName>(read);
  const auto unavailable = [&]() -> Answer {
    trouble({PageProblem::unavailable, repeated(*typed), {}}, page, response);
    return {AnswerKind::error};
  };
  if (!refresh(moment)) return unavailable();
  const Tld* tld = tld_of(*texts_, name.ascii());
  if (tld == nullptr) {
    trouble({PageProblem::foreign_tld, repeated(*typed), std::string(name.last_label())}, page, response);
    return {AnswerKind::no_match};
  }
  auto view = views_.find(name.ascii());
  const std::string above = registered_above(name.ascii(), *tld);
  const bool host_below = view && !*view && !above.empty();
  if (host_below) view = views_.find(above);
  if (!view) return unavailable();
  if (*view) return found(**view, *typed, host_below, page, now, moment, response);
  // one path for names that others sponsor and for names that do not exist: the view store knows neither
  trouble({PageProblem::not_found, repeated(*typed), {}}, page, response);
  return {AnswerKind::no_match};
}

Answer LookupPages::found(const redaction::PublicView& view, std::string_view typed, bool host_below, const PageRequest& page,
                          UtcTime now, Answerer::Instant moment, HttpResponse& response) {
  const Registrar* registrar = registrar_of(*texts_, view->registrar);
  if (registrar == nullptr) {
    // a registrar that came with the view a moment ago: look at the texts again before giving up
    refreshed_ = {};
    if (refresh(moment)) registrar = registrar_of(*texts_, view->registrar);
  }
  if (registrar == nullptr) {
    trouble({PageProblem::unavailable, repeated(typed), {}}, page, response);
    return {AnswerKind::error};
  }
  const bool stale = is_stale(state_, now);
  const PageFrame frame{*texts_, state_.applied_until, stale, now, layout_, page.language};
  PageValues values = domain_values(view, *registrar, frame);
  values.text("typed", repeated(typed));
  if (host_below) values.text("asked", clean_value(host_of(typed)));
  layout_.render("lookup", page, std::move(values), response);
  return {AnswerKind::found, rdap_shows_personal(view, {*texts_, state_.applied_until, stale, {}}),
          redacted_fields(view, {*texts_, state_.applied_until, stale})};
}

void LookupPages::start(const PageRequest& page, HttpResponse& response) { layout_.render("start", page, {}, response); }

void LookupPages::limits_page(const RateLimits& limits, const PageRequest& asked, HttpResponse& response) {
  PageRequest page = asked;
  page.self = "/limits";
  const auto text = [&](std::string_view key) { return layout_.message(page.language, key); };
  std::vector<PageValues> budgets;
  const auto add = [&](std::string_view key, const Budget& budget) {
    const bool none = budget.per_minute == 0;
    PageValues row;
    row.text("kind", text(key)).text("per_minute", none ? text("limits.no_limit") : std::to_string(budget.per_minute));
    budgets.push_back(row.text("burst", none ? text("limits.no_limit") : std::to_string(budget.burst)));
  };
  add("limits.queries", limits.queries);
  add("limits.no_matches", limits.no_matches);
  add("limits.personal", limits.personal);
  const bool any = limits.queries.per_minute + limits.no_matches.per_minute + limits.personal.per_minute > 0;
  PageValues values;
  values.flag("any", any).flag("none", !any).list("budgets", std::move(budgets));
  values.text("wide_factor", std::to_string(limits.wide_factor));
  layout_.render("limits", page, std::move(values), response);
}

Answer LookupPages::terms(const PageRequest& asked, Answerer::Instant moment, HttpResponse& response) {
  PageRequest page = asked;
  page.self = "/terms";
  if (!refresh(moment)) {
    trouble({PageProblem::unavailable, {}, {}}, page, response);
    return {AnswerKind::error};
  }
  PageValues values;
  values.list("paragraphs", paragraphs_of(texts_->whois_disclaimer)).text("terms_url", safe_link(texts_->terms_url));
  layout_.render("terms", page, std::move(values), response);
  return {AnswerKind::help};
}

void LookupPages::asset(std::string_view name, const HttpRequest& request, HttpResponse& response) {
  const std::string& text = *layout_.texts().asset(name);
  response.clear();
  response.content_type = media_type_of(name);
  response.headers =
      "Cache-Control: max-age=3600\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Vary: Accept-Encoding\r\n"
      "Strict-Transport-Security: max-age=31536000\r\n"
      "Content-Security-Policy: default-src 'none'\r\n";
  response.etag = fmt::format("W/\"{:016x}\"", std::hash<std::string>{}(text));
  if (matches_etag(request.if_none_match, response.etag))
    response.status = 304;
  else
    response.body = text;
}

void LookupPages::failed(const HttpRequest& request, std::uint16_t status, HttpResponse& response) {
  const PageProblem problem = status == 500 ? PageProblem::unavailable : PageProblem::too_long;
  trouble({problem, {}, {}, status}, layout_.request_of(request), response);
}

void LookupPages::limited(const HttpRequest& request, std::uint32_t seconds, HttpResponse& response) {
  trouble({PageProblem::too_fast, {}, std::to_string(seconds)}, layout_.request_of(request), response);
  response.headers.append(fmt::format("Retry-After: {}\r\n", seconds));
}

void LookupPages::trouble(const Trouble& trouble, PageRequest page, HttpResponse& response) {
  const PageProblem problem = trouble.problem;
  const std::string word = "error." + std::string(word_of(problem));
  const auto text = [&](std::string_view key) { return layout_.message(page.language, key); };
  std::string key = word;
  if (problem == PageProblem::too_fast && trouble.detail == "1") key += "_one";
  if (problem == PageProblem::invalid_idn && !trouble.detail.empty()) key += "_character";
  const std::string code_point = trouble.detail.empty() ? std::string() : code_point_of(trouble.detail);
  const std::string detail = clean_value(trouble.detail);
  PageValues values;
  values.text("heading", text(word + "_heading"));
  values.text("what",
              filled(text(key), {{"tld", detail}, {"seconds", detail}, {"character", detail}, {"code_point", code_point}}));
  std::vector<PageValues> advice;
  if (const std::string_view more = text(word + "_advice"); !more.empty()) advice.push_back(PageValues().text("text", more));
  values.list("advice", std::move(advice)).text("asked", trouble.asked).text("typed", trouble.asked);
  page.status = trouble.status != 0 ? trouble.status : status_of(problem);
  values.flag("typed_wrong", page.status == 400);
  values.flag("elsewhere", problem == PageProblem::foreign_tld || problem == PageProblem::not_found);
  values.flag("limits", problem == PageProblem::too_fast).flag("search", problem != PageProblem::method);
  layout_.render("error", page, std::move(values), response);
  if (problem == PageProblem::unavailable) response.headers.append("Retry-After: 10\r\n");
}

}  // namespace regdata::whois
