#include "escrow/deposit_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "escrow/deposit_checks.hpp"
#include "escrow/hash_file.hpp"
#include "escrow/measure.hpp"

namespace regdata::escrow {
std::string content_name(const DepositPlan& plan, Content content, unsigned part) {
  const std::string_view what = content == Content::contacts ? "hdl" : to_string(plan.kind);
  return fmt::format("{}_RDE_{}_{}_{}.csv", plan.iana_id, date_text(plan.date), what, part);
}

std::string hash_file_name(const DepositPlan& plan) {
  return fmt::format("{}_RDE_{}_hash.txt", plan.iana_id, date_text(plan.date));
}

struct DepositWriter::Impl {
  Impl(std::filesystem::path where, DepositPlan planned, Sealing by, const Digest& row_salt)
      : directory(std::move(where)),
        plan(std::move(planned)),
        sealing(std::move(by)),
        salt(row_salt),
        rows(row_salt),
        record(plan.dialect) {
    facts.row_salt = row_salt;
  }

  [[nodiscard]] const std::vector<Column>& columns() const noexcept {
    return content == Content::contacts ? plan.contact_columns : plan.columns;
  }
  Expected<void> begin_part();
  Expected<void> end_part();
  Expected<void> begin_contacts();
  /// Into the part in hand, or the next one where that is full, if it belongs into the deposit. `of`: a name or handle.
  Expected<bool> add_record(ObjectKind kind, const std::string& of);
  /// Builds the record; `text_of` gives the text of a column.
  template <class TextOf>
  void build(bool may_lack, const TextOf& text_of);
  Expected<PartFile> write_hash_file();

