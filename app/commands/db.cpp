// regdata db migrate | backup
#include <fmt/format.h>

#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/store_access.hpp"

namespace regdata::app {
namespace {

Outcome migrate(Context& context) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto done = migrate_store(*config, context.clock);
  if (!done) return done.error();
  if (done->from == done->to) {
    context.output.line(fmt::format("schema {} is the latest", done->to));
  } else {
    context.output.line(fmt::format("schema {} -> {}; the store as it was: {}", done->from, done->to, done->backup.string()));
  }
  return {Exit::done, boost::json::object{{"from", done->from}, {"to", done->to}, {"backup", done->backup.string()}}};
}

Outcome backup(Context& context, const std::string& directory) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto done = backup_store(*config, directory, context.clock);
  if (!done) return done.error();
  context.output.line(fmt::format("registrations: {}", done->database.string()));
  context.output.line(fmt::format("data keys: {}", done->keys.string()));
  context.output.line("keep the two apart, and both apart from the master key: together they open everything");
  return {Exit::done, boost::json::object{{"database", done->database.string()}, {"keys", done->keys.string()}}};
}

}  // namespace

void add_db(CommandLine& line) {
  CLI::App* noun = line.noun("db", "the registration store: migrate, backup", "operation");
  line.does(line.verb_of(noun, "migrate", "bring the schema to the latest, with a backup first"), migrate);
  CLI::App* app = line.verb_of(noun, "backup", "consistent copies of registrations and keys, as two files");
  auto directory = std::make_shared<std::string>();
  app->add_option("DIR", *directory, "directory for the copies; made if it is not there")->required();
  line.does(app, [directory](Context& context) { return backup(context, *directory); });
}

}  // namespace regdata::app
