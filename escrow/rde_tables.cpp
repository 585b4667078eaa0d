#include "escrow/rde_tables.hpp"

#include <fmt/format.h>

#include <optional>

#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

using Fields = std::span<const std::string_view>;

constexpr std::array<std::string_view, 8> domain_fields{
    "csvDomain:fName", "rdeCsv:fRoid",   "rdeCsv:fRegistrant isRequired=\"true\"",
    "rdeCsv:fClID",    "rdeCsv:fCrDate", "rdeCsv:fUpDate",
    "rdeCsv:fExDate",  "rdeCsv:fTrDate"};
constexpr std::array<std::string_view, 3> domain_contact_fields{"csvDomain:fName parent=\"true\"", "csvContact:fId",
                                                                "csvDomain:fContactType"};
constexpr std::array<std::string_view, 3> domain_status_fields{"csvDomain:fName parent=\"true\"", "csvDomain:fStatus",
                                                               "csvDomain:fRgpStatus"};
constexpr std::array<std::string_view, 2> name_server_fields{"csvDomain:fName parent=\"true\"", "csvHost:fName"};
constexpr std::array<std::string_view, 5> dnssec_fields{"csvDomain:fName parent=\"true\"", "csvDomain:fKeyTag",
                                                        "csvDomain:fDsAlg", "csvDomain:fDigestType", "csvDomain:fDigest"};
constexpr std::array<std::string_view, 3> host_fields{"csvHost:fName", "rdeCsv:fRoid", "rdeCsv:fClID"};
constexpr std::array<std::string_view, 2> host_status_fields{"rdeCsv:fRoid parent=\"true\"", "csvHost:fStatus"};
constexpr std::array<std::string_view, 3> host_address_fields{"rdeCsv:fRoid parent=\"true\"", "csvHost:fAddr",
                                                              "csvHost:fAddrVersion"};
constexpr std::array<std::string_view, 8> contact_fields{"csvContact:fId",       "rdeCsv:fRoid",    "csvContact:fVoice",
                                                         "csvContact:fVoiceExt", "csvContact:fFax", "csvContact:fFaxExt",
                                                         "csvContact:fEmail",    "rdeCsv:fClID"};
constexpr std::array<std::string_view, 2> contact_status_fields{"csvContact:fId parent=\"true\"", "csvContact:fStatus"};
constexpr std::array<std::string_view, 11> contact_postal_fields{"csvContact:fId parent=\"true\"",
                                                                 "csvContact:fPostalType",
                                                                 "csvContact:fName",
                                                                 "csvContact:fOrg",
                                                                 "csvContact:fStreet index=\"0\"",
                                                                 "csvContact:fStreet index=\"1\"",
                                                                 "csvContact:fStreet index=\"2\"",
                                                                 "csvContact:fCity",
                                                                 "csvContact:fSp",
                                                                 "csvContact:fPc",
                                                                 "csvContact:fCc"};
constexpr std::array<std::string_view, 14> registrar_fields{"csvRegistrar:fId",
                                                            "csvRegistrar:fName isLoc=\"true\"",
                                                            "csvRegistrar:fGurid",
                                                            "csvRegistrar:fStatus",
                                                            "csvContact:fStreet isLoc=\"true\" index=\"0\"",
                                                            "csvContact:fStreet isLoc=\"true\" index=\"1\"",
                                                            "csvContact:fStreet isLoc=\"true\" index=\"2\"",
                                                            "csvContact:fCity isLoc=\"true\"",
                                                            "csvContact:fSp isLoc=\"true\"",
                                                            "csvContact:fPc isLoc=\"true\"",
                                                            "csvContact:fCc isLoc=\"true\"",
                                                            "csvContact:fVoice",
                                                            "csvContact:fEmail",
                                                            "rdeCsv:fUrl"};

