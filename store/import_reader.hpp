// The hands of the line reader: where it stands, what it found wrong, and how single values are taken.
#pragma once

#include <array>
#include <bitset>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/import_fields.hpp"
#include "store/import_line.hpp"

namespace regdata::store {

/// Collects a line's rejections and warnings, each with the path to the place it was found at. One object per line.
class ImportReader {
 public:
  ImportReader(const ImportContext& context, ImportLine& line) : context_(context), line_(line) {}

  /// A step into a member or an entry of a list; left when it goes out of scope.
  class Step {
   public:
    Step(ImportReader& reader, std::string_view key) : reader_(reader) { reader_.path_[reader_.depth_++] = {key, 0}; }
    Step(ImportReader& reader, std::size_t index) : reader_(reader) { reader_.path_[reader_.depth_++] = {{}, index}; }
    ~Step() { --reader_.depth_; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    ImportReader& reader_;
  };

  [[nodiscard]] const ImportContext& context() const noexcept { return context_; }
  [[nodiscard]] bool failed() const noexcept { return !line_.rejections.empty(); }
  [[nodiscard]] bool full() const noexcept { return line_.rejections.size() >= rejection_limit; }

  /// Rejects the place where the reader stands.
  void reject(std::string reason, std::string_view allowed = {});
  /// Rejects a member of it.
  void reject(const ImportField& field, std::string reason);
  void warn(ImportWarning warning) { ++line_.warnings[static_cast<std::size_t>(warning)]; }

  /// The members of an object in the order of its table; "not there" for absent and null ones. Rejects unknown and repeated
  /// keys and required ones that are not there; drops what foreign_key() says.
  template <std::size_t N>
  std::array<ImportValue, N> members(ImportValue object, const std::array<ImportField, N>& fields) {
    std::array<ImportValue, N> found;
    collect(object, fields, found);
    return found;
  }

  /// True for a value that is there and of this kind; rejects another kind, says nothing about what is not there.
  bool is(ImportValue value, const ImportField& field, ImportKind kind);

  /// Text of a member; empty where absent, empty or of another kind. A required one must not be empty.
  std::string_view text(ImportValue value, const ImportField& field);

  /// Text that passes a check, or what `Text` is by default.
  template <class Text>
  void checked(ImportValue value, const ImportField& field, Expected<std::string> (*check)(std::string_view), Text& into) {
    const std::string_view given = text(value, field);
    if (given.empty()) return;
    auto good = check(given);
    if (good) {
      into = Text(std::move(*good));
    } else {
      reject(field, std::move(good.error().context));
    }
  }

  /// A time; refuses those that an unset field becomes (operations.md §0.4: 1969-12-31 once cancelled renewals).
  std::optional<UtcTime> time(ImportValue value, const ImportField& field);
  /// The same, not later than five minutes from now: something that has happened.
  std::optional<UtcTime> past_time(ImportValue value, const ImportField& field);
  /// A number from `low` to `high`; `low` where it is none.
  std::uint32_t number(ImportValue value, const ImportField& field, std::uint32_t low, std::uint32_t high);
  /// A domain or host name.
  std::optional<DomainName> name(ImportValue value, const ImportField& field);
  /// A label of ours: region, method, notice version, evidence id.
  void label(ImportValue value, const ImportField& field, std::string_view characters, std::size_t least, std::size_t most,
             std::string& into);

 private:
  struct Place {
    std::string_view key;
    std::size_t index = 0;
  };
  void collect(ImportValue object, std::span<const ImportField> fields, std::span<ImportValue> found);
  void reject_key(std::string_view key, std::span<const ImportField> fields);
  [[nodiscard]] std::string path(std::string_view member) const;

  const ImportContext& context_;
  ImportLine& line_;
  std::array<Place, 8> path_;
  std::size_t depth_ = 0;
};

/// The contacts of a line with its choices, put into `put` with their handles in its roles. (import_contact.cpp)
void read_contacts(ImportReader& reader, ImportValue contacts, const Provenance& provenance, RegistrationPut& put);

inline constexpr std::string_view region_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
inline constexpr std::string_view label_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-";

}  // namespace regdata::store
