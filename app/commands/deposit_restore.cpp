// regdata deposit restore
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <set>
#include <system_error>

#include "app/commands/deposit.hpp"
#include "app/drill.hpp"
#include "app/escrow_desk.hpp"
#include "app/interruption.hpp"
#include "app/new_directory.hpp"
#include "app/store_access.hpp"
#include "escrow/comparison.hpp"
#include "escrow/part_file.hpp"
#include "escrow/part_name.hpp"
#include "escrow/part_series.hpp"
#include "escrow/rde_file.hpp"
#include "escrow/rde_restore.hpp"
#include "escrow/restore.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_rows_told = 10;

struct RestoreArguments {
  std::vector<std::string> files;
  std::string into;
  std::vector<std::string> keys;
  std::vector<std::string> signers;
  bool drill = false;
  std::string agent;
  std::uint16_t sample = 100;
};

/// Files that go on where others end: the first of them stands for all. Errc::usage: one before them is not beside them.
Expected<std::vector<fs::path>> first_files(const std::vector<fs::path>& files) {
  std::vector<fs::path> firsts;
  std::ranges::copy_if(files, std::back_inserter(firsts),
                       [](const fs::path& file) { return escrow::number_in_series(file) == 1; });
  for (const fs::path& file : files) {
    const unsigned number = escrow::number_in_series(file);
    const fs::path first = escrow::in_series(file, 1);
    std::error_code failure;
    const auto found = fs::exists(first, failure) ? escrow::series_of(first).size() : 0;
    if (found < number)
      return make_error(Errc::usage,
                        fmt::format("{} goes on where others end, and {} is not beside it", file.string(),
                                    escrow::in_series(file, static_cast<unsigned>(found) + 1).filename().string()),
                        "all files of a series belong into one directory");
    const auto is_first = [&](const fs::path& one) { return one.lexically_normal() == first.lexically_normal(); };
    if (number > 1 && std::ranges::none_of(firsts, is_first)) firsts.push_back(first);
  }
  return firsts;
}

/// The content files among what was given: a directory stands for all of its own.
Expected<std::vector<fs::path>> content_files(const std::vector<std::string>& given) {
  std::vector<fs::path> files;
  for (const fs::path path : given) {
    std::error_code failure;
    if (!fs::is_directory(path, failure)) {
      files.push_back(path);
      continue;
    }
    for (auto item = fs::directory_iterator(path, failure); !failure && item != fs::directory_iterator();
         item.increment(failure))
      if (escrow::content_name_of(item->path()).ends_with(".csv") || escrow::is_rde_file(item->path()))
        files.push_back(item->path());
    if (failure) return escrow::file_error("read", path, failure.value());
  }
  if (files.empty())
    return make_error(Errc::usage, "no content file of a deposit (.csv, .csv.gz, .csv.gz.gpg, .ryde) is there");
  const auto documents = std::ranges::count_if(files, escrow::is_rde_file);
  if (documents > 0 && static_cast<std::size_t>(documents) < files.size())
    return make_error(Errc::usage, "documents by RFC 9022 and files of CSV belong to different deposits",
                      "give the files of one form");
  return documents > 0 ? first_files(files) : files;
}

/// What both ways begin with.
struct Given {
  Config config;
  std::vector<fs::path> files;
  DepositOpening opening;
  std::string street_separator;
};

/// With which the agent's deposits join the lines of a street. Errc::usage, configuration: there is no such agent.
Expected<std::string> street_separator_of(const Config& config, const std::string& agent) {
  if (!agent.empty()) {
    const auto settings = agent_settings(config, agent);
    return settings ? Expected<std::string>((*settings)->street_separator) : settings.error();
  }
  std::set<std::string> all;
  for (const Config::EscrowAgent& one : config.escrow_agents) all.insert(one.street_separator);
  return all.size() == 1 ? *all.begin() : Config::EscrowAgent().street_separator;
}

Expected<Given> given(Context& context, const RestoreArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  auto files = content_files(arguments.files);
  if (!files) return files.error();
  auto opening = DepositOpening::load(*config, arguments.keys, arguments.signers);
  if (!opening) return opening.error();
  auto separator = street_separator_of(*config, arguments.agent);
  if (!separator) return separator.error();
  return Given{*config, std::move(*files), std::move(*opening), std::move(*separator)};
}

/// Ctrl-C ends it between two batches.
std::function<bool(std::uint64_t)> progress_of(Context& context, const char* what) {
  return [&context, what](std::uint64_t rows) {
    context.output.progress(what, rows, 0);
    return !Interruption::asked();
  };
}

