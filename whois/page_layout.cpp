#include "whois/page_layout.hpp"

#include <algorithm>
#include <charconv>
#include <kainjow/mustache.hpp>

#include "registration/ascii.hpp"
#include "whois/target.hpp"

namespace regdata::whois {
namespace {

namespace mustache = kainjow::mustache;

mustache::data data_of(const PageValues& values) {
  mustache::data data;
  for (const PageValues::Value& value : values.all()) {
    mustache::data& slot = data[value.name];
    if (const auto* text = std::get_if<std::string>(&value.is)) {
      // an empty text is no value, so that a section can ask for it
      slot = text->empty() ? mustache::data(false) : mustache::data(*text);
    } else if (const auto* flag = std::get_if<bool>(&value.is)) {
      slot = mustache::data(*flag);
    } else {
      mustache::list entries;
      for (const PageValues& entry : std::get<std::vector<PageValues>>(value.is)) entries.push_back(data_of(entry));
      slot = mustache::data(entries);
    }
  }
  return data;
}

/// The weight behind "q="; thousandths. What cannot be read weighs nothing.
int weight_of(std::string_view parameters) noexcept {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  const std::string_view number = parameters.substr(at + 2);
  double weight = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), weight);
  return error == std::errc() && weight >= 0 && weight <= 1 ? static_cast<int>(weight * 1000) : 0;
}

/// "de" of the languages for "de-AT" (RFC 4647 §3.4).
std::string_view language_for(std::string_view range, const std::vector<std::string>& languages) noexcept {
  for (;;) {
    for (const std::string& tag : languages)
      if (same_ignoring_case(range, tag)) return tag;
    const std::size_t dash = range.rfind('-');
    if (dash == std::string_view::npos) return {};
    range = range.substr(0, dash);
  }
}

std::string_view query_of(std::string_view target) noexcept {
  const std::size_t question = target.find('?');
  return question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
}

}  // namespace

PageValues& PageValues::text(std::string_view name, std::string_view value) {
  values_.push_back({std::string(name), std::string(value)});
  return *this;
}

PageValues& PageValues::flag(std::string_view name, bool value) {
  values_.push_back({std::string(name), value});
  return *this;
}

PageValues& PageValues::list(std::string_view name, std::vector<PageValues> entries) {
  values_.push_back({std::string(name), std::move(entries)});
  return *this;
}

struct PageLayout::Pages {
  /// Templates by language and page.
  std::map<std::string, std::map<std::string, mustache::mustache, std::less<>>, std::less<>> parsed;
};

PageLayout::PageLayout(std::shared_ptr<const PageTexts> texts) : texts_(std::move(texts)), pages_(std::make_unique<Pages>()) {
  for (const std::string& language : texts_->languages()) {
    for (const std::string& page : texts_->pages())
      pages_->parsed[language].emplace(page, mustache::mustache(*texts_->source(page, language)));
  }
}

PageLayout::~PageLayout() = default;

PageRequest PageLayout::request_of(const HttpRequest& request) const {
  PageRequest page;
  page.language = texts_->default_language();
  auto chosen = form_value(query_of(request.target), "lang");
  if (!chosen && request.method == HttpMethod::post) chosen = form_value(request.body, "lang");
  if (chosen) {
    for (const std::string& tag : texts_->languages()) {
      if (!same_ignoring_case(tag, *chosen)) continue;
      page.language = tag;
      page.chosen = true;
      return page;
    }
  }
  const std::string_view preferred = preferred_language(request.accept_language, texts_->languages());
  if (!preferred.empty()) page.language = preferred;
  return page;
}

std::string_view PageLayout::message(std::string_view language, std::string_view key) const noexcept {
  const std::string* text = texts_->message(language, key);
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

void PageLayout::render(std::string_view page, const PageRequest& request, PageValues values, HttpResponse& response) {
  const std::string lang(request.language);
  std::vector<PageValues> languages;
  for (const std::string& tag : texts_->languages()) {
    const char joint = request.self.find('?') == std::string::npos ? '?' : '&';
    PageValues entry;
    entry.text("code", tag).text("label", message(tag, "language.name")).text("href", request.self + joint + "lang=" + tag);
    languages.push_back(entry.flag("current", tag == lang));
  }
  values.text("lang", lang).text("direction", message(lang, "language.direction")).list("languages", std::move(languages));
  values.text("lang_only", request.chosen ? "?lang=" + lang : "").text("lang_more", request.chosen ? "&lang=" + lang : "");
  values.flag("lang_chosen", request.chosen);
  response.clear();
  response.status = request.status;
  response.content_type = "text/html; charset=utf-8";
  response.headers = page_headers(request.script);
  response.headers.append("Content-Language: ").append(lang).append("\r\n");
  const auto of_language = pages_->parsed.find(lang);
  const auto found = of_language->second.find(page);
  response.body = found->second.render(data_of(values));
}

std::string mustache_fault(const std::string& source) { return mustache::mustache(source).error_message(); }

std::string_view preferred_language(std::string_view accept_language, const std::vector<std::string>& languages) noexcept {
  std::string_view best;
  int best_weight = 0;
  while (!accept_language.empty()) {
    const std::size_t end = std::min(accept_language.find(','), accept_language.size());
    const std::string_view item = accept_language.substr(0, end);
    accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view tag = language_for(trim(item.substr(0, semicolon)), languages);
    const int weight = weight_of(item.substr(semicolon));
    if (tag.empty() || weight <= best_weight) continue;
    best = tag;
    best_weight = weight;
  }
  return best;
}

std::string page_headers(bool script) {
  std::string headers =
      "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
      "frame-ancestors 'none'";
  if (script) headers += "; script-src 'self'; worker-src 'self'; connect-src 'self'";
  headers +=
      "\r\nReferrer-Policy: no-referrer\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Strict-Transport-Security: max-age=31536000\r\n"
      "Cache-Control: no-cache\r\n"
      "Vary: Accept-Encoding, Accept-Language\r\n";
  return headers;
}

}  // namespace regdata::whois
