#include "escrow/deposit_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "escrow/hash_file.hpp"
#include "escrow/measure.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t names_told = 10;

std::string date_of(UtcTime time) { return date_text(std::chrono::floor<std::chrono::days>(time)); }

const RoleContact* contact_of(const RegistrationData& data, Role role) {
  const auto found = std::ranges::find_if(data.contacts, [role](const RoleContact& one) { return one.role == role; });
  return found == data.contacts.end() ? nullptr : &*found;
}

bool beyond_ascii(std::string_view text) {
  return std::ranges::any_of(text, [](char octet) { return static_cast<unsigned char>(octet) > 0x7F; });
}

void judge(DepositQuality& quality, const RegistrationData& data) {
  ++quality.rows;
  const RoleContact* registrant = contact_of(data, Role::registrant);
  if (registrant == nullptr) return;
  const Contact& contact = registrant->contact;
  const std::string& email = contact.email.reveal();
  const std::string& phone = contact.phone.reveal();
  quality.without_email += email.empty() ? 1U : 0U;
  quality.bad_email += !email.empty() && !check_email(email) ? 1U : 0U;
  quality.without_phone += phone.empty() ? 1U : 0U;
  quality.bad_phone += !phone.empty() && !check_phone(phone) ? 1U : 0U;
  quality.bad_country += !check_country(contact.country) ? 1U : 0U;
  quality.beyond_ascii += beyond_ascii(contact.name.reveal()) ? 1U : 0U;
}

}  // namespace

std::string content_name(const DepositPlan& plan, Content content, unsigned part) {
  const std::string_view what = content == Content::contacts ? "hdl" : to_string(plan.kind);
  return fmt::format("{}_RDE_{}_{}_{}.csv", plan.iana_id, date_of(plan.watermark), what, part);
}

std::string hash_file_name(const DepositPlan& plan) {
  return fmt::format("{}_RDE_{}_hash.txt", plan.iana_id, date_of(plan.watermark));
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
  /// Into the part in hand, or the next one where that is full. `of`: a name or handle, for errors.
  Expected<void> add_record(const std::string& of);
  Expected<void> check_contacts(const RegistrationData& data) const;
  /// Builds the record; `text_of` gives the text of a column.
  template <class TextOf>
  void build(const std::string& of, bool may_lack, const TextOf& text_of);
  [[nodiscard]] Error held() const;
  Expected<PartFile> write_hash_file();

  std::filesystem::path directory;
  DepositPlan plan;
  Sealing sealing;
  Digest salt;
  RowDigest rows;  ///< of the whole deposit; a part's thread adds to it
  CsvRecord record;
  Content content = Content::registrations;
  unsigned number = 0;  ///< of parts of this content that were begun
  std::unique_ptr<DepositPart> part;
  std::vector<std::unique_ptr<DepositPart>> ended;
  DepositFacts facts;
  std::vector<std::string> lacking;  ///< the first names or handles with missing values
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
  facts.parts.push_back(std::move(*finished));
  ended.push_back(std::move(part));
  return {};
}

Expected<void> DepositWriter::Impl::begin_contacts() {
  if (auto done = end_part(); !done) return done;
  content = Content::contacts;
  number = 0;
  return begin_part();
}

Expected<void> DepositWriter::Impl::add_record(const std::string& of) {
  const std::uint64_t size = record.text().size();
  const bool full =
      part->rows() >= plan.rows_per_file || (part->rows() > 0 && part->content_bytes() + size > plan.bytes_per_file);
  if (full) {
    if (auto done = end_part(); !done) return done;
    if (auto begun = begin_part(); !begun) return begun;
  }
  if (auto added = part->add(record); !added)
    return Error{added.error().code, of + ": " + added.error().context, added.error().hint};
  return {};
}

