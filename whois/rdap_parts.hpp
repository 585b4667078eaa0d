// Pieces that several RDAP answers share. Only the RDAP renderers include this.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "whois/json_writer.hpp"
#include "whois/rdap.hpp"

namespace regdata::whois {

inline constexpr std::string_view rdap_media_type = "application/rdap+json";

/// The value of a field if this answer may show it; null: withheld or not held.
template <class T>
const T* visible(const redaction::Field<T>& field, const RdapFrame& frame) noexcept {
  const auto* shown = field.shown();
  return shown == nullptr || (shown->by_choice && frame.stale) ? nullptr : &shown->value;
}

/// True when a value is held and this answer does not show it.
template <class T>
bool is_hidden(const redaction::Field<T>& field, const RdapFrame& frame) noexcept {
  return field.is_held() && visible(field, frame) == nullptr;
}

/// The rule that decided, whichever way.
template <class T>
std::optional<redaction::RuleId> rule_of(const redaction::Field<T>& field) noexcept {
  if (const auto* shown = field.shown()) return shown->rule;
  if (const auto* withheld = field.withheld()) return withheld->rule;
  return std::nullopt;
}

/// One answer in the making.
class RdapAnswer {
 public:
  RdapAnswer(std::string& out, const RdapFrame& frame, Stamp& stamp);

  [[nodiscard]] const RdapFrame& frame() const noexcept { return frame_; }

  /// `{"rdapConformance":[…]` and the class of the object.
  void begin(bool with_redacted, std::string_view object_class);
  /// `links` with the link to the object itself; `path` is "domain/", `name` as it stands in URLs.
  void self_link(std::string_view path, std::string_view name);
  void event(std::string_view action, UtcTime time);
  void event(std::string_view action, const std::optional<UtcTime>& time) {
    if (time) event(action, *time);
  }
  void last_update();
  /// A notice with one line of description and one link; `type` may be empty.
  void notice(std::string_view title, std::string_view description, std::string_view relation, std::string_view href);
  void terms_notice();
  void link(std::string_view relation, std::string_view href, std::string_view type);
  /// A link whose members behind `value` are JSON already.
  void link_as(std::string_view rest);
  /// The registrar's entity as it stands in other objects.
  void registrar(const Registrar& registrar);
  /// `reason` of an entry of `redacted`; nothing where the rule is not among the texts.
  [[nodiscard]] std::string_view reason_of(std::optional<redaction::RuleId> rule) const noexcept;
  void host_name(std::string_view name);

  JsonWriter json;

 private:
  const RdapFrame& frame_;
  Stamp& stamp_;
  std::string url_;  ///< as a JSON string
  std::optional<RdapPieces> own_pieces_;
  const RdapPieces& pieces_;
};

/// Members of a registrar's entity behind its class; `full` adds address, phone, e-mail and, where `self_value` (JSON) is not
/// empty, the link to itself.
void append_registrar_members(JsonWriter& json, const redaction::PublicTexts& texts, const Registrar& registrar, bool full,
                              std::string_view self_value);

/// jCard (RFC 7095). begin() writes the version, the properties follow in any order.
class JCard {
 public:
  explicit JCard(JsonWriter& json) : json_(json) {
    json_.begin_array("vcardArray");
    json_.raw(R"("vcard")");
    json_.begin_array();
    json_.raw(R"(["version",{},"text","4.0"])");
  }
  void end() {
    json_.end_array();
    json_.end_array();
  }
  void text(std::string_view property, std::string_view value);
  void uri(std::string_view property, std::string_view value);
  /// `type` is voice or fax; `number` as RFC 5733 writes it, "+49.30555"; `extension` may be empty.
  void telephone(std::string_view type, std::string_view number, std::string_view extension);
  /// Structured (Technical Implementation Guide 2024 §3.8.1); country by `cc` only (Response Profile §1.4). Null parts are
  /// empty cells.
  void address(const std::vector<std::string>* street, const std::string* city, const std::string* state,
               const std::string* postal_code, const std::string* country);

 private:
  JsonWriter& json_;
};

/// The contact's entity (Response Profile §2.7) and its entries in `redacted` (§2.7.7, RFC 9537 §4.2).
void append_contact_entity(RdapAnswer& answer, const redaction::PublicContact& contact);
/// One entry for each element that the registry of redacted names knows and the answer does not show.
void append_redactions(RdapAnswer& answer, const redaction::PublicViewData& view);
/// True when append_redactions would write an entry.
bool has_redactions(const redaction::PublicViewData& view, const RdapFrame& frame) noexcept;

}  // namespace regdata::whois
