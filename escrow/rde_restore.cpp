#include "escrow/rde_restore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "escrow/rde_file.hpp"
#include "escrow/rde_reader.hpp"
#include "escrow/rde_writer.hpp"
#include "escrow/restore_batches.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;
using Kind = RdeObject::Kind;

/// One of the deposits that follow each other.
struct Document {
  fs::path path;
  RdeFile file;
  RdeDeposit frame;
  Digest digest{};
};

/// What stands before the contents of a file. Whether that is true the passes find out.
Expected<Document> look_at(const fs::path& file, const OpeningKeys& keys) {
  const auto where = [&](const Error& error) { return explained(error, file, keys); };
  auto opened = RdeFile::open(file, keys);
  if (!opened) return where(opened.error());
  const auto document = opened->document();
  if (!document) return where(document.error());
  RdeReader reader((*document)->source());
  const auto first = reader.next();
  if (!first) return where(first.error());
  return Document{.path = file, .file = std::move(*opened), .frame = reader.deposit(), .digest = {}};
}

/// The newest first. Errc::invalid: they do not follow each other.
Expected<std::vector<Document>> in_succession(const std::vector<fs::path>& files, const OpeningKeys& keys) {
  std::vector<Document> documents;
  for (const fs::path& file : files) {
    auto document = look_at(file, keys);
    if (!document) return document.error();
    documents.push_back(std::move(*document));
  }
  std::ranges::stable_sort(documents, std::ranges::greater(),
                           [](const Document& one) { return std::pair(one.frame.watermark, one.frame.type != "FULL"); });
  const auto fulls = std::ranges::count_if(documents, [](const Document& one) { return one.frame.type == "FULL"; });
  if (documents.empty() || fulls != 1 || documents.back().frame.type != "FULL")
    return make_error(Errc::invalid, "these deposits are not a full one and the differences that follow it",
                      "give one full deposit, and what was deposited after it");
  // the newest, and what it stands on: whatever lies beside that chain was overtaken by it
  std::vector<Document> chain;
  std::size_t at = 0;
  while (documents[at].frame.type != "FULL") {
    const RdeDeposit& frame = documents[at].frame;
    std::size_t base = documents.size() - 1;
    if (frame.type == "DIFF")
      for (base = at + 1; base < documents.size() && documents[base].frame.id != frame.before;) ++base;
    if (base == documents.size() || (!frame.before.empty() && documents[base].frame.id != frame.before))
      return make_error(
          Errc::invalid,
          fmt::format("{}: it is the difference to another deposit than those given", documents[at].path.filename().string()),
          "give all that were deposited since the full one; of incremental ones the last is enough");
    chain.push_back(std::move(documents[at]));
    at = base;
  }
  chain.push_back(std::move(documents[at]));
  return chain;
}

