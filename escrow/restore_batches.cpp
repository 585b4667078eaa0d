#include "escrow/restore_batches.hpp"

#include <utility>

namespace regdata::escrow {
namespace {

Error is_there_twice(const std::string& what) {
  return make_error(Errc::damaged, what + " is in the deposit twice",
                    "nothing was restored; ask the agent for another deposit");
}

}  // namespace

bool same_rows(const RowDigest& a, const RowDigest& b) { return a.count() == b.count() && a.sum() == b.sum(); }

void RestoreBatches::refuse(const std::string& file, std::uint64_t record, Error error) {
  ++report_.refused;
  if (hooks_.refused) hooks_.refused({file, record, std::move(error.context), std::move(error.hint)});
}

Expected<void> RestoreBatches::tell_progress(std::uint64_t count) const {
  if (!hooks_.progress || hooks_.progress(count)) return {};
  return make_error(Errc::unavailable, "stopped before the end; nothing was restored");
}

Expected<void> RestoreBatches::add(Contact contact, std::string_view text) {
  taken_contacts_.add(as_bytes(text));
  ++report_.contacts;
  contacts_.push_back(std::move(contact));
  if (contacts_.size() < batch_size) return {};
  if (auto written = write_contacts(); !written) return written;
  return tell_progress(report_.contacts);
}

Expected<void> RestoreBatches::add(RegistrationPut put, Place place) {
  registrations_.push_back(std::move(put));
  places_.push_back(std::move(place));
  if (registrations_.size() < batch_size) return {};
  if (auto written = write_registrations(); !written) return written;
  return tell_progress(report_.rows);
}

Expected<void> RestoreBatches::flush() {
  if (auto written = write_contacts(); !written) return written;
  return write_registrations();
}

Expected<void> RestoreBatches::write_contacts() {
  const auto outcomes = store_.put_contacts(contacts_, "restore", now_);
  if (!outcomes) return outcomes.error();
  for (std::size_t i = 0; i < contacts_.size(); ++i)
    if ((*outcomes)[i] != PutOutcome::added) return is_there_twice("contact " + contacts_[i].handle);
  contacts_.clear();
  return {};
}

Expected<void> RestoreBatches::write_registrations() {
  if (registrations_.empty()) return {};
  const auto outcomes = store_.put(registrations_, "restore", now_);
  // one of them names a contact that is not there
  if (!outcomes && outcomes.error().code == Errc::invalid && registrations_.size() > 1) return write_each();
  if (!outcomes && outcomes.error().code != Errc::invalid) return outcomes.error();
  for (std::size_t i = 0; i < registrations_.size(); ++i) {
    if (!outcomes) {
      refuse(places_[i].file, places_[i].record, outcomes.error());
      continue;
    }
    if ((*outcomes)[i] != PutOutcome::added) return is_there_twice(registrations_[i].registration.name.ascii());
    taken_.add(as_bytes(places_[i].text));
    ++report_.taken;
  }
  registrations_.clear();
  places_.clear();
  return {};
}

Expected<void> RestoreBatches::write_each() {
  auto registrations = std::exchange(registrations_, {});
  auto places = std::exchange(places_, {});
  for (std::size_t i = 0; i < registrations.size(); ++i) {
    registrations_.push_back(std::move(registrations[i]));
    places_.push_back(std::move(places[i]));
    if (auto written = write_registrations(); !written) return written;
  }
  return {};
}

}  // namespace regdata::escrow
