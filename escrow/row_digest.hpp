// What the rows of a deposit add up to: how many, a digest that does not depend on their order, and a Merkle root that proves
// one row without showing the others (RFC 9162 §2.1).
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "escrow/stream.hpp"

namespace regdata::escrow {

using Digest = std::array<std::uint8_t, 32>;
/// Of 64 hexadecimal digits; empty: it is something else.
std::optional<Digest> digest_from(std::string_view digits);

/// Keeps one digest for each level of the tree: memory does not grow with the rows.
class RowDigest {
 public:
  /// `salt`: random, of one deposit, kept with its manifest: without it a row cannot be guessed from its digest. 32 bytes.
  explicit RowDigest(const Digest& salt);
  /// A row as it stands in the file, line end included.
  void add(ByteView row) { add(leaf(row)); }
  /// The two halves of that: a row that is in several trees of one salt is hashed once.
  [[nodiscard]] Digest leaf(ByteView row) const;
  void add(const Digest& leaf);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The sum of all leaves modulo 2^256: the same whatever the order, and unlike an exclusive or not blind to a row that is
  /// there twice.
  [[nodiscard]] const Digest& sum() const noexcept { return sum_; }
  /// RFC 9162 §2.1.1; of no row the digest of nothing.
  [[nodiscard]] Digest root() const;

  friend bool operator==(const RowDigest& one, const RowDigest& other) {
    return one.count_ == other.count_ && one.sum_ == other.sum_ && one.root() == other.root();
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  /// SHA-256 of the parts; the context is made once, which is half of the time a row takes.
  [[nodiscard]] Digest hash(std::uint8_t mark, ByteView first, ByteView second) const;

  std::unique_ptr<EVP_MD_CTX, Free> context_;
  Digest salt_;
  Digest sum_{};
  std::vector<Digest> full_;  ///< the roots of the full subtrees, largest first
  std::uint64_t count_ = 0;
};

}  // namespace regdata::escrow