constexpr std::array<RdeTableForm, rde_table_count> forms{{{"csvDomain", "domain", domain_fields},
                                                           {"csvDomain", "domainContacts", domain_contact_fields},
                                                           {"csvDomain", "domainStatuses", domain_status_fields},
                                                           {"csvDomain", "domainNameServers", name_server_fields},
                                                           {"csvDomain", "dnssec", dnssec_fields},
                                                           {"csvHost", "host", host_fields},
                                                           {"csvHost", "hostStatuses", host_status_fields},
                                                           {"csvHost", "hostAddresses", host_address_fields},
                                                           {"csvContact", "contact", contact_fields},
                                                           {"csvContact", "contactStatuses", contact_status_fields},
                                                           {"csvContact", "contactPostal", contact_postal_fields},
                                                           {"csvRegistrar", "registrar", registrar_fields}}};

struct DeletesForm {
  std::string_view object;
  std::string_view name;
  std::string_view key;
};
constexpr std::array<DeletesForm, rde_deletes_count> deletes_forms{{{"csvDomain", "domain", "csvDomain:fName"},
                                                                    {"csvHost", "host", "rdeCsv:fRoid"},
                                                                    {"csvContact", "contact", "csvContact:fId"},
                                                                    {"csvRegistrar", "registrar", "csvRegistrar:fId"}}};

std::string file_element(const RdeTableFile& file, const std::string& name) {
  return fmt::format("<rdeCsv:files><rdeCsv:file encoding=\"UTF-8\" cksum=\"{:08X}\">{}</rdeCsv:file></rdeCsv:files>",
                     file.crc32, name);
}

std::string date_or_nothing(const std::optional<UtcTime>& time) { return time ? format_rfc3339(*time) : std::string(); }

}  // namespace

const RdeTableForm& form_of(RdeTable table) { return forms.at(static_cast<std::size_t>(table)); }

std::string table_file_name(RdeTable table) { return std::string(form_of(table).name) + ".csv"; }

std::string rde_definitions(const RdeTableFiles& files) {
  std::string text;
  std::string_view object;
  for (std::size_t at = 0; at < forms.size(); ++at) {
    const RdeTableForm& form = forms.at(at);
    if (form.object != object) {
      if (!object.empty()) text += fmt::format("</{}:contents>\n", object);
      object = form.object;
      text += fmt::format("<{}:contents>\n", object);
    }
    text += fmt::format("<rdeCsv:csv name=\"{}\" sep=\",\"><rdeCsv:fields>", form.name);
    for (const std::string_view field : form.fields) text += fmt::format("<{}/>", field);
    text += "</rdeCsv:fields>" + file_element(files.at(at), table_file_name(static_cast<RdeTable>(at))) + "</rdeCsv:csv>\n";
  }
  return text + fmt::format("</{}:contents>\n", object);
}

RdeDeletes deletes_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::registrar:
      return RdeDeletes::registrar;
    case ObjectKind::domain:
      return RdeDeletes::domain;
    case ObjectKind::host:
      return RdeDeletes::host;
    default:
      return RdeDeletes::contact;
  }
}

std::string deletes_file_name(RdeDeletes table) {
  return std::string(deletes_forms.at(static_cast<std::size_t>(table)).name) + "-delete.csv";
}

std::string rde_deleted(const ListedObject& object) {
  CsvRecord record(CsvDialect{.crlf = true});
  switch (deletes_of(object.kind)) {
    case RdeDeletes::host:
      record.add(roid_in(object.id));
      break;
    case RdeDeletes::contact:
      record.add(rde_contact_id(object.id));
      break;
    default:
      record.add(object.id);
      break;
  }
  record.end();
  return record.text();
}

std::string rde_deletes_definitions(const RdeDeletesFiles& files) {
  std::string text;
  for (std::size_t at = 0; at < files.size(); ++at) {
    const DeletesForm& form = deletes_forms.at(at);
    if (files.at(at).size == 0) continue;
    text += fmt::format("<{0}:deletes><rdeCsv:csv name=\"{1}\" sep=\",\"><rdeCsv:fields><{2}/></rdeCsv:fields>", form.object,
                        form.name, form.key);
    text += file_element(files.at(at), deletes_file_name(static_cast<RdeDeletes>(at)));
    text += fmt::format("</rdeCsv:csv></{}:deletes>\n", form.object);
  }
  return text.empty() ? text : std::string(rde_deletes_opening) + text + std::string(rde_deletes_closing);
}

void RdeRows::row(std::initializer_list<std::string_view> fields) {
  record_.clear();
  for (const std::string_view field : fields) record_.add(field);
  record_.end();
  text_ += record_.text();
}

