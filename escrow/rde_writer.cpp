#include "escrow/rde_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "escrow/deposit_checks.hpp"
#include "escrow/measure.hpp"
#include "escrow/openpgp/detached.hpp"
#include "escrow/rde_objects.hpp"
#include "registration/ascii.hpp"

namespace regdata::escrow {

namespace {

/// Of RFC 8909 §5.1.
std::string_view rde_type(DepositKind kind) {
  if (kind == DepositKind::full) return "FULL";
  return kind == DepositKind::incremental ? "INCR" : "DIFF";
}

bool is_digits(std::string_view text) noexcept { return std::ranges::all_of(text, is_digit); }

}  // namespace

std::string new_rde_id(std::chrono::sys_days date, const openpgp::Random& random) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // none that is taken for another
  std::array<std::uint8_t, 5> chance{};
  random(chance);
  const std::string day = date_text(date);
  std::string id = day.substr(0, 4) + day.substr(5, 2) + day.substr(8, 2);
  for (const std::uint8_t octet : chance) id += alphabet[octet % alphabet.size()];
  return id;
}

std::string rde_id(const Manifest& manifest) {
  if (!manifest.specification.starts_with("rfc9022") || !manifest.facts.rde_id.empty()) return manifest.facts.rde_id;
  const std::string& day = manifest.date;
  const std::string_view letter = manifest.kind == DepositKind::full ? "" : rde_type(manifest.kind).substr(0, 1);
  return fmt::format("{}{}{}{}{:03}", day.substr(0, 4), day.substr(5, 2), day.substr(8, 2), letter, manifest.revision + 1);
}

bool tells_date_alone(std::string_view id) noexcept {
  if (id.size() == 12 && (id[8] == 'D' || id[8] == 'I')) return is_digits(id.substr(0, 8)) && is_digits(id.substr(9));
  return id.size() == 11 && is_digits(id);
}

RdeFrame rde_frame(const DepositPlan& plan) {
  return {.type = rde_type(plan.kind),
          .id = plan.rde_id,
          .before = plan.base ? plan.base->rde_id : "",
          .resend = plan.revision,
          .watermark = plan.watermark,
          .iana_id = plan.iana_id};
}

std::string rde_stem(const DepositPlan& plan) {
  const std::string name = plan.rde_name.empty() ? std::to_string(plan.iana_id) : plan.rde_name;
  // Specification 2 knows no incremental deposits; "incr" is ours
  const std::string_view kind = plan.kind == DepositKind::incremental ? "incr" : to_string(plan.kind);
  return fmt::format("{}_{}_{}_S1_R{}", name, date_text(plan.date), kind, plan.revision);
}

struct RdeWriter::Impl {
  Impl(std::filesystem::path where, DepositPlan planned, Sealing by, const Registrar& whose, const Digest& row_salt)
      : directory(std::move(where)),
        plan(std::move(planned)),
        sealing(std::move(by)),
        registrar(whose),
        salt(row_salt),
        rows(row_salt),
        objects({.roid_suffix = plan.roid_suffix, .iana_id = plan.iana_id}) {
    facts.row_salt = row_salt;
    facts.rde_id = plan.rde_id;
  }

  /// The object that was built: counted, and noted or written where it belongs into the deposit.
  Expected<bool> take(ObjectKind kind, const std::string& of, std::uint64_t& count,
                      const std::vector<std::string_view>& missing);
  Expected<void> write_deletes();

  std::filesystem::path directory;
  DepositPlan plan;
  Sealing sealing;
  const Registrar& registrar;
  Digest salt;
  RowDigest rows;
  RdeObjects objects;
  ObjectSieve sieve;
  Lacking lacking;
  RdeCounts counts;                   ///< of the pass in hand
  RdeCounts counted;                  ///< of the first one
  std::uint64_t size = 0;             ///< of the objects, as counted
  std::unique_ptr<DepositPart> part;  ///< null: the first pass
  DepositFacts facts;
};

Expected<bool> RdeWriter::Impl::take(ObjectKind kind, const std::string& of, std::uint64_t& count,
                                     const std::vector<std::string_view>& missing) {
  ++count;
  auto belongs = part ? Expected<bool>(sieve.passes_again()) : sieve.passes(kind, of, objects.line());
  if (!belongs || !*belongs) return belongs;
  if (!part) {
    if (!fits_xml(objects.line())) return make_error(Errc::invalid, of + ": holds a character that XML has not (XML 1.0 §2.2)");
    size += objects.line().size();
    lacking.note(of, missing);
    return true;
  }
  if (auto added = part->add_line(objects.line()); !added) return about_object(of, added.error());
  return true;
}

Expected<std::unique_ptr<RdeWriter>> RdeWriter::begin(const std::filesystem::path& directory, DepositPlan plan, Sealing sealing,
                                                      const Registrar& registrar) {
  Digest salt{};
  sealing.random(salt);
  plan.rde_id = new_rde_id(plan.date, sealing.random);
  auto impl = std::make_unique<Impl>(directory, std::move(plan), std::move(sealing), registrar, salt);
  if (impl->plan.base || impl->plan.keeps_objects) {
    auto sieve = ObjectSieve::begin(directory, impl->plan.base, impl->sealing.random);
    if (!sieve) return sieve.error();
    impl->sieve = std::move(*sieve);
  }
  const auto missing = impl->objects.registrar(registrar);
  if (auto taken = impl->take(ObjectKind::registrar, registrar.id, impl->counts.registrars, missing); !taken)
    return taken.error();
  return std::unique_ptr<RdeWriter>(new RdeWriter(std::move(impl)));
}

RdeWriter::RdeWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RdeWriter::~RdeWriter() = default;

