// `redacted` against the rest of the answer (RFC 9537 §4.2, Response Profile 2024 §2.7.7, §2.7.8 and Appendix E).
#include <algorithm>
#include <array>
#include <functional>

#include "whois/profile_parts.hpp"
#include "whois/profile_path.hpp"

namespace regdata::whois {
namespace {

namespace json = boost::json;

/// Codes of one element, 0 where ICANN's tool has none.
struct Codes {
  int absent = 0;         ///< the property itself is not there
  int required = 0;       ///< neither shown nor redacted
  int invalid_path = 0;   ///< no JSONPath
  int wrong_matches = 0;  ///< removal that matches something, or another method that matches nothing
  int method = 0;
  int contradiction = 0;  ///< redacted, and shown all the same
};

struct Element {
  std::string_view name;
  std::string_view role;    ///< empty: the domain itself
  std::string_view method;  ///< "removal" or "emptyValue"
  Codes codes;
};

constexpr std::array<Element, 14> elements{{
    {"Registry Domain ID", "", "removal", {0, -46202, -46203, -46203, -46204, -46206}},
    {"Registry Registrant ID", "registrant", "removal", {0, -63102, -63103, -63104, -63105, -63106}},
    {"Registrant Name", "registrant", "emptyValue", {-63200, -63201, -63202, -63203, -63204, -63205}},
    {"Registrant Organization", "registrant", "removal", {0, 0, -63301, -63302, -63303, -63304}},
    {"Registrant Street", "registrant", "emptyValue", {-63400, -63401, -63402, -63403, -63404, -63405}},
    {"Registrant City", "registrant", "emptyValue", {-63500, -63501, -63502, -63503, -63504, -63505}},
    {"Registrant Postal Code", "registrant", "emptyValue", {-63600, -63601, -63602, -63603, -63604, -63605}},
    {"Registrant Phone", "registrant", "removal", {0, -63700, -63701, -63702, -63703, -63704}},
    {"Registrant Phone Ext", "registrant", "removal", {0, 0, -63800, -63801, -63802, 0}},
    {"Registrant Fax", "registrant", "removal", {0, 0, -63900, -63901, -63902, 0}},
    {"Registrant Fax Ext", "registrant", "removal", {0, 0, -64000, -64001, -64002, 0}},
    {"Registry Tech ID", "technical", "removal", {0, -65702, -65703, -65704, -65705, -65706}},
    {"Tech Name", "technical", "emptyValue", {-65000, -65001, -65002, -65003, -65004, -65005}},
    {"Tech Phone", "technical", "removal", {0, -65100, -65101, -65102, -65103, -65104}},
}};

/// Codes of an e-mail element, which is replaced and never removed: both ways, no way, method, then the paths.
struct Email {
  std::string_view name;
  std::string_view role;
  int first = 0;
};
constexpr std::array<Email, 2> emails{{{"Registrant Email", "registrant", -64100}, {"Tech Email", "technical", -65200}}};
constexpr int no_email_at_all = -64108;  // of the registrant alone

/// IANA's registered names, in the order of Appendix E: a `description` with one of them warns as -65800, -65801, …
constexpr std::array<std::string_view, 17> registered{"Registry Domain ID",
                                                      "Registry Registrant ID",
                                                      "Registrant Name",
                                                      "Registrant Organization",
                                                      "Registrant Street",
                                                      "Registrant City",
                                                      "Registrant Postal Code",
                                                      "Registrant Phone",
                                                      "Registrant Phone Ext",
                                                      "Registrant Fax",
                                                      "Registrant Fax Ext",
                                                      "Registrant Email",
                                                      "Registry Tech ID",
                                                      "Tech Name",
                                                      "Tech Phone",
                                                      "Tech Phone Ext",
                                                      "Tech Email"};
constexpr int described_name = -65800;

enum class Held : std::uint8_t { absent, empty, shown };

Held cell(const json::array& cells, std::size_t index) {
  if (index >= cells.size()) return Held::absent;
  const auto* lines = cells[index].if_array();
  if (lines != nullptr) return lines->empty() ? Held::empty : Held::shown;
  if (!cells[index].is_string()) return Held::absent;
  return text(&cells[index]).empty() ? Held::empty : Held::shown;
}

/// What the answer has in the place of an element; `place` is the entity, or the domain.
Held held(const Element& element, const json::value& place) {
  const std::string_view name = element.name;
  if (name.ends_with(" ID")) return text_of(place, "handle").empty() ? Held::absent : Held::shown;
  if (name.ends_with(" Phone")) return telephone_of(place, "voice") == nullptr ? Held::absent : Held::shown;
  if (name.ends_with(" Organization")) return property_of(place, "org") == nullptr ? Held::absent : Held::shown;
  if (name.ends_with(" Name")) {
    const auto* property = property_of(place, "fn");
    return property == nullptr ? Held::absent : cell(*property, 3);
  }
  const auto* address = property_of(place, "adr");
  const auto* cells = address == nullptr ? nullptr : (*address)[3].if_array();
  if (cells == nullptr) return Held::empty;
  return cell(*cells, name.ends_with(" Street") ? 2 : name.ends_with(" City") ? 3 : 5);
}

/// The entry whose name has the registered type; null: none.
const json::value* entry_of(const ProfileCheck& check, std::string_view name, std::string& where) {
  const auto& entries = array_of(check.top, "redacted");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto* named = member(entries[i], "name");
    if (named == nullptr || !says(text_of(*named, "type"), name)) continue;
    where = pointer("/redacted", i);
    return &entries[i];
  }
  return nullptr;
}

bool is_jsonpath(const json::value& entry) noexcept {
  const auto* language = member(entry, "pathLang");
  return language == nullptr || text(language) == "jsonpath";
}

/// One path of an entry: `zero` for what was removed, else something must be there.
void check_path(ProfileCheck& check, const json::value& entry, const std::string& where, std::string_view name, bool zero,
                int invalid, int wrong) {
  const auto* path = member(entry, name);
  if (path == nullptr || !path->is_string() || !is_jsonpath(entry)) return;
  const PathResult result = evaluate_path(check.root, text(path));
  const std::string at = where + "/" + std::string(name);
  if (result.state == PathResult::State::invalid) return check.find(invalid, at);
  if (result.state == PathResult::State::known && (result.matches == 0) != zero) check.find(wrong, at);
}

void check_element(ProfileCheck& check, const Element& element, const json::value& place, const std::string& at) {
  std::string where;
  const auto* entry = entry_of(check, element.name, where);
  const Held state = held(element, place);
  const Codes& codes = element.codes;
  if (state == Held::absent && codes.absent != 0) check.find(codes.absent, at);
  if (entry == nullptr) {
    const bool gone = state == Held::empty || (state == Held::absent && codes.absent == 0);
    if (gone && codes.required != 0) check.find(codes.required, at);
    return;
  }
  const bool removal = element.method == "removal";
  check_path(check, *entry, where, removal ? "prePath" : "postPath", removal, codes.invalid_path, codes.wrong_matches);
  const auto* method = member(*entry, "method");
  if (method != nullptr && !says(text(method), element.method)) check.find(codes.method, where + "/method");
  if (state == Held::shown && codes.contradiction != 0) check.find(codes.contradiction, where);
}

void check_email(ProfileCheck& check, const Email& email, const json::value& entity, const std::string& at) {
  std::string where;
  const auto* entry = entry_of(check, email.name, where);
  const auto* address = property_of(entity, "email");
  const auto* uri = property_of(entity, "contact-uri");
  const auto code = [&](int offset) { return email.first - offset; };
  if (entry == nullptr) {
    const bool sound = address != nullptr && is_email(text(&(*address)[3]));
    if (!sound && email.role == "registrant") check.find(no_email_at_all, at);
    return;
  }
  const std::string_view way = uri == nullptr ? std::string_view{} : text(&(*uri)[3]);
  if (address != nullptr && uri != nullptr) check.find(code(0), at);
  if (address == nullptr && !is_web_uri(way) && !way.starts_with("mailto:")) check.find(code(1), at);
  if (!says(text_of(*entry, "method"), "replacementValue")) check.find(code(2), where);
  if (address != nullptr) check_path(check, *entry, where, "postPath", false, code(3), code(4));
  if (uri == nullptr) return;
  check_path(check, *entry, where, "prePath", true, code(6), code(6));
  check_path(check, *entry, where, "replacementPath", false, code(5), code(7));
}

/// The form of every entry (RFC 9537 §4.2).
void check_entry(ProfileCheck& check, const json::value& entry, const std::string& where) {
  const auto* name = member(entry, "name");
  const bool type = name != nullptr && is_text(member(*name, "type"));
  const bool description = name != nullptr && is_text(member(*name, "description"));
  if (type == description) check.find(-62003, where + "/name");
  if (description) {
    const auto found = std::find_if(registered.begin(), registered.end(),
                                    [&](std::string_view one) { return says(text_of(*name, "description"), one); });
    if (found != registered.end()) check.find(described_name - static_cast<int>(found - registered.begin()), where + "/name");
  }
  for (const std::string_view path : {"prePath", "postPath", "replacementPath", "pathLang", "method"}) {
    const auto* value = member(entry, path);
    if (value != nullptr && !value->is_string()) check.find(-62004, where + "/" + std::string(path));
  }
  const auto* reason = member(entry, "reason");
  if (reason == nullptr) return;
  const auto* parts = reason->if_object();
  const bool sound = parts != nullptr && std::all_of(parts->begin(), parts->end(), [](const auto& part) {
                       const std::string_view key(part.key().data(), part.key().size());
                       return (key == "description" || key == "type" || key == "lang") && part.value().is_string();
                     });
  if (!sound) check.find(-62005, where + "/reason");
}

}  // namespace

