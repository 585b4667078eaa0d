// One registration: a domain name that we sponsor, with what its registry and its holder say about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "registration/contact.hpp"
#include "registration/domain_name.hpp"
#include "registration/status.hpp"
#include "registration/utc_time.hpp"

namespace regdata {

/// Of a delegation: RFC 5731 leaves the number to registries; 13 is what they allow.
inline constexpr std::size_t most_hosts = 13;
/// DS records of a name.
inline constexpr std::size_t most_ds = 32;

/// A delegation signer record (RFC 5910 §4.1).
struct DsRecord {
  std::uint16_t key_tag = 0;
  std::uint8_t algorithm = 0;
  std::uint8_t digest_type = 0;
  std::string digest;  ///< upper-case hexadecimal

  friend bool operator==(const DsRecord&, const DsRecord&) = default;
};
/// A digest in hexadecimal as it is held. Empty: it is none, or of another length than its type has by IANA's registry of DS
/// digest types (RFC 4509, 5933, 6605, 9558, 9563).
std::optional<std::string> ds_digest(std::uint8_t type, std::string_view text);

/// What is known of the delegation's DNSSEC state. Absent DS data is unknown, not unsigned (operations.md §1.3 trap 2).
enum class DnssecState : std::uint8_t { unknown, unsigned_delegation, signed_delegation };

struct Reseller {
  std::string name;
  std::string url;  ///< may be empty

  friend bool operator==(const Reseller&, const Reseller&) = default;
};

/// Sponsorship ended: the name is "no match" at once, the data is kept for retention (rules.md §1.12).
enum class EndReason : std::uint8_t { transferred, deleted };
struct Ended {
  EndReason reason = EndReason::deleted;
  UtcTime at{};

  friend bool operator==(const Ended&, const Ended&) = default;
};

/// A registration. Contacts are named by handle. The registrant is always the real holder or customer: where a privacy or
/// proxy service stands in front, `privacy_service` names it and its published data come from configuration, never from here.
struct Registration {
  DomainName name;
  std::string roid{};                          ///< Registry Domain ID; may be empty
  std::string registrar{};                     ///< id of one of our registrars in configuration
  UtcTime created{};                           ///< the epoch: not known (a restored deposit has no column for it)
  std::optional<UtcTime> updated{};            ///< registry's update date; absent: never updated
  std::optional<UtcTime> registry_expires{};   ///< Registry Expiry Date
  std::optional<UtcTime> registrar_expires{};  ///< Registrar Registration Expiration Date
  std::optional<UtcTime> transferred{};        ///< last transfer to us
  StatusSet statuses{};
  std::vector<DomainName> hosts{};  ///< delegated name servers, in the source's order, no duplicates, at most 13
  DnssecState dnssec = DnssecState::unknown;
  std::vector<DsRecord> ds{};
  std::string registrant{};      ///< handle; required
  std::string technical{};       ///< handle; may be empty
  std::string administrative{};  ///< handle; may be empty; never published
  std::string billing{};         ///< handle; may be empty; never published
  std::optional<Reseller> reseller{};
  std::string privacy_service{};  ///< id of a configured service; empty: none
  std::string region{};           ///< empty: the store's own
  Provenance provenance{};
  std::optional<Ended> ended{};

  friend bool operator==(const Registration&, const Registration&) = default;
};

/// The handle of a role; empty when nobody has it.
const std::string& handle_of(const Registration& registration, Role role);
std::string& handle_of(Registration& registration, Role role);

}  // namespace regdata
