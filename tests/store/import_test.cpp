#include "store/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "store/import_rejects.hpp"
#include "tests/store/import_place.hpp"

namespace regdata::store {
namespace {

using samples::content;
using samples::Directory;
using samples::import_text;
using samples::open_store;
using samples::random_lines;

constexpr std::string_view line_head = R"({"created":"2020-01-31T12:00:00Z","as_of":"2026-11-01T00:00:00Z","name":)";

/// A small line: a name and what its contacts are.
std::string line(const std::string& name, const std::string& contacts) {
  return std::string(line_head) + '"' + name + R"(","contacts":)" + contacts + "}\n";
}
std::string hen(const std::string& handle, const std::string& name = "Blue Hen") {
  return R"({"handle":")" + handle + R"(","name":")" + name + R"("})";
}

TEST(Import, RepeatingWritesNothing) {
  const Directory place;
  const auto store = open_store(place);
  const std::string lines = random_lines(300, 7);
  const ImportReport first = import_text(*store, lines);
  EXPECT_EQ(first.added, 300U);
  EXPECT_EQ(first.rejected, 0U);
  const auto sequence = store->last_sequence().value();
  const ImportReport again = import_text(*store, lines);
  EXPECT_EQ(again.unchanged, 300U);
  EXPECT_EQ(again.added + again.changed + again.rejected, 0U);
  EXPECT_EQ(store->last_sequence().value(), sequence);
}

TEST(Import, ALineWithoutAStatedTimeIsRepeatedToo) {
  const Directory place;
  const auto store = open_store(place);
  const std::string text =
      R"({"created":"2020-01-31T12:00:00Z","name":"bluehen.example","contacts":{"registrant":)" + hen("C-1") + "}}\n";
  static const Catalog catalog = samples::catalog();
  const auto import_at = [&](UtcTime time) {
    std::istringstream input(text);
    ImportOptions options;
    options.format = ImportFormat::json_lines;
    return import_stream(*store, catalog, input, 0, options, {}, [time] { return time; }).value();
  };
  EXPECT_EQ(import_at(samples::now()).added, 1U);
  const auto sequence = store->last_sequence().value();
  EXPECT_EQ(import_at(samples::now() + std::chrono::hours{24}).unchanged, 1U);
  EXPECT_EQ(store->last_sequence().value(), sequence);
}

TEST(Import, TheStoreHoldsWhatTheLinesSay) {
  const Directory place;
  const auto store = open_store(place);
  const std::string lines = random_lines(100, 11);
  ImportOptions options;
  options.batch = 7;
  import_text(*store, lines, options);
  static const Catalog catalog = samples::catalog();
  std::istringstream text(lines);
  for (std::string one; std::getline(text, one);) {
    const auto read = samples::read_json(one, catalog);
    const auto& put = std::get<RegistrationPut>(*read.request);
    const auto held = store->find(put.registration.name).value();
    ASSERT_TRUE(held);
    EXPECT_EQ(held->registration, put.registration) << one;
    for (const auto& role : held->contacts) {
      EXPECT_THAT(put.contacts, ::testing::Contains(role.contact)) << one;
    }
  }
}

TEST(Import, TheWholeCastGoesIn) {
  const Directory place;
  const auto store = open_store(place);
  static const Catalog catalog = samples::catalog();
  const std::string fixtures = std::string(REGDATA_SOURCE_DIR) + "/fixtures/";
  const auto first = import_file(*store, catalog, fixtures + "cast.jsonl", {}, {}, samples::now);
  ASSERT_TRUE(first) << first.error().context;
  EXPECT_GE(first->added, 40U);
  EXPECT_EQ(first->rejected, 0U);
  const auto again = import_file(*store, catalog, fixtures + "cast.jsonl", {}, {}, samples::now);
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(again->unchanged, again->lines);
}

