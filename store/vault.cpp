#include "store/vault.hpp"

#include <sodium.h>

#include <algorithm>

#include "store/contact_codec.hpp"
#include "store/nonce.hpp"

namespace regdata::store {
namespace {

constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(nonce_size == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES && tag_size == 16);
/// Blind indexes: one key per column (reliability.md §3.2).
constexpr std::uint64_t email_column = 1;

/// Every part carries its length, so that no two lists of parts give the same bytes.
void bind_text(std::vector<std::uint8_t>& bound, std::string_view text) {
  bound.push_back(static_cast<std::uint8_t>(text.size() >> 8));
  bound.push_back(static_cast<std::uint8_t>(text.size()));
  bound.insert(bound.end(), text.begin(), text.end());
}

void bind_number(std::vector<std::uint8_t>& bound, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bound.push_back(static_cast<std::uint8_t>(number >> shift));
}

void bind_contact(std::vector<std::uint8_t>& bound, std::string_view handle, std::uint64_t version, std::string_view region) {
  bound.clear();
  bind_text(bound, "contact");
  bind_text(bound, handle);
  bind_number(bound, version);
  bound.push_back(contact_form);
  bind_text(bound, region);
}

void bind_bytes(std::vector<std::uint8_t>& bound, std::string_view handle, std::string_view purpose) {
  bound.clear();
  bind_text(bound, "bytes");
  bind_text(bound, handle);
  bind_text(bound, purpose);
}

void seal_into(std::span<const std::uint8_t> clear, const std::vector<std::uint8_t>& bound, const DataKey& key,
               std::vector<std::uint8_t>& sealed) {
  sealed.resize(nonce_size + clear.size() + tag_size);
  fill_nonce(std::span<std::uint8_t, nonce_size>(sealed.data(), nonce_size));
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + nonce_size, nullptr, clear.data(), clear.size(), bound.data(),
                                             bound.size(), nullptr, sealed.data(), key.bytes().data());
}

bool open_into(std::span<const std::uint8_t> sealed, const std::vector<std::uint8_t>& bound, const DataKey& key,
               std::vector<std::uint8_t>& clear) {
  if (sealed.size() < nonce_size + tag_size) return false;
  clear.resize(sealed.size() - nonce_size - tag_size);
  return crypto_aead_xchacha20poly1305_ietf_decrypt(clear.data(), nullptr, nullptr, sealed.data() + nonce_size,
                                                    sealed.size() - nonce_size, bound.data(), bound.size(), sealed.data(),
                                                    key.bytes().data()) == 0;
}

Error does_not_authenticate(std::string_view handle) {
  return make_error(Errc::damaged,
                    "contact " + std::string(handle) +
                        ": sealed data do not authenticate (damaged, swapped, rolled back or of another region)",
                    "import the contact again or restore the store from a backup");
}

}  // namespace

Vault::Vault(const std::shared_ptr<const MasterKey>& master, std::string region) : region_(std::move(region)) {
  master->derive("regIDX__", email_column, email_key_.bytes());
}

std::span<const std::uint8_t> Vault::seal(const Contact& contact, std::uint64_t version, const DataKey& key) {
  clear_.clear();
  encode_contact(contact, clear_);
  bind_contact(bound_, contact.handle, version, region_of(contact));
  seal_into(clear_, bound_, key, sealed_);
  sodium_memzero(clear_.data(), clear_.size());
  return sealed_;
}

Expected<void> Vault::open(std::span<const std::uint8_t> sealed, std::uint64_t version, const DataKey& key, Contact& contact) {
  bind_contact(bound_, contact.handle, version, region_of(contact));
  if (!open_into(sealed, bound_, key, clear_)) return does_not_authenticate(contact.handle);
  const auto decoded = decode_contact(clear_, contact);
  sodium_memzero(clear_.data(), clear_.size());
  if (!decoded) {
    Error error = decoded.error();
    error.context = "contact " + contact.handle + ": " + error.context;
    return error;
  }
  return {};
}

std::vector<std::uint8_t> Vault::seal_bytes(std::string_view handle, std::string_view purpose,
                                            std::span<const std::uint8_t> bytes, const DataKey& key) {
  std::vector<std::uint8_t> sealed;
  bind_bytes(bound_, handle, purpose);
  seal_into(bytes, bound_, key, sealed);
  return sealed;
}

Expected<std::vector<std::uint8_t>> Vault::open_bytes(std::string_view handle, std::string_view purpose,
                                                      std::span<const std::uint8_t> sealed, const DataKey& key) {
  std::vector<std::uint8_t> clear;
  bind_bytes(bound_, handle, purpose);
  if (!open_into(sealed, bound_, key, clear)) return does_not_authenticate(handle);
  return clear;
}

std::optional<EmailIndex> Vault::email_index(std::string_view email) const {
  if (email.empty()) return std::nullopt;
  std::string lower(email);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  EmailIndex index;
  crypto_generichash(index.data(), index.size(), reinterpret_cast<const std::uint8_t*>(lower.data()), lower.size(),
                     email_key_.bytes().data(), email_key_.bytes().size());
  sodium_memzero(lower.data(), lower.size());
  return index;
}

std::string_view Vault::region_of(const Contact& contact) const noexcept {
  return contact.region.empty() ? std::string_view(region_) : std::string_view(contact.region);
}

}  // namespace regdata::store
