#include "store/import_order.hpp"

#include <algorithm>
#include <string>

namespace regdata::store {
namespace {

/// A million objects fill less than a hundredth of it: so few are remembered that stand in the file once.
constexpr std::size_t bits = std::size_t{1} << 27U;

std::size_t hash_of(char kind, std::string_view name) { return std::hash<std::string>{}(kind + std::string(name)); }
std::size_t name_hash(const DomainName& name) { return hash_of('n', name.ascii()); }
std::size_t contact_hash(std::string_view handle) { return hash_of('c', handle); }
std::size_t host_hash(const DomainName& name) { return hash_of('h', name.ascii()); }

std::size_t holder_hash(const Contact& contact) {
  return std::hash<std::string>{}(std::string(contact.name.reveal()) + '\0' + std::string(contact.organization.reveal()));
}

/// Hosts of which the line says something: with data of their own, or below the name itself (there a bare name has no glue).
template <class Visit>
void each_stated_host(const RegistrationPut& put, const Visit& visit) {
  for (const Host& host : put.hosts) visit(host.name);
  for (const DomainName& name : put.registration.hosts) {
    if (name.is_at_or_below(put.registration.name)) visit(name);
  }
}

}  // namespace

LastStatements::LastStatements() : seen_(bits / 64) {}

void LastStatements::note(std::size_t object, const Last& last) {
  std::uint64_t& word = seen_[(object % bits) / 64];
  const std::uint64_t bit = std::uint64_t{1} << (object % 64);
  if ((word & bit) != 0) {
    Last& held = repeated_[object];
    const std::optional<UtcTime> first_end = held.first_end;
    held = last;
    held.first_end = first_end && last.first_end ? std::min(first_end, last.first_end) : first_end ? first_end : last.first_end;
  }
  word |= bit;
}

void LastStatements::note(const ImportItem& item) {
  if (const auto* end = std::get_if<RegistrationEnd>(&item.request)) {
    return note(name_hash(end->name), {item.line, 0, UtcTime::max(), true, end->ended.at});
  }
  const auto& put = std::get<RegistrationPut>(item.request);
  note(name_hash(put.registration.name), {item.line, 0, put.registration.provenance.as_of, false, std::nullopt});
  for (const Contact& contact : put.contacts)
    note(contact_hash(contact.handle), {item.line, holder_hash(contact), {}, false, std::nullopt});
  each_stated_host(put, [&](const DomainName& host) { note(host_hash(host), {item.line, 0, {}, false, std::nullopt}); });
}

void LastStatements::mark(ImportItem& item) const {
  if (repeated_.empty()) return;
  if (const auto* end = std::get_if<RegistrationEnd>(&item.request)) {
    if (const Last* last = later(name_hash(end->name), item.line)) item.superseded_by = last->stated_at;
    return;
  }
  auto& put = std::get<RegistrationPut>(item.request);
  Superseded& superseded = put.superseded;
  if (const Last* last = later(name_hash(put.registration.name), item.line)) {
    superseded.registration = true;
    if (last->is_end) superseded.ended_at = last->first_end;
  }
  for (const Contact& contact : put.contacts) {
    const Last* last = later(contact_hash(contact.handle), item.line);
    if (last == nullptr) continue;
    superseded.contacts.push_back(contact.handle);
    if (last->holder != holder_hash(contact)) superseded.other_holder.push_back(contact.handle);
  }
  each_stated_host(put, [&](const DomainName& host) {
    if (later(host_hash(host), item.line) != nullptr) superseded.hosts.push_back(host);
  });
}

const LastStatements::Last* LastStatements::later(std::size_t object, std::uint64_t line) const {
  const auto found = repeated_.find(object);
  return found != repeated_.end() && found->second.line > line ? &found->second : nullptr;
}

}  // namespace regdata::store
