// What the public may see of one name. Only redact() and the view store's reader can make one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "redaction/field.hpp"
#include "registration/domain_name.hpp"
#include "registration/element.hpp"
#include "registration/status.hpp"
#include "registration/utc_time.hpp"

namespace regdata {
struct RegistrationData;
}

namespace regdata::redaction {

struct RedactionContext;
struct Redaction;
struct RedactedView;
class Policy;
class ViewRedactor;

/// How the holder can be reached where the e-mail address is withheld (rules.md §1.7).
struct ReplacedEmail {
  enum class Kind : std::uint8_t { form_url, relay_address };
  Kind kind = Kind::form_url;
  std::string value;  ///< https URL, or an address that is random per domain
  RuleId rule = 0;
  friend bool operator==(const ReplacedEmail&, const ReplacedEmail&) = default;
};

struct PublicContact {
  Role role = Role::registrant;
  Field<std::string> id;  ///< registry contact id (ROID)
  Field<std::string> name;
  Field<std::string> organization;
  Field<std::vector<std::string>> street;
  Field<std::string> city;
  Field<std::string> state;
  Field<std::string> postal_code;
  Field<std::string> country;
  Field<std::string> phone;
  Field<std::string> phone_ext;
  Field<std::string> fax;
  Field<std::string> fax_ext;
  Field<std::string> email;                     ///< not shown: print `replaced_email`
  std::optional<ReplacedEmail> replaced_email;  ///< present whenever policy replaces, also beside an e-mail shown by choice

  friend bool operator==(const PublicContact&, const PublicContact&) = default;
};

struct PublicDs {
  std::uint16_t key_tag = 0;
  std::uint8_t algorithm = 0;
  std::uint8_t digest_type = 0;
  std::string digest;
  friend bool operator==(const PublicDs&, const PublicDs&) = default;
};

struct PublicReseller {
  std::string name;
  std::string url;
  friend bool operator==(const PublicReseller&, const PublicReseller&) = default;
};

enum class PublicDnssec : std::uint8_t { unknown, unsigned_delegation, signed_delegation };

/// Everything public about one name, redacted.
struct PublicViewData {
  std::string name;          ///< A-label form, lower case
  std::string unicode_name;  ///< U-label form; equals name when not internationalized
  std::string registrar;     ///< id of a registrar record in the view store
  Field<std::string> registry_domain_id;
  UtcTime created{};
  std::optional<UtcTime> updated;
  std::optional<UtcTime> registry_expires;
  std::optional<UtcTime> registrar_expires;
  std::optional<UtcTime> transferred;
  StatusSet statuses;
  std::vector<std::string> hosts;
  PublicDnssec dnssec = PublicDnssec::unknown;
  std::vector<PublicDs> ds;
  std::optional<PublicReseller> reseller;
  std::vector<PublicContact> contacts;  ///< registrant first, then technical where collected

  friend bool operator==(const PublicViewData&, const PublicViewData&) = default;
};

/// A PublicViewData that went through redaction. A renderer takes this type and no other, so that nothing else can be
/// rendered for the public; the tests hold the static_asserts.
class PublicView {
 public:
  [[nodiscard]] const PublicViewData& operator*() const noexcept { return data_; }
  [[nodiscard]] const PublicViewData* operator->() const noexcept { return &data_; }

  friend bool operator==(const PublicView&, const PublicView&) = default;

 private:
  explicit PublicView(PublicViewData data) : data_(std::move(data)) {}
  friend Redaction redact(const RegistrationData&, const Policy&, const RedactionContext&, UtcTime);
  friend class ViewRedactor;
  friend struct ViewCodec;
  PublicViewData data_;
};

}  // namespace regdata::redaction
