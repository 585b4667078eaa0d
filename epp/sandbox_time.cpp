// Transfers in the sandbox registry (RFC 5731 §3.2.4), and what time does there by itself (RFC 3915).
#include <fmt/format.h>

#include "epp/namespaces.hpp"
#include "epp/sandbox_objects.hpp"

namespace regdata::epp {
namespace {

using Part = SandboxObject::Part;
using std::chrono::days;

constexpr days redemption_time{30};
constexpr days pending_delete_time{5};
constexpr days transfer_time{5};

/// The last transfer of a name, kept as one part of it.
struct Transfer {
  std::string status, requester, requested, actor, acted;
};

std::optional<Transfer> transfer_of(const SandboxObject& object) {
  const auto parts = object.all("transfer");
  if (parts.empty()) return std::nullopt;
  Transfer transfer;
  transfer.status = parts.front()->value;
  std::string_view rest = parts.front()->more;
  for (std::string* const into : {&transfer.requester, &transfer.requested, &transfer.actor, &transfer.acted}) {
    const auto blank = rest.find(' ');
    *into = rest.substr(0, blank);
    rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
  }
  return transfer;
}

void set_transfer(SandboxObject& object, const Transfer& transfer) {
  std::erase_if(object.parts, [](const Part& part) {
    return part.what == "transfer" || (part.what == "status" && part.value == "pendingTransfer");
  });
  object.parts.push_back({"transfer", transfer.status,
                          fmt::format("{} {} {} {}", transfer.requester, transfer.requested, transfer.actor, transfer.acted)});
  if (transfer.status == "pending") object.parts.push_back({"status", "pendingTransfer", ""});
}

void write_transfer(XmlWriter& xml, const SandboxObject& object, const Transfer& transfer) {
  xml.open("domain:trnData", {{"xmlns:domain", domain_namespace}});
  xml.element("domain:name", object.id);
  xml.element("domain:trStatus", transfer.status);
  xml.element("domain:reID", transfer.requester);
  xml.element("domain:reDate", transfer.requested);
  xml.element("domain:acID", transfer.actor);
  xml.element("domain:acDate", transfer.acted);
  xml.element_if("domain:exDate", object.expires);
  xml.close();
}

/// An element of a message: without the declaration.
std::string alone(XmlWriter& xml) {
  const std::string text = xml.take();
  return text.substr(text.find("<domain:"));
}

std::string payload_of(const SandboxObject& object, const Transfer& transfer) {
  XmlWriter xml;
  write_transfer(xml, object, transfer);
  return alone(xml);
}

/// What a registry says of a name without being asked.
std::string info_payload(const SandboxObject& object) {
  XmlWriter xml;
  xml.open("domain:infData", {{"xmlns:domain", domain_namespace}});
  xml.element("domain:name", object.id);
  xml.element("domain:roid", object.roid);
  for (const Part* status : object.all("status")) xml.empty("domain:status", {{"s", status->value}});
  xml.element("domain:clID", object.sponsor);
  xml.element_if("domain:exDate", object.expires);
  xml.close();
  return alone(xml);
}

bool has_word(const SandboxObject& held, const XmlElement& object) {
  const std::string word = object.child("authInfo").child("pw").text();
  return !word.empty() && word == held.auth_info;
}

/// The new sponsor has it, with a year more; its authorization information is used up (RFC 9154 §4.3).
void hand_over_to(SandboxObject& held, const Transfer& transfer) {
  held.sponsor = transfer.requester;
  held.transferred = transfer.acted;
  held.auth_info.clear();
  if (const auto expires = parse_rfc3339(held.expires)) held.expires = format_rfc3339(years_after(*expires, 1));
}

}  // namespace

void SandboxObjects::tell(const std::string& account, const std::string& text, const std::string& payload) {
  store_.post(account, {.number = 0, .at = now(), .text = text, .payload = payload});
}

SandboxSaid SandboxObjects::transfer(const std::string& account, std::string_view operation, const XmlElement& object) {
  if (kind_of(object) != 'D') return {.code = 2101, .reason = "only names are transferred here"};
  auto held = store_.find('D', object.child("name").text());
  if (!held) return {.code = 2303};
  auto transfer = transfer_of(*held);
  const bool is_pending = transfer && transfer->status == "pending";
  const bool is_own = held->sponsor == account;
  const auto answer = [&](unsigned code) {
    return SandboxSaid{.code = code,
                       .data = [held = *held, told = *transfer](XmlWriter& xml) { write_transfer(xml, held, told); }};
  };
  if (operation == "query") {
    if (!transfer) return {.code = 2301};
    const bool took_part = is_own || transfer->requester == account || transfer->actor == account;
    if (!took_part && !has_word(*held, object)) return {.code = 2201};
    return answer(1000);
  }
  if (operation == "request") {
    if (is_own) return {.code = 2106};
    if (is_pending) return {.code = 2300};
    if (has_status(*held, "clientTransferProhibited") || has_status(*held, "pendingDelete")) return {.code = 2304};
    if (!has_word(*held, object)) return {.code = 2202};
    transfer = Transfer{"pending", account, now(), held->sponsor, format_rfc3339(clock_() + transfer_time)};
    set_transfer(*held, *transfer);
    store_.put(*held);
    tell(held->sponsor, "Transfer requested.", payload_of(*held, *transfer));
    return answer(1001);
  }
  if (!is_pending) return {.code = 2301};
  const bool cancels = operation == "cancel";
  if (cancels ? transfer->requester != account : !is_own) return {.code = 2201};
  transfer->actor = account;
  transfer->acted = now();
  transfer->status = cancels ? "clientCancelled" : operation == "approve" ? "clientApproved" : "clientRejected";
  set_transfer(*held, *transfer);
  const std::string loser = held->sponsor;
  if (operation == "approve") hand_over_to(*held, *transfer);
  store_.put(*held);
  const std::string payload = payload_of(*held, *transfer);
  tell(cancels ? loser : transfer->requester, "Transfer " + transfer->status + ".", payload);
  return answer(1000);
}

SandboxSaid SandboxObjects::restore(SandboxObject held) {
  const auto grace = held.all("rgp");
  if (grace.empty() || grace.front()->value != "redemptionPeriod") return {.code = 2304, .reason = "nothing to restore"};
  std::erase_if(held.parts, [](const Part& part) {
    return part.what == "rgp" || (part.what == "status" && part.value == "pendingDelete");
  });
  held.updater = held.sponsor;
  held.updated = now();
  store_.put(held);
  return {.extension = [](XmlWriter& xml) {
    xml.open("rgp:upData", {{"xmlns:rgp", rgp_namespace}});
    xml.empty("rgp:rgpStatus", {{"s", "pendingRestore"}});
    xml.close();
  }};
}

void SandboxObjects::tick() {
  const UtcTime at = clock_();
  for (const std::string& name : store_.names_with("rgp", "redemptionPeriod")) {
    auto held = store_.find('D', name);
    const auto since = parse_rfc3339(held->all("rgp").front()->more);
    if (!since || at < *since + redemption_time) continue;
    std::erase_if(held->parts, [](const Part& part) { return part.what == "rgp"; });
    held->parts.push_back({"rgp", "pendingDelete", format_rfc3339(*since + redemption_time)});
    store_.put(*held);
  }
  for (const std::string& name : store_.names_with("rgp", "pendingDelete")) {
    const auto held = store_.find('D', name);
    const auto since = parse_rfc3339(held->all("rgp").front()->more);
    if (!since || at < *since + pending_delete_time) continue;
    store_.remove('D', name);
    tell(held->sponsor, "Domain deleted.", info_payload(*held));
  }
  for (const std::string& name : store_.names_with("status", "pendingTransfer")) {
    auto held = store_.find('D', name);
    auto transfer = transfer_of(*held);
    const auto due = transfer ? parse_rfc3339(transfer->acted) : Expected<UtcTime>(UtcTime::max());
    if (!transfer || !due || at < *due) continue;
    transfer->status = "serverApproved";
    const std::string loser = held->sponsor;
    set_transfer(*held, *transfer);
    hand_over_to(*held, *transfer);
    store_.put(*held);
    for (const std::string& account : {loser, transfer->requester})
      tell(account, "Transfer serverApproved.", payload_of(*held, *transfer));
  }
  for (const std::string& name : store_.names_expired(format_rfc3339(at))) {
    auto held = store_.find('D', name);
    const auto expires = parse_rfc3339(held->expires);
    if (!expires || has_status(*held, "pendingDelete")) continue;
    held->expires = format_rfc3339(years_after(*expires, 1));
    store_.put(*held);
    tell(held->sponsor, "Domain renewed by itself.", info_payload(*held));
  }
}

}  // namespace regdata::epp
