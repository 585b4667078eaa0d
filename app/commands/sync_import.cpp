// regdata sync import: names of ours that a registry holds, taken from a list (docs/epp.md).
#include "app/commands/sync_import.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
/// Lines that are none.
constexpr std::uint64_t most_lines_told = 100;

struct ImportArguments {
  std::string registry;
  std::string file;
  bool dry_run = false;
};

/// Lines of a file that may be a pipe; in memory is no more than one, and of a longer one its beginning.
class Lines {
 public:
  explicit Lines(int descriptor) : descriptor_(descriptor) {}
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }

  /// False: the end. A line is cut behind `longest_line` and one.
  Expected<bool> next(std::string& line) {
    line.clear();
    bool has_any = false;
    while (true) {
      if (at_ == end_) {
        const ::ssize_t size = ::read(descriptor_, block_.data(), block_.size());
        if (size < 0 && errno == EINTR && !Interruption::asked()) continue;
        if (size < 0)
          return make_error(Errc::unavailable, std::string("the list cannot be read to its end: ") + std::strerror(errno),
                            "run the same again: what is held already is not asked for");
        if (size == 0) return has_any;
        at_ = 0;
        end_ = static_cast<std::size_t>(size);
        bytes_ += end_;
      }
      has_any = true;
      const char one = block_[at_++];
      if (one == '\n') return true;
      if (line.size() <= longest_line) line += one;
    }
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  int descriptor_;
  std::array<char, 65536> block_{};
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t bytes_ = 0;
};

/// A name a line, behind it the handles of its registrant and technical contact where the registry does not know them. What is
/// wrong in a line is told by its number alone: a list with its columns in another order has persons in it.
class NameList {
 public:
  explicit NameList(Lines& lines) : lines_(lines) {}

  /// At most `most`; empty at the end. Lines that are none are told, and left out.
  Expected<std::vector<epp::NameToTake>> next(std::size_t most, const std::function<void(std::string)>& tell) {
    std::vector<epp::NameToTake> names;
    std::string line;
    while (names.size() < most) {
      const auto more = lines_.next(line);
      if (!more) return more.error();
      if (!*more) break;
      ++number_;
      std::string_view text = line;
      if (constexpr std::string_view mark = "\xEF\xBB\xBF"; number_ == 1 && text.starts_with(mark))
        text.remove_prefix(mark.size());
      auto name = parsed(text);
      if (!name)
        tell(fmt::format("line {}: {}", number_, name.error().context));
      else if (*name)
        names.push_back(std::move(**name));
    }
    return names;
  }

 private:
  static Expected<std::optional<epp::NameToTake>> parsed(std::string_view line) {
    if (line.size() > longest_line) return make_error(Errc::invalid, "it is longer than a name and two handles");
    constexpr std::string_view between = " \t,;\r";
    std::vector<std::string> words;
    for (std::size_t at = line.find_first_not_of(between); at != std::string_view::npos && line[at] != '#';) {
      const auto end = std::min(line.find_first_of(between, at), line.size());
      words.emplace_back(line.substr(at, end - at));
      at = line.find_first_not_of(between, end);
    }
    if (words.empty()) return std::optional<epp::NameToTake>();
    auto name = DomainName::parse(words[0]);
    if (!name) return make_error(Errc::invalid, "its first word is no domain name");
    if (words.size() > 3) return make_error(Errc::invalid, "it has more than a name and two handles");
    epp::NameToTake taken{std::move(*name)};
    for (std::size_t place = 1; place < words.size(); ++place)
      if (!check_handle(words[place])) return make_error(Errc::invalid, fmt::format("its word {} is no handle", place + 1));
    if (words.size() > 1) taken.registrant = words[1];
    if (words.size() > 2) taken.technical = words[2];
    return std::optional(std::move(taken));
  }

  Lines& lines_;
  std::uint64_t number_ = 0;
};

struct ImportCounts {
  std::map<epp::NameFate, std::uint64_t> fates;
  std::uint64_t lines_refused = 0;
  std::uint64_t incomplete = 0;  ///< taken, and something was left out
  std::uint64_t left_out = 0;    ///< of the answer as JSON
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
          {"notAnswered", counts.of(NameFate::not_answered)},
          {"withoutHolder", counts.of(NameFate::without_holder)},
          {"incomplete", counts.incomplete},
          {"linesRefused", counts.lines_refused},
          {"namesLeftOut", counts.left_out},
          {"names", std::move(names)}};
}

