// regdata lookup NAME: what the public sees, the same bytes as port 43.
#include <boost/json/parse.hpp>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/http_options.hpp"
#include "app/whois_options.hpp"
#include "whois/answer.hpp"
#include "whois/rdap_answer.hpp"
#include "whois/target.hpp"

namespace regdata::app {
namespace {

Outcome lookup(Context& context, const std::string& query) {
  const auto config = context.config(Scope::serve);
  if (!config) return config.error();
  const auto views = redaction::ViewReader::open(config->views.directory);
  if (!views) return views.error();
  const auto answer = whois::answer_line(query, **views, rate_limits(config->whois), context.clock());
  context.output.raw(answer.text);
  boost::json::object data{{"query", query}, {"result", whois::to_string(answer.kind)}, {"text", answer.text}};
  switch (answer.kind) {
    case whois::AnswerKind::found:
    case whois::AnswerKind::help:
      return {Exit::done, std::move(data)};
    case whois::AnswerKind::no_match:
    case whois::AnswerKind::elsewhere:
      return {Exit::failed, std::move(data)};
    case whois::AnswerKind::refused:
      return {Exit::usage, std::move(data)};
    case whois::AnswerKind::limited:
    case whois::AnswerKind::busy:
    case whois::AnswerKind::error:
      break;
  }
  return {Exit::unavailable, std::move(data)};
}

/// The path that asks RDAP for what a line asks port 43 for; empty: nothing that RDAP has.
std::string rdap_path(const whois::Query& query) {
  struct Path {
    std::string operator()(const whois::DomainQuery& domain) const { return "domain/" + domain.name.ascii(); }
    std::string operator()(const whois::HostQuery& host) const { return "nameserver/" + host.host.ascii(); }
    std::string operator()(const whois::RegistrarQuery& registrar) const {
      return "entity/" + whois::percent_encode(registrar.name);
    }
    std::string operator()(const whois::HelpQuery&) const { return "help"; }
    std::string operator()(whois::Refusal) const { return {}; }
  };
  return std::visit(Path{}, query);
}

Outcome lookup_rdap(Context& context, const std::string& text) {
  const auto config = context.config(Scope::serve);
  if (!config) return config.error();
  const auto views = redaction::ViewReader::open(config->views.directory);
  if (!views) return views.error();
  const auto texts = (*views)->texts();
  if (!texts) return texts.error();
  const whois::Query query = whois::parse_query(text);
  const std::string path = rdap_path(query);
  if (path.empty()) return make_error(Errc::usage, std::string(whois::refusal_text(std::get<whois::Refusal>(query))));
  const std::string target = whois::BaseUrl::of((*texts)->rdap_base).path + path;
  if (target == path)
    return make_error(Errc::configuration, "no RDAP service is configured", "set [publication] rdap_base, then publish");
  whois::HttpRequest request;
  request.method = whois::HttpMethod::get;
  request.target = target;
  whois::HttpResponse response;
  const auto answer = whois::RdapAnswerer(**views).answer(request, rate_limits(config->http), context.clock(), {}, response);
  context.output.raw(response.body + "\n");
  boost::json::error_code ignored;
  boost::json::object data{{"query", text},
                           {"result", whois::to_string(answer.kind)},
                           {"status", response.status},
                           {"body", boost::json::parse(response.body, ignored)}};
  if (answer.kind == whois::AnswerKind::error) return {Exit::unavailable, std::move(data)};
  if (answer.kind == whois::AnswerKind::refused) return {Exit::usage, std::move(data)};
  return {answer.kind == whois::AnswerKind::no_match ? Exit::failed : Exit::done, std::move(data)};
}

}  // namespace

void add_lookup(CommandLine& line) {
  Verb app = line.verb("lookup", "what the public sees, as port 43 answers; exit 0 found, 1 no match", "registrations");
  auto words = std::make_shared<std::vector<std::string>>();
  app.option("NAME", *words, "domain name, or any query that port 43 takes (\"nameserver ns1.shop.test\")").required();
  auto rdap = std::make_shared<bool>(false);
  app.flag("--rdap", *rdap, "the bare RDAP answer instead");
  line.does(app, [words, rdap](Context& context) {
    std::string query;
    for (const auto& word : *words) query += (query.empty() ? "" : " ") + word;
    return *rdap ? lookup_rdap(context, query) : lookup(context, query);
  });
}

}  // namespace regdata::app
