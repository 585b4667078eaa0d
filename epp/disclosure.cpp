#include "epp/disclosure.hpp"

#include <algorithm>
#include <array>

namespace regdata::epp {
namespace {

struct Word {
  std::string_view setting;
  std::string_view text;
};
/// In the order of Disclosable.
constexpr std::array<Word, disclosable_count> words{{{"name-int", "name (int)"},
                                                     {"name-loc", "name (loc)"},
                                                     {"org-int", "organization (int)"},
                                                     {"org-loc", "organization (loc)"},
                                                     {"addr-int", "address (int)"},
                                                     {"addr-loc", "address (loc)"},
                                                     {"voice", "voice"},
                                                     {"fax", "fax"},
                                                     {"email", "email"}}};

constexpr std::size_t at(Disclosable element) { return static_cast<std::size_t>(element); }

Elements elements_of(const Disclosure& said) {
  Elements elements;
  for (std::size_t one = 0; one < disclosable_count; ++one) elements[one] = said.elements.at(one);
  return elements;
}

/// What a registry shows after something was said, at most and at least.
struct Showing {
  Elements at_most;
  Elements at_least;
};

Showing created(const DisclosureRules& rules, const std::optional<Disclosure>& said) {
  Elements shown = rules.shown_by_default;
  if (said) {
    const Elements listed = elements_of(*said) & rules.adjustable;
    shown = said->shows ? shown | listed : shown & ~listed;
  }
  return {.at_most = shown, .at_least = shown};
}

Showing updated(const DisclosureRules& rules, const Showing& before, const std::optional<Disclosure>& said) {
  using OnUpdate = DisclosureRules::OnUpdate;
  // without a list: there are registries that follow their policy again then, and such that change nothing
  const Showing replaced = created(rules, said);
  Showing merged = before;
  if (said) {
    const Elements listed = elements_of(*said) & rules.adjustable;
    merged.at_most = said->shows ? merged.at_most | listed : merged.at_most & ~listed;
    merged.at_least = said->shows ? merged.at_least | listed : merged.at_least & ~listed;
  }
  if (rules.on_update == OnUpdate::merge) return merged;
  if (rules.on_update == OnUpdate::replace && said) return replaced;
  return {.at_most = replaced.at_most | merged.at_most, .at_least = replaced.at_least & merged.at_least};
}

using Saying = std::optional<Disclosure>;

/// What could be said, the most explicit first: what is listed depends least on what a registry makes of silence. To one that
/// changes only what is listed, silence comes first.
std::vector<Saying> sayings(const DisclosureRules& rules, const Elements& chosen) {
  std::vector<Saying> all;
  const auto say = [&](bool shows, const Elements& listed) {
    const auto refused = shows ? DisclosureRules::Polarity::deny : DisclosureRules::Polarity::allow;
    if (listed.none() || rules.polarity == refused) return;
    Disclosure said{.shows = shows};
    for (std::size_t one = 0; one < disclosable_count; ++one) said.elements.at(one) = listed[one];
    all.emplace_back(said);
  };
  const Elements show = chosen & rules.adjustable;
  const Elements hide = ~chosen & rules.adjustable;
  if (rules.on_update == DisclosureRules::OnUpdate::merge) all.emplace_back();
  say(false, hide);
  say(true, show);
  say(false, hide & rules.shown_by_default);
  say(true, show & ~rules.shown_by_default);
  if (rules.on_update != DisclosureRules::OnUpdate::merge) all.emplace_back();
  return all;
}

/// Says what can be said to a model of the registry, and takes what shows most of what was chosen and, at every step, nothing
/// else. `first` makes of the first saying what is shown after it.
template <typename First>
Expected<DisclosurePlan> best_of(const DisclosureRules& rules, const Elements& chosen, First first) {
  std::optional<DisclosurePlan> best;
  std::size_t best_shown = 0;
  Elements unavoidable = Elements().set();
  const auto consider = [&](const Saying& one, const Saying& two, const Showing& end) {
    const std::size_t shown = (end.at_least & chosen).count();
    if (best && shown <= best_shown) return;
    best = DisclosurePlan{.first = one, .second = two, .shown = end.at_most, .not_shown = chosen & ~end.at_least};
    best_shown = shown;
  };
  const std::vector<Saying> all = sayings(rules, chosen);
  for (const Saying& one : all) {
    const Showing after = first(one);
    const Elements beyond = after.at_most & ~chosen;
    unavoidable &= beyond;
    if (beyond.none()) consider(one, std::nullopt, after);
  }
  for (const Saying& one : all) {
    const Showing after = first(one);
    if ((after.at_most & ~chosen).any()) continue;
    for (const Saying& two : all) {
      if (!two) continue;
      const Showing end = updated(rules, after, two);
      if ((end.at_most & ~chosen).none()) consider(one, two, end);
    }
  }
  if (best) return *best;
  return make_error(Errc::refused,
                    "whatever it is told, the registry may show what the person did not choose: " +
                        names_of(unavoidable.any() ? unavoidable : ~chosen),
                    "nothing was sent; see disclose_… of the registry, and what it says of its policy");
}

}  // namespace

std::string names_of(const Elements& elements) {
  std::string names;
  for (std::size_t one = 0; one < disclosable_count; ++one) {
    if (!elements[one]) continue;
    if (!names.empty()) names += ", ";
    names += words.at(one).text;
  }
  return names;
}

std::optional<Disclosable> disclosable_from(std::string_view word) noexcept {
  const auto* const found = std::ranges::find(words, word, &Word::setting);
  if (found == words.end()) return std::nullopt;
  return static_cast<Disclosable>(found - words.begin());
}

Elements chosen_elements(const Contact& contact, const ContactChoices& choices) {
  Elements chosen;
  const auto both_types = [&](Disclosable international, Disclosable local, bool shown) {
    chosen[at(international)] = chosen[at(local)] = shown;
  };
  const auto text = [&](Element element) { return choices.allows(element) && !reveal(contact, element).empty(); };
  const auto with_extension = [&](Element number, Element extension) {
    return text(number) && (reveal(contact, extension).empty() || choices.allows(extension));
  };
  both_types(Disclosable::name_int, Disclosable::name_loc, text(Element::name));
  both_types(Disclosable::org_int, Disclosable::org_loc, text(Element::organization));
  // state and country are public under ICANN's policy, so that nobody is asked about them: only a no counts
  const auto is_refused = [&](Element element) { return choices.find(element) != nullptr && !choices.allows(element); };
  const bool address = choices.allows(Element::street) && choices.allows(Element::city) &&
                       choices.allows(Element::postal_code) && !is_refused(Element::state) && !is_refused(Element::country);
  both_types(Disclosable::addr_int, Disclosable::addr_loc, address && !contact.street.empty());
  chosen[at(Disclosable::voice)] = with_extension(Element::phone, Element::phone_ext);
  chosen[at(Disclosable::fax)] = with_extension(Element::fax, Element::fax_ext);
  chosen[at(Disclosable::email)] = text(Element::email);
  return chosen;
}

Elements shown_by(const DisclosureRules& rules, const std::optional<Disclosure>& told) {
  if (rules.on_info == DisclosureRules::OnInfo::complete) {
    if (!told) return {};
    return told->shows ? elements_of(*told) : ~elements_of(*told);
  }
  if (!told) return rules.shown_by_default;
  return told->shows ? rules.shown_by_default | elements_of(*told) : rules.shown_by_default & ~elements_of(*told);
}

Elements shown_by(const DisclosureRules& rules, const ContactData& told) {
  return told.disclosure_is_doubtful ? Elements().set() : shown_by(rules, told.disclosure);
}

Expected<DisclosurePlan> plan_creation(const DisclosureRules& rules, const Elements& chosen) {
  return best_of(rules, chosen, [&](const Saying& said) { return created(rules, said); });
}

Expected<DisclosurePlan> plan_update(const DisclosureRules& rules, const Elements& chosen, const Elements& shown) {
  const Showing now{.at_most = shown, .at_least = shown};
  return best_of(rules, chosen, [&](const Saying& said) { return updated(rules, now, said); });
}

std::optional<DisclosurePlan> plan_reduction(const DisclosureRules& rules, const Elements& chosen, const Elements& shown) {
  const Elements before = shown & ~chosen;
  std::optional<DisclosurePlan> best;
  std::size_t fewest = before.count();
  for (const Saying& one : sayings(rules, chosen)) {
    if (!one) continue;
    const Showing after = updated(rules, {.at_most = shown, .at_least = shown}, one);
    const Elements against = after.at_most & ~chosen;
    if ((against & ~before).any() || against.count() >= fewest) continue;
    fewest = against.count();
    best = DisclosurePlan{.first = one, .second = {}, .shown = after.at_most, .not_shown = chosen & ~after.at_least};
  }
  return best;
}

}  // namespace regdata::epp
