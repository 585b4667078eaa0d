#include "epp/resolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

using std::chrono::days;
using std::chrono::minutes;

/// A registry's clock and ours.
constexpr minutes clock_slack{5};

Judgement applied(std::string why) { return {Verdict::applied, std::move(why)}; }
Judgement not_there(std::string why) { return {Verdict::not_applied, std::move(why)}; }
Judgement never(std::string why) { return {Verdict::never, std::move(why)}; }
Judgement to_a_person(std::string why) { return {Verdict::for_a_person, std::move(why)}; }

/// What we said, taken apart. Elements live as long as the document.
struct Said {
  XmlDocument document;
  std::string_view verb;  ///< "renew"
  XmlElement command;     ///< that element
  XmlElement object;      ///< "domain:renew"
  XmlElement extension;
};

Expected<Said> take_apart(const Entry& entry) {
  if (!entry.frame) return make_error(Errc::not_found, "its frame was erased with the contact that it was about");
  auto document = XmlDocument::parse(*entry.frame);
  if (!document) return make_error(Errc::damaged, "its frame cannot be read");
  Said said{std::move(*document), {}, {}, {}, {}};
  const XmlElement command = said.document.root().child(epp_namespace, "command");
  said.command = command.first_child();
  said.verb = said.command.local_name();
  said.object = said.command.first_child();
  said.extension = command.child("extension");
  if (!said.object) return make_error(Errc::damaged, "its frame holds no command about an object");
  return said;
}

/// A registry's clock may be behind ours.
bool is_recent(const Entry& entry, const std::optional<UtcTime>& time) { return time && *time >= entry.begun - clock_slack; }

/// Of what is ours and was to be created: empty where it is as new as the command. Registries' clocks differ, and some tell
/// local time: what is hours older is for a person.
std::optional<Judgement> judge_age(const Entry& entry, UtcTime created) {
  const auto& former = entry.created_before;
  if (former && created >= *former - clock_slack && created <= *former + std::chrono::hours(1) && created <= entry.begun)
    return never("it was ours before");
  if (created >= entry.begun - clock_slack) return std::nullopt;
  if (created < entry.begun - days(2)) return never("it was ours before");
  return to_a_person("it is ours since " + format_rfc3339(created) + ", which is before the command and not long before");
}

/// What the parts of an update ask for, held against what is there.
class Parts {
 public:
  void expect(bool is_met) { ++(is_met ? met_ : unmet_); }
  [[nodiscard]] Judgement judgement() const {
    if (met_ + unmet_ == 0) return to_a_person("what it changes cannot be read at the registry");
    if (unmet_ == 0) return applied("all that it changes is there");
    if (met_ == 0) return not_there("nothing that it changes is there");
    return to_a_person(fmt::format("{} of {} things that it changes are there", met_, met_ + unmet_));
  }

 private:
  unsigned met_ = 0;
  unsigned unmet_ = 0;
};

template <class All, class One>
bool holds(const All& all, const One& one) {
  return std::ranges::find(all, one) != all.end();
}

void hold_domain_part(const XmlElement& part, const DomainData& data, bool adds, Parts& parts) {
  NameServers servers;
  if (const XmlElement ns = part.child("ns")) read_servers(ns, servers);
  for (const NameServer& server : servers.servers)
    parts.expect(std::ranges::any_of(data.servers.servers, [&](const NameServer& one) { return one.name == server.name; }) ==
                 adds);
  part.each_child("contact", [&](const XmlElement& one) {
    parts.expect(holds(data.contacts, DomainContact{std::string(one.attribute("type")), one.text()}) == adds);
  });
  part.each_child("status", [&](const XmlElement& one) { parts.expect(holds(data.statuses, one.attribute("s")) == adds); });
}

void hold_ds(const XmlElement& update, const DomainData& data, Parts& parts) {
  std::vector<DsRecord> added, removed;
  read_ds(update.child("add"), added);
  const XmlElement rem = update.child("rem");
  read_ds(rem, removed);
  for (const DsRecord& one : added) parts.expect(holds(data.ds, one));
  for (const DsRecord& one : removed)
    if (!holds(added, one)) parts.expect(!holds(data.ds, one));
  if (rem.child("all")) parts.expect(std::ranges::all_of(data.ds, [&](const DsRecord& one) { return holds(added, one); }));
}

