#include "escrow/rde_table_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "escrow/csv.hpp"
#include "escrow/first_line.hpp"
#include "escrow/xml_text.hpp"

namespace regdata::escrow {
namespace {

constexpr std::string_view csv_prefix = "urn:ietf:params:xml:ns:csv";

Error invalid_table(std::string_view table, std::string_view why) {
  return make_error(Errc::invalid, fmt::format("RDE_INVALID_CSV: table {}: {}", table, why), "RFC 9022 §4.6");
}

/// The rows of one definition, one behind the other, from all of its files.
class Rows {
 public:
  Rows(const RdeTableDefinition& table, TableOpener open) : table_(table), open_(std::move(open)) {}

  /// Which column it is; empty: there is none.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view field) const {
    const auto found = std::ranges::find(table_.fields, field);
    return found == table_.fields.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - table_.fields.begin()));
  }
  [[nodiscard]] const std::string& name() const noexcept { return table_.name; }

  /// False: that was all of them.
  Expected<bool> next() {
    if (table_.separator == '"' || table_.separator == '\r' || table_.separator == '\n' || table_.separator == '\0')
      return invalid_table(table_.name, "a separator that separates nothing");
    while (true) {
      if (!records_) {
        if (file_ == table_.files.size()) return false;
        auto source = open_(table_.files[file_++].name);
        if (!source) return source.error();
        source_ = std::move(*source);
        auto lines = WithFirstLine::read(*source_);
        if (!lines) return lines.error();
        lines_.emplace(std::move(*lines));
        CsvDialect dialect;
        dialect.separator = table_.separator;
        dialect.crlf = lines_->line().ends_with('\r');
        records_.emplace(*lines_, dialect);
      }
      const auto more = records_->next(row);
      if (!more && more.error().code != Errc::damaged) return more.error();
      if (!more) return invalid_table(table_.name, more.error().context);
      if (*more) break;
      records_.reset();
    }
    if (row.size() != table_.fields.size())
      return invalid_table(table_.name, fmt::format("record {}: another number of fields", records_->number()));
    return true;
  }
  std::vector<std::string> row;

 private:
  const RdeTableDefinition& table_;
  TableOpener open_;
  std::size_t file_ = 0;
  std::unique_ptr<ByteSource> source_;
  std::optional<WithFirstLine> lines_;
  std::optional<CsvRecords> records_;
};

/// A table whose rows belong to objects, by a key: those of one object stand together, and objects in the order of their own
/// table.
class Children {
 public:
  Children(const RdeTableDefinition& table, const TableOpener& open, std::size_t key) : rows_(table, open), key_(key) {}

  /// Calls `each` for the rows of this key.
  Expected<void> of(const std::string& key, const std::function<void(const std::vector<std::string>&)>& each) {
    if (!begun_)
      if (auto stepped = step(); !stepped) return stepped;
    while (has_row_ && rows_.row[key_] == key) {
      each(rows_.row);
      if (auto stepped = step(); !stepped) return stepped;
    }
    return {};
  }
  Expected<void> end() {
    if (!begun_)
      if (auto stepped = step(); !stepped) return stepped;
    return has_row_ ? invalid_table(rows_.name(), "rows of no object, or not in the order of the objects") : Expected<void>();
  }
  [[nodiscard]] const Rows& rows() const noexcept { return rows_; }

 private:
  Expected<void> step() {
    begun_ = true;
    const auto more = rows_.next();
    if (!more) return more.error();
    has_row_ = *more;
    return {};
  }

  Rows rows_;
  std::size_t key_;
  bool begun_ = false;
  bool has_row_ = false;
};

/// Elements and the fields that they are made of.
struct ElementOfField {
  std::string_view element;
  std::string_view field;
};

std::string xml_uri(const std::string& uri) {
  if (!uri.starts_with(csv_prefix)) return uri;
  return "urn:ietf:params:xml:ns:rde" + uri.substr(csv_prefix.size());
}

