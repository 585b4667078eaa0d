// regdata import FILE: loads registrations (docs/import.md).
#include <fmt/format.h>

#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/interruption.hpp"
#include "app/store_access.hpp"
#include "store/import.hpp"

namespace regdata::app {
namespace {

struct ImportArguments {
  std::string file;
  std::string format;
  std::string mapping;
  std::string rejects;
  std::string source = "panel";
  std::string label;
  bool dry_run = false;
};

Expected<store::ImportOptions> options_of(const ImportArguments& arguments) {
  store::ImportOptions options;
  if (arguments.format == "jsonl") options.format = store::ImportFormat::json_lines;
  if (arguments.format == "csv") options.format = store::ImportFormat::csv;
  options.mapping = arguments.mapping;
  options.rejects = arguments.rejects;
  options.dry_run = arguments.dry_run;
  options.source_class = source_class_from(arguments.source).value_or(SourceClass::panel);
  const std::string label = arguments.label.empty() ? arguments.source : arguments.label;
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; };
  if (label.size() > 40 || !std::all_of(label.begin(), label.end(), fits)) {
    return make_error(Errc::usage, "--label must be 1 to 40 of a-z, 0-9, \".\", \"_\" and \"-\"",
                      "it stands in the provenance of every object: no personal data");
  }
  options.source_label = "import:" + label;
  return options;
}

/// Lines refused are told on the screen too, the first few, when there is no file for them.
constexpr std::uint64_t most_told = 10;

std::string words_for(const store::RejectedLine& line) {
  std::string text = fmt::format("line {}", line.line);
  if (!line.name.empty()) text += fmt::format(" ({})", line.name);
  const auto& first = line.rejections.front();
  text += fmt::format(": {}{}", first.field.empty() ? "" : first.field + ": ", first.reason);
  if (!first.allowed.empty()) text += fmt::format("; allowed: {}", first.allowed);
  if (line.rejections.size() > 1) text += fmt::format(" (and {} more)", line.rejections.size() - 1);
  return text;
}

boost::json::object to_json(const store::ImportReport& report) {
  boost::json::object warnings;
  for (std::size_t i = 0; i < report.warnings.size(); ++i) {
    if (report.warnings[i] > 0) warnings[to_string(static_cast<store::ImportWarning>(i))] = report.warnings[i];
  }
  return {{"lines", report.lines},
          {"added", report.added},
          {"changed", report.changed},
          {"unchanged", report.unchanged},
          {"ended", report.ended},
          {"rejected", report.rejected},
          {"interrupted", report.interrupted},
          {"counts", std::move(warnings)}};
}

store::ImportHooks hooks_for(Context& context, const ImportArguments& arguments, std::uint64_t& told,
                             boost::json::array& differences) {
  store::ImportHooks hooks;
  hooks.progress = [&context, looking_ahead = false](const store::ImportProgress& progress) mutable {
    if (looking_ahead && !progress.looking_ahead) context.output.progress_end();
    looking_ahead = progress.looking_ahead;
    context.output.progress(looking_ahead ? "looking through the file" : "importing", progress.bytes, progress.bytes_total);
    return !Interruption::asked();
  };
  hooks.rejected = [&context, &arguments, &told](const store::RejectedLine& line) {
    if (++told > most_told || !arguments.rejects.empty()) return;
    context.output.warn(words_for(line));
  };
  if (arguments.dry_run) {
    hooks.difference = [&context, &differences](const DomainName& name, const std::vector<Difference>& found) {
      boost::json::array items;
      for (const Difference& difference : found) {
        context.output.line(fmt::format("{}: {} {}: {}", name.ascii(), difference.object, difference.element, difference.what));
        if (context.output.json())
          items.push_back({{"object", difference.object}, {"element", difference.element}, {"what", difference.what}});
      }
      if (context.output.json()) differences.push_back({{"name", name.ascii()}, {"differences", std::move(items)}});
    };
  }
  return hooks;
}

Outcome outcome_of(Context& context, const ImportArguments& arguments, const store::ImportReport& report,
                   boost::json::array differences) {
  for (const auto& note : report.notes) context.output.warn(note);
  for (std::size_t i = 0; i < report.warnings.size(); ++i) {
    if (report.warnings[i] > 0)
      context.output.warn(fmt::format("{}: {}", to_string(static_cast<store::ImportWarning>(i)), report.warnings[i]));
  }
  context.output.progress_end();
  context.output.line(fmt::format("{}{} lines: {} added, {} changed, {} unchanged, {} ended, {} rejected",
                                  arguments.dry_run ? "dry run, nothing written: " : "", report.lines, report.added,
                                  report.changed, report.unchanged, report.ended, report.rejected));
  Outcome outcome;
  if (report.interrupted) {
    outcome = Outcome(Exit::interrupted, make_error(Errc::unavailable, "interrupted",
                                                    "run the same import again: what is there already is not written twice"));
  } else if (report.rejected > 0) {
    const std::string hint = arguments.rejects.empty()
                                 ? "--rejects FILE writes all of them with field, reason and what is allowed"
                                 : "see " + arguments.rejects;
    outcome = Outcome(
        Exit::partly,
        make_error(Errc::invalid,
                   fmt::format("{} of {} lines were rejected, all others were taken", report.rejected, report.lines), hint));
  }
  outcome.data = to_json(report);
  if (arguments.dry_run) outcome.data.as_object()["differences"] = std::move(differences);
  return outcome;
}

Outcome import(Context& context, const ImportArguments& arguments) {
  const auto options = options_of(arguments);
  if (!options) return options.error();
  const auto config = context.config();
  if (!config) return config.error();
  const auto store = open_store(*config);
  if (!store) return store.error();
  std::uint64_t told = 0;
  boost::json::array differences;
  const Interruption guard;
  const auto report = store::import_file(**store, config->catalog, arguments.file, *options,
                                         hooks_for(context, arguments, told, differences), context.clock);
  if (!report) return report.error();
  return outcome_of(context, arguments, *report, std::move(differences));
}

}  // namespace

void add_import(CommandLine& line) {
  Verb app = line.verb("import", "load registrations from JSON Lines or CSV; repeating writes nothing", "registrations");
  auto arguments = std::make_shared<ImportArguments>();
  app.option("FILE", arguments->file, "the file (docs/import.md)").required();
  app.option("--format", arguments->format, "jsonl or csv (by the file's extension)").called("FORMAT").one_of({"jsonl", "csv"});
  app.option("--mapping", arguments->mapping, "column mapping for CSV").called("FILE");
  app.option("--rejects", arguments->rejects, "write rejected lines with field, reason and what is allowed").called("FILE");
  app.flag("--dry-run", arguments->dry_run, "show what would change, by name and element, without values");
  app.option("--source", arguments->source, "how far the file is believed: registry, own, panel, csv (panel)")
      .called("CLASS")
      .one_of({"registry", "own", "panel", "csv"});
  app.option("--label", arguments->label, "name of the source, kept with every object").called("LABEL");
  line.does(app, [arguments](Context& context) { return import(context, *arguments); });
}

}  // namespace regdata::app
