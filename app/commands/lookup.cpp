// regdata lookup NAME: what the public sees, the same bytes as port 43.
#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/whois_options.hpp"
#include "whois/answer.hpp"

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

}  // namespace

void add_lookup(CommandLine& line) {
  CLI::App* app = line.verb("lookup", "what the public sees, as port 43 answers; exit 0 found, 1 no match", "registrations");
  auto words = std::make_shared<std::vector<std::string>>();
  app->add_option("NAME", *words, "domain name, or any query that port 43 takes (\"nameserver ns1.shop.test\")")->required();
  line.does(app, [words](Context& context) {
    std::string query;
    for (const auto& word : *words) query += (query.empty() ? "" : " ") + word;
    return lookup(context, query);
  });
}

}  // namespace regdata::app
