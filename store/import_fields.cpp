#include "store/import_fields.hpp"

#include <algorithm>
#include <vector>

#include "registration/ascii.hpp"

namespace regdata::store {
namespace {

constexpr std::array objects{
    ImportObject{"put", put_fields},         ImportObject{"end", end_fields},           ImportObject{"host", host_fields},
    ImportObject{"ds", ds_fields},           ImportObject{"reseller", reseller_fields}, ImportObject{"contacts", role_fields},
    ImportObject{"contact", contact_fields}, ImportObject{"choice", choice_fields},
};

/// Names that panels give to the transfer secret (operations.md §1.3 trap 8; RFC 5731 §3.2.1 authInfo).
constexpr std::array<std::string_view, 10> auth_codes{"auth_code", "authcode", "auth_info",     "authinfo",     "auth-code",
                                                      "epp_code",  "eppcode",  "transfer_code", "transfer_key", "auth"};
constexpr std::array<std::string_view, 8> privacy_switches{
    "privacy",       "id_protection", "idprotection", "id_protect", "privacy_protection",
    "whois_privacy", "whoisprivacy",  "disclose"};

/// Edit distance with swaps of neighbours counted as one, on three rows.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::span<const ImportObject> import_objects() noexcept { return objects; }

ForeignKey foreign_key(std::string_view key) noexcept {
  constexpr std::string_view disclose = "disclose_";
  if (key.size() > 32) return ForeignKey::unknown;
  const auto is = [key](std::string_view name) { return same_ignoring_case(key, name); };
  if (std::any_of(auth_codes.begin(), auth_codes.end(), is)) return ForeignKey::auth_code;
  if (same_ignoring_case(key.substr(0, disclose.size()), disclose) ||
      std::any_of(privacy_switches.begin(), privacy_switches.end(), is)) {
    return ForeignKey::not_consent;
  }
  return ForeignKey::unknown;
}

std::string_view nearest_key(std::string_view key, std::span<const ImportField> fields) {
  std::string_view best;
  std::size_t best_distance = 0;
  if (key.empty() || key.size() > 64) return best;  // hostile lengths cost nothing
  for (const auto& field : fields) {
    const std::size_t allowed = std::max<std::size_t>(1, std::max(key.size(), field.key.size()) / 3);
    // a word that somebody cut short ("admin") is far from the whole one, and meant all the same
    const bool begins = key.size() >= 3 && field.key.starts_with(key);
    const std::size_t found = begins ? 1 : distance(key, field.key);
    if (found <= allowed && (best.empty() || found < best_distance)) {
      best = field.key;
      best_distance = found;
    }
  }
  return best;
}

bool is_showable_key(std::string_view key) noexcept {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
           c == ' ';
  };
  return !key.empty() && key.size() <= 40 && std::all_of(key.begin(), key.end(), fits);
}

}  // namespace regdata::store
