// regdata run: all of it on one machine; the public server is a process of its own.
#include <sodium.h>

#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/worker.hpp"

namespace regdata::app {

void add_run(CommandLine& line) {
  Verb app = line.verb("run", "publish continuously and answer the public, in two processes", "operation");
  auto options = std::make_shared<Worker::Options>();
  app.flag("--workers-only", options->workers_only, "no public server: another unit runs `regdata serve`");
  app.footer(
      "signals: TERM and INT stop after open connections ended, HUP reloads the\nconfiguration (a bad one is refused), USR1 "
      "looks at the change feed at once");
  line.does(app, [options](Context& context) -> Outcome {
    if (::sodium_init() < 0) return make_error(Errc::internal, "libsodium does not start");
    auto config = context.config();
    if (!config) return config.error();
    return Worker(context, std::move(*config), *options).run();
  });
}

}  // namespace regdata::app
