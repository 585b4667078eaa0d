// What an agent is said to have said: any bytes give a verdict of the three states, about a real day, or an error.
#include <cstdint>

#include "escrow/verdict.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const escrow::MailRules rules{.server = "mx.registrar.example",
                                .domain = "agent.example",
                                .accepted = "{deposit}: DVPN",
                                .rejected = "{deposit} DVFN",
                                .missing = "The {deposit} DRFN"};
  for (const auto& verdict : {escrow::read_notification(text), escrow::read_verdict_mail(text, rules, 9999)}) {
    if (!verdict) continue;
    using S = escrow::DepositState;
    const bool state = verdict->state == S::accepted || verdict->state == S::rejected || verdict->state == S::missing;
    if (!state || !parse_rfc3339(verdict->date + "T00:00:00Z")) __builtin_trap();
  }
  return 0;
}
