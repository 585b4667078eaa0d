#include "escrow/rde_restore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "escrow/measure.hpp"
#include "escrow/rde_reader.hpp"
#include "escrow/restore_batches.hpp"
#include "escrow/tar.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;
using Kind = RdeObject::Kind;

bool is_archive(const fs::path& file) {
  const std::string name = content_name_of(file);
  return name.ends_with(".ryde") || name.ends_with(".tar");
}

class DocumentRestoring {
 public:
  DocumentRestoring(RegistrationStore& into, const Catalog& catalog, fs::path file, const OpeningKeys& keys,
                    const RestoreHooks& hooks, UtcTime now)
      : store_(into), file_(std::move(file)), keys_(keys), now_(now), batches_(into, hooks, report, now) {
    origin_ = {.catalog = &catalog,
               .provenance = {.source_class = SourceClass::csv, .source = "restore", .as_of = now},
               .registrars = {}};
  }

  Expected<void> contacts();
  Expected<void> names();
  Expected<void> hosts();
  Expected<void> prove();
  RestoreReport report;

 private:
  using Take = Expected<void> (DocumentRestoring::*)(const RdeObject&, std::uint64_t line);

  /// Gives every object of the document to `take`.
  Expected<void> pass(Take take);
  Expected<void> check_document(const RdeDeposit& deposit);
  Expected<void> count(const RdeObject& object, std::uint64_t line);
  Expected<void> take_registrar(const RdeObject& object);
  Expected<void> take_contact(const RdeObject& object, std::uint64_t line);
  Expected<void> take_name(const RdeObject& object, std::uint64_t line);
  Expected<void> take_host(const RdeObject& object, std::uint64_t line);
  Expected<void> add_host(const DomainName& ancestor, const Host& host);
  Expected<void> write_hosts();
  void refuse(std::uint64_t line, Error error) { batches_.refuse(file_.filename().string(), line, std::move(error)); }
  [[nodiscard]] RegistrationData as_data(const Registration& registration) const { return {registration, {}, {}, {}}; }
  void add(RowDigest& digest) const { digest.add(as_bytes(objects_.line())); }

  RegistrationStore& store_;
  fs::path file_;
  const OpeningKeys& keys_;
  UtcTime now_;
  RestoreBatches batches_;
  RdeObjects objects_{{.roid_suffix = "REGDATA", .iana_id = 0}};  ///< to compare with themselves alone
  RdeOrigin origin_;
  std::map<std::string, std::uint64_t> told_;  ///< by the header
  std::map<std::string, std::uint64_t> found_;
  std::uint64_t headers_ = 0;
  std::map<std::string, RegistrationPut> hosts_;  ///< names with what is to be said of hosts below them
  RowDigest taken_hosts_{Digest{}};
};

Expected<void> DocumentRestoring::pass(Take take) {
  const auto where = [&](const Error& error) {
    return Error{error.code, file_.filename().string() + ": " + error.context, error.hint};
  };
  const auto opened = ContentFile::open(file_, keys_);
  if (!opened) return opened.error();
  MeasuringSource measured((*opened)->content());
  TarSource archive(measured);
  RdeReader reader(is_archive(file_) ? static_cast<ByteSource&>(archive) : measured);
  for (std::uint64_t seen = 1;; ++seen) {
    const auto object = reader.next();
    if (!object) return where(object.error());
    if (!*object) break;
    origin_.provenance.as_of = std::min(reader.deposit().watermark, now_);
    if (auto taken = (this->*take)(**object, reader.line()); !taken) return where(taken.error());
    if (seen % RestoreBatches::batch_size == 0)
      if (auto told = batches_.tell_progress(seen); !told) return told;
  }
  if (auto good = check_document(reader.deposit()); !good) return where(good.error());
  // to the end, where signature and archive are proven
  Bytes block(65536);
  ByteSource& rest = is_archive(file_) ? static_cast<ByteSource&>(archive) : measured;
  for (auto size = rest.read(block);; size = rest.read(block)) {
    if (!size) return where(size.error());
    if (*size == 0) break;
  }
  report.digests.assign(1, measured.digest());
  return {};
}