Judgement judge_update(const Said& said, const DomainData& data) {
  if (said.extension.child(rgp_namespace, "update").child("restore")) {
    const bool waits = holds(data.grace, "redemptionPeriod");
    if (holds(data.grace, "pendingRestore")) return applied("the registry has taken the restore");
    if (!waits && !holds(data.statuses, "pendingDelete")) return applied("it is not deleted any more");
    return not_there("it is still deleted");
  }
  Parts parts;
  if (const XmlElement add = said.object.child("add")) hold_domain_part(add, data, true, parts);
  if (const XmlElement rem = said.object.child("rem")) hold_domain_part(rem, data, false, parts);
  if (const XmlElement registrant = said.object.child("chg").child("registrant"))
    parts.expect(data.registrant == registrant.text());
  if (const XmlElement ds = said.extension.child(sec_dns_namespace, "update")) hold_ds(ds, data, parts);
  const XmlElement organizations = said.extension.child(org_ext_namespace, "update");
  const auto hold_organizations = [&](const char* part, bool is_there) {
    organizations.child(part).each_child("id", [&](const XmlElement& one) {
      const Organization wanted{std::string(one.attribute("role")), one.text()};
      parts.expect(holds(data.extras.organizations, wanted) == is_there);
    });
  };
  hold_organizations("add", true);
  hold_organizations("rem", false);
  hold_organizations("chg", true);
  if (const XmlElement day = said.extension.child(expiry_sync_namespace, "update").child("expMonthDay"); day && data.expires)
    parts.expect(day.text() == "--" + format_rfc3339(*data.expires).substr(5, 5));
  return parts.judgement();
}

std::optional<std::chrono::sys_days> day_of(const std::string& text) {
  const auto time = parse_rfc3339(text.substr(0, 10) + "T00:00:00Z");
  if (!time) return std::nullopt;
  return std::chrono::floor<days>(*time);
}

/// The day on which a renewal of `from` ends.
std::chrono::sys_days renewed(std::chrono::sys_days from, const XmlElement& period) {
  unsigned number = 1;
  const std::string text = period.text();
  std::from_chars(text.data(), text.data() + text.size(), number);
  std::chrono::year_month_day date(from);
  date += std::chrono::months(period.attribute("unit") == "m" ? number : 12 * number);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return date;
}

Judgement judge_renewal(const Said& said, const DomainData& data) {
  const auto from = day_of(said.object.child("curExpDate").text());
  if (!from || !data.expires) return to_a_person("the registry does not tell when it expires");
  const auto expires = std::chrono::floor<days>(*data.expires);
  const auto expected = renewed(*from, said.object.child("period"));
  const auto is_near = [&](std::chrono::sys_days day) { return expires >= day - days(1) && expires <= day + days(1); };
  const std::string told = "it expires " + format_rfc3339(*data.expires);
  if (is_near(expected)) return applied(told);
  if (is_near(*from)) return not_there(told);
  return to_a_person(told + ", which is neither the day before nor the day after the renewal");
}

Judgement judge_domain(const Entry& entry, const Said& said, const DomainData& data) {
  if (data.sponsor.empty() || data.name != as_name(said.object.child("name").text()))
    return {Verdict::undecided, "the answer does not tell whose it is"};
  const bool is_ours = data.sponsor == entry.account;
  if (said.verb == "create") {
    if (!is_ours) return never("another registrar holds it");
    if (!data.created) return to_a_person("it is ours, and the registry does not tell since when");
    if (auto before = judge_age(entry, *data.created)) return *before;
    const XmlElement registrant = said.object.child("registrant");
    if (registrant && data.registrant != registrant.text() && !data.registrant.empty())
      return to_a_person("it is ours, with another registrant");
    return applied("it is ours since " + format_rfc3339(*data.created));
  }
  if (!is_ours) return to_a_person("another registrar holds it now");
  if (said.verb == "renew") return judge_renewal(said, data);
  if (said.verb == "update") return judge_update(said, data);
  const bool is_deleted =
      holds(data.statuses, "pendingDelete") || holds(data.grace, "redemptionPeriod") || holds(data.grace, "pendingDelete");
  return is_deleted ? applied("it is on its way out") : not_there("it is still there");
}

Judgement judge_host(const Entry& entry, const Said& said, const HostData& data) {
  const bool is_ours = data.sponsor == entry.account || data.sponsor.empty();
  if (said.verb == "delete") return is_ours ? not_there("it is still there") : to_a_person("another registrar holds it");
  if (said.verb == "create") {
    if (!is_ours) return never("another registrar holds it");
    if (data.created)
      if (auto before = judge_age(entry, *data.created)) return *before;
    Parts parts;
    parts.expect(true);
    said.object.each_child("addr", [&](const XmlElement& one) { parts.expect(holds(data.addresses, one.text())); });
    return parts.judgement();
  }
  Parts parts;
  const auto hold = [&](const XmlElement& part, bool adds) {
    part.each_child("addr", [&](const XmlElement& one) { parts.expect(holds(data.addresses, one.text()) == adds); });
    part.each_child("status", [&](const XmlElement& one) { parts.expect(holds(data.statuses, one.attribute("s")) == adds); });
  };
  if (said.object.child("chg").child("name")) parts.expect(true);  // the probe asked for the new name
  hold(said.object.child("add"), true);
  hold(said.object.child("rem"), false);
  return parts.judgement();
}