class DocumentRestoring {
 public:
  DocumentRestoring(RegistrationStore& into, const Catalog& catalog, std::vector<Document> documents, const OpeningKeys& keys,
                    const RestoreHooks& hooks, UtcTime now)
      : store_(into), documents_(std::move(documents)), keys_(keys), now_(now), batches_(into, hooks, report, now) {
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

  /// Gives every object that counts to `take`, the newest document's first.
  Expected<void> pass(Take take);
  Expected<void> pass_one(Take take);
  [[nodiscard]] const fs::path& file() const { return documents_[at_].path; }
  /// A newer document has it, or says that it is gone.
  [[nodiscard]] bool is_superseded(const RdeObject& object) const;
  /// The newest statement about the object stands in the document in hand.
  void note(const RdeObject& object);
  Expected<void> check_document(const RdeDeposit& deposit);
  Expected<void> count(const RdeObject& object, std::uint64_t line);
  Expected<void> count_documents();
  Expected<void> take_registrar(const RdeObject& object);
  Expected<void> take_contact(const RdeObject& object, std::uint64_t line);
  Expected<void> take_name(const RdeObject& object, std::uint64_t line);
  Expected<void> take_host(const RdeObject& object, std::uint64_t line);
  Expected<void> add_host(const DomainName& ancestor, const Host& host);
  Expected<void> write_hosts();
  void refuse(std::uint64_t line, Error error) { batches_.refuse(file().filename().string(), line, std::move(error)); }
  [[nodiscard]] RegistrationData as_data(const Registration& registration) const { return {registration, {}, {}, {}}; }
  void add(RowDigest& digest) const { digest.add(as_bytes(objects_.line())); }

  RegistrationStore& store_;
  std::vector<Document> documents_;  ///< the newest first
  const OpeningKeys& keys_;
  std::size_t at_ = 0;                         ///< in hand
  std::map<std::string, std::size_t> newest_;  ///< documents by keys of objects; of differences alone
  UtcTime now_;
  RestoreBatches batches_;
  RdeObjects objects_{{.roid_suffix = "REGDATA", .iana_id = 0}};  ///< to compare with themselves alone
  RdeOrigin origin_;
  using Counts = std::map<std::string, std::uint64_t>;  ///< by URI
  Counts told_;                                         ///< by the header of the document in hand
  Counts found_;                                        ///< in it
  Counts total_;                                        ///< in all, each object once
  std::uint64_t headers_ = 0;
  std::map<std::string, RegistrationPut> hosts_;  ///< names with what is to be said of hosts below them
  RowDigest taken_hosts_{Digest{}};
};

bool DocumentRestoring::is_superseded(const RdeObject& object) const {
  if (newest_.empty()) return false;
  const auto keys = rde_keys(object);
  return std::ranges::any_of(keys, [&](const std::string& key) {
    const auto found = newest_.find(key);
    return found != newest_.end() && found->second < at_;
  });
}

void DocumentRestoring::note(const RdeObject& object) {
  if (documents_[at_].frame.type == "FULL") return;
  for (std::string& key : rde_keys(object)) newest_.emplace(std::move(key), at_);
}

Expected<void> DocumentRestoring::pass(Take take) {
  for (at_ = 0; at_ < documents_.size(); ++at_)
    if (auto done = pass_one(take); !done) return done;
  at_ = 0;
  return {};
}

Expected<void> DocumentRestoring::pass_one(Take take) {
  const auto where = [&](const Error& error) { return explained(error, file(), keys_); };
  const auto document = documents_[at_].file.document();
  if (!document) return where(document.error());
  RdeReader reader((*document)->source());
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
  const auto digest = (*document)->finish();
  if (!digest) return where(digest.error());
  documents_[at_].digest = *digest;
  return {};
}

Expected<void> DocumentRestoring::check_document(const RdeDeposit& deposit) {
  const RdeDeposit& looked_at = documents_[at_].frame;
  if (deposit.type != looked_at.type || deposit.id != looked_at.id || deposit.watermark != looked_at.watermark)
    return make_error(Errc::damaged, "the file is another one than before", "let nobody write to it meanwhile");
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
  std::string_view uri;
  switch (object.kind()) {
    case Kind::header: {
      ++headers_;
      auto counts = rde_header_counts(object);
      if (!counts) return counts.error();
      told_ = std::move(*counts);
      return {};
    }
    case Kind::deletes:
      note(object);
      return {};
    case Kind::registrar:
      uri = rde_registrar_namespace;
      break;
    case Kind::contact:
      uri = rde_contact_namespace;
      break;
    case Kind::domain:
      uri = rde_domain_namespace;
      break;
    case Kind::host:
      uri = rde_host_namespace;
      break;
    case Kind::other:
      return make_error(Errc::invalid,
                        fmt::format("line {}: RDE_UNEXPECTED_OBJECT: an object that a registrar's deposit has not", line));
  }
  ++found_[std::string(uri)];
  if (is_superseded(object)) return {};
  ++total_[std::string(uri)];
  note(object);
  if (object.kind() == Kind::registrar) return take_registrar(object);
  return object.kind() == Kind::contact ? take_contact(object, line) : Expected<void>();
}

/// Each document, and the first of them with all that follow: a header tells what there was in all, also that of a difference.
Expected<void> DocumentRestoring::count_documents() {
  const auto mismatch = [&](Counts told, const Counts& found) -> Expected<void> {
    std::erase_if(told, [](const auto& one) { return one.second == 0; });
    if (told == found) return {};
    std::string kinds;
    for (const auto& [uri, count] : found)
      if (!told.contains(uri) || told.at(uri) != count) kinds += (kinds.empty() ? "" : ", ") + uri;
    return make_error(Errc::invalid,
                      file().filename().string() + ": RDE_OBJECT_COUNT_MISMATCH: the header has other counts" +
                          (kinds.empty() ? "" : ": " + kinds),
                      "objects are missing, or were added; ask the agent for another deposit");
  };
  Counts newest;
  for (at_ = 0; at_ < documents_.size(); ++at_) {
    headers_ = 0;
    found_.clear();
    if (auto done = pass_one(&DocumentRestoring::count); !done) return done;
    if (headers_ != 1)
      return make_error(Errc::invalid, "RDE_SCHEMA_VALIDATION_ERROR: a deposit has one header (RFC 9022 §5.9)");
    if (at_ == 0) newest = told_;
    if (documents_[at_].frame.type == "FULL")
      if (auto good = mismatch(told_, found_); !good) return good;
  }
  at_ = 0;
  return mismatch(newest, total_);
}

Expected<void> DocumentRestoring::contacts() {
  if (auto counted = count_documents(); !counted) return counted;
  return batches_.flush();
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
  if (object.kind() != Kind::domain || is_superseded(object)) return {};
  ++report.rows;
  auto put = rde_domain(object, origin_);
  if (!put) {
    refuse(line, put.error());
    return {};
  }
  objects_.domain(as_data(put->registration));
  return batches_.add(std::move(*put), {file().filename().string(), line, objects_.line()});
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
  if (object.kind() != Kind::host || is_superseded(object)) return {};
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
  report.files = documents_.size();
  report.by_objects = true;
  report.digests.assign(1, documents_.front().digest);
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

Expected<RestoreReport> restore_document(RegistrationStore& into, const Catalog& catalog, const std::vector<fs::path>& files,
                                         const OpeningKeys& keys, const RestoreHooks& hooks, const Clock& clock) {
  auto documents = in_succession(files, keys);
  if (!documents) return documents.error();
  const bool by_date_alone = std::ranges::any_of(*documents, [](const Document& one) {
    return one.frame.type != "FULL" && (one.frame.before.empty() || tells_date_alone(one.frame.before));
  });
  DocumentRestoring restoring(into, catalog, std::move(*documents), keys, hooks, clock());
  for (const auto step :
       {&DocumentRestoring::contacts, &DocumentRestoring::names, &DocumentRestoring::hosts, &DocumentRestoring::prove})
    if (auto done = (restoring.*step)(); !done) return done.error();
  restoring.report.by_date_alone = by_date_alone;
  return std::move(restoring.report);
}

}  // namespace regdata::escrow
