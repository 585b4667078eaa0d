#include "escrow/row_digest.hpp"

#include <charconv>
#include <stdexcept>

namespace regdata::escrow {
namespace {

constexpr std::uint8_t leaf_mark = 0;
constexpr std::uint8_t node_mark = 1;

}  // namespace

RowDigest::RowDigest(const Digest& salt) : context_(EVP_MD_CTX_new()), salt_(salt) {
  if (!context_ || EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("openssl: no SHA-256");
}

Digest RowDigest::hash(std::uint8_t mark, ByteView first, ByteView second) const {
  Digest digest{};
  if (EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) != 1 || EVP_DigestUpdate(context_.get(), &mark, 1) != 1 ||
      EVP_DigestUpdate(context_.get(), first.data(), first.size()) != 1 ||
      EVP_DigestUpdate(context_.get(), second.data(), second.size()) != 1 ||
      EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1)
    throw std::runtime_error("openssl: SHA-256 failed");
  return digest;
}

Digest RowDigest::leaf(ByteView row) const { return hash(leaf_mark, salt_, row); }

void RowDigest::add(const Digest& leaf) {
  unsigned carry = 0;
  for (std::size_t at = sum_.size(); at-- > 0;) {
    carry += unsigned{sum_[at]} + leaf[at];
    sum_[at] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  // as many full subtrees end with this row as its number ends with ones
  Digest root = leaf;
  for (std::uint64_t number = count_++; (number & 1) != 0; number >>= 1) {
    root = hash(node_mark, full_.back(), root);
    full_.pop_back();
  }
  full_.push_back(root);
}

Digest RowDigest::root() const {
  if (full_.empty()) {
    Digest nothing{};
    EVP_Digest(nullptr, 0, nothing.data(), nullptr, EVP_sha256(), nullptr);
    return nothing;
  }
  Digest root = full_.back();
  for (std::size_t at = full_.size() - 1; at-- > 0;) root = hash(node_mark, full_[at], root);
  return root;
}

std::optional<Digest> digest_from(std::string_view digits) {
  Digest digest{};
  if (digits.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const char* at = digits.data() + 2 * i;
    const auto [end, code] = std::from_chars(at, at + 2, digest[i], 16);
    if (code != std::errc{} || end != at + 2) return std::nullopt;
  }
  return digest;
}

}  // namespace regdata::escrow