TEST(Import, OneBadLineNeitherStopsNorSpoilsTheRest) {
  const Directory place;
  const auto store = open_store(place);
  std::string text = "\xEF\xBB\xBF" + line("good-1.example", R"({"registrant":)" + hen("C-1") + "}");
  text += "\r\n   \n";                                                  // 2, 3: empty
  text += "not json\n";                                                 // 4
  text += line("bad.invalid", R"({"registrant":)" + hen("C-2") + "}");  // 5
  text += line("bad-1.example", R"({"registrant":"C-NOBODY"})");        // 6: only the store can know
  text += "{\"name\":\"m\xFCnchen.example\"}\n";                        // 7: Latin-1
  text += "{\"name\":\"" + std::string(300 * 1024, 'x') + "\"}\n";      // 8
  text += line("good-2.example", R"({"registrant":"C-1"})");            // 9: a handle from an earlier line
  text += line("bad-2.example", R"({"registrant":{"handle":"C-3","name":"Hen","phone":"4711-0815"}})");  // 10
  std::string last = line("good-3.example", R"({"registrant":)" + hen("C-4") + "}");
  last.pop_back();
  text += last;  // 11: no line ending
  ImportOptions options;
  options.rejects = place.file("rejects.jsonl");
  std::vector<std::uint64_t> told;
  ImportHooks hooks;
  hooks.rejected = [&](const RejectedLine& rejected) { told.push_back(rejected.line); };
  const ImportReport report = import_text(*store, text, options, hooks);
  EXPECT_EQ(report.lines, 9U);
  EXPECT_EQ(report.added, 3U);
  EXPECT_EQ(report.rejected, 6U);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{4, 5, 6, 7, 8, 10}));
  EXPECT_EQ(store->count().value(), 3U);
  const std::string rejects = samples::read_file(options.rejects);
  EXPECT_EQ(rejects.find("4711"), std::string::npos);
  EXPECT_EQ(std::count(rejects.begin(), rejects.end(), '\n'), 6);
  EXPECT_NE(rejects.find(R"({"line":5,"name":"bad.invalid","field":"name","reason":"lies under no configured TLD")"),
            std::string::npos)
      << rejects;
  EXPECT_NE(rejects.find(R"("field":"contacts.registrant.phone","reason":"phone: wrong form","allowed":"+CC.NNN, at most 17)"),
            std::string::npos)
      << rejects;
}

TEST(Import, OneBadLineAmongManyKeepsNoOtherOut) {
  const Directory place;
  const auto store = open_store(place);
  constexpr std::size_t bad = 37;
  std::string text;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::string name = "name-" + std::to_string(i) + ".example";
    text += line(name, i == bad ? R"({"registrant":"C-NOBODY"})" : R"({"registrant":)" + hen("C-" + std::to_string(i)) + "}");
  }
  const ImportReport report = import_text(*store, text);
  EXPECT_EQ(report.added, 63U);
  EXPECT_EQ(report.rejected, 1U);
}

TEST(Import, TransferSecretsReachNeitherStoreNorRejects) {
  const Directory place;
  auto store = open_store(place);
  std::string text = line("good.example", R"({"registrant":{"handle":"C-1","name":"Hen","auth_code":"Planted-Secret-1"}})");
  text.insert(1, R"("epp_code":"Planted-Secret-2","transfer_code":{"x":["Planted-Secret-3"]},)");
  text += R"({"name":"bad","auth_code":"Planted-Secret-4"})"
          "\n";
  ImportOptions options;
  options.rejects = place.file("rejects.jsonl");
  const ImportReport report = import_text(*store, text, options);
  EXPECT_EQ(report.added, 1U);
  EXPECT_EQ(report.warnings[static_cast<std::size_t>(ImportWarning::auth_code_dropped)], 3U);
  store.reset();
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(place.file("x")).parent_path())) {
    EXPECT_EQ(samples::read_file(entry.path()).find("Planted-Secret"), std::string::npos) << entry.path().filename();
  }
}

TEST(Import, FlagsOfAPanelAreNoChoices) {
  const Directory place;
  const auto store = open_store(place);
  import_text(
      *store,
      line("a.example", R"({"registrant":{"handle":"C-1","name":"Hen","disclose_email":1,"disclose_name":"1","privacy":0}})"));
  EXPECT_TRUE(store->choice_entries("C-1").value().empty());
}

