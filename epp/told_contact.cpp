#include "epp/told_contact.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "epp/contact_push.hpp"

namespace regdata::epp {
namespace {

/// The form that is closest to how it is written where the person lives.
const PostalInfo* best_postal(const ContactData& told) {
  const PostalInfo* best = nullptr;
  for (const PostalInfo& one : told.postal) {
    const bool names_somebody = !one.name.empty() || !one.organization.empty();
    if (names_somebody && (best == nullptr || one.type == "loc")) best = &one;
  }
  return best;
}

}  // namespace

std::vector<std::string> handles_for(const std::string& id, const std::string& registry, const std::string& prefix) {
  std::vector<std::string> handles;
  if (id.starts_with(prefix)) {
    std::string handle = id.substr(prefix.size());
    if (check_handle(handle) && id_at_registry(prefix, handle) == id) handles.push_back(std::move(handle));
  }
  std::string plain = registry + ".";
  for (const char one : id) {
    const bool fits = (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9') || one == '-';
    plain += fits ? one : '_';
  }
  if (!plain.ends_with(id) || !check_handle(plain)) {  // ids may have more characters than handles: a digest tells them apart
    std::array<unsigned char, crypto_generichash_BYTES_MIN> digest{};
    crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(id.data()), id.size(), nullptr, 0);
    plain = fmt::format("{}.{:02x}", registry, fmt::join(digest, ""));
  }
  if (check_handle(plain)) handles.push_back(std::move(plain));
  return handles;
}

bool is_contact_id(std::string_view id) {
  const auto count = static_cast<std::size_t>(
      std::ranges::count_if(id, [](char one) { return (static_cast<unsigned char>(one) & 0xC0U) != 0x80U; }));
  return count >= shortest_contact_id && count <= longest_contact_id;
}

ToldContact::ToldContact(const ContactData& told, std::string handle, const Provenance& from) {
  contact_.handle = std::move(handle);
  contact_.provenance = from;
  if (!told.roid.empty())
    if (const auto roid = check_roid(told.roid)) contact_.roid = *roid;
  if (const PostalInfo* const postal = best_postal(told)) take(*postal);
  take("voice", told.voice, check_phone, contact_.phone);
  if (!contact_.phone.empty()) take("voice's extension", told.voice_ext, check_phone_ext, contact_.phone_ext);
  take("fax", told.fax, check_phone, contact_.fax);
  if (!contact_.fax.empty()) take("fax's extension", told.fax_ext, check_phone_ext, contact_.fax_ext);
  take("email", told.email, check_email, contact_.email);
}

bool ToldContact::is(const Contact& held) const {
  const bool has_doubtful_email = std::ranges::find(left_out_, "email") != left_out_.end();
  return same_holder(held, contact_) && held.email == contact_.email && !has_doubtful_email;
}

void ToldContact::take(std::string_view element, const PersonalText& text, Check check, PersonalText& into) {
  if (text.empty()) return;
  auto checked = check(text.reveal());
  if (checked)
    into = PersonalText(std::move(*checked));
  else if (std::ranges::find(left_out_, element) == left_out_.end())
    left_out_.push_back(element);
}

void ToldContact::take(const PostalInfo& postal) {
  take("name", postal.name, check_postal_line, contact_.name);
  take("organization", postal.organization, check_postal_line, contact_.organization);
  for (const PersonalText& line : postal.street) {
    if (contact_.street.size() == most_street_lines) {
      if (!line.empty()) left_out_.emplace_back("further lines of the street");
      break;
    }
    PersonalText checked;
    take("street", line, check_postal_line, checked);
    if (!checked.empty()) contact_.street.push_back(std::move(checked));
  }
  take("city", postal.city, check_postal_line, contact_.city);
  take("state", postal.state, check_postal_line, contact_.state);
  take("postal code", postal.postal_code, check_postal_code, contact_.postal_code);
  if (const auto country = check_country(postal.country))
    contact_.country = *country;
  else if (!postal.country.empty())
    left_out_.emplace_back("country");
}

}  // namespace regdata::epp
