// regdata selftest: does our RDAP keep ICANN's profile? Against a running server, or one answer in a file.
#include "app/selftest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/endpoint.hpp"
#include "app/repository_ids.hpp"
#include "registration/domain_name.hpp"
#include "whois/target.hpp"

namespace regdata::app {
namespace {

struct SelftestArguments {
  std::string what;
  std::string file;
  std::string asked;
  std::string repository_ids;
  std::uint16_t status = 200;
  bool self_signed = false;
  std::vector<std::string> connect;
};

bool is_url(std::string_view text) noexcept { return text.starts_with("https://") || text.starts_with("http://"); }

/// Findings as text and JSON; the outcome counts errors, not warnings.
Outcome tell(Context& context, const std::string& asked, const SelftestReport& report) {
  boost::json::array list;
  std::size_t errors = 0;
  for (const auto& [finding, request] : report.findings) {
    const whois::ProfileRule* rule = whois::profile_rule(finding.code);
    if (rule == nullptr) continue;
    if (!rule->warning) ++errors;
    const std::string_view word = rule->warning ? "warning" : "error";
    Output& output = context.output;
    output.line(fmt::format("{} {} {} ({})",
                            output.tint(rule->warning ? Output::Tint::caution : Output::Tint::bad, fmt::format("{:<7}", word)),
                            finding.code, rule->sentence, rule->source));
    if (!finding.where.empty()) output.line("        at " + finding.where);
    if (!request.empty()) output.line("        " + request);
    list.push_back({{"code", finding.code},
                    {"severity", word},
                    {"source", rule->source},
                    {"sentence", rule->sentence},
                    {"where", finding.where},
                    {"request", request}});
  }
  const std::size_t warnings = list.size() - errors;
  context.output.line(fmt::format("{}: {} errors, {} warnings", asked, errors, warnings));
  Outcome outcome;
  if (errors > 0)
    outcome = Outcome(make_error(Errc::invalid, fmt::format("rules of the profile that are broken: {}", errors),
                                 "each is named by ICANN's code and its section in the Response Profile (RP), the Technical "
                                 "Implementation Guide (TIG) or an RFC"));
  outcome.data = {{"asked", asked},
                  {"requests", report.requests},
                  {"errors", errors},
                  {"warnings", warnings},
                  {"findings", std::move(list)}};
  return outcome;
}

Outcome check_file(Context& context, const SelftestArguments& arguments, const RepositoryIds* ids) {
  if (!is_url(arguments.asked))
    return make_error(Errc::usage, "--file needs --asked URL", "say which URI the answer was given to: links repeat it");
  const auto body = read_whole(arguments.file);
  if (!body) return body.error();
  SelftestReport report;
  for (auto& finding : whois::check_profile({arguments.status, {}, {}, *body}, {arguments.asked, {}, ids}))
    report.findings.push_back({std::move(finding), {}});
  return tell(context, arguments.asked, report);
}

/// A URL as it is; a name below the configured service; nothing: the service's help.
Expected<SelftestPlan> plan_of(Context& context, const std::string& what) {
  SelftestPlan plan;
  if (is_url(what)) {
    plan.url = what;
    return plan;
  }
  const auto config = context.config();
  if (!config) return config.error();
  plan.base_url = config->publication.rdap_base;
  if (plan.base_url.empty())
    return make_error(Errc::configuration, "no RDAP service is configured", "set [publication] rdap_base, or name a URL");
  plan.url = plan.base_url + "help";
  if (what.empty()) return plan;
  const auto name = DomainName::parse(what);
  if (!name) return make_error(Errc::usage, "neither a URL nor a domain name: " + name.error().context);
  plan.url = plan.base_url + "domain/" + name->ascii();
  return plan;
}

/// "127.0.0.1:8443" and "[::1]:8443", one of each at most.
Expected<RdapClient::Options> client_options(const SelftestArguments& arguments) {
  RdapClient::Options options;
  options.self_signed = arguments.self_signed;
  for (const auto& text : arguments.connect) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint)
      return make_error(Errc::usage, "--connect: " + endpoint.error().context, "write 127.0.0.1:8443 or [::1]:8443");
    (text.front() == '[' ? options.connect_v6 : options.connect_v4) = text;
  }
  return options;
}

Outcome check_server(Context& context, const SelftestArguments& arguments, const RepositoryIds* ids) {
  auto plan = plan_of(context, arguments.what);
  if (!plan) return plan.error();
  auto options = client_options(arguments);
  if (!options) return options.error();
  plan->repository_ids = ids;
  plan->plain_http = arguments.connect.empty();
  if (!arguments.connect.empty()) {
    plan->families.clear();
    if (!options->connect_v4.empty()) plan->families.push_back(IpFamily::v4);
    if (!options->connect_v6.empty()) plan->families.push_back(IpFamily::v6);
  }
  RdapClient client(std::move(*options));
  const auto report = run_selftest(
      *plan, [&](const RdapRequest& request) { return client.ask(request); },
      [&](std::uint32_t seconds) {
        context.output.note(fmt::format("the server asks to wait {} seconds", seconds));
        std::this_thread::sleep_for(std::chrono::seconds(seconds));
      });
  if (!report.answered)
    return make_error(Errc::unavailable, fmt::format("{} does not answer: {}", plan->url, report.trouble),
                      arguments.connect.empty()
                          ? "--connect HOST:PORT asks there whatever the name resolves to; --self-signed takes a certificate "
                            "that nobody vouches for"
                          : (arguments.self_signed ? "is `regdata serve` listening there?"
                                                   : "--self-signed takes a certificate that nobody vouches for"));
  return tell(context, plan->url, report);
}

}  // namespace

void add_selftest(CommandLine& line) {
  Verb app = line.verb("selftest", "check RDAP against ICANN's profile; exit 0 sound, 5 a rule is broken", "operation");
  auto arguments = std::make_shared<SelftestArguments>();
  app.option("WHAT", arguments->what, "RDAP URL, or a domain name below the configured service; none: its help");
  app.option("--file", arguments->file, "check the answer in a file instead").called("FILE");
  app.option("--asked", arguments->asked, "the URL that the file answers").called("URL");
  app.option("--status", arguments->status, "the HTTP status that the file came with (200)").called("CODE");
  app.flag("--self-signed", arguments->self_signed, "take a certificate that nobody vouches for");
  app.option("--connect", arguments->connect,
             "ask at this address and no other, \"127.0.0.1:8443\" or \"[::1]:8443\"; or at both")
      .called("ADDRESS");
  app.option("--repository-ids", arguments->repository_ids,
             "IANA's list of EPP repository ids: check that those in handles are registered")
      .called("FILE");
  line.does(app, [arguments](Context& context) -> Outcome {
    if (!arguments->file.empty() && !arguments->what.empty())
      return make_error(Errc::usage, "--file and a server exclude each other");
    const auto ids = read_repository_ids(arguments->repository_ids);
    if (!ids) return ids.error();
    const RepositoryIds* known = *ids ? &**ids : nullptr;
    return arguments->file.empty() ? check_server(context, *arguments, known) : check_file(context, *arguments, known);
  });
}

}  // namespace regdata::app
