// Words that open something: of an account, of a name that is transferred.
#pragma once

#include <sodium.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "registration/error.hpp"

namespace regdata::epp {

/// Wiped when it goes, not copyable, not printable.
class Password {
 public:
  Password() = default;
  explicit Password(std::string word) : word_(word) { sodium_memzero(word.data(), word.size()); }
  // copied and wiped: of a short word a moved-from string keeps its characters
  // NOLINTNEXTLINE(performance-move-constructor-init,performance-noexcept-move-constructor)
  Password(Password&& other) : word_(other.word_) { other.wipe(); }
  Password& operator=(Password&& other) {  // NOLINT(performance-noexcept-move-constructor)
    if (this == &other) return *this;
    wipe();
    word_ = other.word_;
    other.wipe();
    return *this;
  }
  Password(const Password&) = delete;
  Password& operator=(const Password&) = delete;
  ~Password() { wipe(); }

  [[nodiscard]] bool empty() const noexcept { return word_.empty(); }
  [[nodiscard]] const std::string& reveal() const noexcept { return word_; }

 private:
  void wipe() noexcept {
    sodium_memzero(word_.data(), word_.size());
    word_.clear();
  }

  std::string word_;
};

/// The first line of a file that nobody else can read. Errc::configuration: others can, or there is none; unavailable: it
/// cannot be read.
Expected<Password> read_password(const std::filesystem::path& file);

}  // namespace regdata::epp
