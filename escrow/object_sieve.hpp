// Which objects belong into a deposit: all, or what became different since a deposit before.
#pragma once

#include <functional>
#include <memory>

#include "escrow/object_list.hpp"
#include "escrow/openpgp/public_key.hpp"

namespace regdata::escrow {

/// The deposit that another one is the difference to.
struct DepositBase {
  std::filesystem::path directory;  ///< with its list of objects
  ListFacts objects{};
  std::string rde_id{};    ///< in documents by RFC 9022
  std::string manifest{};  ///< SHA-256 of its manifest's text, in hex
};

/// Sees every object of a walk, and remembers what passed, for the same walk once more: a bit for each object.
class ObjectSieve {
 public:
  /// Lets everything pass and keeps nothing.
  ObjectSieve();
  ObjectSieve(ObjectSieve&& other) noexcept;
  ObjectSieve& operator=(ObjectSieve&& other) noexcept;
  ~ObjectSieve();
  /// Keeps a list in `directory`; with a `base`, only what became different since passes.
  static Expected<ObjectSieve> begin(const std::filesystem::path& directory, const std::optional<DepositBase>& base,
                                     const openpgp::Random& random);

  /// Whether the object belongs into the deposit. In the order of stands_before(). `text`: as it would stand there.
  Expected<bool> passes(ObjectKind kind, std::string_view id, std::string_view text);
  /// The walk has ended.
  Expected<void> end_walk();
  /// The same walk begins once more; it may end early. After end_walk().
  void walk_again() noexcept;
  /// Whether the next object of it belongs into the deposit.
  bool passes_again() noexcept;
  /// How many objects of the base were not met. After end_walk().
  [[nodiscard]] std::uint64_t gone() const noexcept;
  /// Each of them, in order.
  Expected<void> each_gone(const std::function<Expected<void>(const ListedObject&)>& each) const;
  /// Of the list, which has its name now; empty: none was kept.
  Expected<std::optional<ListFacts>> finish();

 private:
  struct State;
  explicit ObjectSieve(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;  ///< null: everything passes
};

}  // namespace regdata::escrow
