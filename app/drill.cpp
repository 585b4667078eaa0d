#include "app/drill.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "app/publication.hpp"
#include "app/whois_options.hpp"
#include "escrow/manifest.hpp"
#include "redaction/publisher.hpp"
#include "whois/answer.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t differing_told = 20;
constexpr std::size_t deposits_looked_at = 1000;

using Line = std::pair<std::string_view, std::string_view>;  ///< label and value

/// Of the object's data: what stands behind ">>>" is not about it.
std::vector<Line> lines_of(std::string_view answer) {
  std::vector<Line> lines;
  answer = answer.substr(0, answer.find(">>>"));
  while (!answer.empty()) {
    const auto end = std::min(answer.find('\n'), answer.size());
    std::string_view line = answer.substr(0, end);
    answer.remove_prefix(std::min(end + 1, answer.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos)
      lines.emplace_back(line, std::string_view());
    else
      lines.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return lines;
}

/// As if both stores had drawn the same token, and as if the registrar had no date where the deposit's only column for one took
/// the registry's.
std::string comparable(std::string answer, const RegistrationData& held, bool has_own_date) {
  if (!held.relay_token.empty())
    for (auto at = answer.find(held.relay_token); at != std::string::npos; at = answer.find(held.relay_token, at))
      answer.replace(at, held.relay_token.size(), "{token}");
  constexpr std::string_view own_date = "Registrar Registration Expiration Date: ";
  if (const auto at = answer.find(own_date); !has_own_date && at != std::string::npos)
    answer.erase(at + own_date.size() - 1, answer.find_first_of("\r\n", at) - at - own_date.size() + 1);
  return answer;
}

}  // namespace

std::string lines_that_differ(std::string_view restored, std::string_view live, std::string_view contact_form) {
  const auto said = lines_of(live);
  const std::set<Line> there(said.begin(), said.end());
  std::string labels;
  for (const Line& line : lines_of(restored)) {
    const auto& [label, value] = line;
    const bool withheld = value.starts_with("REDACTED") || (!contact_form.empty() && value.starts_with(contact_form));
    // "Creation Date:" without a value: no column for it
    if (withheld || (value.empty() && label.ends_with(':')) || there.contains(line)) continue;
    labels += (labels.empty() ? "" : ", ") + std::string(label);
  }
  return labels;
}

Expected<std::optional<std::uint64_t>> sequence_of(escrow::Ledger& ledger, std::string_view agent,
                                                   const std::vector<escrow::Digest>& digests) {
  const auto entries = ledger.list(agent, deposits_looked_at);
  if (!entries) return entries.error();
  for (const escrow::DepositEntry& entry : *entries) {
    if (entry.manifest.empty()) continue;
    const auto manifest = escrow::read_manifest(entry.manifest);
    if (!manifest) return manifest.error();
    if (std::ranges::is_permutation(escrow::content_digests(*manifest), digests)) return std::optional(entry.sequence);
  }
  return std::optional<std::uint64_t>();
}

Expected<LookupComparison> compare_lookups(const Config& config, RegistrationStore& live, RegistrationStore& restored,
                                           const std::filesystem::path& directory, const escrow::ChangedSince& changed,
                                           std::size_t sample, const Clock& clock) {
  const auto live_views = redaction::ViewReader::open(config.views.directory);
  if (!live_views) return live_views.error();
  {
    auto publication = load_publication(config);
    if (!publication) return publication.error();
    const auto views = redaction::ViewWriter::open(directory);
    if (!views) return views.error();
    redaction::Publisher publisher(restored, **views, std::move(*publication), clock);
    if (const auto done = publisher.settle(); !done) return done.error();
  }
  const auto views = redaction::ViewReader::open(directory);
  if (!views) return views.error();
  const auto count = restored.count();
  if (!count) return count.error();
  std::vector<std::string> names;
  std::uint64_t number = 0;
  const auto stride = std::max<std::uint64_t>(1, *count / std::max<std::size_t>(1, sample));
  const auto listed = (*views)->for_each([&](std::string_view name, const redaction::PublicView&) {
    if (number++ % stride == 0) names.emplace_back(name);
    return true;
  });
  if (!listed) return listed.error();

  const std::string_view form = config.publication.contact_form;
  const whois::RateLimits limits = rate_limits(config.whois);
  LookupComparison found;
  for (const std::string& name : names) {
    const DomainName parsed = DomainName::from_stored(name).value();
    const auto held = live.find(parsed);
    if (!held) return held.error();
    const auto again = restored.find(parsed);
    if (!again) return again.error();
    if (changed.has(name) || (*held && changed.has((*held)->registration))) {
      ++found.changed;
      continue;
    }
    ++found.asked;
    const UtcTime now = clock();
    const auto from_restored = whois::answer_line(name, **views, limits, now);
    const auto from_live = whois::answer_line(name, **live_views, limits, now);
    std::string labels = "not held";
    if (*held && *again) {
      const bool own_date = (*held)->registration.registrar_expires.has_value();
      labels = lines_that_differ(comparable(from_restored.text, **again, own_date), comparable(from_live.text, **held, true),
                                 form.substr(0, form.find('{')));
    }
    if (from_restored.kind != from_live.kind) labels = "no answer in one of them";
    if (labels.empty()) continue;
    ++found.differences;
    if (found.first.size() < differing_told) found.first.push_back({name, std::move(labels)});
  }
  return found;
}

}  // namespace regdata::app
