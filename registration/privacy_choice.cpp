#include "registration/privacy_choice.hpp"

namespace regdata {
namespace {

constexpr std::array<std::string_view, 5> act_names{"given", "declined", "withdrawn", "not_given", "ended"};

bool has_evidence(const ChoiceEntry& entry) { return !entry.notice_version.empty() && !entry.evidence_id.empty(); }

bool is_label(const std::string& text) {
  if (text.size() > 128) return false;
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(ChoiceAct act) noexcept { return act_names[static_cast<std::size_t>(act)]; }

std::optional<ChoiceAct> choice_act_from(std::string_view text) noexcept {
  for (std::size_t i = 0; i < act_names.size(); ++i) {
    if (act_names[i] == text) return static_cast<ChoiceAct>(i);
  }
  return std::nullopt;
}

ContactChoices ContactChoices::fold(const std::vector<ChoiceEntry>& entries, std::optional<UtcTime> as_of) {
  ContactChoices choices;
  for (const ChoiceEntry& entry : entries) {
    if (as_of && entry.recorded > *as_of) continue;
    choices.last_[static_cast<std::size_t>(entry.element)] = entry;
  }
  return choices;
}

const ChoiceEntry* ContactChoices::find(Element element) const noexcept {
  const auto& entry = last_[static_cast<std::size_t>(element)];
  return entry ? &*entry : nullptr;
}

bool ContactChoices::allows(Element element) const noexcept {
  // GDPR Art. 4(11), 7(1): consent is an act, and its proof is kept. Everything else is silence or a no.
  const ChoiceEntry* entry = find(element);
  return entry != nullptr && entry->act == ChoiceAct::given && has_evidence(*entry) && is_choosable(element);
}

bool ContactChoices::empty() const noexcept {
  for (const auto& entry : last_) {
    if (entry) return false;
  }
  return true;
}

Expected<void> check_choice(const ChoiceEntry& entry, UtcTime now) {
  if (!is_choosable(entry.element)) {
    return make_error(Errc::invalid, "choice: element " + std::string(to_string(entry.element)) + " cannot be chosen",
                      "name, organization, street, city, postal-code, phone, phone-ext, fax, fax-ext or email");
  }
  if (entry.act == ChoiceAct::given && !has_evidence(entry)) {
    return make_error(Errc::invalid, "choice: given without a notice version or without evidence",
                      "state the version of the notice that the person was shown and where the proof lies");
  }
  if (entry.at > now + std::chrono::minutes{5}) return make_error(Errc::invalid, "choice: lies in the future");
  if (!is_label(entry.method) || !is_label(entry.notice_version) || !is_label(entry.evidence_id)) {
    return make_error(Errc::invalid, "choice: method, notice version or evidence id is no label",
                      "up to 128 printable ASCII characters");
  }
  return {};
}

}  // namespace regdata