Expected<bool> RdeWriter::add(const RegistrationData& data, const Registrar&) {
  Impl& deposit = *impl_;
  if (auto open = contacts_are_open(data, [](Role) { return true; }); !open) return open.error();
  const auto missing = deposit.objects.domain(data);
  ++deposit.counts.domains_by_tld[std::string(data.registration.name.last_label())];
  auto taken = deposit.take(ObjectKind::domain, data.registration.name.ascii(), deposit.counts.domains, missing);
  if (taken && !deposit.part) {
    judge(deposit.facts.quality, data);
    if (*taken) ++deposit.facts.names;
  }
  return taken;
}

Expected<bool> RdeWriter::add(const Host& host, bool linked) {
  const auto missing = impl_->objects.host(host, linked);
  return impl_->take(ObjectKind::host, host.name.ascii(), impl_->counts.hosts, missing);
}

Expected<bool> RdeWriter::add(const Contact& contact) {
  const auto missing = impl_->objects.contact(contact);
  return impl_->take(ObjectKind::contact, contact.handle, impl_->counts.contacts, missing);
}

/// What is gone, between its own two lines; nothing where nothing is.
Expected<void> RdeWriter::Impl::write_deletes() {
  if (sieve.gone() == 0) return {};
  if (auto written = part->add_frame(rde_deletes_opening); !written) return written;
  auto written = sieve.each_gone([&](const ListedObject& object) { return part->add_line(rde_delete(object)); });
  return written ? part->add_frame(rde_deletes_closing) : written;
}

Expected<bool> RdeWriter::once_more() {
  Impl& deposit = *impl_;
  if (deposit.part) return false;
  if (!deposit.lacking.counts().empty()) return deposit.lacking.error(false);
  if (auto ended = deposit.sieve.end_walk(); !ended) return ended.error();
  deposit.sieve.walk_again();
  deposit.facts.gone = deposit.sieve.gone();
  std::uint64_t deletes = deposit.facts.gone == 0 ? 0 : rde_deletes_opening.size() + rde_deletes_closing.size();
  const auto measured = deposit.sieve.each_gone([&](const ListedObject& object) {
    deletes += rde_delete(object).size();
    return Expected<void>();
  });
  if (!measured) return measured.error();
  deposit.counted = std::exchange(deposit.counts, {});
  const std::string opening = rde_opening(rde_frame(deposit.plan));
  const std::string contents = rde_contents(rde_frame(deposit.plan), deposit.counted);
  const std::string stem = rde_stem(deposit.plan);
  DepositPart::Layout layout;
  layout.archive = {{.name = stem + ".xml",
                     .size = opening.size() + deletes + contents.size() + deposit.size + rde_closing().size(),
                     .modified = deposit.plan.watermark}};
  layout.gzip_level = deposit.plan.gzip_level;
  layout.bytes_per_file = deposit.plan.bytes_per_file;
  auto part = DepositPart::begin(deposit.directory, stem + ".tar", layout, deposit.sealing, deposit.salt, &deposit.rows);
  if (!part) return part.error();
  deposit.part = std::move(*part);
  if (auto written = deposit.part->add_frame(opening); !written) return written.error();
  if (auto written = deposit.write_deletes(); !written) return written.error();
  if (auto written = deposit.part->add_frame(contents); !written) return written.error();
  const auto missing = deposit.objects.registrar(deposit.registrar);
  if (auto taken = deposit.take(ObjectKind::registrar, deposit.registrar.id, deposit.counts.registrars, missing); !taken)
    return taken.error();
  return true;
}

Expected<void> finish_document(DepositPart& part, const std::filesystem::path& directory, const Sealing& sealing,
                               const RowDigest& rows, DepositFacts& facts) {
  auto finished = part.finish();
  if (!finished) return finished.error();
  facts.parts = std::move(*finished);
  facts.row_sum = rows.sum();
  facts.merkle_root = rows.root();
  std::vector<PartFile> signatures;
  for (const auto& path : part.written_files()) {
    auto on_disk = FileSource::open(path, FileSource::Memory::from_disk);
    if (!on_disk) return on_disk.error();
    const auto signature = openpgp::sign_detached(*sealing.signer, *on_disk, sealing.now, sealing.random);
    if (!signature) return signature.error();
    PartFacts& of = facts.parts[signatures.size()];
    of.signature_name = std::filesystem::path(of.file_name).replace_extension(".sig").string();
    of.signature_sha256 = sha256(*signature);
    auto file = PartFile::create(directory / of.signature_name);
    if (!file) return file.error();
    if (auto written = file->write(*signature); !written) return written.error();
    if (auto done = file->finish(); !done) return done.error();
    signatures.push_back(std::move(*file));
  }
  facts.hash_file = std::exchange(facts.parts.back().signature_name, {});
  facts.hash_file_sha256 = std::exchange(facts.parts.back().signature_sha256, {});
  if (auto placed = part.put_in_place(); !placed) return placed;
  for (PartFile& file : signatures)
    if (auto placed = file.put_in_place(); !placed) return placed;
  return {};
}

Expected<DepositFacts> RdeWriter::finish() {
  Impl& deposit = *impl_;
  if (!deposit.part || !(deposit.counts == deposit.counted))
    return make_error(Errc::internal, "a deposit was given other objects the second time");
  if (auto written = deposit.part->add_frame(rde_closing()); !written) return written.error();
  deposit.facts.per_tld = deposit.counts.domains_by_tld;
  const auto listed = deposit.sieve.finish();
  if (!listed) return listed.error();
  deposit.facts.objects = *listed;
  const auto done = finish_document(*deposit.part, deposit.directory, deposit.sealing, deposit.rows, deposit.facts);
  if (!done) return done.error();
  return std::move(deposit.facts);
}

}  // namespace regdata::escrow