TEST(Import, ADryRunWritesNothingAndShowsNoValue) {
  const Directory place;
  const auto store = open_store(place);
  import_text(*store, line("a.example", R"({"registrant":)" + hen("C-1") + "}") + line("b.example", R"({"registrant":"C-1"})"));
  const auto sequence = store->last_sequence().value();
  std::string text = line("a.example", R"({"registrant":)" + hen("C-1", "Planted Name") + "}");
  text += line("b.example", R"({"registrant":"C-1"})");
  text += line("c.example", R"({"registrant":)" + hen("C-2", "Planted Other") + "}");
  text += line("d.example", R"({"registrant":"C-2"})");  // a handle that only this file brings
  text += line("e.example", R"({"registrant":"C-NOBODY"})");
  text += "{\"op\":\"end\",\"name\":\"b.example\",\"reason\":\"deleted\",\"at\":\"2026-11-01T00:00:00Z\"}\n";
  text += "{\"op\":\"end\",\"name\":\"z.example\",\"reason\":\"deleted\",\"at\":\"2026-11-01T00:00:00Z\"}\n";
  ImportOptions options;
  options.dry_run = true;
  std::map<std::string, std::string> told;
  ImportHooks hooks;
  hooks.difference = [&](const DomainName& name, const std::vector<Difference>& differences) {
    for (const auto& one : differences) told[name.ascii()] += one.object + ": " + one.element + " " + one.what + '\n';
  };
  const ImportReport report = import_text(*store, text, options, hooks);
  EXPECT_EQ(report.changed, 1U);
  EXPECT_EQ(report.unchanged, 1U);
  EXPECT_EQ(report.added, 2U);
  EXPECT_EQ(report.ended, 1U);
  EXPECT_EQ(report.rejected, 2U);
  EXPECT_EQ(told["a.example"], "contact C-1: name changed\n");
  EXPECT_EQ(told.count("d.example"), 1U);
  for (const auto& [name, lines] : told) EXPECT_EQ(lines.find("Planted"), std::string::npos) << name;
  EXPECT_EQ(store->last_sequence().value(), sequence);
  EXPECT_EQ(store->count().value(), 2U);
}

TEST(Import, ADryRunOfWhatIsThereFindsNothing) {
  const Directory place;
  const auto store = open_store(place);
  const std::string lines = random_lines(100, 5);
  import_text(*store, lines);
  ImportOptions options;
  options.dry_run = true;
  ImportHooks hooks;
  hooks.difference = [](const DomainName& name, const std::vector<Difference>& differences) {
    ADD_FAILURE() << name.ascii() << ": " << differences[0].object << ' ' << differences[0].element;
  };
  EXPECT_EQ(import_text(*store, lines, options, hooks).unchanged, 100U);
}

TEST(Import, ADryRunCountsWhatTheImportThenDoes) {
  const Directory place;
  const auto store = open_store(place);
  import_text(*store, random_lines(60, 1));
  // Half of the names as they are, half of them in another version, some new.
  const std::string before = random_lines(30, 1);
  const std::string lines = before + random_lines(90, 2).substr(random_lines(30, 2).size());
  ImportOptions options;
  options.dry_run = true;
  const ImportReport dry = import_text(*store, lines, options);
  const ImportReport real = import_text(*store, lines);
  EXPECT_EQ(dry.added, real.added);
  EXPECT_EQ(dry.changed, real.changed);
  EXPECT_EQ(dry.unchanged, real.unchanged);
  EXPECT_EQ(dry.rejected, real.rejected);
  EXPECT_EQ(real.added, 30U);
  EXPECT_EQ(real.unchanged, 30U);
}

TEST(Import, EndsTakeTheirPlaceAmongThePuts) {
  const Directory place;
  const auto store = open_store(place);
  const std::string put = line("a.example", R"({"registrant":)" + hen("C-1") + "}");
  const std::string end =
      "{\"op\":\"end\",\"name\":\"a.example\",\"reason\":\"transferred\",\"at\":\"2026-11-01T00:00:00Z\"}\n";
  const ImportReport early = import_text(*store, end + put);
  EXPECT_EQ(early.rejected, 1U) << "not held yet";
  EXPECT_EQ(early.added, 1U);
  const ImportReport report = import_text(*store, put + end);
  EXPECT_EQ(report.ended, 1U);
  EXPECT_EQ(store->count().value(), 0U);
  EXPECT_TRUE(store->find(DomainName::parse("a.example").value()).value()->registration.ended);
  const auto sequence = store->last_sequence().value();
  EXPECT_EQ(import_text(*store, end).unchanged, 1U);
  EXPECT_EQ(store->last_sequence().value(), sequence);
}

