#include "escrow/deposit_sender.hpp"

#include "escrow/deposit_maker.hpp"

namespace regdata::escrow {
namespace {

Expected<void> deliver(const Manifest& manifest, const std::filesystem::path& directory, Delivery& delivery, bool replaces) {
  for (const PartFacts& part : manifest.facts.parts)
    if (auto put = delivery.put(directory / part.file_name, replaces); !put) return put;
  return delivery.put(directory / manifest.facts.hash_file, replaces);  // says that all is there
}

}  // namespace

Expected<DepositEntry> send_deposit(Ledger& ledger, const Agent& agent, std::uint64_t id, const openpgp::PublicKey& signer,
                                    Delivery& delivery, const Clock& clock) {
  if (auto may = check_transfer(agent); !may) return may.error();
  const auto lock = AgentLock::take(agent.directory);
  if (!lock) return lock.error();
  auto entry = ledger.find(id);
  if (!entry) return entry.error();
  if (!*entry) return make_error(Errc::not_found, "no deposit has the number " + std::to_string(id));
  DepositEntry& row = **entry;
  if (row.agent != agent.id) return make_error(Errc::internal, "a deposit is sent to the agent that it was made for");
  const std::filesystem::path directory = agent.directory / directory_name(row);
  if (!may_follow(row.state, DepositState::sending))
    return make_error(Errc::conflict,
                      "deposit " + std::to_string(id) + " is " + std::string(to_string(row.state)) + " and is not sent",
                      row.state == DepositState::held ? "see why it is held; --accept-drift sends it all the same" : "");
  if (auto same = compare_with_manifest(directory, row.manifest, signer); !same) return same.error();
  const auto manifest = read_manifest(row.manifest);
  if (!manifest) return manifest.error();
  if (auto moved = ledger.advance(id, row.state, DepositState::sending, {}, clock()); !moved) return moved.error();
  if (auto delivered = deliver(*manifest, directory, delivery, row.revision > 0); !delivered) {
    const Error& why = delivered.error();
    static_cast<void>(ledger.advance(id, DepositState::sending, DepositState::sending, {.reason = why.context}, clock()));
    return why;
  }
  if (auto moved = ledger.advance(id, DepositState::sending, DepositState::sent, {}, clock()); !moved) return moved.error();
  auto sent = ledger.find(id);
  if (!sent) return sent.error();
  if (!*sent) return make_error(Errc::damaged, "the ledger lost a deposit that was just sent");
  return std::move(**sent);
}

}  // namespace regdata::escrow