constexpr std::string_view xml_declarations =
    "xmlns:rde=\"urn:ietf:params:xml:ns:rde-1.0\" xmlns:rdeHeader=\"urn:ietf:params:xml:ns:rdeHeader-1.0\" "
    "xmlns:rdeRegistrar=\"urn:ietf:params:xml:ns:rdeRegistrar-1.0\" xmlns:rdeDomain=\"urn:ietf:params:xml:ns:rdeDomain-1.0\" "
    "xmlns:rdeHost=\"urn:ietf:params:xml:ns:rdeHost-1.0\" xmlns:rdeContact=\"urn:ietf:params:xml:ns:rdeContact-1.0\" "
    "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\" xmlns:contact=\"urn:ietf:params:xml:ns:contact-1.0\" "
    "xmlns:secDNS=\"urn:ietf:params:xml:ns:secDNS-1.1\"";

std::string opening_of(const RdeTableDocument& document) {
  XmlText xml;
  xml.raw("<rde:deposit ");
  xml.raw(xml_declarations);
  XmlText attributes;
  attributes.empty("x", {{"type", document.frame.type}, {"id", document.frame.id}});
  std::string text = attributes.text().substr(2, attributes.text().size() - 4);
  if (!document.frame.before.empty()) {
    attributes.clear();
    attributes.empty("x", {{"prevId", document.frame.before}});
    text += attributes.text().substr(2, attributes.text().size() - 4);
  }
  xml.raw(text);
  xml.raw(">\n");
  xml.element("rde:watermark", format_rfc3339(document.frame.watermark));
  xml.open("rde:rdeMenu");
  xml.element("rde:version", "1.0");
  for (const std::string& uri : document.frame.menu) xml.element("rde:objURI", xml_uri(uri));
  xml.close("rde:rdeMenu");
  xml.raw("\n");
  return xml.text();
}

std::string contents_of(const RdeTableDocument& document) {
  XmlText xml;
  xml.raw("<rde:contents>\n");
  xml.open("rdeHeader:header");
  xml.element("rdeHeader:registrar", document.registrar);
  for (const auto& count : document.counts) {
    if (count.tld.empty())
      xml.element("rdeHeader:count", count.count, {{"uri", xml_uri(count.uri)}});
    else
      xml.element("rdeHeader:count", count.count, {{"uri", xml_uri(count.uri)}, {"rcdn", count.tld}});
  }
  xml.close("rdeHeader:header");
  xml.raw("\n");
  return xml.text();
}

/// What a row of a table of what is gone says.
struct GoneWords {
  std::string_view table;
  std::string_view field;
  std::string_view element;
  std::string_view key;
};
constexpr std::array<GoneWords, 4> gone_words{{{"domain", "csvDomain:fName", "rdeDomain:delete", "rdeDomain:name"},
                                               {"host", "rdeCsv:fRoid", "rdeHost:delete", "rdeHost:roid"},
                                               {"contact", "csvContact:fId", "rdeContact:delete", "rdeContact:id"},
                                               {"registrar", "csvRegistrar:fId", "rdeRegistrar:delete", "rdeRegistrar:id"}}};

/// Makes the document object by object.
class TablesAsObjects final : public ByteSource {
 public:
  TablesAsObjects(RdeTableDocument document, TableOpener open)
      : document_(std::move(document)), open_(std::move(open)), text_(opening_of(document_)) {}

  Expected<std::size_t> read(std::span<std::uint8_t> into) override {
    while (given_ == text_.size()) {
      if (step_ == Step::over) return std::size_t{0};
      text_.clear();
      given_ = 0;
      if (auto made = make_some(); !made) return made.error();
    }
    const std::size_t size = std::min(into.size(), text_.size() - given_);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(given_), size, into.begin());
    given_ += size;
    return size;
  }

 private:
  enum class Step : std::uint8_t { begun, deletes, registrars, domains, hosts, contacts, over };
  using Row = std::vector<std::string>;

  Expected<void> make_some();
  Expected<void> begin(Step step);
  Expected<void> end_step();
  Expected<void> make_object(const Row& row);
  Expected<void> gone(const Row& row);
  Expected<void> registrar(const Row& row);
  Expected<void> domain(const Row& row);
  Expected<void> host(const Row& row);
  Expected<void> contact(const Row& row);
  /// The table of objects, with its key; and those of the rows that belong to them.
  Expected<void> parents(const std::vector<RdeTableDefinition>& all, std::string_view name, std::string_view key);
  Expected<void> children(std::string_view name, std::string_view key);
  Expected<void> each_row(std::string_view table, const std::string& key,
                          const std::function<void(const Rows&, const Row&)>& each);

  static const std::string& at(const Rows& rows, const Row& row, std::string_view field) {
    static const std::string nothing;
    const auto column = rows.column(field);
    return column ? row[*column] : nothing;
  }
  /// Elements of the object in hand, where the fields have something.
  void elements(const Row& row, std::initializer_list<ElementOfField> all) {
    for (const auto& [element, field] : all) xml_.element_if(element, at(*parents_.front(), row, field));
  }

  RdeTableDocument document_;
  TableOpener open_;
  std::string text_;
  std::size_t given_ = 0;
  Step step_ = Step::begun;
  bool has_deletes_ = false;
  XmlText xml_;
  std::vector<std::unique_ptr<Rows>> parents_;  ///< of the step; those of one name one behind the other
  std::vector<std::unique_ptr<Children>> children_;
};

