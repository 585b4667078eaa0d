#include "store/import_reader.hpp"

#include <algorithm>

namespace regdata::store {
namespace {

using namespace std::chrono_literals;

/// The first moment that is believed to be a date of a registration; what lies before it is a field that nobody set: the
/// epoch in any time zone, year 1, Excel's day 0.
constexpr UtcTime first_believed{std::chrono::sys_days{std::chrono::year{1971} / 1 / 1}};
/// How far a source's clock may be ahead of ours (the same as for choices, check_choice).
constexpr auto clock_tolerance = 5min;

std::string_view name_of(ImportKind kind) {
  switch (kind) {
    case ImportKind::text:
      return "a text";
    case ImportKind::list:
      return "a list";
    case ImportKind::object:
      return "an object";
    default:
      return "an integer";
  }
}

/// The rule behind DomainName's `domain name "…": rule`. What stands in the quotes is left out: it may be anything.
std::string rule_of(std::string_view context) {
  const std::size_t behind = context.rfind("\": ");
  return behind == std::string_view::npos ? std::string() : ": " + std::string(context.substr(behind + 3));
}

}  // namespace

void ImportReader::reject(std::string reason, std::string_view allowed) {
  if (full()) return;
  line_.rejections.push_back({path({}), std::move(reason), std::string(allowed)});
}

void ImportReader::reject(const ImportField& field, std::string reason) {
  if (full()) return;
  line_.rejections.push_back({path(field.key), std::move(reason), std::string(field.allowed)});
}

std::string ImportReader::path(std::string_view member) const {
  std::string text;
  for (std::size_t i = 0; i < depth_; ++i) {
    if (path_[i].key.empty()) {
      text += '[' + std::to_string(path_[i].index) + ']';
    } else {
      if (!text.empty()) text += '.';
      text += path_[i].key;
    }
  }
  if (!member.empty()) {
    if (!text.empty()) text += '.';
    text += member;
  }
  return text;
}

void ImportReader::collect(ImportValue object, std::span<const ImportField> fields, std::span<ImportValue> found) {
  std::bitset<64> seen;
  std::size_t expected = 0;  // sources write their keys in the order of the table more often than not
  for (ImportValue value = object.first(); value && !full(); value = value.next()) {
    const std::string_view key = value.key();
    std::size_t tried = 0;
    while (tried < fields.size() && fields[expected].key != key) {
      expected = (expected + 1) % fields.size();
      ++tried;
    }
    if (tried == fields.size()) {
      reject_key(key, fields);
    } else if (seen.test(expected)) {
      reject(fields[expected], "the key is there twice");
    } else {
      seen.set(expected);
      if (value.kind() != ImportKind::null) found[expected] = value;
    }
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].required && !found[i]) reject(fields[i], "is missing");
  }
}

void ImportReader::reject_key(std::string_view key, std::span<const ImportField> fields) {
  switch (foreign_key(key)) {
    case ForeignKey::auth_code:
      return warn(ImportWarning::auth_code_dropped);
    case ForeignKey::not_consent:
      return warn(ImportWarning::disclose_flag_ignored);
    case ForeignKey::unknown:
      break;
  }
  if (!is_showable_key(key)) return reject("has an unknown key");
  const std::string_view near = nearest_key(key, fields);
  reject("has the unknown key \"" + std::string(key) + "\"",
         near.empty() ? std::string() : "did you mean \"" + std::string(near) + "\"?");
}

bool ImportReader::is(ImportValue value, const ImportField& field, ImportKind kind) {
  if (!value || value.kind() == ImportKind::rejected) return false;
  if (value.kind() == kind) return true;
  reject(field, "must be " + std::string(name_of(kind)));
  return false;
}

std::string_view ImportReader::text(ImportValue value, const ImportField& field) {
  if (!is(value, field, ImportKind::text)) return {};
  if (field.required && value.text().empty()) reject(field, "is empty");
  return value.text();
}

std::optional<UtcTime> ImportReader::time(ImportValue value, const ImportField& field) {
  const std::string_view given = text(value, field);
  if (given.empty()) return std::nullopt;
  const auto time = parse_rfc3339(given);
  if (!time) {
    reject(field, "is not a time with zone");
    return std::nullopt;
  }
  if (*time < first_believed) {
    reject(field, "looks like an unset date");
    return std::nullopt;
  }
  return *time;
}

std::optional<UtcTime> ImportReader::past_time(ImportValue value, const ImportField& field) {
  const auto given = time(value, field);
  if (given && *given > context_.now + clock_tolerance) {
    reject(field, "lies in the future");
    return std::nullopt;
  }
  return given;
}

std::uint32_t ImportReader::number(ImportValue value, const ImportField& field, std::uint32_t low, std::uint32_t high) {
  if (value && value.kind() == ImportKind::number) {
    reject(field, "must be an integer in range");
    return low;
  }
  if (!is(value, field, ImportKind::integer)) return low;
  if (value.integer() < std::int64_t{low} || value.integer() > std::int64_t{high}) {
    reject(field, "is out of range");
    return low;
  }
  return static_cast<std::uint32_t>(value.integer());
}

std::optional<DomainName> ImportReader::name(ImportValue value, const ImportField& field) {
  const std::string_view given = text(value, field);
  if (given.empty()) return std::nullopt;
  auto name = DomainName::parse(given);
  if (!name) {
    reject(field, "is not a domain name" + rule_of(name.error().context));
    return std::nullopt;
  }
  return std::move(*name);
}

void ImportReader::label(ImportValue value, const ImportField& field, std::string_view characters, std::size_t least,
                         std::size_t most, std::string& into) {
  const std::string_view given = text(value, field);
  if (given.empty()) return;
  if (given.size() < least || given.size() > most || given.find_first_not_of(characters) != std::string_view::npos) {
    reject(field, "has another length or other characters than a label may have");
    return;
  }
  into = given;
}

}  // namespace regdata::store
