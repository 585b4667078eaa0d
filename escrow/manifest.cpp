#include "escrow/manifest.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <limits>
#include <set>

#include "escrow/measure.hpp"
#include "escrow/openpgp/detached.hpp"

namespace regdata::escrow {
namespace {

namespace json = boost::json;

constexpr std::string_view format_name = "regdata-deposit-1";

Digest digest_at(const json::object& object, std::string_view name) {
  const auto& digits = object.at(name).as_string();
  const auto digest = digest_from(std::string_view(digits.data(), digits.size()));
  if (!digest) throw std::invalid_argument("a digest");
  return *digest;
}

json::object counts(const std::map<std::string, std::uint64_t>& map) {
  json::object object;
  for (const auto& [name, count] : map) object[name] = count;
  return object;
}

std::map<std::string, std::uint64_t> counts_from(const json::value& value) {
  return json::value_to<std::map<std::string, std::uint64_t>>(value);
}

json::array texts(const std::vector<std::string>& all) { return json::array(all.begin(), all.end()); }

std::string text_at(const json::object& object, std::string_view name) { return std::string(object.at(name).as_string()); }
std::uint64_t number_at(const json::object& object, std::string_view name) {
  return object.at(name).to_number<std::uint64_t>();
}

struct QualityField {
  const char* name;
  std::uint64_t DepositQuality::*count;
};
constexpr std::array<QualityField, 7> quality_fields{{{"rows", &DepositQuality::rows},
                                                      {"withoutEmail", &DepositQuality::without_email},
                                                      {"badEmail", &DepositQuality::bad_email},
                                                      {"withoutPhone", &DepositQuality::without_phone},
                                                      {"badPhone", &DepositQuality::bad_phone},
                                                      {"badCountry", &DepositQuality::bad_country},
                                                      {"beyondAscii", &DepositQuality::beyond_ascii}}};

json::object to_json(const PartFacts& part) {
  json::object object{{"file", part.file_name},
                      {"bytes", part.file_bytes},
                      {"sha256", hex(part.file_sha256)},
                      {"content", part.content_name},
                      {"contentBytes", part.content_bytes},
                      {"contentSha256", hex(part.content_sha256)},
                      {"rows", part.rows}};
  if (!part.signature_name.empty())
    object["signature"] = {{"file", part.signature_name}, {"sha256", hex(part.signature_sha256)}};
  return object;
}

PartFacts part_from(const json::object& object) {
  PartFacts part{.content_name = text_at(object, "content"),
                 .file_name = text_at(object, "file"),
                 .rows = number_at(object, "rows"),
                 .content_bytes = number_at(object, "contentBytes"),
                 .content_sha256 = digest_at(object, "contentSha256"),
                 .file_bytes = number_at(object, "bytes"),
                 .file_sha256 = digest_at(object, "sha256")};
  if (const json::value* signature = object.if_contains("signature")) {
    part.signature_name = text_at(signature->as_object(), "file");
    part.signature_sha256 = digest_at(signature->as_object(), "sha256");
  }
  return part;
}

/// Two blanks a level. Boost.JSON of Debian 12 writes everything in one line.
void append_pretty(std::string& out, const json::value& value, std::size_t depth) {
  const std::string indent(2 * depth + 2, ' ');
  const auto list = [&](const auto& items, char open, char close, auto write) {
    if (items.empty()) {
      out.append({open, close});
      return;
    }
    out += open;
    bool first = true;
    for (const auto& item : items) {
      out += first ? "\n" : ",\n";
      out += indent;
      write(item);
      first = false;
    }
    out += "\n" + std::string(2 * depth, ' ') + close;
  };
  if (value.is_object())
    list(value.get_object(), '{', '}', [&](const json::key_value_pair& pair) {
      out += json::serialize(pair.key()) + ": ";
      append_pretty(out, pair.value(), depth + 1);
    });
  else if (value.is_array())
    list(value.get_array(), '[', ']', [&](const json::value& item) { append_pretty(out, item, depth + 1); });
  else
    out += json::serialize(value);
}

DepositKind kind_from(std::string_view word) {
  for (const DepositKind kind : {DepositKind::full, DepositKind::incremental, DepositKind::differential})
    if (word == to_string(kind)) return kind;
  throw std::invalid_argument("another kind");
}

ListFacts list_from(const json::object& object) {
  return {.bytes = number_at(object, "bytes"), .sha256 = digest_at(object, "sha256"), .key = digest_at(object, "key")};
}

json::object to_json(const ListFacts& list, std::string_view file) {
  return {{"file", file}, {"bytes", list.bytes}, {"sha256", hex(list.sha256)}, {"key", hex(list.key)}};
}

Expected<Manifest> manifest_from(const json::object& object) {
  if (object.at("format").as_string() != format_name) throw std::invalid_argument("another format");
  Manifest manifest;
  manifest.agent = text_at(object, "agent");
  manifest.registrar = text_at(object, "registrar");
  manifest.iana_id = static_cast<std::uint32_t>(number_at(object, "ianaId"));
  manifest.specification = text_at(object, "specification");
  manifest.kind = kind_from(text_at(object, "kind"));
  manifest.date = text_at(object, "date");
  manifest.revision = static_cast<std::uint32_t>(number_at(object, "revision"));
  const auto watermark = parse_rfc3339(text_at(object, "watermark"));
  if (!watermark) return watermark.error();
  manifest.watermark = *watermark;
  manifest.sequence = number_at(object, "sequence");
  manifest.columns = json::value_to<std::vector<std::string>>(object.at("columns"));
  if (const json::value* own = object.if_contains("contactColumns"))
    manifest.contact_columns = json::value_to<std::vector<std::string>>(*own);
  for (const json::value& part : object.at("parts").as_array()) manifest.facts.parts.push_back(part_from(part.as_object()));
  const json::object& hashes = object.at("hashFile").as_object();
  manifest.facts.hash_file = text_at(hashes, "file");
  manifest.facts.hash_file_sha256 = digest_at(hashes, "sha256");
  const json::object& rows = object.at("rows").as_object();
  manifest.facts.row_salt = digest_at(rows, "salt");
  manifest.facts.row_sum = digest_at(rows, "sum");
  manifest.facts.merkle_root = digest_at(rows, "merkleRoot");
  manifest.facts.per_tld = counts_from(object.at("perTld"));
  manifest.facts.missing = counts_from(object.at("missing"));
  for (const QualityField& field : quality_fields)
    manifest.facts.quality.*field.count = number_at(object.at("quality").as_object(), field.name);
  // what deposits of before have not
  if (const json::value* list = object.if_contains("contacts")) manifest.contacts = list_from(list->as_object());
  if (const json::value* list = object.if_contains("objects")) manifest.facts.objects = list_from(list->as_object());
  if (const json::value* difference = object.if_contains("difference")) {
    manifest.base = text_at(difference->as_object(), "base");
    manifest.facts.gone = number_at(difference->as_object(), "gone");
  }
  manifest.facts.names = object.contains("names") ? number_at(object, "names") : manifest.facts.quality.rows;
  if (object.contains("rdeId")) manifest.facts.rde_id = text_at(object, "rdeId");
  if (object.contains("region")) manifest.region = text_at(object, "region");
  manifest.left_out = counts_from(object.at("leftOut"));
  manifest.recipients = json::value_to<std::vector<std::string>>(object.at("recipients"));
  manifest.signer = text_at(object, "signer");
  manifest.before = text_at(object, "before");
  manifest.program = text_at(object, "program");
  return manifest;
}

Error unlike(const std::filesystem::path& file, const char* what) {
  return make_error(Errc::damaged, file.string() + ": " + what, "the deposit is not what its manifest says; do not send it");
}

}  // namespace

std::vector<DepositFile> files_for_agent(const Manifest& manifest) {
  std::vector<DepositFile> files;
  for (const PartFacts& part : manifest.facts.parts) {
    files.push_back({.name = part.file_name, .sha256 = part.file_sha256});
    if (!part.signature_name.empty()) files.push_back({.name = part.signature_name, .sha256 = part.signature_sha256});
  }
  files.push_back({.name = manifest.facts.hash_file, .sha256 = manifest.facts.hash_file_sha256});
  return files;
}

std::vector<Digest> content_digests(const Manifest& manifest) {
  std::vector<Digest> digests;
  for (const PartFacts& part : manifest.facts.parts)
    if (!part.content_name.empty()) digests.push_back(part.content_sha256);
  return digests;
}

std::string to_text(const Manifest& manifest) {
  const DepositFacts& facts = manifest.facts;
  json::array parts;
  for (const PartFacts& part : facts.parts) parts.push_back(to_json(part));
  json::object quality;
  for (const QualityField& field : quality_fields) quality[field.name] = facts.quality.*field.count;
  json::object object{
      {"format", format_name},
      {"agent", manifest.agent},
      {"registrar", manifest.registrar},
      {"ianaId", manifest.iana_id},
      {"specification", manifest.specification},
      {"kind", to_string(manifest.kind)},
      {"date", manifest.date},
      {"revision", manifest.revision},
      {"watermark", format_rfc3339(manifest.watermark)},
      {"sequence", manifest.sequence},
      {"columns", texts(manifest.columns)},
      {"parts", std::move(parts)},
      {"names", facts.names},
      {"hashFile", {{"file", facts.hash_file}, {"sha256", hex(facts.hash_file_sha256)}}},
      {"rows", {{"salt", hex(facts.row_salt)}, {"sum", hex(facts.row_sum)}, {"merkleRoot", hex(facts.merkle_root)}}},
      {"perTld", counts(facts.per_tld)},
      {"missing", counts(facts.missing)},
      {"quality", std::move(quality)},
      {"leftOut", counts(manifest.left_out)},
      {"recipients", texts(manifest.recipients)},
      {"signer", manifest.signer},
      {"before", manifest.before},
      {"program", manifest.program}};
  if (!manifest.contact_columns.empty()) object["contactColumns"] = texts(manifest.contact_columns);
  if (!facts.rde_id.empty()) object["rdeId"] = facts.rde_id;
  if (!manifest.region.empty()) object["region"] = manifest.region;
  if (manifest.contacts) object["contacts"] = to_json(*manifest.contacts, contact_list_name);
  if (facts.objects) object["objects"] = to_json(*facts.objects, object_list_name);
  if (!manifest.base.empty()) object["difference"] = json::object{{"base", manifest.base}, {"gone", facts.gone}};
  std::string out;
  append_pretty(out, object, 0);
  out += '\n';
  return out;
}

Expected<Manifest> read_manifest(std::string_view text) try {
  if (text.size() > longest_manifest) return make_error(Errc::damaged, "the manifest is too long");
  const json::value value = json::parse(json::string_view(text.data(), text.size()));
  return manifest_from(value.as_object());
} catch (const std::exception&) {  // what Boost.JSON throws quotes nothing worth telling
  return make_error(Errc::damaged, "no manifest of a deposit, or not whole");
}

std::string hash_of(std::string_view manifest_text) { return hex(sha256(as_bytes(manifest_text))); }

namespace {

/// That a file is gone will not mend itself: it is no trouble of the disk.
Expected<FileMeasure> measure_own(const std::filesystem::path& file) {
  const auto there = is_there(file);
  if (!there) return there.error();
  if (!*there) {
    Error gone = unlike(file, "it is not there any more");
    gone.hint = "files of old deposits go by keep_here_days; else the agent has them";
    return gone;
  }
  return measure_file(file, FileSource::Memory::from_disk);
}

}  // namespace

Expected<void> compare_with_manifest(const std::filesystem::path& directory, std::string_view manifest_text,
                                     const openpgp::PublicKey& signer) {
  const auto manifest = read_manifest(manifest_text);
  if (!manifest) return manifest.error();
  for (const std::string_view name : {manifest_name, manifest_signature_name}) {
    const auto there = is_there(directory / name);
    if (!there) return there.error();
    if (!*there) return unlike(directory / name, "it is not there any more");
  }
  const auto own = read_file(directory / manifest_name, longest_manifest);
  if (!own) return own.error();
  if (as_text(*own) != manifest_text) return unlike(directory / manifest_name, "another text than the ledger has");
  const auto signature = read_file(directory / manifest_signature_name, longest_manifest);
  if (!signature) return signature.error();
  if (const auto holds = openpgp::verify_detached(*signature, *own, signer); !holds)
    return unlike(directory / manifest_signature_name, holds.error().context.c_str());
  std::set<std::string, std::less<>> expected{std::string(manifest_name), std::string(manifest_signature_name),
                                              std::string(left_mark_name)};
  for (const PartFacts& part : manifest->facts.parts) {
    const auto found = measure_own(directory / part.file_name);
    if (!found) return found.error();
    if (found->size != part.file_bytes || found->digest != part.file_sha256)
      return unlike(directory / part.file_name, "another size or digest");
    expected.insert(part.file_name);
    if (part.signature_name.empty()) continue;
    const auto signed_by = measure_own(directory / part.signature_name);
    if (!signed_by) return signed_by.error();
    if (signed_by->digest != part.signature_sha256) return unlike(directory / part.signature_name, "another digest");
    expected.insert(part.signature_name);
  }
  const auto list = [&](const std::optional<ListFacts>& told, std::string_view name) -> Expected<void> {
    if (!told) return {};
    const auto found = measure_own(directory / name);
    if (!found) return found.error();
    if (found->size != told->bytes || found->digest != told->sha256) return unlike(directory / name, "another size or digest");
    expected.emplace(name);
    return {};
  };
  if (auto good = list(manifest->contacts, contact_list_name); !good) return good;
  if (auto good = list(manifest->facts.objects, object_list_name); !good) return good;
  const auto hashes = measure_own(directory / manifest->facts.hash_file);
  if (!hashes) return hashes.error();
  if (hashes->digest != manifest->facts.hash_file_sha256)
    return unlike(directory / manifest->facts.hash_file, "another digest");
  expected.insert(manifest->facts.hash_file);
  std::error_code failure;
  for (auto item = std::filesystem::directory_iterator(directory, failure);
       !failure && item != std::filesystem::directory_iterator(); item.increment(failure))
    if (!expected.contains(item->path().filename().string())) return unlike(item->path(), "nobody put this here");
  if (failure) return make_error(Errc::unavailable, "cannot list " + directory.string() + ": " + failure.message());
  return {};
}

Expected<void> check_chain(Ledger& ledger, const Manifest& manifest) {
  if (manifest.before.empty()) return {};
  const auto rows = ledger.list(manifest.agent, std::numeric_limits<std::int64_t>::max());
  if (!rows) return rows.error();
  const bool held = std::ranges::any_of(
      *rows, [&](const DepositEntry& row) { return !row.manifest.empty() && hash_of(row.manifest) == manifest.before; });
  if (held) return {};
  return make_error(Errc::damaged, "the manifest before, " + manifest.before + ", is not in the ledger",
                    "was an older database put back, or a deposit taken out?");
}

}  // namespace regdata::escrow