bool is_same(const PostalInfo& said, const PostalInfo& held) {
  return said.type == held.type && said.name == held.name && said.organization == held.organization &&
         said.street == held.street && said.city == held.city && said.state == held.state &&
         said.postal_code == held.postal_code && said.country == held.country;
}

Judgement judge_organization(const Entry& entry, const Said& said, const OrganizationData& data) {
  const bool is_ours = data.sponsor.empty() ? data.created_by == entry.account : data.sponsor == entry.account;
  if (said.verb == "delete") return is_ours ? not_there("it is still there") : to_a_person("another registrar holds it");
  const bool creates = said.verb == "create";
  if (!is_ours) return creates ? never("another registrar holds it") : to_a_person("another registrar holds it");
  if (creates && data.created)
    if (auto before = judge_age(entry, *data.created)) return *before;
  Parts parts;
  const auto hold = [&](const OrganizationData& part, bool adds) {
    for (const OrganizationRole& one : part.roles)
      parts.expect(std::ranges::any_of(data.roles, [&](const auto& role) { return role.type == one.type; }) == adds);
    for (const std::string& one : part.statuses) parts.expect(holds(data.statuses, one) == adds);
    for (const DomainContact& one : part.contacts) parts.expect(holds(data.contacts, one) == adds);
  };
  const auto hold_text = [&](const auto& wanted, const auto& held) {
    if (!wanted.empty()) parts.expect(wanted == held);
  };
  if (const XmlElement add = said.object.child("add")) hold(organization_in(add), true);
  if (const XmlElement rem = said.object.child("rem")) hold(organization_in(rem), false);
  const OrganizationData whole = organization_in(creates ? said.object : said.object.child("chg"));
  if (creates) hold(whole, true);
  hold_text(whole.facts.parent, data.facts.parent);
  hold_text(whole.facts.voice, data.facts.voice);
  hold_text(whole.facts.fax, data.facts.fax);
  hold_text(whole.facts.email, data.facts.email);
  hold_text(whole.facts.url, data.facts.url);
  for (const PostalInfo& one : whole.facts.postal)
    parts.expect(std::ranges::any_of(data.facts.postal, [&](const PostalInfo& held) {
      PostalInfo as_said = held;  // what was not said of it stays as it was
      if (one.name.empty()) as_said.name = {};
      if (one.city.empty()) as_said = {held.type, as_said.name, {}, {}, {}, {}, {}, {}};
      return is_same(one, as_said);
    }));
  return parts.judgement();
}

/// Whether it is shown and hidden as was said, as far as the registry is known to tell that. Empty: nobody knows.
std::optional<bool> shows_as_said(const Disclosure& said, const ResolutionRules& rules, const ContactData& data) {
  if (data.disclosure_is_doubtful) return std::nullopt;
  if (said == data.disclosure) return true;
  if (!rules.disclosure) return std::nullopt;
  const Elements shown = shown_by(*rules.disclosure, data);
  for (std::size_t one = 0; one < disclosable_count; ++one)
    if (said.elements.at(one) && rules.disclosure->adjustable[one] && shown[one] != said.shows) return false;
  return true;
}

Judgement judge_contact(const Entry& entry, const Said& said, const ResolutionRules& rules, const ContactData& data) {
  const bool is_ours = data.sponsor == entry.account || data.sponsor.empty();
  if (said.verb == "delete") return is_ours ? not_there("it is still there") : to_a_person("another registrar holds it");
  const bool creates = said.verb == "create";
  if (!is_ours) return creates ? never("another registrar holds it") : to_a_person("another registrar holds it");
  if (creates && data.created)
    if (auto before = judge_age(entry, *data.created)) return *before;
  const XmlElement whole = creates ? said.object : said.object.child("chg");
  const ContactData wanted = contact_in(whole);
  bool is_equal =
      wanted.voice == data.voice && wanted.fax == data.fax && wanted.email == data.email && wanted.voice_ext == data.voice_ext;
  for (const PostalInfo& one : wanted.postal)
    is_equal = is_equal && std::ranges::any_of(data.postal, [&](const PostalInfo& held) { return is_same(one, held); });
  said.object.child("add").each_child("status",
                                      [&](const XmlElement& one) { is_equal &= holds(data.statuses, one.attribute("s")); });
  said.object.child("rem").each_child("status",
                                      [&](const XmlElement& one) { is_equal &= !holds(data.statuses, one.attribute("s")); });
  // a create told its list with it
  const auto shows = creates || !wanted.disclosure ? std::optional(true) : shows_as_said(*wanted.disclosure, rules, data);
  if (is_equal && !shows)
    return to_a_person("the registry holds it as it was said, and tells in other words what it shows: push the contact again");
  is_equal = is_equal && *shows;
  if (is_equal) return applied("the registry holds it as it was said");
  return creates ? to_a_person("it is ours, and not as it was said")
                 : not_there("the registry does not hold it as it was said");
}

