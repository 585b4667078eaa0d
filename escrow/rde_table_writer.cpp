#include "escrow/rde_table_writer.hpp"

#include <zlib.h>

#include <utility>

#include "escrow/deposit_checks.hpp"
#include "escrow/rde_tables.hpp"
#include "escrow/rde_writer.hpp"

namespace regdata::escrow {
namespace {

/// What one walk writes: a table of each kind of object, as long as there are some.
constexpr std::array registration_tables{RdeTable::domain, RdeTable::domain_contacts, RdeTable::domain_statuses,
                                         RdeTable::domain_name_servers, RdeTable::dnssec};
constexpr std::array registrar_tables{RdeTable::registrar};
constexpr std::array host_tables{RdeTable::host, RdeTable::host_statuses, RdeTable::host_addresses};
constexpr std::array contact_tables{RdeTable::contact, RdeTable::contact_statuses, RdeTable::contact_postal};

std::size_t index_of(RdeTable table) { return static_cast<std::size_t>(table); }

/// In the order of the archive.
std::vector<RdeTable> tables_in_order() {
  std::vector<RdeTable> tables{RdeTable::registrar};
  for (std::size_t walk = 0; walk < registration_tables.size(); ++walk) {
    tables.push_back(registration_tables.at(walk));
    if (walk < host_tables.size()) tables.push_back(host_tables.at(walk));
    if (walk < contact_tables.size()) tables.push_back(contact_tables.at(walk));
  }
  return tables;
}

/// Where a walk is.
enum class Stage : std::uint8_t { begun, registrations, hosts, contacts, over };

}  // namespace

struct RdeTableWriter::Impl {
  Impl(std::filesystem::path where, DepositPlan planned, Sealing by, const Registrar& whose, const Digest& row_salt)
      : directory(std::move(where)),
        plan(std::move(planned)),
        sealing(std::move(by)),
        registrar(whose),
        salt(row_salt),
        rows(row_salt),
        builder({.roid_suffix = plan.roid_suffix, .iana_id = plan.iana_id}) {
    facts.row_salt = row_salt;
    facts.rde_id = plan.rde_id;
  }

  [[nodiscard]] bool counting() const noexcept { return !part; }
  /// An object's rows in the tables of its kind, built by `rows_in`: counted, or those written whose turn it is. False: it does
  /// not belong into the deposit.
  Expected<bool> take(ObjectKind kind, const std::string& id, std::span<const RdeTable> tables,
                      const std::function<const std::string&(RdeTable)>& rows_in);
  static void count(RdeTableFile& file, std::string_view text);
  Expected<void> write(std::string_view text, const std::string& of);
  /// Of the difference: counted, before the archive begins; written, behind the document.
  Expected<void> count_deletes();
  Expected<void> write_deletes();
  /// The files of the stages up to this one are begun, also those that nothing stands in.
  Expected<void> go_to(Stage next);
  Expected<void> begin_part();
  Expected<bool> take_registrar() {
    return take(ObjectKind::registrar, registrar.id, registrar_tables,
                [this](RdeTable) -> const std::string& { return builder.registrar(registrar); });
  }

