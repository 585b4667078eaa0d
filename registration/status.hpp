// EPP and RGP statuses of a domain (RFC 5731 §2.3, RFC 3915 §3.1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace regdata {

/// The numbers are bit positions in stored records: append only. Spelling and set: rules.md §3.2.
enum class Status : std::uint8_t {
  add_period,
  auto_renew_period,
  client_delete_prohibited,
  client_hold,
  client_renew_prohibited,
  client_transfer_prohibited,
  client_update_prohibited,
  inactive,
  ok,
  pending_create,
  pending_delete,
  pending_renew,
  pending_restore,
  pending_transfer,
  pending_update,
  redemption_period,
  renew_period,
  server_delete_prohibited,
  server_hold,
  server_renew_prohibited,
  server_transfer_prohibited,
  server_update_prohibited,
  transfer_period,
};
inline constexpr std::size_t status_count = 23;

/// "clientTransferProhibited".
std::string_view to_string(Status status) noexcept;
/// Exact spelling only; nothing for an unknown code.
std::optional<Status> status_from(std::string_view epp_code) noexcept;

/// A set of statuses; iteration in the order of the enumeration, which is alphabetical by EPP code.
class StatusSet {
 public:
  constexpr StatusSet() = default;
  static constexpr StatusSet from_bits(std::uint32_t bits) noexcept {
    StatusSet set;
    set.bits_ = bits & ((1U << status_count) - 1U);
    return set;
  }
  constexpr void insert(Status status) noexcept { bits_ |= 1U << static_cast<unsigned>(status); }
  [[nodiscard]] constexpr bool contains(Status status) const noexcept { return (bits_ >> static_cast<unsigned>(status)) & 1U; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
  friend constexpr bool operator==(StatusSet, StatusSet) = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace regdata
