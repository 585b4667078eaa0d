// Secret bytes: wiped when they go, never copied, never printed.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace regdata {

/// N secret bytes for a long life: in locked memory between guard pages, left out of core dumps (libsodium's sodium_malloc).
/// One costs four pages and some 24 µs, so it is for the master key and its key-encryption keys; keys of one operation are
/// PassingSecret.
template <std::size_t N>
class SecretBytes {
 public:
  SecretBytes() : bytes_(library_is_ready() ? static_cast<std::uint8_t*>(sodium_malloc(N)) : nullptr) {
    if (!bytes_) throw std::bad_alloc();
    sodium_memzero(bytes_.get(), N);
  }
  SecretBytes(SecretBytes&&) noexcept = default;
  SecretBytes& operator=(SecretBytes&&) noexcept = default;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() = default;

  [[nodiscard]] std::span<std::uint8_t, N> bytes() noexcept { return std::span<std::uint8_t, N>(bytes_.get(), N); }
  [[nodiscard]] std::span<const std::uint8_t, N> bytes() const noexcept {
    return std::span<const std::uint8_t, N>(bytes_.get(), N);
  }

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const noexcept { sodium_free(bytes); }  // wipes first
  };
  /// sodium_malloc aborts the process where nobody has called sodium_init().
  static bool library_is_ready() noexcept {
    static const bool ready = sodium_init() >= 0;
    return ready;
  }
  std::unique_ptr<std::uint8_t, Free> bytes_;
};

/// N secret bytes for the length of one operation: on the stack, wiped at its end.
template <std::size_t N>
class PassingSecret {
 public:
  PassingSecret() = default;
  PassingSecret(const PassingSecret&) = delete;
  PassingSecret& operator=(const PassingSecret&) = delete;
  ~PassingSecret() { sodium_memzero(bytes_.data(), N); }

  [[nodiscard]] std::span<std::uint8_t, N> bytes() noexcept { return bytes_; }
  [[nodiscard]] std::span<const std::uint8_t, N> bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

/// The key under which one contact's personal data are sealed.
using DataKey = PassingSecret<32>;

}  // namespace regdata
