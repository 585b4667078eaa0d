#include <algorithm>
#include <array>
#include <vector>

#include "escrow/mail_text.hpp"
#include "escrow/named_deposits.hpp"
#include "escrow/verdict.hpp"
#include "escrow/verdict_sentence.hpp"
#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t longest_mail = 1U << 20;

const MailField* first(const std::vector<MailField>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &MailField::name);
  return found == fields.end() ? nullptr : &*found;
}

/// Without comments and quoted strings: what stands in them is said by nobody, and may be a sender's.
std::string bare(std::string_view value) {
  std::string plain;
  each_character(value, [&](char c, bool is_quoted) {
    if (!is_quoted) plain += c;
  });
  return plain;
}

/// The domain of the one address in From; empty: there is not exactly one.
std::string from_domain(const std::vector<MailField>& fields) {
  if (std::ranges::count(fields, "from", &MailField::name) != 1) return {};
  const std::string text = bare(first(fields, "from")->value);
  if (std::ranges::count(text, '@') != 1) return {};
  std::string_view domain = std::string_view(text).substr(text.find('@') + 1);
  domain = trim(domain.substr(0, domain.find('>')));
  return lowered(std::string(domain));
}

/// Whether our server found a signature of the domain that holds (RFC 8601 §2.2, §2.7.1). Only the topmost field counts: the
/// server writes its own above whatever came with the mail.
bool is_signed_by(const std::vector<MailField>& fields, const MailRules& rules) {
  const MailField* results = first(fields, "authentication-results");
  if (results == nullptr) return false;
  const std::string text = lowered(bare(results->value));
  std::string_view rest = text;
  const auto next = [&] {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string_view one = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return one;
  };
  const std::string_view server = next();
  if (server.substr(0, server.find(' ')) != lowered(rules.server)) return false;
  while (!rest.empty()) {
    std::string_view result = next();
    const auto word = [&] {
      const auto end = std::min(result.find(' '), result.size());
      const std::string_view one = result.substr(0, end);
      result = trim(result.substr(end));
      return one;
    };
    if (word() != "dkim=pass") continue;
    while (!result.empty()) {
      const std::string_view property = word();
      if (property == "header.d=" + lowered(rules.domain)) return true;
      // the signer's address, where the domain is not told by itself (RFC 6376 §3.5: within it)
      const auto at = property.starts_with("header.i=") ? property.rfind('@') : std::string_view::npos;
      if (at != std::string_view::npos && property.substr(at + 1) == lowered(rules.domain)) return true;
    }
  }
  return false;
}

/// The one deposit that the names tell of. What tells less of the same one is no other. Empty: there are several.
std::optional<NamedDeposit> only_one(const std::vector<DepositName>& names) {
  const auto tells_less = [](const NamedDeposit& one, const NamedDeposit& than) {
    return one.is_icanns == than.is_icanns && one.date == than.date &&
           (!one.kind || (one.kind == than.kind && (!one.revision || one.revision == than.revision)));
  };
  for (const DepositName& one : names)
    if (std::ranges::all_of(names, [&](const DepositName& other) { return tells_less(other.deposit, one.deposit); }))
      return one.deposit;
  return std::nullopt;
}

}  // namespace

Expected<Verdict> read_verdict_mail(std::string_view mail, const MailRules& rules, std::uint32_t iana_id) {
  if (mail.size() > longest_mail) return make_error(Errc::invalid, "is longer than 1 MiB");
  std::string_view body = mail;
  const std::vector<MailField> fields = take_mail_fields(body);
  if (rules.server.empty() || rules.domain.empty())
    return make_error(Errc::refused, "is a mail, and no setting says whose are believed",
                      "[[escrow_agent]] mail_server and mail_domain");
  if (from_domain(fields) != lowered(rules.domain) || !is_signed_by(fields, rules))
    return make_error(
        Errc::refused, "is not proven to be the agent's",
        "our mail server's Authentication-Results has to say dkim=pass for mail_domain, and From has to be of it");
  const auto text = mail_text(fields, body);
  if (!text) return text.error();
  struct Sentence {
    const std::string& setting;
    DepositState state;
  };
  const std::array sentences{Sentence{rules.accepted, DepositState::accepted}, Sentence{rules.rejected, DepositState::rejected},
                             Sentence{rules.missing, DepositState::missing}};
  const VerdictText told_text(*text);
  std::vector<DepositName> names;
  Verdict verdict;
  for (const Sentence& one : sentences) {
    std::vector<DepositName> told = told_text.said(one.setting, iana_id, rules.rde_name);
    if (told.empty()) continue;
    if (!names.empty()) return make_error(Errc::invalid, "says more than one verdict");
    names = std::move(told);
    verdict.state = one.state;
  }
  if (names.empty())
    return make_error(Errc::invalid, "says none of the verdicts that it is known to say",
                      "[[escrow_agent]] mail_accepted and the like are its sentences, with {deposit} for the name");
  for (const Sentence& one : sentences)
    if (one.state != verdict.state && told_text.hints_at(one.setting))
      return make_error(Errc::invalid, "says a verdict, and has the words of another one");
  auto named = only_one(names);
  if (!named) return make_error(Errc::invalid, "names several deposits");
  for (DepositName& one : names)  // a list that names the deposit and files of it is about the files
    if (!one.file.empty()) verdict.files.insert(std::move(one.file));
  verdict.iana_id = iana_id;
  verdict.date = std::move(named->date);
  verdict.kind = named->kind;
  verdict.revision = named->revision;
  verdict.reason = "by mail";
  return verdict;
}

}  // namespace regdata::escrow