Expected<void> DocumentRestoring::check_document(const RdeDeposit& deposit) {
  if (deposit.type != "FULL")
    return make_error(Errc::invalid, "a deposit that is not full cannot be restored by itself", "give the full one");
  if (deposit.watermark > now_ + std::chrono::hours(24))
    return make_error(Errc::invalid, "the watermark lies in the future (RFC 9022 §8)", "set the clock of this machine");
  return {};
}

Expected<void> DocumentRestoring::take_registrar(const RdeObject& object) {
  const auto registrar = rde_registrar(object);
  if (!registrar) return registrar.error();
  const auto& ours = origin_.catalog->registrars;
  const auto found =
      std::ranges::find_if(ours, [&](const Registrar& one) { return std::to_string(one.iana_id) == registrar->gurid; });
  if (found != ours.end()) origin_.registrars.emplace(registrar->id, found->id);
  return {};
}

Expected<void> DocumentRestoring::count(const RdeObject& object, std::uint64_t line) {
  switch (object.kind()) {
    case Kind::header: {
      ++headers_;
      auto counts = rde_header_counts(object);
      if (!counts) return counts.error();
      told_ = std::move(*counts);
      return {};
    }
    case Kind::registrar:
      ++found_[std::string(rde_registrar_namespace)];
      return take_registrar(object);
    case Kind::contact:
      ++found_[std::string(rde_contact_namespace)];
      return take_contact(object, line);
    case Kind::domain:
      ++found_[std::string(rde_domain_namespace)];
      return {};
    case Kind::host:
      ++found_[std::string(rde_host_namespace)];
      return {};
    case Kind::other:
      return make_error(Errc::invalid,
                        fmt::format("line {}: RDE_UNEXPECTED_OBJECT: an object that a registrar's deposit has not", line));
  }
  return {};
}

Expected<void> DocumentRestoring::contacts() {
  if (auto done = pass(&DocumentRestoring::count); !done) return done;
  if (auto written = batches_.flush(); !written) return written;
  if (headers_ != 1) return make_error(Errc::invalid, "RDE_SCHEMA_VALIDATION_ERROR: a deposit has one header (RFC 9022 §5.9)");
  std::erase_if(told_, [](const auto& one) { return one.second == 0; });
  if (told_ == found_) return {};
  std::string kinds;
  for (const auto& [uri, count] : found_)
    if (!told_.contains(uri) || told_.at(uri) != count) kinds += (kinds.empty() ? "" : ", ") + uri;
  return make_error(Errc::invalid,
                    "RDE_OBJECT_COUNT_MISMATCH: the header has other counts" + (kinds.empty() ? "" : ": " + kinds),
                    "objects are missing, or were added; ask the agent for another deposit");
}

Expected<void> DocumentRestoring::take_contact(const RdeObject& object, std::uint64_t line) {
  auto contact = rde_contact(object, origin_);
  if (!contact) {
    refuse(line, contact.error());
    return {};
  }
  objects_.contact(*contact);
  return batches_.add(std::move(*contact), objects_.line());
}

Expected<void> DocumentRestoring::names() {
  if (auto done = pass(&DocumentRestoring::take_name); !done) return done;
  return batches_.flush();
}

Expected<void> DocumentRestoring::take_name(const RdeObject& object, std::uint64_t line) {
  if (object.kind() != Kind::domain) return {};
  ++report.rows;
  auto put = rde_domain(object, origin_);
  if (!put) {
    refuse(line, put.error());
    return {};
  }
  objects_.domain(as_data(put->registration));
  return batches_.add(std::move(*put), {file_.filename().string(), line, objects_.line()});
}

Expected<void> DocumentRestoring::hosts() {
  if (auto done = pass(&DocumentRestoring::take_host); !done) return done;
  return write_hosts();
}

