// regdata deposit check
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "app/commands/deposit.hpp"
#include "app/escrow_desk.hpp"
#include "app/repository_ids.hpp"
#include "escrow/rde_check.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t findings_told = 20;  ///< of each code

struct CheckArguments {
  std::string file;
  std::vector<std::string> keys;
  std::vector<std::string> signers;
  std::string repository_ids;
};

std::string_view sentence_of(std::string_view code) {
  const auto rules = escrow::rde_rules();
  const auto rule = std::ranges::find(rules, code, &escrow::RdeRule::code);
  return rule == rules.end() ? std::string_view() : rule->sentence;
}

Outcome check(Context& context, const CheckArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto opening = DepositOpening::load(*config, arguments.keys, arguments.signers);
  if (!opening) return opening.error();
  const auto ids = read_repository_ids(arguments.repository_ids);
  if (!ids) return ids.error();
  std::map<std::string_view, std::size_t> counts;
  boost::json::array list;
  const auto tell = [&](const escrow::RdeFinding& finding) {
    if (++counts[finding.code] > findings_told) return;
    const std::string where = finding.line > 0 ? fmt::format(" line {}", finding.line) : std::string();
    const std::string object = finding.object.empty() ? std::string() : " " + finding.object;
    context.output.line(fmt::format("{}{}{}: {}", context.output.tint(Output::Tint::bad, finding.code), where, object,
                                    sentence_of(finding.code)));
    list.push_back(boost::json::object{
        {"code", finding.code}, {"line", finding.line}, {"object", finding.object}, {"sentence", sentence_of(finding.code)}});
  };
  const escrow::RdeSurroundings surroundings{.now = context.clock(), .repository_ids = *ids ? &**ids : nullptr};
  const std::filesystem::path first = escrow::in_series(arguments.file, 1);  // which stands for all
  const auto report = escrow::check_rde_file(first, opening->keys(), surroundings, tell);
  if (!report) return report.error();
  std::size_t findings = 0;
  for (const auto& [code, count] : counts) {
    findings += count;
    if (count > findings_told) context.output.line(fmt::format("{}: {} more", code, count - findings_told));
  }
  context.output.line(fmt::format("{} objects looked at, {} findings", report->objects, findings));
  Outcome outcome;
  if (findings > 0)
    outcome = Outcome(make_error(Errc::invalid, fmt::format("rules of deposits that are broken: {}", counts.size()),
                                 "each is named by the code of ICANN's tests of registry systems (RST)"));
  outcome.data = {{"type", report->type},
                  {"id", report->id},
                  {"objects", report->objects},
                  {"count", findings},
                  {"findings", std::move(list)}};
  return outcome;
}

}  // namespace

void add_deposit_check(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "check", "does a deposit by RFC 9022 keep the rules of ICANN's tests? exit 0 sound, 5 broken");
  auto arguments = std::make_shared<CheckArguments>();
  app.option("FILE", arguments->file, "the document: sealed (.ryde, with its .sig beside it), or .tar or .xml").required();
  add_opening_options(app, arguments->keys, arguments->signers);
  app.option("--repository-ids", arguments->repository_ids,
             "IANA's list of EPP repository ids: check that those in ROIDs are registered")
      .called("FILE");
  line.does(app, [arguments](Context& context) { return check(context, *arguments); });
}

}  // namespace regdata::app
