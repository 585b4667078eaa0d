// A contact as a registry tells of it, as one of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "epp/contact.hpp"
#include "registration/contact.hpp"

namespace regdata::epp {

/// Handles that a contact with this id may get here, the best first: the one whose id there this is by our own rule
/// (id_at_registry()), then one that no contact of another registry has.
std::vector<std::string> handles_for(const std::string& id, const std::string& registry, const std::string& prefix);

/// RFC 5730 §4, clIDType, which counts characters.
bool is_contact_id(std::string_view id);

/// What is none by the rules of its element is left out, and told by its name.
class ToldContact {
 public:
  ToldContact(const ContactData& told, std::string handle, const Provenance& from);
  /// Somebody stands in it.
  [[nodiscard]] bool is_told() const { return !contact_.name.empty() || !contact_.organization.empty(); }
  /// Not only of the same name: they are found by ids that two registries may have given to two persons.
  [[nodiscard]] bool is(const Contact& held) const;
  [[nodiscard]] const Contact& contact() const noexcept { return contact_; }
  [[nodiscard]] const std::vector<std::string_view>& left_out() const noexcept { return left_out_; }

 private:
  using Check = Expected<std::string> (*)(std::string_view);
  void take(std::string_view element, const PersonalText& text, Check check, PersonalText& into);
  void take(const PostalInfo& postal);

  Contact contact_;
  std::vector<std::string_view> left_out_;
};

}  // namespace regdata::epp