Expected<void> TablesAsObjects::parents(const std::vector<RdeTableDefinition>& all, std::string_view name,
                                        std::string_view key) {
  for (const RdeTableDefinition& table : all) {
    if (table.name != name) continue;
    auto rows = std::make_unique<Rows>(table, open_);
    if (!rows->column(key)) return invalid_table(name, fmt::format("it has no field {}", key));
    parents_.push_back(std::move(rows));
  }
  return {};
}

Expected<void> TablesAsObjects::children(std::string_view name, std::string_view key) {
  for (const RdeTableDefinition& table : document_.tables) {
    if (table.name != name) continue;
    const auto column = Rows(table, open_).column(key);
    if (!column) return invalid_table(name, fmt::format("it has no field {}", key));
    children_.push_back(std::make_unique<Children>(table, open_, *column));
  }
  return {};
}

Expected<void> TablesAsObjects::each_row(std::string_view table, const std::string& key,
                                         const std::function<void(const Rows&, const Row&)>& each) {
  for (const auto& child : children_) {
    if (child->rows().name() != table) continue;
    if (auto done = child->of(key, [&](const Row& row) { each(child->rows(), row); }); !done) return done;
  }
  return {};
}

Expected<void> TablesAsObjects::begin(Step step) {
  parents_.clear();
  children_.clear();
  Expected<void> good;
  const auto all = [&](std::string_view name, std::string_view key, std::initializer_list<std::string_view> others,
                       std::string_view key_of_others) {
    good = parents(document_.tables, name, key);
    for (const std::string_view other : others)
      if (good) good = children(other, key_of_others);
  };
  switch (step) {
    case Step::deletes:
      for (const GoneWords& words : gone_words)
        if (good) good = parents(document_.deletes, words.table, words.field);
      has_deletes_ = !parents_.empty();
      if (has_deletes_) text_ = "<rde:deletes>\n";
      break;
    case Step::registrars:
      text_ = (has_deletes_ ? "</rde:deletes>\n" : "") + contents_of(document_);
      all("registrar", "csvRegistrar:fId", {}, {});
      break;
    case Step::domains:
      all("domain", "csvDomain:fName", {"domainContacts", "domainStatuses", "domainNameServers", "dnssec"}, "csvDomain:fName");
      break;
    case Step::hosts:
      all("host", "csvHost:fName", {"hostStatuses", "hostAddresses"}, "rdeCsv:fRoid");
      break;
    case Step::contacts:
      all("contact", "csvContact:fId", {"contactStatuses", "contactPostal"}, "csvContact:fId");
      break;
    default:
      text_ = "</rde:contents>\n</rde:deposit>\n";
      break;
  }
  return good;
}

Expected<void> TablesAsObjects::end_step() {
  for (const auto& child : children_)
    if (auto ended = child->end(); !ended) return ended;
  return {};
}

Expected<void> TablesAsObjects::make_some() {
  while (!parents_.empty()) {
    const auto more = parents_.front()->next();
    if (!more) return more.error();
    if (*more) return make_object(parents_.front()->row);
    parents_.erase(parents_.begin());
  }
  if (auto ended = end_step(); !ended) return ended;
  step_ = static_cast<Step>(static_cast<std::uint8_t>(step_) + 1);
  return begin(step_);
}

