#include "whois/contact_pages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "registration/domain_name.hpp"
#include "whois/target.hpp"

namespace regdata::whois {
namespace {

constexpr std::size_t confirmation_digits = 32;

bool is_confirmation(std::string_view token) {
  return token.size() == confirmation_digits &&
         std::ranges::all_of(token, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

bool is_form(const HttpRequest& request) {
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  return request.content_type.substr(0, form.size()) == form &&
         (request.content_type.size() == form.size() || request.content_type[form.size()] == ';' ||
          request.content_type[form.size()] == ' ');
}

}  // namespace

struct ContactPages::Asked {
  const HttpRequest& request;
  const ClientAddress& client;
  UtcTime now;
  Answerer::Instant moment;
  HttpResponse& response;
};

Answer ContactPages::answer(const HttpRequest& request, const ClientAddress& client, const RateLimits&, UtcTime now,
                            Answerer::Instant moment, HttpResponse& response) {
  const Asked asked{request, client, now, moment, response};
  const auto target = parse_target(request.target);
  const std::size_t depth = target ? target->segments.size() : 0;
  const bool post = request.method == HttpMethod::post;
  const bool get = request.method == HttpMethod::get || request.method == HttpMethod::head;
  if (depth == 2 && target->segments[1] == "letter.js" && get) return send_script(asked);
  if (depth == 0 || depth > 2 || (depth == 2 && target->segments[1] != "confirm")) return refuse(asked, "path", 404);
  if (!post && !get) {
    const Answer answer = refuse(asked, "method", 405);
    response.headers.append("Allow: GET, HEAD, POST\r\n");
    return answer;
  }
  if (post && !is_form(request)) return refuse(asked, "form", 415);
  if (depth == 2) return take_confirmation(asked, target->query);
  if (post) return take_form(asked);
  ContactForm form;
  form.name = form_value(target->query, "d").value_or("");
  form.role = form_value(target->query, "r").value_or("");
  const bool good = DomainName::parse(form.name) && addressee_from(form.role);
  return good ? show_form(asked, form, "", 200) : refuse(asked, "name", 400);
}

Answer ContactPages::show_form(const Asked& asked, const ContactForm& form, std::string_view fault, std::uint16_t status) {
  PageRequest page = layout_.request_of(asked.request);
  const auto name = DomainName::parse(form.name);
  const auto addressee = addressee_from(form.role);
  if (!name || !addressee) return refuse(asked, "name", 400);
  relay::Letter letter;
  letter.domain = name->ascii();
  letter.addressee = *addressee;
  const bool technical = *addressee == relay::Addressee::technical;
  page.self = fmt::format("/contact?d={}&r={}", percent_encode(letter.domain), technical ? "technical" : "registrant");
  page.status = status;
  page.script = true;
  PageValues values;
  values.text("name", name->unicode()).text("d", letter.domain).text("r", technical ? "technical" : "registrant");
  values.flag("technical", technical);
  values.text("sender", form.sender).text("subject", form.subject).text("text", form.text);
  values.text("challenge", desk_->challenge(letter, asked.now)).text("bits", std::to_string(desk_->limits().bits));
  if (!fault.empty()) {
    values.text("problem", layout_.message(page.language, fmt::format("letter.fault_{}", fault)));
    values.flag(fmt::format("{}_wrong", fault), true);
  }
  layout_.render("letter", page, std::move(values), asked.response);
  return {status == 200 ? AnswerKind::found : AnswerKind::refused};
}

Answer ContactPages::take_form(const Asked& asked) {
  auto form = read_contact_form(asked.request.body);
  if (!form) return refuse(asked, "form", 400);
  const std::string language(layout_.request_of(asked.request).language);
  LetterMade made = make_letter(*form, language, asked.now);
  if (made.fault != FormFault::none) {
    ++desk_->counters().refused;
    return show_form(asked, *form, to_string(made.fault), 400);
  }
  made.letter.proof = form->solution.empty() ? relay::Proof::mail : relay::Proof::work;
  if (made.letter.proof == relay::Proof::work) {
    const auto verdict = desk_->check(made.letter, form->challenge, form->solution, asked.now);
    if (verdict != Challenges::Verdict::good) {
      ++desk_->counters().refused;
      return show_form(asked, *form, "proof", 400);
    }
  }
  if (const std::uint32_t seconds = desk_->admit(asked.client, made.letter.domain, asked.moment)) {
    ++desk_->counters().limited;
    const Answer answer = show_form(asked, *form, "limit", 429);
    asked.response.headers.append(fmt::format("Retry-After: {}\r\n", seconds));
    return {AnswerKind::limited, answer.personal};
  }
  desk_->drop(made.letter);
  return show(asked, made.letter.proof == relay::Proof::work ? "letter_sent" : "letter_asked", 200);
}

/// The link is opened by scanners of mail too: nothing happens before a person presses the button.
Answer ContactPages::take_confirmation(const Asked& asked, std::string_view query) {
  const bool post = asked.request.method == HttpMethod::post;
  const std::string token = form_value(post ? asked.request.body : query, "t").value_or("");
  if (!post) {
    PageRequest page = layout_.request_of(asked.request);
    page.self = "/contact/confirm?t=" + percent_encode(token);
    PageValues values;
    values.text("token", token);
    layout_.render("letter_confirm", page, std::move(values), asked.response);
    return {AnswerKind::found};
  }
  if (const std::uint32_t seconds = desk_->admit_confirmation(asked.client, asked.moment)) {
    ++desk_->counters().limited;
    return refuse(asked, "limit", 429, seconds);
  }
  if (is_confirmation(token)) desk_->drop(relay::Confirmation{token, asked.now});
  return show(asked, "letter_confirmed", 200);
}

Answer ContactPages::show(const Asked& asked, std::string_view page, std::uint16_t status) {
  PageRequest how = layout_.request_of(asked.request);
  how.self = "/contact";
  how.status = status;
  layout_.render(page, how, {}, asked.response);
  return {AnswerKind::found};
}

Answer ContactPages::refuse(const Asked& asked, std::string_view problem, std::uint16_t status, std::uint32_t seconds) {
  PageRequest page = layout_.request_of(asked.request);
  page.self = "/contact";
  page.status = status;
  PageValues values;
  values.text("what", layout_.message(page.language, fmt::format("letter.fault_{}", problem)));
  layout_.render("letter_refused", page, std::move(values), asked.response);
  if (seconds > 0) asked.response.headers.append(fmt::format("Retry-After: {}\r\n", seconds));
  return {seconds > 0 ? AnswerKind::limited : AnswerKind::refused};
}

void ContactPages::limited(const HttpRequest& request, std::uint32_t seconds, HttpResponse& response) {
  refuse({request, {}, {}, {}, response}, "limit", 429, seconds);
}

void ContactPages::failed(const HttpRequest& request, std::uint16_t status, HttpResponse& response) {
  refuse({request, {}, {}, {}, response}, status == 500 ? "failed" : "too_long", status);
}

Answer ContactPages::send_script(const Asked& asked) {
  const std::string* script = layout_.texts().asset("letter.js");
  if (script == nullptr) return refuse(asked, "path", 404);
  asked.response.clear();
  asked.response.content_type = "text/javascript; charset=utf-8";
  asked.response.headers = page_headers(false);
  asked.response.body = *script;
  return {AnswerKind::found};
}

}  // namespace regdata::whois