/// Those of one name are put together: a put states all hosts below it.
Expected<void> DocumentRestoring::add_host(const DomainName& ancestor, const Host& host) {
  auto put = hosts_.find(ancestor.ascii());
  if (put == hosts_.end()) {
    if (hosts_.size() == RestoreBatches::batch_size)
      if (auto written = write_hosts(); !written) return written;
    auto data = store_.find(ancestor);
    if (!data) return data.error();
    RegistrationPut of_name{.registration = (*data)->registration, .contacts = {}, .hosts = {}, .choices = {}};
    of_name.hosts = std::move((*data)->subordinate_hosts);
    put = hosts_.emplace(ancestor.ascii(), std::move(of_name)).first;
  }
  std::vector<Host>& stated = put->second.hosts;
  std::erase_if(stated, [&](const Host& other) { return other.name == host.name; });
  stated.push_back(host);
  return {};
}

Expected<void> DocumentRestoring::write_hosts() {
  std::vector<RegistrationPut> puts;
  puts.reserve(hosts_.size());
  for (auto& [name, put] : hosts_) puts.push_back(std::move(put));
  hosts_.clear();
  const auto outcomes = store_.put(puts, "restore", now_);
  return outcomes ? Expected<void>() : outcomes.error();
}

/// Addresses and ROIDs are held of hosts below names that we sponsor; others are known by their name alone, from delegations.
Expected<void> DocumentRestoring::take_host(const RdeObject& object, std::uint64_t line) {
  if (object.kind() != Kind::host) return {};
  auto host = rde_host(object, origin_);
  if (!host) {
    refuse(line, host.error());
    return {};
  }
  const auto ancestor = store_.sponsored_ancestor(host->name);
  if (!ancestor) return ancestor.error();
  const auto held = store_.find_host(host->name);
  if (!held) return held.error();
  if (!*ancestor && !*held) return {};  // of a name that was refused
  if (*ancestor) {
    if (auto added = add_host(**ancestor, *host); !added) return added;
  } else {
    host->addresses.clear();
    host->roid.clear();
  }
  objects_.host(*host, true);
  add(taken_hosts_);
  return {};
}

/// The store is asked, not what was put into it.
Expected<void> DocumentRestoring::prove() {
  RowDigest names{Digest{}};
  RowDigest contacts{Digest{}};
  RowDigest hosts{Digest{}};
  Expected<void> told;
  std::uint64_t seen = 0;
  const auto held = [&](RowDigest& digest) {
    add(digest);
    if (++seen % RestoreBatches::batch_size == 0) told = batches_.tell_progress(seen);
    return told.has_value();
  };
  const auto walked = store_.read_snapshot([&](StoreSnapshot& snapshot) {
    auto done = snapshot.for_each({}, [&](const RegistrationData& data) {
      objects_.domain(as_data(data.registration));
      return held(names);
    });
    if (done && told)
      done = snapshot.for_each_contact({}, [&](const RoleContact& one) {
        objects_.contact(one.contact);
        return held(contacts);
      });
    if (done && told)
      done = snapshot.for_each_host([&](const Host& host, bool) {
        objects_.host(host, true);
        return held(hosts);
      });
    return done;
  });
  if (!walked) return walked.error();
  if (!told) return told;
  for (const auto& [what, good] : {std::pair("names", same_rows(names, batches_.taken())),
                                   std::pair("contacts", same_rows(contacts, batches_.taken_contacts())),
                                   std::pair("hosts", same_rows(hosts, taken_hosts_))})
    if (!good)
      return make_error(Errc::damaged, fmt::format("the store that was filled does not give the deposit's {} again", what),
                        "nothing was restored; an object is there twice, or this is a fault of the program or of the disk");
  return {};
}

}  // namespace

bool is_rde_file(const fs::path& file) {
  const std::string name = content_name_of(file);
  return name.ends_with(".ryde") || name.ends_with(".tar") || name.ends_with(".xml");
}

Expected<RestoreReport> restore_document(RegistrationStore& into, const Catalog& catalog, const fs::path& file,
                                         const OpeningKeys& keys, const RestoreHooks& hooks, const Clock& clock) {
  DocumentRestoring restoring(into, catalog, file, keys, hooks, clock());
  for (const auto step :
       {&DocumentRestoring::contacts, &DocumentRestoring::names, &DocumentRestoring::hosts, &DocumentRestoring::prove})
    if (auto done = (restoring.*step)(); !done) return done.error();
  restoring.report.files = 1;
  restoring.report.by_objects = true;
  return std::move(restoring.report);
}

}  // namespace regdata::escrow