Expected<escrow::RestoreReport> restore_into(Context& context, const Given& given, RegistrationStore& store,
                                             boost::json::array& refused) {
  escrow::RestoreHooks hooks;
  hooks.street_separator = given.street_separator;
  hooks.progress = progress_of(context, "rows");
  hooks.refused = [&](const escrow::RefusedRow& row) {
    if (refused.size() == most_rows_told) return;
    context.output.warn(fmt::format("{}, record {}: {}", row.file, row.record, row.reason));
    refused.push_back(boost::json::object{{"file", row.file}, {"record", row.record}, {"reason", row.reason}});
  };
  const Catalog& catalog = given.config.catalog;
  const escrow::OpeningKeys keys = given.opening.keys();
  auto report = escrow::is_rde_file(given.files.front())
                    ? escrow::restore_document(store, catalog, given.files, keys, hooks, context.clock)
                    : escrow::restore(store, catalog, given.files, keys, hooks, context.clock);
  context.output.progress_end();
  if (report && !std::ranges::all_of(given.files, escrow::is_sealed))
    context.output.warn("plain files are signed by nobody: what stands in them is taken as it is");
  if (report && report->by_date_alone)
    context.output.warn(
        "a difference names the deposit before by its date alone, or not at all: see that all were made for one agent");
  if (report && !report->by_objects && !report->hashes)
    context.output.warn("no hash file lay beside the files: nothing says that no part is missing");
  return report;
}

Outcome failed(const Error& error) { return Interruption::asked() ? Outcome(Exit::interrupted, error) : Outcome(error); }

boost::json::object to_json(const escrow::RestoreReport& report, boost::json::array refused) {
  return {{"files", report.files},
          {"rows", report.rows},
          {"taken", report.taken},
          {"contacts", report.contacts},
          {"refusedRows", std::move(refused)},
          {"hashes", report.hashes}};
}

Outcome with_refused(const escrow::RestoreReport& report, boost::json::object data) {
  if (report.refused == 0) return {Exit::done, std::move(data)};
  Outcome outcome(Exit::partly,
                  make_error(Errc::invalid, fmt::format("{} rows were refused, all others were taken", report.refused)));
  outcome.data = std::move(data);
  return outcome;
}

Outcome restore(Context& context, const RestoreArguments& arguments) {
  const auto from = given(context, arguments);
  if (!from) return from.error();
  auto directory = NewDirectory::make(arguments.into);
  if (!directory) return directory.error();
  auto store = create_store_in(from->config, directory->part(), context.clock);
  if (!store) return store.error();
  const Interruption interruption;
  boost::json::array refused;
  const auto report = restore_into(context, *from, **store, refused);
  if (!report) return failed(report.error());
  store->reset();  // closes the files: what SQLite keeps beside them goes into them
  if (auto placed = directory->put_in_place(); !placed) return placed.error();
  context.output.line(fmt::format("{} names of {} restored, and read back from the store as they stand in the deposit",
                                  report->taken, report->rows));
  if (report->contacts > 0) context.output.line(fmt::format("{} contacts of their own, in the same way", report->contacts));
  context.output.line(directory->place().string());
  boost::json::object data = to_json(*report, std::move(refused));
  data["directory"] = directory->place().string();
  return with_refused(*report, std::move(data));
}

/// Since it was made.
class Watch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

boost::json::array told(Context& context, const std::vector<escrow::StoreDifference>& differences, const char* of) {
  boost::json::array all;
  for (const auto& one : differences) {
    context.output.warn(fmt::format("{}: {}: {}", one.name, of, one.what));
    all.push_back(boost::json::object{{"name", one.name}, {"what", one.what}});
  }
  return all;
}

/// Where drills are held: sealed as every store is, and gone at the end.
struct DrillPlace {
  escrow::AgentLock lock;
  NewDirectory directory;
};

Expected<DrillPlace> drill_place(const Config& config) {
  const fs::path home = config.escrow.deposits / ".drill";
  auto lock = escrow::AgentLock::take(home);
  if (!lock) return lock.error();
  auto directory = NewDirectory::make(home / "store");
  if (!directory) return directory.error();
  return DrillPlace{std::move(*lock), std::move(*directory)};
}