void check_redacted(ProfileCheck& check) {
  const json::value& top = check.root;
  const auto& entries = array_of(top, "redacted");
  for (std::size_t i = 0; i < entries.size(); ++i) check_entry(check, entries[i], pointer("/redacted", i));
  const std::string_view handle = text_of(top, "handle");
  if (!handle.empty()) check_handle(check, handle, "/handle", {-46200, -46201, -46205});
  check_element(check, elements[0], top, {});
  const auto& entities = array_of(top, "entities");
  for (std::size_t i = 0; i < entities.size(); ++i) {
    const std::string at = pointer("/entities", i);
    for (const std::string_view role : {"registrant", "technical"}) {
      if (!has_role(entities[i], role)) continue;
      const HandleCodes codes = role == "registrant" ? HandleCodes{-63100, -63101} : HandleCodes{-65700, -65701};
      const std::string_view id = text_of(entities[i], "handle");
      if (!id.empty()) check_handle(check, id, at + "/handle", codes);
      for (const Element& element : elements)
        if (element.role == role) check_element(check, element, entities[i], at);
      for (const Email& email : emails)
        if (email.role == role) check_email(check, email, entities[i], at);
    }
  }
}

void add_redaction_rules(std::vector<ProfileRule>& rules) {
  const auto add = [&](int code, std::string source, std::string_view name, std::string_view rest, bool warning = false) {
    if (code != 0) rules.push_back({code, std::move(source), std::string(name) + std::string(rest), warning});
  };
  for (const Element& element : elements) {
    const std::string source = element.role.empty()           ? "RP 2.2, 2.7.7"
                               : element.role == "registrant" ? "RP 2.7.4, 2.7.7"
                                                              : "RP 2.7.6, 2.7.7";
    const bool removal = element.method == "removal";
    const bool one_code = element.codes.invalid_path == element.codes.wrong_matches;
    add(element.codes.absent, source, element.name, ": its place in the jCard must be there, empty where it is redacted");
    add(element.codes.required, source, element.name, ": must be shown, or redacted under this type");
    add(element.codes.invalid_path, "RFC 9537 4.2", element.name,
        one_code ? ": the path must be a JSONPath that matches nothing" : ": the path must be a JSONPath");
    if (!one_code)
      add(element.codes.wrong_matches, "RFC 9537 4.2", element.name,
          removal ? ": what was removed must not be there: the prePath must match nothing"
                  : ": the postPath must match the empty value");
    add(element.codes.method, "RP Appendix E", element.name,
        removal ? ": the method must be removal" : ": the method must be emptyValue");
    add(element.codes.contradiction, "RP 2.7.7, 2.7.9", element.name, ": must not be redacted and shown at once");
  }
  for (const Email& email : emails) {
    add(email.first, "RP 2.7.8", email.name, ": an entity must not have both email and contact-uri where it is redacted");
    add(email.first - 1, "RP 2.7.8", email.name, ": an entity must have email or contact-uri where it is redacted");
    add(email.first - 2, "RP 2.7.8", email.name, ": the method must be replacementValue");
    add(email.first - 3, "RFC 9537 4.2", email.name, ": the postPath must be a JSONPath");
    add(email.first - 4, "RFC 9537 4.2", email.name, ": the postPath must match the address that stands there instead");
    add(email.first - 5, "RFC 9537 4.2", email.name, ": the replacementPath must be a JSONPath");
    add(email.first - 6, "RFC 9537 4.2", email.name, ": the prePath must be a JSONPath that matches nothing");
    add(email.first - 7, "RFC 9537 4.2", email.name, ": the replacementPath must match what stands there instead");
  }
  add(no_email_at_all, "RP 2.7.4, 2.7.8", "Registrant Email", ": must be shown and valid, or redacted under this type");
  for (std::size_t i = 0; i < registered.size(); ++i)
    add(described_name - static_cast<int>(i), "RP 2.7.7", registered[i],
        ": is a registered name and must be a type, not a description", true);
}

}  // namespace regdata::whois
