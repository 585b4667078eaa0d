// Words that open something: of an account, of a name that is transferred.
#pragma once

#include <sodium.h>

#include <string>
#include <string_view>
#include <utility>

namespace regdata::epp {

/// Wiped when it goes, not copyable, not printable.
class Password {
 public:
  Password() = default;
  explicit Password(std::string word) : word_(std::move(word)) {}
  Password(Password&& other) noexcept : word_(std::exchange(other.word_, {})) {}
  Password& operator=(Password&& other) noexcept {
    wipe();
    word_ = std::exchange(other.word_, {});
    return *this;
  }
  Password(const Password&) = delete;
  Password& operator=(const Password&) = delete;
  ~Password() { wipe(); }

  [[nodiscard]] bool empty() const noexcept { return word_.empty(); }
  [[nodiscard]] const std::string& reveal() const noexcept { return word_; }
  /// Another one of the same word, where two must live.
  [[nodiscard]] Password twin() const { return Password(word_); }

 private:
  void wipe() noexcept { sodium_memzero(word_.data(), word_.size()); }

  std::string word_;
};

}  // namespace regdata::epp
