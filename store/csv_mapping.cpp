#include "store/csv_mapping.hpp"

#include <algorithm>
#include <charconv>

#include "store/import_fields.hpp"

namespace regdata::store {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

/// Calls `take` for each part between separators that is not empty. `exact`: one separator text; else any of `characters`.
template <class Take>
void split(std::string_view text, std::string_view exact, std::string_view characters, Take take) {
  while (!text.empty()) {
    const std::size_t end = exact.empty() ? text.find_first_of(characters) : text.find(exact);
    const std::string_view part = trimmed(text.substr(0, end));
    if (!part.empty()) take(part);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + (exact.empty() ? 1 : exact.size()));
  }
}

/// Country code and number as a panel holds them, in the form of RFC 5733 §2.5. Sources double the plus, the code and the
/// dots (operations.md §1.3 trap 9). What is no number stays as it is, for the reader to refuse.
std::string phone_number(std::string_view code, std::string_view number) {
  const std::size_t dot = number.find('.');
  if (number.empty() || (number.front() == '+' && dot != std::string_view::npos && dot <= 4 && number.rfind('.') == dot &&
                         number.find_first_not_of("+.0123456789") == std::string_view::npos)) {
    return std::string(number);
  }
  std::string digits;
  for (const char c : number) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (std::string_view("+-./() \xC2\xA0").find(c) == std::string_view::npos) {
      return std::string(number);
    }
  }
  std::string country;
  for (const char c : code) {
    if (c >= '0' && c <= '9') country += c;
  }
  country.erase(0, country.find_first_not_of('0'));
  if (country.empty()) return std::string(number);
  if (digits.starts_with("00" + country)) {
    digits.erase(0, 2 + country.size());
  } else if (number.front() == '+' && digits.starts_with(country)) {
    digits.erase(0, country.size());
  }
  return '+' + country + '.' + digits;
}

/// "12345 13 2 AB12…" as an object; words that are missing are left to the reader to miss.
void write_ds(std::string_view entry, ImportDocument& document) {
  document.open(ImportKind::object);
  std::size_t index = 0;
  split(entry, {}, " \t", [&](std::string_view word) {
    const std::size_t at = std::min(index++, ds_fields.size() - 1);
    std::uint32_t value = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
    document.key(ds_fields[at].key);
    if (ds_fields[at].key != "digest" && code == std::errc() && end == word.data() + word.size()) {
      document.integer(value);
    } else {
      document.text(word);
    }
  });
  document.close();
}

}  // namespace

Expected<CsvColumns> CsvColumns::bind(CsvMapping mapping, const std::vector<std::string_view>& header) {
  CsvColumns columns;
  columns.mapping_ = std::move(mapping);
  columns.size_ = header.size();
  const auto find = [&](std::string_view name) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (trimmed(header[i]) == name) found.push_back(i);
    }
    return found;
  };
  std::vector<std::string> missing;
  bool any = false;
  for (const auto& target : columns.mapping_.targets) {
    Bound& bound = columns.bound_.emplace_back();
    for (const auto& name : target.columns) {
      const auto at = find(name);
      if (at.size() > 1) return make_error(Errc::configuration, "mapping: the file has the column \"" + name + "\" twice");
      any = any || !at.empty();
      if (at.empty()) {
        missing.push_back(name);
      } else {
        bound.columns.push_back(at.front());
      }
    }
  }
  if (!missing.empty()) {
    // Without a header row the first row is a person's data, which an error must not show.
    std::string there = any ? "the file has: " : "the first row must be a header";
    for (std::size_t i = 0; any && i < header.size(); ++i) {
      const auto name = trimmed(header[i]);
      there += (i == 0 ? "" : ", ") + std::string(is_showable_key(name) ? name : "(unnamed)");
    }
    return make_error(Errc::configuration, "mapping: the file has no column \"" + missing.front() + "\"", std::move(there));
  }
  columns.sort_columns(header);
  return columns;
}

void CsvColumns::sort_columns(const std::vector<std::string_view>& header) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto uses = [i](const Bound& bound) {
      return std::find(bound.columns.begin(), bound.columns.end(), i) != bound.columns.end();
    };
    if (std::any_of(bound_.begin(), bound_.end(), uses)) continue;
    const std::string_view name = trimmed(header[i]);
    const ForeignKey foreign = foreign_key(name);
    auto& list = foreign == ForeignKey::auth_code ? auth_codes_ : foreign == ForeignKey::not_consent ? not_consent_ : ignored_;
    list.emplace_back(is_showable_key(name) ? name : "(unnamed)");
  }
}

