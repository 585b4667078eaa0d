// How choices get into the ledger: the part of RegistrationWriter that is about consent.
#include <algorithm>

#include "store/registration_writer.hpp"

namespace regdata::store {
namespace {

const ChoiceEntry* last_of(const std::vector<ChoiceEntry>& ledger, Element element) {
  const auto last =
      std::find_if(ledger.rbegin(), ledger.rend(), [&](const ChoiceEntry& entry) { return entry.element == element; });
  return last == ledger.rend() ? nullptr : &*last;
}

/// The person acted later than this, and the ledger has it. An old `given` must never come behind a later no.
bool is_stale(const ChoiceEntry& entry, const ChoiceEntry* last) {
  if (last == nullptr) return false;
  return entry.act == ChoiceAct::given && last->act != ChoiceAct::given ? entry.at <= last->at : entry.at < last->at;
}

/// The change itself has no time of its own. It lies before a consent that was stated together with the new name, else now.
UtcTime end_before(const std::vector<ChoiceEntry>& later, Element element, UtcTime now) {
  const auto given = std::ranges::find_if(
      later, [&](const ChoiceEntry& entry) { return entry.element == element && entry.act == ChoiceAct::given; });
  return given == later.end() ? now : given->at - std::chrono::milliseconds{1};
}

ChoiceEntry ended(const std::string& handle, Element element, UtcTime when) {
  ChoiceEntry entry;
  entry.handle = handle;
  entry.element = element;
  entry.act = ChoiceAct::ended;
  entry.at = when;
  entry.method = "holder-changed";
  return entry;
}

}  // namespace

Expected<bool> RegistrationWriter::put_choices(const std::vector<ChoiceEntry>& stated, const Superseded& superseded) {
  std::vector<std::string> handles;
  handles.reserve(stated.size() + holder_changes_.size());
  for (const ChoiceEntry& entry : stated) handles.push_back(entry.handle);
  for (const HolderChange& change : holder_changes_) handles.push_back(change.handle);
  std::ranges::sort(handles);
  handles.erase(std::unique(handles.begin(), handles.end()), handles.end());
  bool changed = false;
  for (const std::string& handle : handles) {
    std::vector<ChoiceEntry> of_handle;
    const bool of_other_holder = std::ranges::find(superseded.other_holder, handle) != superseded.other_holder.end();
    std::ranges::copy_if(stated, std::back_inserter(of_handle), [&](const ChoiceEntry& entry) {
      return entry.handle == handle && !(of_other_holder && entry.act == ChoiceAct::given);
    });
    const auto change = std::ranges::find(holder_changes_, handle, &HolderChange::handle);
    const auto done = put_choices_of(handle, std::move(of_handle), change == holder_changes_.end() ? nullptr : &*change);
    if (!done) return done.error();
    changed |= *done;
  }
  return changed;
}

Expected<bool> RegistrationWriter::put_choices_of(const std::string& handle, std::vector<ChoiceEntry> stated,
                                                  const HolderChange* change) {
  const auto id = tables_.contacts.id_of(handle);
  if (!id) return make_error(Errc::not_found, "contact " + handle + " is not held");
  for (const ChoiceEntry& entry : stated) {
    if (const auto checked = check_choice(entry, now_); !checked) return checked.error();
  }
  auto ledger = tables_.ledger.entries(handle);
  if (!ledger) return ledger.error();
  std::size_t appended = 0;
  bool hides = false;
  const auto append = [&](const ChoiceEntry& entry) {
    tables_.ledger.append(entry, now_);
    ledger->push_back(entry);
    ++appended;
    hides |= entry.act != ChoiceAct::given;
    report(contact_label(handle), "choice " + std::string(to_string(entry.element)), std::string(to_string(entry.act)));
  };
  const auto is_new = [&](const ChoiceEntry& entry) {
    const auto same = [&](const ChoiceEntry& other) { return same_choice(entry, other); };
    return std::ranges::none_of(*ledger, same) && !is_stale(entry, last_of(*ledger, entry.element));
  };
  const bool gives =
      std::ranges::any_of(stated, [&](const ChoiceEntry& entry) { return entry.act == ChoiceAct::given && is_new(entry); });
  if (gives && !tables_.ledger.head_holds()) {  // what hides is taken nevertheless
    std::erase_if(stated, [](const ChoiceEntry& entry) { return entry.act == ChoiceAct::given; });
    if (std::ranges::none_of(stated, is_new))
      return make_error(Errc::damaged, "the ledger of choices lost its last entry: nothing more is published on its word",
                        "`regdata doctor` tells more; restore both files from a backup");
  }
  std::ranges::stable_sort(stated, {}, &ChoiceEntry::at);
  if (change == nullptr) {
    for (const ChoiceEntry& entry : stated) {
      if (is_new(entry)) append(entry);
    }
  } else {
    // rules.md §1.6: a change of name or organization ends what was given before it. What the old holder gave and we hear of
    // only now ends with the rest; what came later, with the new name, stands.
    const auto fresh =
        std::ranges::partition_point(stated, [&](const ChoiceEntry& entry) { return entry.at <= change->held_as_of; });
    for (auto old = stated.begin(); old != fresh; ++old) {
      if (is_new(*old)) append(*old);
    }
    std::vector<ChoiceEntry> later;
    std::copy_if(fresh, stated.end(), std::back_inserter(later), is_new);
    for (const Element element : all_elements) {
      const ChoiceEntry* last = last_of(*ledger, element);
      if (last != nullptr && last->act == ChoiceAct::given) append(ended(handle, element, end_before(later, element, now_)));
    }
    for (const ChoiceEntry& entry : later) append(entry);
  }
  if (appended == 0) return false;
  tables_.contacts.count_choices(*id, appended, tables_.ledger.last_mark());
  tables_.feed.append(ChangeKind::choice, handle, {}, reason_, hides, now_);
  return true;
}

Expected<bool> RegistrationWriter::add_choices(const std::vector<ChoiceEntry>& entries) {
  for (const ChoiceEntry& entry : entries) {
    const auto ledger = tables_.ledger.entries(entry.handle);
    if (!ledger) return ledger.error();
    const auto same = [&](const ChoiceEntry& other) { return same_choice(entry, other); };
    if (entry.act == ChoiceAct::given && std::ranges::none_of(*ledger, same) &&
        is_stale(entry, last_of(*ledger, entry.element))) {
      return make_error(Errc::invalid,
                        "choice: " + std::string(to_string(entry.element)) + " of contact " + entry.handle +
                            " was changed later than the time given",
                        "an older consent cannot undo a later choice; state when the person agreed again");
    }
  }
  return put_choices(entries);
}

}  // namespace regdata::store