Expected<void> TablesAsObjects::make_object(const Row& row) {
  xml_.clear();
  Expected<void> made;
  switch (step_) {
    case Step::deletes:
      made = gone(row);
      break;
    case Step::registrars:
      made = registrar(row);
      break;
    case Step::domains:
      made = domain(row);
      break;
    case Step::hosts:
      made = host(row);
      break;
    default:
      made = contact(row);
      break;
  }
  if (!made) return made;
  text_ = xml_.text() + "\n";
  return {};
}

Expected<void> TablesAsObjects::gone(const Row& row) {
  const Rows& own = *parents_.front();
  const auto words = std::ranges::find(gone_words, own.name(), &GoneWords::table);
  xml_.open(words->element);
  xml_.element(words->key, at(own, row, words->field));
  xml_.close(words->element);
  return {};
}

Expected<void> TablesAsObjects::registrar(const Row& row) {
  xml_.open("rdeRegistrar:registrar");
  elements(row, {{"rdeRegistrar:id", "csvRegistrar:fId"},
                 {"rdeRegistrar:name", "csvRegistrar:fName"},
                 {"rdeRegistrar:gurid", "csvRegistrar:fGurid"},
                 {"rdeRegistrar:status", "csvRegistrar:fStatus"}});
  xml_.close("rdeRegistrar:registrar");
  return {};
}

Expected<void> TablesAsObjects::domain(const Row& row) {
  const std::string key = at(*parents_.front(), row, "csvDomain:fName");
  xml_.open("rdeDomain:domain");
  elements(row, {{"rdeDomain:name", "csvDomain:fName"}, {"rdeDomain:roid", "rdeCsv:fRoid"}});
  std::vector<std::string> statuses;
  std::vector<std::string> grace;
  auto done = each_row("domainStatuses", key, [&](const Rows& rows, const Row& status) {
    for (const auto& [field, into] : {std::pair("csvDomain:fStatus", &statuses), std::pair("csvDomain:fRgpStatus", &grace)})
      if (const std::string& word = at(rows, status, field); !word.empty() && std::ranges::find(*into, word) == into->end())
        into->push_back(word);
  });
  if (!done) return done;
  for (const std::string& word : statuses) xml_.empty("rdeDomain:status", {{"s", word}});
  for (const std::string& word : grace) xml_.empty("rdeDomain:rgpStatus", {{"s", word}});
  elements(row, {{"rdeDomain:registrant", "rdeCsv:fRegistrant"}});
  done = each_row("domainContacts", key, [&](const Rows& rows, const Row& contact) {
    xml_.element("rdeDomain:contact", at(rows, contact, "csvContact:fId"),
                 {{"type", at(rows, contact, "csvDomain:fContactType")}});
  });
  if (!done) return done;
  xml_.open("rdeDomain:ns");
  bool by_roid = false;
  done = each_row("domainNameServers", key, [&](const Rows& rows, const Row& server) {
    const std::string& host = at(rows, server, "csvHost:fName");
    by_roid = by_roid || host.empty();
    xml_.element("domain:hostObj", host);
  });
  if (!done) return done;
  if (by_roid) return invalid_table("domainNameServers", "name servers by ROID are not read");
  xml_.close("rdeDomain:ns");
  elements(row, {{"rdeDomain:clID", "rdeCsv:fClID"},
                 {"rdeDomain:crRr", "rdeCsv:fCrRr"},
                 {"rdeDomain:crDate", "rdeCsv:fCrDate"},
                 {"rdeDomain:exDate", "rdeCsv:fExDate"},
                 {"rdeDomain:upRr", "rdeCsv:fUpRr"},
                 {"rdeDomain:upDate", "rdeCsv:fUpDate"}});
  xml_.open("rdeDomain:secDNS");
  done = each_row("dnssec", key, [&](const Rows& rows, const Row& ds) {
    if (!rows.column("csvDomain:fDigest")) return;  // a key, which a registrar's store has no place for
    xml_.open("secDNS:dsData");
    xml_.element("secDNS:keyTag", at(rows, ds, "csvDomain:fKeyTag"));
    xml_.element("secDNS:alg", at(rows, ds, "csvDomain:fDsAlg"));
    xml_.element("secDNS:digestType", at(rows, ds, "csvDomain:fDigestType"));
    xml_.element("secDNS:digest", at(rows, ds, "csvDomain:fDigest"));
    xml_.close("secDNS:dsData");
  });
  xml_.close("rdeDomain:secDNS");
  elements(row, {{"rdeDomain:trDate", "rdeCsv:fTrDate"}});
  xml_.close("rdeDomain:domain");
  return done;
}