Expected<void> DepositWriter::Impl::check_contacts(const RegistrationData& data) const {
  for (const Column& column : plan.columns) {
    if (!takes_contact(column)) continue;
    const RoleContact* contact = contact_of(data, column.role);
    if (contact == nullptr || contact->state == ContactState::opened) continue;
    const bool erased = contact->state == ContactState::erased;
    return make_error(Errc::key_missing,
                      fmt::format("{}: contact {} {}", data.registration.name.ascii(), contact->contact.handle,
                                  erased ? "is erased" : "cannot be opened: " + contact->problem),
                      "a deposit without it would pass for complete: import the contact again, or end the registration");
  }
  return {};
}

template <class TextOf>
void DepositWriter::Impl::build(const std::string& of, bool may_lack, const TextOf& text_of) {
  record.clear();
  bool lacks = false;
  for (const Column& column : columns()) {
    const std::string text = text_of(column);
    if (text.empty() && column.required && !may_lack) {
      ++facts.missing[std::string(column.name)];
      lacks = true;
    }
    record.add(text);
  }
  record.end();
  if (lacks && lacking.size() < names_told) lacking.push_back(of);
}

Error DepositWriter::Impl::held() const {
  std::string counts;
  for (const auto& [column, count] : facts.missing) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", column, count);
  std::string names;
  for (const std::string& name : lacking) names += (names.empty() ? "" : ", ") + name;
  return make_error(Errc::invalid, "required values are missing, and nothing is deposited: " + counts,
                    "first of them: " + names + "; mend the data, or let [[escrow_agent]] when_missing leave them empty");
}

Expected<std::unique_ptr<DepositWriter>> DepositWriter::begin(const std::filesystem::path& directory, DepositPlan plan,
                                                              Sealing sealing) {
  Digest salt{};
  sealing.random(salt);
  auto impl = std::make_unique<Impl>(directory, std::move(plan), std::move(sealing), salt);
  // also without a name: a registrar without registrations deposits an empty file (escrow.md §1.2)
  if (auto begun = impl->begin_part(); !begun) return begun.error();
  return std::unique_ptr<DepositWriter>(new DepositWriter(std::move(impl)));
}

DepositWriter::DepositWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DepositWriter::~DepositWriter() = default;

Expected<void> DepositWriter::add(const RegistrationData& data, const Registrar& registrar) {
  Impl& deposit = *impl_;
  if (deposit.content != Content::registrations) return make_error(Errc::internal, "registrations stand before contacts");
  if (auto good = deposit.check_contacts(data); !good) return good;
  const std::string& name = data.registration.name.ascii();
  deposit.build(name, false, [&](const Column& column) { return column_text(column, data, registrar, deposit.plan.rules); });
  if (auto added = deposit.add_record(name); !added) return added;
  judge(deposit.facts.quality, data);
  ++deposit.facts.per_tld[std::string(data.registration.name.last_label())];
  return {};
}

Expected<void> DepositWriter::add(const Contact& contact) {
  Impl& deposit = *impl_;
  if (deposit.plan.contact_columns.empty()) return make_error(Errc::internal, "this deposit has its contacts in line");
  if (deposit.content == Content::registrations)
    if (auto begun = deposit.begin_contacts(); !begun) return begun;
  const bool is_service = !service_of_handle(contact.handle).empty();  // which configuration describes, as far as it does
  deposit.build(contact.handle, is_service,
                [&](const Column& column) { return contact_column_text(column, contact, deposit.plan.rules); });
  return deposit.add_record(contact.handle);
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
  if (!deposit.facts.missing.empty() && deposit.plan.when_missing == WhenMissing::hold) return deposit.held();
  if (auto ended = deposit.end_part(); !ended) return ended.error();
  auto hashes = deposit.write_hash_file();
  if (!hashes) return hashes.error();
  deposit.facts.hash_file = hash_file_name(deposit.plan);
  deposit.facts.row_sum = deposit.rows.sum();
  deposit.facts.merkle_root = deposit.rows.root();
  for (const auto& part : deposit.ended)
    if (auto placed = part->put_in_place(); !placed) return placed.error();
  if (auto placed = hashes->put_in_place(); !placed) return placed.error();
  return std::move(deposit.facts);
}

}  // namespace regdata::escrow
