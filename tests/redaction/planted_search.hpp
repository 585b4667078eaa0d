// Finds planted values in bytes, in every form in which a value could have slipped out: as it is, in another case, percent-,
// base64- or JSON-escaped, wherever it begins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace regdata::testing {

/// Letters of every script in one case (ICU's full case folding); bytes that are not UTF-8 are passed over.
std::string case_folded(std::string_view text);

/// All forms of a value, case-folded: itself, percent-encoded (reserved characters, or every byte), base64 of it at each of the
/// three places in a group (both alphabets), JSON-escaped (quotes and slashes, or everything but ASCII).
std::vector<std::string> planted_forms(std::string_view value);

/// A set of values to search for all at once. Values shorter than `least` bytes would be found by chance and are refused.
class PlantedSearch {
 public:
  static constexpr std::size_t least = 10;

  /// False: too short to be searched for.
  bool add(const std::string& value);
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

  /// The values of which any form is in `bytes`; each once.
  [[nodiscard]] std::vector<std::string> found_in(std::string_view bytes) const;

 private:
  struct Form {
    std::string text;
    std::size_t value = 0;
  };
  void index(std::string text, std::size_t value);

  std::vector<std::string> values_;
  std::vector<Form> forms_;
  std::unordered_multimap<std::uint64_t, std::size_t> by_start_;  ///< first eight bytes → form
  std::vector<bool> maybe_;                                       ///< cheap no: by a hash of the first eight bytes
};

}  // namespace regdata::testing