  std::filesystem::path directory;
  DepositPlan plan;
  Sealing sealing;
  const Registrar& registrar;
  Digest salt;
  RowDigest rows;
  RdeRows builder;
  Lacking lacking;
  RdeCounts counts;       ///< of the walk in hand
  RdeCounts counted;      ///< of the first one
  RdeTableFiles files{};  ///< as counted
  RdeDeletesFiles deletes{};
  ObjectSieve sieve;
  std::size_t walk = 0;  ///< that writes, from 0
  Stage stage = Stage::begun;
  std::unique_ptr<DepositPart> part;  ///< null: objects are counted
  DepositFacts facts;
};

void RdeTableWriter::Impl::count(RdeTableFile& file, std::string_view text) {
  file.size += text.size();
  file.crc32 = static_cast<std::uint32_t>(
      ::crc32(file.crc32, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

Expected<bool> RdeTableWriter::Impl::take(ObjectKind kind, const std::string& id, std::span<const RdeTable> tables,
                                          const std::function<const std::string&(RdeTable)>& rows_in) {
  if (!counting()) {
    if (!sieve.passes_again()) return false;
    if (walk >= tables.size()) return true;
    if (auto written = write(rows_in(tables[walk]), id); !written) return written.error();
    return true;
  }
  std::array<std::string, registration_tables.size()> texts;
  std::string all;
  for (std::size_t at = 0; at < tables.size(); ++at) all += texts.at(at) = rows_in(tables[at]);
  auto belongs = sieve.passes(kind, id, all);
  if (!belongs || !*belongs) return belongs;
  for (std::size_t at = 0; at < tables.size(); ++at) count(files.at(index_of(tables[at])), texts.at(at));
  return true;
}

Expected<void> RdeTableWriter::Impl::count_deletes() {
  return sieve.each_gone([&](const ListedObject& object) -> Expected<void> {
    count(deletes.at(static_cast<std::size_t>(deletes_of(object.kind))), rde_deleted(object));
    return {};
  });
}

Expected<void> RdeTableWriter::Impl::write_deletes() {
  for (std::size_t at = 0; at < deletes.size(); ++at) {
    if (deletes.at(at).size == 0) continue;
    if (auto next = part->next_file(); !next) return next;
    auto written = sieve.each_gone([&](const ListedObject& object) {
      return static_cast<std::size_t>(deletes_of(object.kind)) == at ? write(rde_deleted(object), object.id) : Expected<void>();
    });
    if (!written) return written;
  }
  return {};
}

Expected<void> RdeTableWriter::Impl::write(std::string_view text, const std::string& of) {
  for (std::string_view rest = text; !rest.empty();) {  // no value has a line end in it
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    if (auto added = part->add_line(line); !added) return about_object(of, added.error());
    rest.remove_prefix(line.size());
  }
  return {};
}

Expected<void> RdeTableWriter::Impl::go_to(Stage next) {
  if (counting()) return {};
  while (stage < next) {
    stage = static_cast<Stage>(static_cast<std::uint8_t>(stage) + 1);
    const bool has_file = stage == Stage::registrations || (stage == Stage::hosts && walk < host_tables.size()) ||
                          (stage == Stage::contacts && walk < contact_tables.size());
    if (!has_file) continue;
    if (auto begun = part->next_file(); !begun) return begun;
  }
  return {};
}

Expected<std::unique_ptr<RdeTableWriter>> RdeTableWriter::begin(const std::filesystem::path& directory, DepositPlan plan,
                                                                Sealing sealing, const Registrar& registrar) {
  Digest salt{};
  sealing.random(salt);
  plan.rde_id = new_rde_id(plan.date, sealing.random);
  auto impl = std::make_unique<Impl>(directory, std::move(plan), std::move(sealing), registrar, salt);
  if (impl->plan.base || impl->plan.keeps_objects) {
    auto sieve = ObjectSieve::begin(directory, impl->plan.base, impl->sealing.random);
    if (!sieve) return sieve.error();
    impl->sieve = std::move(*sieve);
  }
  impl->lacking.note(registrar.id, lacks(registrar));
  impl->counts.registrars = 1;
  if (auto taken = impl->take_registrar(); !taken) return taken.error();
  return std::unique_ptr<RdeTableWriter>(new RdeTableWriter(std::move(impl)));
}

RdeTableWriter::RdeTableWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RdeTableWriter::~RdeTableWriter() = default;

bool RdeTableWriter::wants_others() const { return impl_->counting() || impl_->walk < host_tables.size(); }

Expected<bool> RdeTableWriter::add(const RegistrationData& data, const Registrar&) {
  Impl& deposit = *impl_;
  if (auto open = contacts_are_open(data, [](Role) { return true; }); !open) return open.error();
  if (auto there = deposit.go_to(Stage::registrations); !there) return there.error();
  const std::string& name = data.registration.name.ascii();
  ++deposit.counts.domains;
  ++deposit.counts.domains_by_tld[std::string(data.registration.name.last_label())];
  auto taken = deposit.take(ObjectKind::domain, name, registration_tables,
                            [&](RdeTable table) -> const std::string& { return deposit.builder.registration(table, data); });
  if (taken && deposit.counting()) {
    judge(deposit.facts.quality, data);
    if (*taken) {
      ++deposit.facts.names;
      deposit.lacking.note(name, lacks(data.registration));
    }
  }
  return taken;
}

Expected<bool> RdeTableWriter::add(const Host& host, bool linked) {
  Impl& deposit = *impl_;
  if (auto there = deposit.go_to(Stage::hosts); !there) return there.error();
  ++deposit.counts.hosts;
  const std::string id = id_of_host(host.name.ascii(), deposit.builder.roid_of(host));
  return deposit.take(ObjectKind::host, id, host_tables,
                      [&](RdeTable table) -> const std::string& { return deposit.builder.host(table, host, linked); });
}

Expected<bool> RdeTableWriter::add(const Contact& contact) {
  Impl& deposit = *impl_;
  if (auto there = deposit.go_to(Stage::contacts); !there) return there.error();
  ++deposit.counts.contacts;
  auto taken = deposit.take(ObjectKind::contact, contact.handle, contact_tables,
                            [&](RdeTable table) -> const std::string& { return deposit.builder.contact(table, contact); });
  if (taken && *taken && deposit.counting()) deposit.lacking.note(contact.handle, lacks(contact));
  return taken;
}

Expected<void> RdeTableWriter::Impl::begin_part() {
  RdeFrame frame = rde_frame(plan);
  frame.has_tables = true;
  const std::string document = rde_opening(frame) + rde_deletes_definitions(deletes) + rde_contents(frame, counted) +
                               rde_definitions(files) + std::string(rde_closing());
  const std::string stem = rde_stem(plan);
  DepositPart::Layout layout;
  layout.archive = {{.name = stem + ".xml", .size = document.size(), .modified = plan.watermark}};
  for (std::size_t at = 0; at < deletes.size(); ++at)
    if (deletes.at(at).size > 0)
      layout.archive.push_back(
          {.name = deletes_file_name(static_cast<RdeDeletes>(at)), .size = deletes.at(at).size, .modified = plan.watermark});
  for (const RdeTable table : tables_in_order())
    layout.archive.push_back(
        {.name = table_file_name(table), .size = files.at(index_of(table)).size, .modified = plan.watermark});
  layout.gzip_level = plan.gzip_level;
  layout.bytes_per_file = plan.bytes_per_file;
  auto begun = DepositPart::begin(directory, stem + ".tar", layout, sealing, salt, &rows);
  if (!begun) return begun.error();
  part = std::move(*begun);
  if (auto written = part->add_frame(document); !written) return written;
  if (auto written = write_deletes(); !written) return written;
  if (auto next = part->next_file(); !next) return next;
  const auto taken = take_registrar();
  return taken ? Expected<void>() : taken.error();
}

Expected<bool> RdeTableWriter::once_more() {
  Impl& deposit = *impl_;
  if (deposit.counting()) {
    if (!deposit.lacking.counts().empty()) return deposit.lacking.error(false);
    if (auto ended = deposit.sieve.end_walk(); !ended) return ended.error();
    deposit.sieve.walk_again();
    deposit.facts.gone = deposit.sieve.gone();
    if (auto counted = deposit.count_deletes(); !counted) return counted.error();
    deposit.counted = std::exchange(deposit.counts, RdeCounts{.registrars = 1, .domains_by_tld = {}});
    if (auto begun = deposit.begin_part(); !begun) return begun.error();
    return true;
  }
  if (auto there = deposit.go_to(Stage::over); !there) return there.error();
  const bool same = deposit.counts.domains == deposit.counted.domains &&
                    (deposit.walk >= host_tables.size() ||
                     (deposit.counts.hosts == deposit.counted.hosts && deposit.counts.contacts == deposit.counted.contacts));
  if (!same) return make_error(Errc::internal, "a deposit was given other objects another time");
  deposit.counts = RdeCounts{.registrars = 1, .domains_by_tld = {}};
  deposit.stage = Stage::begun;
  deposit.sieve.walk_again();
  deposit.sieve.passes_again();  // the registrar, which stands before what is walked through
  return ++deposit.walk < registration_tables.size();
}

Expected<DepositFacts> RdeTableWriter::finish() {
  Impl& deposit = *impl_;
  if (deposit.walk != registration_tables.size())
    return make_error(Errc::internal, "a deposit was not given all of its objects");
  deposit.facts.per_tld = deposit.counted.domains_by_tld;
  const auto listed = deposit.sieve.finish();
  if (!listed) return listed.error();
  deposit.facts.objects = *listed;
  const auto done = finish_document(*deposit.part, deposit.directory, deposit.sealing, deposit.rows, deposit.facts);
  if (!done) return done.error();
  return std::move(deposit.facts);
}

}  // namespace regdata::escrow