Expected<void> TablesAsObjects::host(const Row& row) {
  const std::string key = at(*parents_.front(), row, "rdeCsv:fRoid");
  xml_.open("rdeHost:host");
  elements(row, {{"rdeHost:name", "csvHost:fName"}, {"rdeHost:roid", "rdeCsv:fRoid"}});
  auto done = each_row("hostStatuses", key, [&](const Rows& rows, const Row& status) {
    xml_.empty("rdeHost:status", {{"s", at(rows, status, "csvHost:fStatus")}});
  });
  if (!done) return done;
  done = each_row("hostAddresses", key, [&](const Rows& rows, const Row& address) {
    const std::string& version = at(rows, address, "csvHost:fAddrVersion");
    xml_.element("rdeHost:addr", at(rows, address, "csvHost:fAddr"),
                 {{"ip", version.empty() ? std::string_view("v4") : version}});
  });
  elements(row, {{"rdeHost:clID", "rdeCsv:fClID"}});
  xml_.close("rdeHost:host");
  return done;
}

Expected<void> TablesAsObjects::contact(const Row& row) {
  const Rows& own = *parents_.front();
  const std::string key = at(own, row, "csvContact:fId");
  xml_.open("rdeContact:contact");
  elements(row, {{"rdeContact:id", "csvContact:fId"}, {"rdeContact:roid", "rdeCsv:fRoid"}});
  auto done = each_row("contactStatuses", key, [&](const Rows& rows, const Row& status) {
    xml_.empty("rdeContact:status", {{"s", at(rows, status, "csvContact:fStatus")}});
  });
  if (!done) return done;
  done = each_row("contactPostal", key, [&](const Rows& rows, const Row& postal) {
    const auto element = [&](std::string_view name, std::string_view field) { xml_.element_if(name, at(rows, postal, field)); };
    xml_.open("rdeContact:postalInfo", {{"type", at(rows, postal, "csvContact:fPostalType")}});
    element("contact:name", "csvContact:fName");
    element("contact:org", "csvContact:fOrg");
    xml_.open("contact:addr");
    element("contact:street", rows.column("csvContact:fStreet") ? "csvContact:fStreet" : "csvContact:fStreet0");
    element("contact:street", "csvContact:fStreet1");
    element("contact:street", "csvContact:fStreet2");
    element("contact:city", "csvContact:fCity");
    element("contact:sp", "csvContact:fSp");
    element("contact:pc", "csvContact:fPc");
    element("contact:cc", "csvContact:fCc");
    xml_.close("contact:addr");
    xml_.close("rdeContact:postalInfo");
  });
  if (!done) return done;
  const auto phone = [&](std::string_view name, std::string_view number, std::string_view ext) {
    const std::string& digits = at(own, row, number);
    const std::string& extension = at(own, row, ext);
    if (digits.empty()) return;
    if (extension.empty())
      xml_.element(name, digits);
    else
      xml_.element(name, digits, {{"x", extension}});
  };
  phone("rdeContact:voice", "csvContact:fVoice", "csvContact:fVoiceExt");
  phone("rdeContact:fax", "csvContact:fFax", "csvContact:fFaxExt");
  elements(row, {{"rdeContact:email", "csvContact:fEmail"},
                 {"rdeContact:clID", "rdeCsv:fClID"},
                 {"rdeContact:crRr", "rdeCsv:fCrRr"},
                 {"rdeContact:upRr", "rdeCsv:fUpRr"}});
  xml_.close("rdeContact:contact");
  return {};
}

}  // namespace

std::unique_ptr<ByteSource> objects_of_tables(const RdeTableDocument& document, TableOpener open) {
  return std::make_unique<TablesAsObjects>(document, std::move(open));
}

}  // namespace regdata::escrow