Expected<escrow::ChangedSince> changed_since(Context& context, const Config& config, RegistrationStore& live,
                                             const escrow::Agent& agent, const escrow::RestoreReport& report) {
  const auto ledger = open_ledger(config);
  if (!ledger) return ledger.error();
  const auto sequence = sequence_of(**ledger, agent.id, report.digests);
  if (!sequence) return sequence.error();
  if (*sequence) return escrow::ChangedSince::read(live, **sequence);
  context.output.warn("the ledger does not know this deposit: what changed since it was made counts as a difference");
  return escrow::ChangedSince();
}

Outcome drill(Context& context, const RestoreArguments& arguments) {
  const auto from = given(context, arguments);
  if (!from) return from.error();
  const Config& config = from->config;
  const auto settings = agent_settings(config, arguments.agent);
  if (!settings) return settings.error();
  const auto agent = make_agent(config, **settings);
  if (!agent) return agent.error();
  const auto live = open_store(config);
  if (!live) return live.error();
  const auto place = drill_place(config);
  if (!place) return place.error();
  auto store = create_store_in(config, place->directory.part(), context.clock);
  if (!store) return store.error();

  const Interruption interruption;
  boost::json::array refused;
  const Watch restoring;
  const auto report = restore_into(context, *from, **store, refused);
  if (!report) return failed(report.error());
  const double restored = restoring.seconds();
  const auto changed = changed_since(context, config, **live, *agent, *report);
  if (!changed) return changed.error();
  const auto rows = escrow::compare_stores(**live, **store, *agent, config.catalog,
                                           {report->columns, report->contact_columns, report->by_objects}, *changed,
                                           progress_of(context, "compared"));
  context.output.progress_end();
  if (!rows) return failed(rows.error());
  const Watch publishing;
  const auto lookups =
      compare_lookups(config, **live, **store, place->directory.part() / "views", *changed, arguments.sample, context.clock);
  if (!lookups) return lookups.error();

  context.output.line(fmt::format("restored {} names of {} in {:.1f} s", report->taken, report->rows, restored));
  context.output.line(
      fmt::format("rows: {} equal, {} changed since the deposit, {} different", rows->equal, rows->changed, rows->differences));
  context.output.line(fmt::format("lookups: {} asked, {} different; published and asked in {:.1f} s", lookups->asked,
                                  lookups->differences, publishing.seconds()));
  boost::json::object data = to_json(*report, std::move(refused));
  data["agent"] = agent->id;
  data["seconds"] = restored;
  data["equal"] = rows->equal;
  data["changed"] = rows->changed;
  data["differences"] = rows->differences;
  data["first"] = told(context, rows->first, "row");
  data["lookups"] = boost::json::object{{"asked", lookups->asked},
                                        {"changed", lookups->changed},
                                        {"differences", lookups->differences},
                                        {"first", told(context, lookups->first, "lookup")}};
  if (rows->differences + lookups->differences == 0) return with_refused(*report, std::move(data));
  Outcome outcome(Exit::failed,
                  make_error(Errc::damaged,
                             fmt::format("the deposit does not give back what is held: {} rows and {} answers differ",
                                         rows->differences, lookups->differences),
                             "docs/escrow.md tells what a deposit has no column for"));
  outcome.data = std::move(data);
  return outcome;
}

Outcome restore_or_drill(Context& context, const RestoreArguments& arguments) {
  if (arguments.drill == !arguments.into.empty())
    return make_error(Errc::usage, "one of --into DIRECTORY and --drill is wanted",
                      "--into makes a store to use, --drill only tries whether one could be made");
  return arguments.drill ? drill(context, arguments) : restore(context, arguments);
}

}  // namespace

void add_deposit_restore(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "restore", "make a store from the files of a deposit");
  auto arguments = std::make_shared<RestoreArguments>();
  app.option("FILE", arguments->files,
             "content files of a full deposit and of the differences to it, or directories: sealed, compressed or plain")
      .required();
  app.option("--into", arguments->into, "the directory to make: registrations.db and keys.db, under the master key")
      .called("DIRECTORY");
  app.flag("--drill", arguments->drill,
           "instead: restore into a scratch store, compare it with the live one row by row, and the answers of some names");
  app.option("--agent", arguments->agent, "id of the [[escrow_agent]] whose deposit it is; none: the only one").called("ID");
  app.option("--sample", arguments->sample, "of a drill: how many names are looked up (100)").called("COUNT");
  add_opening_options(app, arguments->keys, arguments->signers);
  line.does(app, [arguments](Context& context) { return restore_or_drill(context, *arguments); });
}

}  // namespace regdata::app
