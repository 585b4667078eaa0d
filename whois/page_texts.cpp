#include "whois/page_texts.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "registration/ascii.hpp"
#include "whois/page_layout.hpp"

namespace regdata::whois {
namespace {

constexpr std::size_t max_file = 256 * 1024;
constexpr std::size_t longest_word = 32;
/// Templates in templates: none of ours goes deeper than three.
constexpr unsigned max_depth = 8;
/// The template that every page stands in; the page itself is its `{{> body}}`.
constexpr std::string_view layout = "layout";
/// Templates that are parts of others begin like this.
constexpr char part_mark = '_';

Error wrong(std::string_view file, std::string what, std::string hint = {}) {
  return make_error(Errc::configuration, "page file " + std::string(file) + ": " + std::move(what), std::move(hint));
}

bool is_word(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_language(std::string_view text) noexcept {
  return text.size() >= 2 && text.size() <= 11 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

/// Calls `literal(text)` and `tag(content)` in turn. False: a tag does not close.
template <class Literal, class Tag>
bool each_tag(std::string_view text, Literal literal, Tag tag) {
  for (;;) {
    const std::size_t open = text.find("{{");
    literal(text.substr(0, open));
    if (open == std::string_view::npos) return true;
    const std::size_t close = text.find("}}", open + 2);
    if (close == std::string_view::npos) return false;
    tag(text.substr(open + 2, close - open - 2));
    text.remove_prefix(close + 2);
  }
}

/// A message as it may stand in HTML; its placeholders stay tags.
std::string escaped(std::string_view message) {
  std::string out;
  for (const char c : message) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// What is wrong with a message; empty: nothing.
std::string fault_of(std::string_view message) {
  std::string fault;
  const bool closed = each_tag(
      message, [](std::string_view) {},
      [&](std::string_view tag) {
        if (!is_word(trim(tag, " "))) fault = "a placeholder is {{word}} and nothing else";
      });
  return closed ? fault : "a placeholder does not close";
}

/// Names of values and sections in a template.
std::set<std::string, std::less<>> values_in(std::string_view text) {
  std::set<std::string, std::less<>> words;
  each_tag(
      text, [](std::string_view) {},
      [&](std::string_view tag) {
        if (tag.starts_with('!')) return;  // a comment
        if (tag.find_first_of("#^/") == 0) tag.remove_prefix(1);
        words.emplace(trim(tag, " ").substr(0, longest_word));
      });
  return words;
}

std::optional<std::string_view> without(std::string_view name, std::string_view ending) {
  if (!name.ends_with(ending) || name.size() == ending.size()) return std::nullopt;
  return name.substr(0, name.size() - ending.size());
}

}  // namespace

std::string filled(std::string_view message, std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  std::string out;
  each_tag(
      message, [&](std::string_view text) { out += text; },
      [&](std::string_view tag) {
        for (const auto& [word, value] : values)
          if (word == trim(tag, " ")) out += value;
      });
  return out;
}

std::set<std::string, std::less<>> placeholders(std::string_view message) {
  std::set<std::string, std::less<>> words;
  each_tag(
      message, [](std::string_view) {}, [&](std::string_view tag) { words.emplace(trim(tag, " ")); });
  return words;
}

Expected<std::shared_ptr<const PageTexts>> PageTexts::make(const PageFiles& files, std::string_view default_language) {
  const std::shared_ptr<PageTexts> texts(new PageTexts);
  for (const ShippedPage& page : shipped_pages()) {
    if (page.name.ends_with(".toml")) {
      if (auto added = texts->add_messages(page.name, page.text, true); !added) return added.error();
    } else if (const auto name = without(page.name, ".html")) {
      texts->templates_.emplace(*name, page.text);
    } else {
      texts->assets_.emplace(page.name, page.text);
    }
  }
  const Messages shipped_english = texts->messages_.at("en");
  const auto words = texts->words_of_pages();
  if (!words) return words.error();
  for (const auto& [file, text] : files) {
    if (text.size() > max_file) return wrong(file, "is larger than 256 KiB");
    if (file.ends_with(".toml")) {
      if (auto added = texts->add_messages(file, text, false); !added) return added.error();
      continue;
    }
    const auto name = without(file, ".html");
    const auto shipped = name ? texts->templates_.find(*name) : texts->assets_.find(file);
    if (shipped == (name ? texts->templates_.end() : texts->assets_.end()))
      return wrong(file, "no page uses a file of this name", "docs/page.md lists the files");
    shipped->second = text;
  }
  for (const auto& [language, messages] : texts->messages_) texts->languages_.push_back(language);
  std::stable_partition(texts->languages_.begin(), texts->languages_.end(), [](const auto& tag) { return tag == "en"; });
  texts->default_language_ = default_language;
  if (!texts->messages_.contains(default_language))
    return make_error(Errc::configuration, "page: there are no messages in the default language \"" +
                                               std::string(default_language.substr(0, 16)) + "\"");
  if (auto checked = texts->check_messages(shipped_english); !checked) return checked.error();
  if (auto checked = texts->check_pages(*words); !checked) return checked.error();
  return std::shared_ptr<const PageTexts>(texts);
}

Expected<void> PageTexts::add_messages(std::string_view file, std::string_view toml, bool shipped) {
  const std::string_view language = file.substr(0, file.size() - 5);
  if (!is_language(language)) return wrong(file, "the name is no language tag", "\"fr.toml\", \"pt-br.toml\": lower case");
  Messages& messages = messages_[std::string(language)];
  const Messages* const english = shipped ? nullptr : &messages_["en"];
  std::string fault;
  const auto walk = [&](const auto& self, const toml::table& table, const std::string& above) -> void {
    for (const auto& [key, node] : table) {
      const std::string name = above + std::string(key.str());
      if (const toml::table* below = node.as_table()) {
        self(self, *below, name + ".");
      } else if (english != nullptr && !name.starts_with(rule_texts) && !english->contains(name)) {
        fault = "no page uses the key " + name;
      } else if (const auto* text = node.as_string()) {
        if (const std::string bad = fault_of(text->get()); !bad.empty()) fault = fmt::format("{}: {}", name, bad);
        messages[name] = text->get();
      } else {
        fault = name + ": a message is a text in quotation marks";
      }
    }
  };
  try {
    walk(walk, toml::parse(toml, file), "");
  } catch (const toml::parse_error& error) {
    std::ostringstream where;
    where << "line " << error.source().begin.line << ": " << error.description();
    return wrong(file, where.str());
  }
  if (!fault.empty()) return wrong(file, fault, shipped ? "" : "docs/page.md describes message files");
  return {};
}

/// Every language has every key of the English messages, and no placeholder that the shipped English text has not: no page
/// fills another one. `shipped` is that text.
Expected<void> PageTexts::check_messages(const Messages& shipped) const {
  const Messages& english = messages_.at("en");
  for (const auto& [language, messages] : messages_) {
    const std::string file = language + ".toml";
    for (const auto& [key, text] : english)
      if (!key.starts_with(rule_texts) && !messages.contains(key)) return wrong(file, "the key " + key + " is missing");
    for (const auto& [key, text] : messages) {
      if (key.starts_with(rule_texts)) continue;
      const auto known = placeholders(shipped.at(key));
      for (const std::string& word : placeholders(text))
        if (!known.contains(word)) return wrong(file, fmt::format("key {}: {{{{{}}}}} is not known here", key, word));
    }
  }
  return {};
}

Expected<PageTexts::PageWords> PageTexts::words_of_pages() const {
  PageWords words;
  for (const std::string& page : pages()) {
    const auto made = source(page, "en");
    if (!made) return made.error();
    words.emplace(page, values_in(*made));
  }
  return words;
}

/// A value that no page fills would be missing without a word.
Expected<void> PageTexts::check_pages(const PageWords& filled_in) const {
  for (const std::string& page : pages()) {
    for (const std::string& language : languages_) {
      const auto made = source(page, language);
      if (!made) return made.error();
      if (const std::string fault = mustache_fault(*made); !fault.empty()) return wrong(page + ".html", fault);
      for (const std::string& word : values_in(*made))
        if (!filled_in.at(page).contains(word))
          return wrong(page + ".html", fmt::format("{{{{{}}}}} is not known here", word),
                       "a page has the values that its shipped template uses");
    }
  }
  return {};
}

std::vector<std::string> PageTexts::pages() const {
  std::vector<std::string> names;
  for (const auto& [name, text] : templates_)
    if (name != layout && !name.starts_with(part_mark)) names.push_back(name);
  return names;
}

std::vector<std::string> PageTexts::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, text] : messages_.at("en"))
    if (!key.starts_with(rule_texts)) names.push_back(key);
  return names;
}

const std::string* PageTexts::message(std::string_view language, std::string_view key) const noexcept {
  const auto messages = messages_.find(language);
  if (messages == messages_.end()) return nullptr;
  const auto found = messages->second.find(key);
  return found == messages->second.end() ? nullptr : &found->second;
}

const std::string* PageTexts::asset(std::string_view name) const noexcept {
  const auto found = assets_.find(name);
  return found == assets_.end() ? nullptr : &found->second;
}

Expected<std::string> PageTexts::source(std::string_view page, std::string_view language) const {
  std::string out;
  if (!templates_.contains(page)) return out;
  if (auto made = assemble(out, layout, page, language, 0); !made) return made.error();
  return out;
}

Expected<void> PageTexts::assemble(std::string& out, std::string_view name, std::string_view page, std::string_view language,
                                   unsigned depth) const {
  const std::string file = std::string(name) + ".html";
  const auto found = templates_.find(name);
  if (found == templates_.end()) return wrong(file, "is included and not there");
  if (depth > max_depth) return wrong(file, "includes itself");
  Expected<void> result;
  const auto tag = [&](std::string_view content) {
    if (!result) return;
    const std::string_view word = trim(content.substr(std::min<std::size_t>(content.size(), 1)), " ");
    if (content.starts_with('{') || content.starts_with('&') || content.starts_with('=')) {
      result = wrong(file, "{{" + std::string(content.substr(0, 32)) + "}} would not be escaped", "write {{name}}");
    } else if (content.starts_with('>')) {
      result = assemble(out, word == "body" ? page : word, page, language, depth + 1);
    } else if (trim(content, " ").starts_with("t.")) {
      std::string key(trim(content, " ").substr(2));
      if (key == "title") key = std::string(page) + ".title";
      const std::string* text = message(language, key);
      if (text == nullptr) {
        result = wrong(file, "there is no message " + key, "it belongs into " + std::string(language) + ".toml");
      } else {
        out += escaped(*text);
      }
    } else {
      out.append("{{").append(content).append("}}");
    }
  };
  const bool closed = each_tag(
      found->second, [&](std::string_view text) { out += text; }, tag);
  if (!result) return result;
  if (!closed) return wrong(file, "a tag does not close");
  return {};
}

}  // namespace regdata::whois
