// regdata sync import: names of ours that a registry holds, taken from a list (docs/epp.md).
#include "app/commands/sync_import.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "app/interruption.hpp"
#include "app/registry_desk.hpp"
#include "app/registry_pool.hpp"
#include "app/store_access.hpp"
#include "epp/name_import.hpp"

namespace regdata::app {
namespace {

/// In one session and one transaction.
constexpr std::size_t names_at_once = 200;
/// A name of 253 characters, and two handles.
constexpr std::size_t longest_line = 512;
/// In the answer as JSON; the screen shows all.
constexpr std::size_t most_rows = 100'000;

struct ImportArguments {
  std::string registry;
  std::string file;
  bool dry_run = false;
};

/// Reads a list of names: a name a line, behind it the handles of its registrant and technical contact where the registry does
/// not know them.
class NameList {
 public:
  explicit NameList(std::istream& from) : from_(from) {}

  /// At most `most`; empty at the end. Lines that are none are told, and left out.
  std::vector<epp::NameToTake> next(std::size_t most, const std::function<void(std::string)>& tell) {
    std::vector<epp::NameToTake> names;
    std::string line;
    while (names.size() < most && std::getline(from_, line)) {
      ++number_;
      bytes_ += line.size() + 1;
      auto name = parsed(line);
      if (!name)
        tell(fmt::format("line {}: {}", number_, name.error().context));
      else if (*name)
        names.push_back(std::move(**name));
    }
    return names;
  }
  [[nodiscard]] bool failed() const { return from_.bad(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  static Expected<std::optional<epp::NameToTake>> parsed(std::string_view line) {
    if (line.size() > longest_line) return make_error(Errc::invalid, "is longer than a name and two handles");
    std::vector<std::string> words;
    for (std::size_t at = line.find_first_not_of(" \t,;\r"); at != std::string_view::npos && line[at] != '#';) {
      const auto end = std::min(line.find_first_of(" \t,;\r", at), line.size());
      words.emplace_back(line.substr(at, end - at));
      at = line.find_first_not_of(" \t,;\r", end);
    }
    if (words.empty()) return std::optional<epp::NameToTake>();
    auto name = DomainName::parse(words[0]);
    if (!name) return make_error(Errc::invalid, "is no name: " + name.error().context);
    if (words.size() > 3) return make_error(Errc::invalid, "has more than a name and two handles");
    epp::NameToTake taken{std::move(*name)};
    for (std::size_t place = 1; place < words.size(); ++place)
      if (!check_handle(words[place])) return make_error(Errc::invalid, fmt::format("word {} is no handle", place + 1));
    if (words.size() > 1) taken.registrant = words[1];
    if (words.size() > 2) taken.technical = words[2];
    return std::optional(std::move(taken));
  }

  std::istream& from_;
  std::uint64_t number_ = 0;
  std::uint64_t bytes_ = 0;
};

struct ImportCounts {
  std::map<epp::NameFate, std::uint64_t> fates;
  std::uint64_t lines_refused = 0;
  std::uint64_t incomplete = 0;  ///< taken, and something was left out
  [[nodiscard]] std::uint64_t of(epp::NameFate fate) const {
    const auto found = fates.find(fate);
    return found == fates.end() ? 0 : found->second;
  }
};

boost::json::object to_json(const ImportCounts& counts, boost::json::array names) {
  using epp::NameFate;
  return {{"taken", counts.of(NameFate::taken)},
          {"held", counts.of(NameFate::held)},
          {"notThere", counts.of(NameFate::not_there)},
          {"anothers", counts.of(NameFate::anothers)},
          {"notTold", counts.of(NameFate::not_told)},
          {"withoutHolder", counts.of(NameFate::without_holder)},
          {"incomplete", counts.incomplete},
          {"linesRefused", counts.lines_refused},
          {"names", std::move(names)}};
}

Outcome outcome_of(Context& context, const ImportArguments& arguments, const ImportCounts& counts, boost::json::array names,
                   const std::optional<Error>& ended) {
  using epp::NameFate;
  const std::uint64_t not_taken = counts.of(NameFate::not_there) + counts.of(NameFate::anothers) +
                                  counts.of(NameFate::not_told) + counts.of(NameFate::without_holder) + counts.lines_refused;
  context.output.line(
      fmt::format("{}{} {}, {} held already, {} not there, {} of others, {} not told, {} without a holder{}",
                  arguments.dry_run ? "dry run, nothing written: " : "", counts.of(NameFate::taken),
                  arguments.dry_run ? "would be taken" : "taken", counts.of(NameFate::held), counts.of(NameFate::not_there),
                  counts.of(NameFate::anothers), counts.of(NameFate::not_told), counts.of(NameFate::without_holder),
                  counts.lines_refused == 0 ? "" : fmt::format(", {} lines that are no names", counts.lines_refused)));
  Outcome outcome;
  if (ended)
    outcome = Outcome(Interruption::asked() ? Exit::interrupted : exit_of(ended->code), *ended);
  else if (not_taken > 0)
    outcome = Outcome(Exit::partly, make_error(Errc::invalid, fmt::format("{} names were not taken", not_taken),
                                               "a name without a holder: load its contact with `regdata import`, and give the "
                                               "handle behind the name"));
  else if (counts.incomplete > 0)
    outcome = Exit::partly;
  outcome.data = to_json(counts, std::move(names));
  return outcome;
}

Outcome sync_import(Context& context, const ImportArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, arguments.registry);
  if (!settings) return settings.error();
  std::ifstream file;
  const bool is_standard_input = arguments.file == "-";
  std::uint64_t size = 0;
  if (!is_standard_input) {
    file.open(arguments.file, std::ios::binary);
    std::error_code failed;
    size = std::filesystem::file_size(arguments.file, failed);
    if (!file || failed)
      return make_error(Errc::not_found, arguments.file + ": cannot be read",
                        "a file with a name a line; \"-\" for standard input");
  }
  const auto access = open_sync(*config);
  if (!access) return access.error();
  RegistryPool kept(**settings, nullptr, context.clock);
  epp::NameImport import(import_rules(*config, **settings), *access->store, *access->state, kept.as_talk(), context.clock);
  NameList list(is_standard_input ? std::cin : file);
  ImportCounts counts;
  boost::json::array rows;
  std::optional<Error> ended;
  const Interruption guard;
  while (!ended) {
    const auto names = list.next(names_at_once, [&](const std::string& why) {
      ++counts.lines_refused;
      context.output.warn(why);
    });
    if (names.empty()) break;
    const auto fates = import.take(names, arguments.dry_run ? epp::NameImport::Writes::no : epp::NameImport::Writes::yes);
    if (!fates) {
      ended = fates.error();
      break;
    }
    for (const epp::FateOfName& one : *fates) {
      ++counts.fates[one.fate];
      const bool is_good = one.fate == epp::NameFate::taken || one.fate == epp::NameFate::held;
      if (is_good && !one.note.empty()) ++counts.incomplete;
      if (!is_good || !one.note.empty() || arguments.dry_run)
        context.output.line(fmt::format("{}: {}{}{}", one.name, to_string(one.fate), one.note.empty() ? "" : ": ", one.note));
      if (context.output.json() && rows.size() < most_rows)
        rows.push_back(boost::json::object{{"name", one.name}, {"fate", to_string(one.fate)}, {"note", one.note}});
    }
    if (size > 0) context.output.progress("taking names", std::min(list.bytes(), size), size);
    if (Interruption::asked())
      ended = make_error(Errc::unavailable, "interrupted", "run the same again: what is held already is not asked for");
  }
  context.output.progress_end();
  if (!ended && list.failed())
    ended = make_error(Errc::unavailable, arguments.file + ": cannot be read to its end", "run the same again");
  return outcome_of(context, arguments, counts, std::move(rows), ended);
}

}  // namespace

void add_sync_import(CommandLine& line, Verb sync) {
  auto arguments = std::make_shared<ImportArguments>();
  Verb app =
      line.verb_of(sync, "import", "take names of ours from their registry, with who holds them; nothing is changed there");
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
  app.option("FILE", arguments->file,
             "a name a line, behind it handles of its registrant and technical contact; \"-\": standard input")
      .required();
  app.flag("--dry-run", arguments->dry_run, "only look, and tell what would be taken");
  line.does(app, [arguments](Context& context) { return sync_import(context, *arguments); });
}

}  // namespace regdata::app
