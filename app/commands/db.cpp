// regdata db migrate | backup | rotate-keys | adopt (erase: db_erase.cpp)
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/db_erase.hpp"
#include "app/interruption.hpp"
#include "app/publication.hpp"
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
  std::error_code ignored;
  for (const auto& live : {config->store.database, config->store.keys}) {
    if (std::filesystem::equivalent(directory, live.parent_path(), ignored))
      return make_error(Errc::usage, fmt::format("{} is where the live store rests", directory),
                        "a copy beside the original is lost with it: name another directory, on another disk if there is one");
  }
  const auto done = backup_store(*config, directory, context.clock);
  if (!done) return done.error();
  context.output.line(fmt::format("registrations: {}", done->database.string()));
  context.output.line(fmt::format("data keys: {}", done->keys.string()));
  context.output.line("keep the two apart, and both apart from the master key: together they open everything");
  return {Exit::done, boost::json::object{{"database", done->database.string()}, {"keys", done->keys.string()}}};
}

Outcome rotate_keys(Context& context) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto store = open_files(*config);
  if (!store) return store.error();
  // One transaction a piece: a running worker waits some tenths of a second at most.
  constexpr std::size_t piece = 10000;
  const Interruption guard;
  store::KeyRotation rotation;
  std::uint64_t rewrapped = 0;
  do {
    const auto step = (*store)->rotate_keys(piece);
    if (!step) return step.error();
    rotation = *step;
    rewrapped += rotation.rewrapped;
    context.output.progress("rotating", rewrapped, rewrapped + rotation.left);
  } while (rotation.left > 0 && !Interruption::asked());
  context.output.progress_end();
  if (!rotation.log_wiped)
    context.output.warn("the key store is in use: old wrappings stay in its log until the log is next emptied");
  boost::json::object data{{"version", rotation.version}, {"rewrapped", rewrapped}, {"left", rotation.left}};
  if (rotation.left > 0) {
    Outcome outcome(Exit::interrupted,
                    make_error(Errc::unavailable, fmt::format("interrupted, {} data keys are left", rotation.left),
                               "run the same command again: it goes on where it stopped"));
    outcome.data = std::move(data);
    return outcome;
  }
  context.output.line(fmt::format("{} data keys wrapped under key-encryption key {}", rewrapped, rotation.version));
  return {Exit::done, std::move(data)};
}

Outcome ask_before_adopting(Context& context) {
  context.output.warn("contacts that changed since the database was copied go back to what the copy holds");
  context.output.warn("contacts whose latest choices are lost show nothing by choice until they are asked again");
  context.output.warn("contacts whose data keys are lost are withheld whole until they are imported again");
  context.output.warn("what one of the two files holds as erased is erased in both");
  context.output.warn("the public views are rebuilt from the restored database");
  return make_error(Errc::refused, "adopting an older file takes back what came after it; nothing was done",
                    "`regdata db adopt --yes` does it; docs/backup.md");
}

Outcome adopt(Context& context, bool yes) {
  if (!yes) return ask_before_adopting(context);
  const auto config = context.config();
  if (!config) return config.error();
  auto publication = load_publication(*config);
  if (!publication) return publication.error();
  // Held from before the store is opened until the views are rebuilt: nobody publishes half of it meanwhile.
  auto views = redaction::ViewWriter::open(config->views.directory);
  if (!views) {
    if (views.error().code != Errc::conflict) return views.error();
    return Error{Errc::conflict, views.error().context, "stop `regdata run` first"};
  }
  const auto store = open_files(*config, store::SqliteStore::Mismatch::adopt);
  if (!store) return store.error();
  const auto adopted = (*store)->adopt_restored();
  if (!adopted) return adopted.error();
  context.output.line(fmt::format("{} contacts adopted as the database holds them, {} without their choices, {} without keys",
                                  adopted->rolled_back, adopted->choices_ended, adopted->unreadable));
  if (adopted->erased_again > 0) context.output.line(fmt::format("{} contacts erased again", adopted->erased_again));
  boost::json::object data{{"adopted", adopted->rolled_back},
                           {"choicesEnded", adopted->choices_ended},
                           {"erasedAgain", adopted->erased_again},
                           {"rebuilt", false}};
  redaction::Publisher publisher(**store, **views, std::move(*publication), context.clock);
  const auto rebuilt = publisher.rebuild();
  Outcome outcome;
  if (!rebuilt) {
    outcome = Outcome(Exit::partly,
                      make_error(rebuilt.error().code,
                                 fmt::format("adopted, but the public views are the old ones: {}", rebuilt.error().context),
                                 "`regdata publish --rebuild` makes them anew"));
  } else {
    data["rebuilt"] = true;
    data["published"] = rebuilt->published;
    data["unreadable"] = rebuilt->unreadable;
    for (const auto& problem : rebuilt->problems) context.output.warn(problem);
    context.output.line(fmt::format("views rebuilt: {}", rebuilt->published));
    if (rebuilt->unreadable > 0) {
      outcome = Outcome(Exit::partly,
                        make_error(Errc::key_missing,
                                   fmt::format("{} contacts could not be opened and were withheld whole", rebuilt->unreadable),
                                   "is the key store as old as the database, or older? docs/backup.md"));
    }
  }
  outcome.data = std::move(data);
  return outcome;
}

}  // namespace

void add_db(CommandLine& line) {
  Verb noun = line.noun("db", "the registration store and its keys: backup, erase, migrate ...", "operation");
  line.does(line.verb_of(noun, "migrate", "bring the schema to the latest, with a backup first"), migrate);
  Verb app = line.verb_of(noun, "backup", "consistent copies of registrations and keys, as two files");
  auto directory = std::make_shared<std::string>();
  app.option("DIR", *directory, "directory for the copies; made if it is not there").required();
  line.does(app, [directory](Context& context) { return backup(context, *directory); });
  line.does(line.verb_of(noun, "rotate-keys", "wrap all data keys under a new key-encryption key; may be interrupted"),
            rotate_keys);
  app = line.verb_of(noun, "adopt", "go on with a database or keys that were restored from before, views made anew");
  auto yes = std::make_shared<bool>(false);
  app.flag("--yes", *yes, "do it; without it only the consequences are told");
  line.does(app, [yes](Context& context) { return adopt(context, *yes); });
  add_db_erase(line, noun);
}

}  // namespace regdata::app
