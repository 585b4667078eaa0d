// regdata doctor: looks at every piece that has to be there and explains those that are not.
#include "app/doctor.hpp"

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"

namespace regdata::app {
namespace {

Outcome doctor(Context& context) { return report(context.output, examine(context)); }

}  // namespace

void add_doctor(CommandLine& line) {
  line.does(line.verb("doctor", "look at every piece and explain what is missing", "operation"), doctor);
}

}  // namespace regdata::app
