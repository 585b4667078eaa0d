// What the pages are made of: templates, messages, style. Shipped inside the program; an operator's files replace them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"

namespace regdata::whois {

/// Files by name: "lookup.html" (a template), "en.toml" (messages), and what is sent as it is: "page.css", "icon.svg".
using PageFiles = std::map<std::string, std::string, std::less<>>;

/// A file that comes with the program, as it lies in whois/pages.
struct ShippedPage {
  std::string_view name;
  std::string_view text;
};
std::span<const ShippedPage> shipped_pages() noexcept;

/// Templates and messages, checked against each other. Immutable, shared by all threads.
///
/// A template is Mustache. Two kinds of tags are replaced once, when the texts are made: `{{> name}}` by the template of that
/// name, and `{{t.key}}` by the message, escaped; `{{t.title}}` is the message `PAGE.title`. A message may hold `{{word}}`,
/// which is a value of the page that it stands on.
class PageTexts {
 public:
  /// `files` replace shipped ones: a template or style as a whole, a message file key by key. A message file for another
  /// language must hold every key. Errc::configuration names the file and what is wrong with it: an unknown file or key, a
  /// missing key, a tag that does not close, a value that is not escaped (`{{{x}}}`) or that the shipped page has not, a
  /// placeholder that the English text has not, a default language without messages.
  static Expected<std::shared_ptr<const PageTexts>> make(const PageFiles& files = {}, std::string_view default_language = "en");

  /// Tags of languages, "en" first, in order.
  [[nodiscard]] const std::vector<std::string>& languages() const noexcept { return languages_; }
  [[nodiscard]] const std::string& default_language() const noexcept { return default_language_; }
  /// Templates that are whole pages, without ".html".
  [[nodiscard]] std::vector<std::string> pages() const;
  /// The text of a key; null: no such key or language.
  [[nodiscard]] const std::string* message(std::string_view language, std::string_view key) const noexcept;
  /// Every key of the English messages but the translations of rules.
  [[nodiscard]] std::vector<std::string> keys() const;
  /// Mustache of one page in one language. Empty: no such page.
  [[nodiscard]] Expected<std::string> source(std::string_view page, std::string_view language) const;
  /// A file that is sent as it is; null: none of that name.
  [[nodiscard]] const std::string* asset(std::string_view name) const noexcept;

  /// Table of a message file whose keys are the English texts of policy rules. Free: a rule that has no entry is shown in the
  /// words of its policy.
  static constexpr std::string_view rule_texts = "rule-texts.";

 private:
  using Messages = std::map<std::string, std::string, std::less<>>;

  PageTexts() = default;
  Expected<void> add_messages(std::string_view file, std::string_view toml, bool shipped);
  Expected<void> check_messages(const Messages& shipped) const;
  /// By page: the values that its template takes.
  using PageWords = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;
  [[nodiscard]] Expected<PageWords> words_of_pages() const;
  Expected<void> check_pages(const PageWords& filled_in) const;
  Expected<void> assemble(std::string& out, std::string_view name, std::string_view page, std::string_view language,
                          unsigned depth) const;

  std::vector<std::string> languages_;
  std::string default_language_;
  std::map<std::string, Messages, std::less<>> messages_;  ///< by language
  PageFiles templates_;                                    ///< without ".html"
  PageFiles assets_;
};

/// Replaces each `{{word}}` of a message by a value.
std::string filled(std::string_view message, std::initializer_list<std::pair<std::string_view, std::string_view>> values);

/// The words of a message's placeholders.
std::set<std::string, std::less<>> placeholders(std::string_view message);

}  // namespace regdata::whois
