// The published schemas as judge of frames: libxml2, in tests alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace regdata::epp::testing {

/// Where schemas and vectors are; empty: REGDATA_REFERENCE is not set.
std::optional<std::filesystem::path> reference();

class Schemas {
 public:
  Schemas();
  ~Schemas();
  Schemas(const Schemas&) = delete;
  Schemas& operator=(const Schemas&) = delete;
  /// What libxml2 finds wrong with the document, a line each; empty: it is valid.
  [[nodiscard]] std::vector<std::string> problems(std::string_view xml) const;

 private:
  struct Impl;
  Impl* impl_;
};

std::string file_text(const std::filesystem::path& file);

}  // namespace regdata::epp::testing