/// The last transfer, or the one that is under way (RFC 5731 §3.1.3).
Judgement judge_transfer(const Entry& entry, const Said& said, const Response& answer) {
  const std::string_view operation = said.command.attribute("op");
  if (answer.code() == 2301) {
    if (operation == "request") return not_there("no transfer is under way");
    return to_a_person("no transfer is under way any more");
  }
  const XmlElement data = answer.data(domain_namespace, "trnData");
  if (!data) return {Verdict::undecided, "the answer does not tell of a transfer"};
  const std::string status = data.child("trStatus").text();
  if (operation == "request") {
    if (data.child("reID").text() != entry.account) return not_there("the transfer that the registry tells of is not ours");
    if (!is_recent(entry, data.child("reDate").time())) return not_there("the transfer that the registry tells of is older");
    return applied("the registry has our request: " + status);
  }
  if (status == "pending") return not_there("the transfer is still pending");
  const std::string_view wanted = operation == "approve"  ? "clientApproved"
                                  : operation == "reject" ? "clientRejected"
                                                          : "clientCancelled";
  if (status == wanted) return applied("the transfer is " + status);
  return to_a_person("the transfer is " + status);
}

Judgement judge_missing(const Said& said) {
  if (said.verb == "delete") return applied("the registry does not have it any more");
  return not_there("the registry does not have it");
}

template <class Data, class Judge>
Judgement with(const Expected<Data>& data, const Judge& judge_it) {
  if (!data) return {Verdict::undecided, "the registry's answer does not tell what it holds"};
  return judge_it(*data);
}

}  // namespace

Expected<Command> probe_for(const Entry& entry) {
  const auto said = take_apart(entry);
  if (!said) return said.error();
  const std::string_view kind = said->object.namespace_uri();
  if (kind == domain_namespace && said->verb == "transfer")
    return Command(DomainTransfer{
        .operation = TransferOperation::query, .name = said->object.child("name").text(), .period = {}, .auth_info = {}});
  if (kind == domain_namespace) return Command(DomainInfo{said->object.child("name").text(), "all", {}});
  if (kind == host_namespace) {
    const XmlElement renamed = said->object.child("chg").child("name");
    return Command(HostInfo{(renamed ? renamed : said->object.child("name")).text()});
  }
  if (kind == org_namespace) return Command(OrganizationInfo{said->object.child("id").text()});
  if (kind == contact_namespace) return Command(ContactInfo{said->object.child("id").text(), {}});
  return make_error(Errc::not_found, "no query tells what became of such a command");
}

Judgement judge(const Entry& entry, const ResolutionRules& rules, const Response& answer) {
  const auto said = take_apart(entry);
  if (!said) return to_a_person(said.error().context);
  const std::string_view kind = said->object.namespace_uri();
  if (said->verb == "transfer" && (answer.is_success() || answer.code() == 2301)) return judge_transfer(entry, *said, answer);
  if (answer.code() == 2303) return judge_missing(*said);
  if (answer.code() == 2201) {
    if (said->verb == "create") return never("another registrar holds it");
    if (said->verb == "transfer" && said->command.attribute("op") == "approve")
      return applied("another registrar holds it now, and the transfer is not ours to ask about any more");
    return to_a_person("another registrar holds it now");
  }
  if (!answer.is_success()) return {Verdict::undecided, fmt::format("the registry answered {} when asked", answer.code())};
  if (kind == domain_namespace)
    return with(read_domain(answer), [&](const DomainData& data) { return judge_domain(entry, *said, data); });
  if (kind == host_namespace)
    return with(read_host(answer), [&](const HostData& data) { return judge_host(entry, *said, data); });
  if (kind == org_namespace)
    return with(read_organization(answer),
                [&](const OrganizationData& data) { return judge_organization(entry, *said, data); });
  return with(read_contact(answer), [&](const ContactData& data) { return judge_contact(entry, *said, rules, data); });
}

}  // namespace regdata::epp