TEST(Import, StopsAfterTheBatchWhenAsked) {
  const Directory place;
  const auto store = open_store(place);
  ImportOptions options;
  options.batch = 10;
  int batches = 0;
  ImportHooks hooks;
  hooks.progress = [&](const ImportProgress& progress) {
    EXPECT_LE(progress.bytes, progress.bytes_total);
    return ++batches < 3;
  };
  const std::string lines = random_lines(100, 3);
  const ImportReport report = import_text(*store, lines, options, hooks);
  EXPECT_TRUE(report.interrupted);
  EXPECT_EQ(report.added, 30U);
  EXPECT_EQ(store->count().value(), 30U);
  const ImportReport rest = import_text(*store, lines);
  EXPECT_FALSE(rest.interrupted);
  EXPECT_EQ(rest.added, 70U);
  EXPECT_EQ(rest.unchanged, 30U);
}

TEST(Import, ADamagedStoreIsNoFaultOfTheLines) {
  const Directory place;
  const auto store = open_store(place);  // a store that is damaged already does not open
  {
    SQLite::Database file(place.file("registrations.db"), SQLite::OPEN_READWRITE);
    file.exec("PRAGMA writable_schema=ON");
    file.exec("UPDATE sqlite_master SET rootpage = 1 WHERE name = 'contact_use'");
    file.exec("PRAGMA schema_version=999");  // makes open connections read the schema again
  }
  static const Catalog catalog = samples::catalog();
  std::istringstream input(random_lines(200, 9));
  ImportOptions options;
  options.format = ImportFormat::json_lines;
  const auto report = import_stream(*store, catalog, input, 0, options, {}, samples::now);
  ASSERT_FALSE(report) << report->rejected << " lines rejected, " << report->added << " added";
  EXPECT_EQ(report.error().code, Errc::damaged);
}

TEST(Import, CsvThroughTheExampleMapping) {
  const Directory place;
  const auto store = open_store(place);
  static const Catalog catalog = samples::catalog();
  const std::string source = REGDATA_SOURCE_DIR;
  std::string text = samples::read_file(source + "/tests/store/vectors/import/panel.csv");
  std::string row = text.substr(text.find('\n') + 1);
  text += "2,ragged,.example\n" + row.replace(2, 7, "redhen");
  const std::string file = place.write("panel.csv", text);
  ImportOptions options;
  options.mapping = source + "/docs/examples/panel-mapping.toml";
  options.rejects = place.file("rejects.jsonl");
  import_text(*store, line("tech.example", R"({"registrant":)" + hen("TECH-1") + "}"));
  const auto report = import_file(*store, catalog, file, options, {}, samples::now);
  ASSERT_TRUE(report) << report.error().context;
  EXPECT_EQ(report->added, 2U);
  EXPECT_EQ(report->rejected, 1U);
  EXPECT_EQ(
      samples::read_file(options.rejects),
      "{\"line\":3,\"field\":\"line\",\"reason\":\"has 3 fields, the header has 34\",\"allowed\":\"one registration or end a "
      "line, UTF-8, as docs/import.md has it\"}\n");
  EXPECT_EQ(report->notes,
            (std::vector<std::string>{"dates are read as UTC, as the mapping states",
                                      "columns ignored, not consent: privacy, disclose_email",
                                      "columns dropped, never stored: transfer_code", "columns ignored, not mapped: id"}));
  const auto again = import_file(
      *store, catalog, file,
      [&] {
        auto o = options;
        o.rejects.clear();
        return o;
      }(),
      {}, samples::now);
  EXPECT_EQ(again->unchanged, 2U);
}

