#include "registration/status.hpp"

namespace regdata {
namespace {

// In the order of the enumeration. Codes: RFC 5731 §2.3 and RFC 3915 §3.1; the set is that of rules.md §3.2.
constexpr std::array<std::string_view, status_count> codes{
    "addPeriod",
    "autoRenewPeriod",
    "clientDeleteProhibited",
    "clientHold",
    "clientRenewProhibited",
    "clientTransferProhibited",
    "clientUpdateProhibited",
    "inactive",
    "ok",
    "pendingCreate",
    "pendingDelete",
    "pendingRenew",
    "pendingRestore",
    "pendingTransfer",
    "pendingUpdate",
    "redemptionPeriod",
    "renewPeriod",
    "serverDeleteProhibited",
    "serverHold",
    "serverRenewProhibited",
    "serverTransferProhibited",
    "serverUpdateProhibited",
    "transferPeriod",
};

}  // namespace

std::string_view to_string(Status status) noexcept { return codes[static_cast<std::size_t>(status)]; }

std::optional<Status> status_from(std::string_view epp_code) noexcept {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] == epp_code) return static_cast<Status>(i);
  }
  return std::nullopt;
}

}  // namespace regdata