/// The text of every target, before anything is written: whether a contact is there depends on all of its cells.
void CsvColumns::collect(const std::vector<std::string_view>& fields) {
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    const CsvTarget& target = mapping_.targets[i];
    Bound& bound = bound_[i];
    bound.value.clear();
    if (target.form == CsvForm::phone) {
      bound.value = phone_number(trimmed(fields[bound.columns[0]]), trimmed(fields[bound.columns[1]]));
    } else {
      const std::string_view separator =
          target.kind == CsvKind::street ? std::string_view("\n")
          : target.kind == CsvKind::list || target.kind == CsvKind::ds
              ? (mapping_.list_separator.empty() ? std::string_view("|") : mapping_.list_separator)
              : std::string_view(target.separator);
      for (const std::size_t column : bound.columns) {
        const auto cell = trimmed(fields[column]);
        if (cell.empty()) continue;
        if (!bound.value.empty()) bound.value += separator;
        bound.value += cell;
      }
    }
    bound.from_cells = !bound.value.empty() && target.form != CsvForm::handle;
    if (!bound.value.empty()) bound.value.insert(0, target.prefix);
    if (bound.value.empty()) bound.value = target.fallback;
    const bool entries = target.kind == CsvKind::list || target.kind == CsvKind::street || target.kind == CsvKind::ds;
    const auto meant = entries ? target.values.end() : target.values.find(bound.value);
    if (meant != target.values.end()) bound.value = meant->second;
  }
}

void CsvColumns::map(const std::vector<std::string_view>& fields, ImportDocument& document,
                     std::vector<Rejection>& rejections) {
  collect(fields);
  document.clear();
  document.open(ImportKind::object);
  const auto value_of = [&](std::string_view path) -> std::string_view {
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      if (mapping_.targets[i].path == path) return bound_[i].value;
    }
    return {};
  };
  const bool end = value_of("op") == "end";
  for (std::size_t i = 0; i < bound_.size();) {
    const std::string_view path = mapping_.targets[i].path;
    const bool of_end = path == "reason" || path == "at";
    const bool of_both = path == "op" || path == "name";
    const std::string_view group = path.substr(0, path.find('.'));
    if (group == "contacts" || group == "reseller") {
      const std::size_t behind = group_end(i, group);
      if (!end) {
        document.key(group);
        write_group(i, behind, document, rejections);
      }
      i = behind;
      continue;
    }
    if (of_both || of_end == end) write(i, path, document, rejections);
    ++i;
  }
  document.close();
}

std::size_t CsvColumns::group_end(std::size_t begin, std::string_view prefix) const {
  const auto inside = [&](std::string_view path) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.');
  };
  std::size_t end = begin;
  while (end < mapping_.targets.size() && inside(mapping_.targets[end].path)) ++end;
  return end;
}

/// An object of the targets from `begin` to `end`, which share a first key: the roles, one contact of them, or the reseller.
/// Null where the source holds nothing of it.
void CsvColumns::write_group(std::size_t begin, std::size_t end, ImportDocument& document, std::vector<Rejection>& rejections) {
  const std::string_view path = mapping_.targets[begin].path;
  const bool roles = path.starts_with("contacts.");
  const auto there = [&](std::size_t from, std::size_t to) {
    return std::any_of(bound_.begin() + static_cast<std::ptrdiff_t>(from), bound_.begin() + static_cast<std::ptrdiff_t>(to),
                       [](const Bound& bound) { return bound.from_cells; });
  };
  if (!roles && !there(begin, end)) return document.null();
  document.open(ImportKind::object);
  for (std::size_t i = begin; i < end;) {
    const std::string_view full = mapping_.targets[i].path;
    const std::size_t first = full.find('.') + 1;
    const std::size_t second = full.find('.', first);
    if (!roles || second == std::string_view::npos) {
      write(i++, full.substr(first), document, rejections);
      continue;
    }
    const std::size_t behind = group_end(i, full.substr(0, second));
    if (there(i, behind)) {
      document.key(full.substr(first, second - first));
      document.open(ImportKind::object);
      for (std::size_t part = i; part < behind; ++part) {
        write(part, std::string_view(mapping_.targets[part].path).substr(second + 1), document, rejections);
      }
      document.close();
    }
    i = behind;
  }
  document.close();
}

void CsvColumns::write(std::size_t at, std::string_view key, ImportDocument& document, std::vector<Rejection>& rejections) {
  const CsvTarget& target = mapping_.targets[at];
  const std::string& value = bound_[at].value;
  if (value.empty()) return;
  document.key(key);
  if (target.kind == CsvKind::text) return document.text(value);
  if (target.kind != CsvKind::date) return write_list(target, value, document);
  if (is_zero_date(value)) {
    rejections.push_back({target.path, "looks like an unset date", "a date, or an empty cell"});
    return document.rejected();
  }
  if (mapping_.dates.formats.empty()) return document.text(value);
  if (const auto time = parse_csv_date(value, mapping_.dates)) return document.text(format_rfc3339(*time));
  rejections.push_back({target.path, "does not have the form that the mapping states", mapping_.dates.formats.front()});
  document.rejected();
}

void CsvColumns::write_list(const CsvTarget& target, const std::string& value, ImportDocument& document) {
  const bool street = target.kind == CsvKind::street;
  const bool ds = target.kind == CsvKind::ds;
  document.open(ImportKind::list);
  const std::string_view exact = street ? std::string_view("\n") : std::string_view(mapping_.list_separator);
  const bool unsigned_delegation = ds && (value == "none" || value == "unsigned");
  if (!unsigned_delegation) {
    split(value, exact, ds ? ",;|\r\n" : ",;| \t\r\n", [&](std::string_view part) {
      const auto meant = target.values.find(std::string(part));
      const std::string_view entry = meant == target.values.end() ? part : std::string_view(meant->second);
      if (entry.empty()) return;
      ds ? write_ds(entry, document) : document.text(entry);
    });
  }
  document.close();
}

}  // namespace regdata::store
