#include "escrow/deposit_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t names_told = 10;

bool beyond_ascii(std::string_view text) {
  return std::ranges::any_of(text, [](char octet) { return static_cast<unsigned char>(octet) > 0x7F; });
}

}  // namespace

void judge(DepositQuality& quality, const RegistrationData& data) {
  ++quality.rows;
  const auto registrant = std::ranges::find(data.contacts, Role::registrant, &RoleContact::role);
  if (registrant == data.contacts.end()) return;
  const Contact& contact = registrant->contact;
  const std::string& email = contact.email.reveal();
  const std::string& phone = contact.phone.reveal();
  quality.without_email += email.empty() ? 1U : 0U;
  quality.bad_email += !email.empty() && !check_email(email) ? 1U : 0U;
  quality.without_phone += phone.empty() ? 1U : 0U;
  quality.bad_phone += !phone.empty() && !check_phone(phone) ? 1U : 0U;
  quality.bad_country += !check_country(contact.country) ? 1U : 0U;
  quality.beyond_ascii += beyond_ascii(contact.name.reveal()) ? 1U : 0U;
}

Expected<void> contacts_are_open(const RegistrationData& data, const std::function<bool(Role)>& is_deposited) {
  for (const RoleContact& contact : data.contacts) {
    if (contact.state == ContactState::opened || !is_deposited(contact.role)) continue;
    const bool erased = contact.state == ContactState::erased;
    return make_error(Errc::key_missing,
                      fmt::format("{}: contact {} {}", data.registration.name.ascii(), contact.contact.handle,
                                  erased ? "is erased" : "cannot be opened: " + contact.problem),
                      "a deposit without it would pass for complete: import the contact again, or end the registration");
  }
  return {};
}

void Lacking::note(std::string_view of, const std::vector<std::string_view>& values) {
  for (const std::string_view value : values) ++counts_[std::string(value)];
  if (!values.empty() && first_.size() < names_told) first_.emplace_back(of);
}

Error Lacking::error(bool may_be_empty) const {
  std::string counts;
  for (const auto& [value, count] : counts_) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", value, count);
  std::string names;
  for (const std::string& name : first_) names += (names.empty() ? "" : ", ") + name;
  return make_error(Errc::invalid, "required values are missing, and nothing is deposited: " + counts,
                    "first of them: " + names + "; mend the data" +
                        (may_be_empty ? ", or let [[escrow_agent]] when_missing leave them empty" : ""));
}

Error about_object(std::string_view of, const Error& error) {
  if (error.code != Errc::invalid) return error;
  return Error{error.code, std::string(of) + ": " + error.context, error.hint};
}

}  // namespace regdata::escrow