  std::filesystem::path directory;
  DepositPlan plan;
  Sealing sealing;
  Digest salt;
  RowDigest rows;  ///< of the whole deposit; a part's thread adds to it
  CsvRecord record;
  std::vector<std::string_view> missing;  ///< required columns that are empty in the record
  Content content = Content::registrations;
  unsigned number = 0;  ///< of parts of this content that were begun
  std::unique_ptr<DepositPart> part;
  std::vector<std::unique_ptr<DepositPart>> ended;
  ObjectSieve sieve;
  DepositFacts facts;
  Lacking lacking;
};

Expected<void> DepositWriter::Impl::begin_part() {
  DepositPart::Layout layout{.header = {}, .columns = columns().size(), .dialect = plan.dialect, .gzip_level = plan.gzip_level};
  if (number == 0 || plan.header_in_every_part)
    for (const Column& column : columns()) layout.header.emplace_back(column.name);
  auto begun =
      DepositPart::begin(directory, content_name(plan, content, plan.first_part + number), layout, sealing, salt, &rows);
  if (!begun) return begun.error();
  part = std::move(*begun);
  ++number;
  return {};
}

Expected<void> DepositWriter::Impl::end_part() {
  auto finished = part->finish();
  if (!finished) return finished.error();
  facts.parts.push_back(std::move(finished->front()));
  ended.push_back(std::move(part));
  return {};
}

Expected<void> DepositWriter::Impl::begin_contacts() {
  if (auto done = end_part(); !done) return done;
  content = Content::contacts;
  number = 0;
  return begin_part();
}

Expected<bool> DepositWriter::Impl::add_record(ObjectKind kind, const std::string& of) {
  auto belongs = sieve.passes(kind, of, record.text());
  if (!belongs || !*belongs) return belongs;
  lacking.note(of, missing);
  const std::uint64_t size = record.text().size();
  const bool full =
      part->rows() >= plan.rows_per_file || (part->rows() > 0 && part->content_bytes() + size > plan.bytes_per_file);
  if (full) {
    if (auto done = end_part(); !done) return done.error();
    if (auto begun = begin_part(); !begun) return begun.error();
  }
  if (auto added = part->add(record); !added) return about_object(of, added.error());
  return true;
}

template <class TextOf>
void DepositWriter::Impl::build(bool may_lack, const TextOf& text_of) {
  record.clear();
  missing.clear();
  for (const Column& column : columns()) {
    const std::string text = text_of(column);
    if (text.empty() && column.required && !may_lack) missing.push_back(column.name);
    record.add(text);
  }
  record.end();
}

Expected<std::unique_ptr<DepositWriter>> DepositWriter::begin(const std::filesystem::path& directory, DepositPlan plan,
                                                              Sealing sealing) {
  Digest salt{};
  sealing.random(salt);
  auto impl = std::make_unique<Impl>(directory, std::move(plan), std::move(sealing), salt);
  if (impl->plan.base || impl->plan.keeps_objects) {
    auto sieve = ObjectSieve::begin(directory, impl->plan.base, impl->sealing.random);
    if (!sieve) return sieve.error();
    impl->sieve = std::move(*sieve);
  }
  // also without a name: a registrar without registrations deposits an empty file (escrow.md §1.2)
  if (auto begun = impl->begin_part(); !begun) return begun.error();
  return std::unique_ptr<DepositWriter>(new DepositWriter(std::move(impl)));
}

DepositWriter::DepositWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DepositWriter::~DepositWriter() = default;

Expected<bool> DepositWriter::add(const RegistrationData& data, const Registrar& registrar) {
  Impl& deposit = *impl_;
  if (deposit.content != Content::registrations) return make_error(Errc::internal, "registrations stand before contacts");
  const auto deposited = [&](Role role) {
    return std::ranges::any_of(deposit.plan.columns,
                               [role](const Column& column) { return takes_contact(column) && column.role == role; });
  };
  if (auto open = contacts_are_open(data, deposited); !open) return open.error();
  deposit.build(false, [&](const Column& column) { return column_text(column, data, registrar, deposit.plan.rules); });
  auto added = deposit.add_record(ObjectKind::domain, data.registration.name.ascii());
  if (!added) return added;
  if (*added) ++deposit.facts.names;
  judge(deposit.facts.quality, data);
  ++deposit.facts.per_tld[std::string(data.registration.name.last_label())];
  return added;
}

Expected<bool> DepositWriter::add(const Contact& contact) {
  Impl& deposit = *impl_;
  if (deposit.plan.contact_columns.empty()) return make_error(Errc::internal, "this deposit has its contacts in line");
  if (deposit.content == Content::registrations)
    if (auto begun = deposit.begin_contacts(); !begun) return begun.error();
  const bool is_service = !service_of_handle(contact.handle).empty();  // which configuration describes, as far as it does
  deposit.build(is_service, [&](const Column& column) { return contact_column_text(column, contact, deposit.plan.rules); });
  return deposit.add_record(is_service ? ObjectKind::service : ObjectKind::contact, contact.handle);
}

Expected<PartFile> DepositWriter::Impl::write_hash_file() {
  auto file = PartFile::create(directory / hash_file_name(plan));
  if (!file) return file.error();
  const std::string text = hash_file_text(facts.parts, plan.extension_in_hash_file);
  facts.hash_file_sha256 = sha256(as_bytes(text));
  if (auto written = file->write(as_bytes(text)); !written) return written.error();
  if (auto done = file->finish(); !done) return done.error();
  return file;
}

Expected<DepositFacts> DepositWriter::finish() {
  Impl& deposit = *impl_;
  if (!deposit.plan.contact_columns.empty() && deposit.content == Content::registrations)  // nobody was named
    if (auto begun = deposit.begin_contacts(); !begun) return begun.error();
  deposit.facts.missing = deposit.lacking.counts();
  if (!deposit.facts.missing.empty() && deposit.plan.when_missing == WhenMissing::hold) return deposit.lacking.error(true);
  if (auto ended = deposit.sieve.end_walk(); !ended) return ended.error();
  deposit.facts.gone = deposit.sieve.gone();
  if (auto ended = deposit.end_part(); !ended) return ended.error();
  auto hashes = deposit.write_hash_file();
  if (!hashes) return hashes.error();
  deposit.facts.hash_file = hash_file_name(deposit.plan);
  deposit.facts.row_sum = deposit.rows.sum();
  deposit.facts.merkle_root = deposit.rows.root();
  const auto listed = deposit.sieve.finish();
  if (!listed) return listed.error();
  deposit.facts.objects = *listed;
  for (const auto& part : deposit.ended)
    if (auto placed = part->put_in_place(); !placed) return placed.error();
  if (auto placed = hashes->put_in_place(); !placed) return placed.error();
  return std::move(deposit.facts);
}

}  // namespace regdata::escrow