/// What is the worst of it, for the exit code.
Outcome judged(const ImportCounts& counts) {
  using epp::NameFate;
  const std::uint64_t refused = counts.of(NameFate::not_there) + counts.of(NameFate::anothers) + counts.of(NameFate::not_told) +
                                counts.of(NameFate::without_holder) + counts.lines_refused;
  if (counts.of(NameFate::not_answered) > 0)
    return make_error(Errc::unavailable,
                      fmt::format("the registry did not tell of {} names", counts.of(NameFate::not_answered)),
                      "run the same again: what is held already is not asked for");
  if (refused > 0)
    return {Exit::partly, make_error(Errc::invalid, fmt::format("{} names were not taken", refused),
                                     counts.of(NameFate::without_holder) > 0
                                         ? "load the contact with `regdata import`, and give its handle behind the name"
                                         : "the lines above tell why")};
  return counts.incomplete > 0 ? Exit::partly : Exit::done;
}

void tell_counts(Context& context, const ImportArguments& arguments, const ImportCounts& counts) {
  using epp::NameFate;
  context.output.line(
      fmt::format("{}{} {}, {} held already, {} not there, {} of others, {} not told, {} not answered, {} without a holder{}",
                  arguments.dry_run ? "dry run, nothing written: " : "", counts.of(NameFate::taken),
                  arguments.dry_run ? "would be taken" : "taken", counts.of(NameFate::held), counts.of(NameFate::not_there),
                  counts.of(NameFate::anothers), counts.of(NameFate::not_told), counts.of(NameFate::not_answered),
                  counts.of(NameFate::without_holder),
                  counts.lines_refused == 0 ? "" : fmt::format(", {} lines that are no names", counts.lines_refused)));
}

void count(Context& context, const ImportArguments& arguments, const std::vector<epp::FateOfName>& fates, ImportCounts& counts,
           boost::json::array& rows) {
  for (const epp::FateOfName& one : fates) {
    ++counts.fates[one.fate];
    const bool is_good = one.fate == epp::NameFate::taken || one.fate == epp::NameFate::held;
    if (is_good && !one.note.empty()) ++counts.incomplete;
    if (!is_good || !one.note.empty() || arguments.dry_run)
      context.output.line(fmt::format("{}: {}{}{}", one.name, to_string(one.fate), one.note.empty() ? "" : ": ", one.note));
    if (!context.output.json()) continue;
    if (rows.size() < most_rows)
      rows.push_back(boost::json::object{{"name", one.name}, {"fate", to_string(one.fate)}, {"note", one.note}});
    else
      ++counts.left_out;
  }
}

Outcome sync_import(Context& context, const ImportArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, arguments.registry);
  if (!settings) return settings.error();
  const bool is_standard_input = arguments.file == "-";
  const int descriptor = is_standard_input ? STDIN_FILENO : ::open(arguments.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return make_error(Errc::not_found, fmt::format("{}: {}", arguments.file, std::strerror(errno)),
                      "a file with a name a line; \"-\" for standard input");
  Lines lines(descriptor);
  struct stat about {};
  const std::uint64_t size =
      ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) ? static_cast<std::uint64_t>(about.st_size) : 0;
  const auto access = open_sync(*config);
  if (!access) return access.error();
  RegistryPool kept(**settings, nullptr, context.clock);
  epp::NameImport import(import_rules(*config, **settings), *access->store, *access->state, access->contacts.get(),
                         kept.for_questions(), context.clock);
  NameList list(lines);
  ImportCounts counts;
  boost::json::array rows;
  std::optional<Outcome> ended;
  const Interruption guard;
  while (!ended) {
    const auto names = list.next(names_at_once, [&](const std::string& why) {
      if (++counts.lines_refused <= most_lines_told) context.output.warn(why);
    });
    if (!names) ended = names.error();
    if (!names || names->empty()) break;
    const auto fates = import.take(*names, arguments.dry_run ? epp::NameImport::Writes::no : epp::NameImport::Writes::yes);
    if (!fates) {
      ended = fates.error();
      break;
    }
    count(context, arguments, *fates, counts, rows);
    if (size > 0) context.output.progress("taking names", std::min(lines.bytes(), size), size);
    if (Interruption::asked())
      ended = Outcome(Exit::interrupted, make_error(Errc::unavailable, "interrupted",
                                                    "run the same again: what is held already is not asked for"));
  }
  context.output.progress_end();
  if (counts.lines_refused > most_lines_told)
    context.output.warn(fmt::format("and {} lines more", counts.lines_refused - most_lines_told));
  tell_counts(context, arguments, counts);
  Outcome outcome = ended ? *ended : judged(counts);
  outcome.data = to_json(counts, std::move(rows));
  return outcome;
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