TEST(Import, WhatCannotBeImportedIsAnErrorOfItsOwnKind) {
  const Directory place;
  const auto store = open_store(place);
  static const Catalog catalog = samples::catalog();
  const auto code = [&](const std::string& file, const ImportOptions& options = {}) {
    const auto report = import_file(*store, catalog, file, options, {}, samples::now);
    return report ? Errc::internal : report.error().code;
  };
  EXPECT_EQ(code(place.file("absent.jsonl")), Errc::not_found);
  EXPECT_EQ(code(place.write("file.txt", "")), Errc::usage);
  EXPECT_EQ(code(place.write("file.csv", "a,b\n")), Errc::usage) << "no mapping";
  ImportOptions csv;
  csv.mapping = place.file("absent.toml");
  EXPECT_EQ(code(place.file("file.csv"), csv), Errc::not_found);
  csv.mapping = place.write("bad.toml", "[columns]\nname = \"domain\"\n");
  EXPECT_EQ(code(place.file("file.csv"), csv), Errc::configuration);
  EXPECT_EQ(code(place.write("empty.csv", ""), csv), Errc::invalid);
  std::filesystem::create_directory(place.file("folder.jsonl"));
  EXPECT_EQ(code(place.file("folder.jsonl")), Errc::not_found);
  EXPECT_EQ(code(place.write("empty.jsonl", "")), Errc::internal) << "nothing to do is no error";
}

TEST(ImportFile, Utf16IsToldOnceForTheWholeFile) {
  const Directory place;
  const auto store = open_store(place);
  static const Catalog catalog = samples::catalog();
  for (const std::string mark : {"\xFF\xFE", "\xFE\xFF"}) {
    for (const char* name : {"a.jsonl", "b.csv"}) {
      ImportOptions options;
      if (std::string_view(name).ends_with(".csv"))
        options.mapping = place.write("map.toml", "[columns]\nname = \"name\"\ncreated = \"created\"\n");
      const auto report =
          import_file(*store, catalog, place.write(name, mark + std::string("{\0}\0\n\0", 6)), options, {}, samples::now);
      ASSERT_FALSE(report) << name;
      EXPECT_EQ(report.error().code, Errc::invalid) << name;
      EXPECT_EQ(report.error().context, "the file is UTF-16, not UTF-8") << name;
    }
  }
}

TEST(ImportRejects, TheFileIsOursAloneAndReplacesNothing) {
  const Directory place;
  const auto store = open_store(place);
  static const Catalog catalog = samples::catalog();
  const std::string bad = place.write("bad.jsonl", "{}\n");
  const std::string good = place.write("good.jsonl", line("a.example", R"({"registrant":)" + hen("C-1") + "}"));
  ImportOptions options;
  options.rejects = place.file("rejects.jsonl");
  ASSERT_TRUE(import_file(*store, catalog, good, options, {}, samples::now));
  EXPECT_FALSE(std::filesystem::exists(options.rejects)) << "nothing was rejected";
  ASSERT_TRUE(import_file(*store, catalog, bad, options, {}, samples::now));
  struct stat found {};
  ASSERT_EQ(stat(options.rejects.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  const std::string before = samples::read_file(options.rejects);
  EXPECT_EQ(import_file(*store, catalog, bad, options, {}, samples::now).error().code, Errc::conflict);
  EXPECT_EQ(samples::read_file(options.rejects), before);
  options.rejects = place.file("link.jsonl");
  std::filesystem::create_symlink(place.file("target.jsonl"), options.rejects);
  EXPECT_EQ(import_file(*store, catalog, bad, options, {}, samples::now).error().code, Errc::conflict);
  EXPECT_FALSE(std::filesystem::exists(place.file("target.jsonl")));
  options.rejects = place.file("no-such-folder/rejects.jsonl");
  EXPECT_EQ(import_file(*store, catalog, bad, options, {}, samples::now).error().code, Errc::unavailable);
  const std::string more = place.write("more.jsonl", line("b.example", R"({"registrant":)" + hen("C-2") + "}") + "{}\n");
  EXPECT_EQ(import_file(*store, catalog, more, options, {}, samples::now).error().code, Errc::unavailable);
  EXPECT_EQ(store->count().value(), 1U) << "a line went in before the file for rejects was tried";
}

TEST(ImportRejects, AFileThatAppearsMeanwhileIsNotWrittenInto) {
  const Directory place;
  auto rejects = RejectsFile::at(place.file("rejects.jsonl"));
  ASSERT_TRUE(rejects);
  place.write("rejects.jsonl", "mine\n");
  EXPECT_EQ(rejects->write({1, {}, {{"name", "is missing", {}}}}).error().code, Errc::conflict);
  EXPECT_EQ(samples::read_file(place.file("rejects.jsonl")), "mine\n");
}

}  // namespace
}  // namespace regdata::store
