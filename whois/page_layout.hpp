// Makes a page from a template and values. Every page for people goes through here, so that language, style, headers and
// escaping are the same for all.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "whois/http.hpp"
#include "whois/page_texts.hpp"

namespace regdata::whois {

/// Values of a template by name. Texts are escaped when they are printed; there is no other way to print one.
class PageValues {
 public:
  struct Value;

  PageValues& text(std::string_view name, std::string_view value);
  PageValues& flag(std::string_view name, bool value);
  /// For a section: once for each entry.
  PageValues& list(std::string_view name, std::vector<PageValues> entries);

  [[nodiscard]] const std::vector<Value>& all() const noexcept { return values_; }

 private:
  std::vector<Value> values_;
};

struct PageValues::Value {
  std::string name;
  std::variant<std::string, bool, std::vector<PageValues>> is;
};

/// How one page is sent.
struct PageRequest {
  std::string_view language = "en";
  /// True: the visitor chose the language by `lang=`, so that links carry it on.
  bool chosen = false;
  /// Where the links to other languages lead: path and query, without `lang`. "/lookup?name=x.example".
  std::string self = "/";
  std::uint16_t status = 200;
  /// The page loads a script of ours: nothing else may run.
  bool script = false;
};

/// The pages of one thread: templates parsed once. Not thread-safe.
class PageLayout {
 public:
  explicit PageLayout(std::shared_ptr<const PageTexts> texts);
  ~PageLayout();
  PageLayout(const PageLayout&) = delete;
  PageLayout& operator=(const PageLayout&) = delete;

  /// Language by `lang=` in the query or in the body of a POST, then by Accept-Language (RFC 9110 §12.5.4), then the default.
  [[nodiscard]] PageRequest request_of(const HttpRequest& request) const;

  /// Replaces `response`: status, headers, body. `page` is the template's name without ".html"; its title is the message
  /// `PAGE.title`, which must hold nothing of what was asked. Beside `values` a template finds `lang`, `direction`,
  /// `languages` (`code`, `label`, `href`, `current`), `lang_only` ("?lang=de" or nothing), `lang_more` ("&lang=de" or
  /// nothing) and `lang_chosen`.
  void render(std::string_view page, const PageRequest& request, PageValues values, HttpResponse& response);

  /// The text of a key in a language; its placeholders are the caller's to fill (filled()). Empty: no such key.
  [[nodiscard]] std::string_view message(std::string_view language, std::string_view key) const noexcept;

  [[nodiscard]] const PageTexts& texts() const noexcept { return *texts_; }

 private:
  struct Pages;
  std::shared_ptr<const PageTexts> texts_;
  std::unique_ptr<Pages> pages_;
};

/// What is wrong with a template; empty: nothing.
std::string mustache_fault(const std::string& source);

/// The tag in `languages` that a value of Accept-Language prefers; empty: none.
std::string_view preferred_language(std::string_view accept_language, const std::vector<std::string>& languages) noexcept;

/// Headers of every page: nothing is loaded from elsewhere, nothing runs, no page may frame this one, no address is told to
/// whoever a link leads to.
std::string page_headers(bool script);

}  // namespace regdata::whois
