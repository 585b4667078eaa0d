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

std::string content_name(const DepositPlan& plan, unsigned part) {
  return fmt::format("{}_RDE_{}_{}_{}.csv", plan.iana_id, date_of(plan.watermark), to_string(plan.kind), part);
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

  Expected<void> begin_part();
  Expected<void> end_part();
  Expected<void> check_contacts(const RegistrationData& data) const;
  void build(const RegistrationData& data, const Registrar& registrar);
  [[nodiscard]] Error held() const;
  Expected<PartFile> write_hash_file();

  std::filesystem::path directory;
  DepositPlan plan;
  Sealing sealing;
  Digest salt;
  RowDigest rows;  ///< of the whole deposit; a part's thread adds to it
  CsvRecord record;
  std::unique_ptr<DepositPart> part;
  std::vector<std::unique_ptr<DepositPart>> ended;
  DepositFacts facts;
  std::vector<std::string> lacking;  ///< the first names with missing values
};

Expected<void> DepositWriter::Impl::begin_part() {
  const auto number = static_cast<unsigned>(ended.size());
  DepositPart::Layout layout{
      .header = {}, .columns = plan.columns.size(), .dialect = plan.dialect, .gzip_level = plan.gzip_level};
  if (number == 0 || plan.header_in_every_part)
    for (const Column& column : plan.columns) layout.header.emplace_back(column.name);
  auto begun = DepositPart::begin(directory, content_name(plan, plan.first_part + number), layout, sealing, salt, &rows);
  if (!begun) return begun.error();
  part = std::move(*begun);
  return {};
}

Expected<void> DepositWriter::Impl::end_part() {
  auto finished = part->finish();
  if (!finished) return finished.error();
  facts.parts.push_back(std::move(*finished));
  ended.push_back(std::move(part));
  return {};
}

Expected<void> DepositWriter::Impl::check_contacts(const RegistrationData& data) const {
  for (const Column& column : plan.columns) {
    if (column.source != ColumnSource::contact) continue;
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

void DepositWriter::Impl::build(const RegistrationData& data, const Registrar& registrar) {
  record.clear();
  bool lacks = false;
  for (const Column& column : plan.columns) {
    const std::string text = column_text(column, data, registrar, plan.rules);
    if (text.empty() && column.required) {
      ++facts.missing[std::string(column.name)];
      lacks = true;
    }
    record.add(text);
  }
  record.end();
  if (lacks && lacking.size() < names_told) lacking.push_back(data.registration.name.ascii());
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
  if (auto good = deposit.check_contacts(data); !good) return good;
  deposit.build(data, registrar);
  const std::uint64_t size = deposit.record.text().size();
  const bool full = deposit.part->rows() >= deposit.plan.rows_per_file ||
                    (deposit.part->rows() > 0 && deposit.part->content_bytes() + size > deposit.plan.bytes_per_file);
  if (full) {
    if (auto ended = deposit.end_part(); !ended) return ended;
    if (auto begun = deposit.begin_part(); !begun) return begun;
  }
  if (auto added = deposit.part->add(deposit.record); !added)
    return Error{added.error().code, data.registration.name.ascii() + ": " + added.error().context, added.error().hint};
  judge(deposit.facts.quality, data);
  ++deposit.facts.per_tld[std::string(data.registration.name.last_label())];
  return {};
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
