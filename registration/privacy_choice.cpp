#include "registration/privacy_choice.hpp"

#include <algorithm>

namespace regdata {
namespace {

constexpr std::array<std::string_view, 5> act_names{"given", "declined", "withdrawn", "not_given", "ended"};

/// What makes an answer provable (GDPR Art. 7(1), rules.md §1.8): when, to which text, and where the proof lies.
bool is_proven(const ChoiceEntry& entry) {
  return entry.at != UtcTime{} && !entry.notice_version.empty() && !entry.evidence_id.empty();
}

bool is_label(const std::string& text) {
  return text.size() <= 128 && std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
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
  std::array<UtcTime, all_elements.size()> latest{};  // when the person last spoke, whatever they said
  for (const ChoiceEntry& entry : entries) {
    if (as_of && entry.recorded > *as_of) continue;
    UtcTime& spoke = latest[static_cast<std::size_t>(entry.element)];
    const auto same = std::ranges::find(choices.last_, entry.element, &ChoiceEntry::element);
    if (same == choices.last_.end()) {
      choices.last_.push_back(entry);
    } else if (entry.act != ChoiceAct::given || same->act == ChoiceAct::given || entry.at > spoke) {
      // A yes that is older than a no does not undo it, however late it arrives (an export made before a withdrawal).
      *same = entry;
    }
    spoke = std::max(spoke, entry.at);
  }
  return choices;
}

const ChoiceEntry* ContactChoices::find(Element element) const noexcept {
  const auto entry = std::ranges::find(last_, element, &ChoiceEntry::element);
  return entry == last_.end() ? nullptr : &*entry;
}

bool ContactChoices::allows(Element element) const noexcept {
  // GDPR Art. 4(11): consent is an act. Everything else is silence or a no (promise P5).
  const ChoiceEntry* entry = find(element);
  return entry != nullptr && entry->act == ChoiceAct::given && is_proven(*entry) && is_choosable(element);
}

bool ContactChoices::empty() const noexcept { return last_.empty(); }

bool same_choice(const ChoiceEntry& a, const ChoiceEntry& b) {
  return a.handle == b.handle && a.element == b.element && a.act == b.act && a.at == b.at && a.method == b.method &&
         a.notice_version == b.notice_version && a.evidence_id == b.evidence_id;
}

Expected<void> check_choice(const ChoiceEntry& entry, UtcTime now) {
  if (!is_choosable(entry.element)) {
    return make_error(Errc::invalid, "choice: element " + std::string(to_string(entry.element)) + " cannot be chosen",
                      "name, organization, street, city, postal-code, phone, phone-ext, fax, fax-ext or email");
  }
  if (entry.act == ChoiceAct::given && !is_proven(entry)) {
    std::string missing;
    for (const auto& [lacks, what] :
         {std::pair(entry.at == UtcTime{}, "a time"), std::pair(entry.notice_version.empty(), "the version of the notice"),
          std::pair(entry.evidence_id.empty(), "evidence")})
      if (lacks) missing += (missing.empty() ? "" : " and ") + std::string(what);
    return make_error(Errc::invalid, "choice: given without " + missing,
                      "state when the person agreed, to which version of the notice, and where the proof lies (--at, --notice, "
                      "--evidence)");
  }
  if (entry.at > now + std::chrono::minutes{5})
    return make_error(Errc::invalid, "choice: its time lies in the future",
                      "state when the person chose, not when it is to begin");
  if (!is_label(entry.method) || !is_label(entry.notice_version) || !is_label(entry.evidence_id)) {
    return make_error(Errc::invalid, "choice: method, notice version or evidence id is no label",
                      "up to 128 printable ASCII characters");
  }
  return {};
}

}  // namespace regdata