/// A status of a grace period stands beside one of EPP: beside pendingDelete, of which it is a part, or else the first.
void RdeRows::statuses(const Registration& registration) {
  const std::string_view name = registration.name.ascii();
  std::string_view beside;
  for (const Status status : epp_statuses_of(registration)) {
    row({name, to_string(status), ""});
    if (beside.empty() || status == Status::pending_delete) beside = to_string(status);
  }
  for (unsigned i = 0; i < status_count; ++i) {
    const auto status = static_cast<Status>(i);
    if (registration.statuses.contains(status) && is_grace(status)) row({name, beside, to_string(status)});
  }
}

const std::string& RdeRows::registration(RdeTable table, const RegistrationData& data) {
  const Registration& r = data.registration;
  const std::string& name = r.name.ascii();
  text_.clear();
  switch (table) {
    case RdeTable::domain: {
      const auto& expires = r.registry_expires ? r.registry_expires : r.registrar_expires;
      const std::optional<UtcTime> created = r.created == UtcTime{} ? std::nullopt : std::optional(r.created);
      row({name, rde_roid(r.roid, 'D', name, naming_), rde_contact_id(r.registrant), rde_registrar_id(naming_),
           date_or_nothing(created), date_or_nothing(r.updated), date_or_nothing(expires), date_or_nothing(r.transferred)});
      break;
    }
    case RdeTable::domain_contacts:
      for (const auto& [role, type] : rde_contact_types)
        if (const std::string& handle = handle_of(r, role); !handle.empty()) row({name, rde_contact_id(handle), type});
      break;
    case RdeTable::domain_statuses:
      statuses(r);
      break;
    case RdeTable::domain_name_servers:
      for (const DomainName& host : r.hosts) row({name, host.ascii()});
      break;
    case RdeTable::dnssec:
      for (const DsRecord& ds : r.ds)
        row({name, std::to_string(ds.key_tag), std::to_string(ds.algorithm), std::to_string(ds.digest_type), ds.digest});
      break;
    default:
      break;
  }
  return text_;
}

const std::string& RdeRows::host(RdeTable table, const Host& host, bool linked) {
  const std::string& name = host.name.ascii();
  const std::string roid = roid_of(host);
  text_.clear();
  if (table == RdeTable::host) row({name, roid, rde_registrar_id(naming_)});
  if (table == RdeTable::host_statuses) row({roid, linked ? "linked" : "ok"});
  if (table == RdeTable::host_addresses)
    for (const std::string& address : host.addresses)
      row({roid, address, address.find(':') == std::string::npos ? "v4" : "v6"});
  return text_;
}

const std::string& RdeRows::contact(RdeTable table, const Contact& contact) {
  const std::string id = rde_contact_id(contact.handle);
  text_.clear();
  if (table == RdeTable::contact)
    row({id, rde_roid(contact.roid, 'C', id, naming_), contact.phone.reveal(), contact.phone_ext.reveal(), contact.fax.reveal(),
         contact.fax_ext.reveal(), contact.email.reveal(), rde_registrar_id(naming_)});
  if (table == RdeTable::contact_statuses) row({id, "linked"});
  if (table == RdeTable::contact_postal) {
    const auto street = [&](std::size_t line) -> std::string_view {
      return line < contact.street.size() ? contact.street[line].reveal() : std::string_view();
    };
    row({id, rde_postal_type(contact), contact.name.reveal(), contact.organization.reveal(), street(0), street(1), street(2),
         contact.city.reveal(), contact.state.reveal(), contact.postal_code.reveal(), contact.country});
  }
  return text_;
}

const std::string& RdeRows::registrar(const Registrar& registrar) {
  const auto street = [&](std::size_t line) -> std::string_view {
    return line < registrar.street.size() ? std::string_view(registrar.street[line]) : std::string_view();
  };
  text_.clear();
  row({rde_registrar_id(naming_), registrar.name, std::to_string(registrar.iana_id), "ok", street(0), street(1), street(2),
       registrar.city, registrar.state, registrar.postal_code, registrar.country,
       check_phone(registrar.phone) ? registrar.phone : std::string(), registrar.email, registrar.url});
  return text_;
}

}  // namespace regdata::escrow
