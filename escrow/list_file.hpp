// Lists that lie beside a deposit, for us alone: written while its rows pass, measured, and named by its manifest.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string_view>

#include "escrow/measure.hpp"
#include "escrow/row_digest.hpp"

namespace regdata::escrow {

/// What the manifest says of a list.
struct ListFacts {
  std::uint64_t bytes = 0;
  Digest sha256{};
  Digest key{};  ///< of the marks in it
  friend bool operator==(const ListFacts&, const ListFacts&) = default;
};

/// Stands for a text: nobody guesses the text without the key.
using Mark = std::array<std::uint8_t, 8>;
/// BLAKE2b, cut to 64 bits: of a million texts one passes for another once in 10^13 questions.
Mark mark_of(const Digest& key, std::string_view text);

/// The writer; memory does not grow with the list. The file goes when it was not put in place.
class ListFile {
 public:
  /// Errors as PartFile::create().
  static Expected<ListFile> create(const std::filesystem::path& file, const Digest& key);

  [[nodiscard]] const Digest& key() const noexcept { return state_->facts.key; }
  Expected<void> add(ByteView entry);
  /// Syncs: the file is whole, at part_path().
  Expected<ListFacts> end();
  /// Gives the file its name. After end().
  Expected<void> put_in_place() { return state_->file.put_in_place(); }
  [[nodiscard]] const std::filesystem::path& part_path() const noexcept { return state_->file.part_path(); }

 private:
  struct State {
    State(PartFile opened, const Digest& of_marks) : file(std::move(opened)), measured(file) { facts.key = of_marks; }
    PartFile file;
    MeasuringSink measured;
    ListFacts facts;
    Bytes block;
  };
  explicit ListFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
  Expected<void> flush();
  std::unique_ptr<State> state_;
};

/// Errc::damaged: what was read of the list is not what the manifest names.
Expected<void> check_list(const std::filesystem::path& file, MeasuringSource& read, const ListFacts& facts);

}  // namespace regdata::escrow
