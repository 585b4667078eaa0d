// regdata doctor: looks at every piece that has to be there and explains those that are not.
#include "app/doctor.hpp"

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"

namespace regdata::app {
namespace {

Output::Tint tint_of(Finding::State state) {
  return state == Finding::State::good      ? Output::Tint::good
         : state == Finding::State::warning ? Output::Tint::caution
                                            : Output::Tint::bad;
}

Outcome doctor(Context& context) {
  const auto findings = examine(context);
  boost::json::array list;
  const Finding* worst = nullptr;
  for (const Finding& finding : findings) {
    const std::string_view word = finding.state == Finding::State::good      ? "good"
                                  : finding.state == Finding::State::warning ? "warning"
                                                                             : "bad";
    context.output.line(fmt::format("{} {}: {}", context.output.tint(tint_of(finding.state), fmt::format("{:<8}", word)),
                                    finding.what, escape_controls(finding.text)));
    if (!finding.hint.empty()) context.output.line(fmt::format("         {}", escape_controls(finding.hint)));
    list.push_back({{"what", finding.what}, {"state", word}, {"text", finding.text}, {"hint", finding.hint}});
    if (finding.state == Finding::State::bad && worst == nullptr) worst = &finding;
  }
  Outcome outcome;
  if (worst != nullptr)
    outcome = Outcome(worst->exit, make_error(worst->code, fmt::format("{}: {}", worst->what, worst->text), worst->hint));
  outcome.data = {{"findings", std::move(list)}};
  return outcome;
}

}  // namespace

void add_doctor(CommandLine& line) {
  line.does(line.verb("doctor", "look at every piece and explain what is missing", "operation"), doctor);
}

}  // namespace regdata::app
