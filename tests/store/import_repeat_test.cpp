// Repeating an import writes nothing, whatever the file says of one thing in several places (docs/decisions/0004).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <sstream>

#include "tests/store/import_place.hpp"

namespace regdata::store {
namespace {

using samples::Directory;
using samples::open_store;

int pick(int below) { return *rc::gen::inRange(0, below); }
std::string in_quotes(const std::string& text) { return '"' + text + '"'; }
std::string day(int number) { return "2026-10-" + std::string(number < 10 ? "0" : "") + std::to_string(number) + "T12:00:00Z"; }

/// A small world, so that lines meet: 3 names, 3 contacts with 2 holders each, 2 hosts.
std::string any_contact() {
  std::string contact = R"({"handle":"C-)" + std::to_string(pick(3)) + R"(","name":"Holder )" + std::to_string(pick(2)) +
                        R"(","phone":"+49.30)" + std::to_string(pick(3)) + '"';
  if (pick(2) == 0) {
    const char* act = *rc::gen::element("given", "given", "declined", "withdrawn", "not_given");
    contact += R"(,"choices":[{"elements":["email"],"act":")" + std::string(act) + R"(","at":")" + day(1 + pick(20)) +
               R"(","notice_version":"1","evidence":"EV-)" + std::to_string(pick(2)) + "\"}]";
  }
  return contact + '}';
}

std::string any_host(const std::string& name) {
  const std::string host = pick(2) == 0 ? "ns1." + name : "ns1.n0.example";
  switch (pick(3)) {
    case 0:
      return in_quotes(host);
    case 1:
      return R"({"name":")" + host + R"(","addresses":["192.0.2.)" + std::to_string(1 + pick(2)) + R"("]})";
    default:
      return R"({"name":"ns.provider.test","addresses":["192.0.2.)" + std::to_string(1 + pick(2)) + R"("]})";
  }
}

std::string any_line(std::string& name, bool& ends, bool dated) {
  name = "n" + std::to_string(pick(3)) + ".example";
  ends = pick(4) == 0;
  if (ends) {
    return R"({"op":"end","name":")" + name + R"(","reason":")" + (pick(2) == 0 ? "deleted" : "transferred") + R"(","at":")" +
           day(1 + pick(20)) + "\"}\n";
  }
  std::string line = R"({"name":")" + name + R"(","created":"2020-01-0)" + std::to_string(1 + pick(2)) +
                     R"(T00:00:00Z","contacts":{"registrant":)" + any_contact();
  if (pick(3) == 0) line += R"(,"technical":"C-)" + std::to_string(pick(3)) + '"';
  line += '}';
  if (pick(2) == 0) line += R"(,"hosts":[)" + any_host(name) + ']';
  if (pick(3) == 0) line += R"(,"statuses":["clientHold"])";
  if (dated && pick(2) == 0) line += R"(,"as_of":")" + day(1 + pick(20)) + '"';
  return line + "}\n";
}

ImportReport import_at(RegistrationStore& store, const std::string& text, UtcTime time, bool dry_run = false,
                       std::size_t batch = 3) {
  static const Catalog catalog = samples::catalog();
  std::istringstream input(text);
  ImportOptions options;
  options.format = ImportFormat::json_lines;
  options.batch = batch;
  options.dry_run = dry_run;
  return import_stream(store, catalog, input, 0, options, {}, [time] { return time; }).value();
}

/// Every row of every table of both files, but for what opening a store tidies.
std::string rows_of(const Directory& place) {
  std::string all;
  for (const char* file : {"registrations.db", "keys.db"}) {
    SQLite::Database database(place.file(file), SQLite::OPEN_READONLY);
    SQLite::Statement tables(database, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    while (tables.executeStep()) {
      const std::string table = tables.getColumn(0).getString();
      all += table + ":\n";
      SQLite::Statement rows(database, "SELECT * FROM \"" + table + "\" ORDER BY 1, 2");
      while (rows.executeStep()) {
        for (int column = 0; column < rows.getColumnCount(); ++column) all += rows.getColumn(column).getString() + '|';
        all += '\n';
      }
    }
  }
  return all;
}

TEST(ImportRepeat, AnyFileTwiceIsAsOnce) {
  EXPECT_TRUE(rc::check("any two files, each of them repeated", [] {
    const Directory place;
    const auto store = open_store(place);
    UtcTime now = samples::now();
    for (int file = 0; file < 2; ++file) {
      std::string text;
      const int lines = pick(9);
      const bool dated = pick(2) == 0;
      const auto batch = static_cast<std::size_t>(1 + pick(6));
      for (int i = 0; i < lines; ++i) {
        std::string name;
        bool ends = false;
        text += any_line(name, ends, dated);
      }
      now += std::chrono::hours{1};
      ImportReport first = import_at(*store, text, now, false, batch);
      // A line may lean on one behind it (a handle, a name to end): then it was rejected, exit 6, and goes in the next time.
      for (std::uint64_t rejected = 0; first.rejected != rejected;) {
        rejected = first.rejected;
        first = import_at(*store, text, now, false, batch);
      }
      const std::string rows = rows_of(place);
      const std::uint64_t sequence = store->last_sequence().value();
      now += std::chrono::hours{1};
      const ImportReport dry = import_at(*store, text, now, true, batch);
      const ImportReport again = import_at(*store, text, now, false, batch);
      RC_LOG() << text << "first: " << first.rejected << " rejected\n";
      RC_ASSERT(dry.added + dry.changed + dry.ended == 0U);
      RC_ASSERT(store->last_sequence().value() == sequence);
      RC_ASSERT(again.added + again.changed + again.ended == 0U);
      RC_ASSERT(rows_of(place) == rows);
      RC_ASSERT(store->verify_choices().has_value());
    }
  }));
}

TEST(ImportRepeat, TheLastLineAboutANameDecides) {
  EXPECT_TRUE(rc::check("ended or not", [] {
    const Directory place;
    const auto store = open_store(place);
    UtcTime now = samples::now();
    for (int file = 0; file < 3; ++file) {
      std::string text;
      std::map<std::string, bool> ended;
      for (int i = 0, lines = pick(9); i < lines; ++i) {
        std::string name;
        bool ends = false;
        const std::string line = any_line(name, ends, false);
        const auto held = store->find(DomainName::parse(name).value()).value();
        if (ends && !held && !ended.contains(name)) continue;  // would be rejected
        if (line.find("\"technical\"") != std::string::npos) continue;
        text += line;
        ended[name] = ends;
      }
      now += std::chrono::hours{1};
      const ImportReport report = import_at(*store, text, now);
      RC_LOG() << text;
      RC_ASSERT(report.rejected == 0U);
      for (const auto& [name, ends] : ended) {
        RC_ASSERT(store->find(DomainName::parse(name).value()).value()->registration.ended.has_value() == ends);
      }
    }
  }));
}

constexpr const char* put_line =
    R"({"name":"bluehen.example","created":"2020-01-31T12:00:00Z","contacts":{"registrant":{"handle":"C-1","name":"Blue Hen"}}})";
constexpr const char* end_line = R"({"op":"end","name":"bluehen.example","reason":"deleted","at":"2026-11-01T00:00:00Z"})";

bool is_ended(RegistrationStore& store) {
  return store.find(DomainName::parse("bluehen.example").value()).value()->registration.ended.has_value();
}

TEST(ImportRepeat, ARealRegistrationAfterTheEndBringsTheNameBack) {
  const Directory place;
  const auto store = open_store(place);
  const std::string history = std::string(put_line) + '\n' + end_line + '\n';
  import_at(*store, history, samples::now());
  EXPECT_TRUE(is_ended(*store));
  // Another file, of a later day, says that the name is there again.
  EXPECT_EQ(import_at(*store, std::string(put_line) + '\n', samples::now() + std::chrono::hours{24}).changed, 1U);
  EXPECT_FALSE(is_ended(*store));
  // In one file, end and registration in their order: a new sponsorship with a new relay address, and nothing the second time.
  const auto token = [&] { return store->find(DomainName::parse("bluehen.example").value()).value()->relay_token; };
  const std::string before = token();
  const std::string back = R"({"op":"end","name":"bluehen.example","reason":"transferred","at":"2026-11-24T13:00:00Z"})" +
                           std::string("\n") + put_line + '\n';
  const ImportReport came_back = import_at(*store, back, samples::now() + std::chrono::hours{48});
  EXPECT_EQ(came_back.ended, 1U);
  EXPECT_EQ(came_back.changed, 1U);
  EXPECT_FALSE(is_ended(*store));
  const std::string after = token();
  EXPECT_NE(before, after);
  EXPECT_EQ(import_at(*store, back, samples::now() + std::chrono::hours{72}).unchanged, 2U);
  EXPECT_EQ(token(), after);
}

TEST(ImportRepeat, ASponsorshipThatBeganAndEndedWithinTheFileIsKept) {
  const Directory place;
  const auto store = open_store(place);
  import_at(*store, std::string(put_line) + '\n' + end_line + '\n', samples::now());
  std::string dated(put_line);
  dated.insert(dated.size() - 1, R"(,"statuses":["clientHold"],"as_of":"2026-11-10T00:00:00Z")");
  const std::string second =
      dated + '\n' + R"({"op":"end","name":"bluehen.example","reason":"deleted","at":"2026-11-20T00:00:00Z"})" + '\n';
  import_at(*store, second, samples::now());
  const auto held = store->find(DomainName::parse("bluehen.example").value()).value()->registration;
  EXPECT_EQ(format_rfc3339(held.ended.value().at), "2026-11-20T00:00:00Z") << "the clock of retention runs from the later end";
  EXPECT_FALSE(held.statuses.empty());
  const auto sequence = store->last_sequence().value();
  import_at(*store, second, samples::now());
  EXPECT_EQ(store->last_sequence().value(), sequence);
}

TEST(ImportRepeat, ConsentOfAnEarlierHolderInTheFileIsNotGivenToTheLast) {
  const Directory place;
  const auto store = open_store(place);
  const auto contact = [](const std::string& holder, const std::string& more) {
    return R"({"name":"bluehen.example","created":"2020-01-31T12:00:00Z","contacts":{"registrant":{"handle":"C-1","name":")" +
           holder + R"(","email":"hen@bluehen.example")" + more + "}}}\n";
  };
  const std::string given =
      R"(,"choices":[{"elements":["email"],"act":"given","at":"2026-10-01T00:00:00Z","notice_version":"1",)"
      R"("evidence":"EV-1"}])";
  import_at(*store, contact("Red Hen", ""), samples::now());
  import_at(*store, contact("Blue Hen", given) + contact("Red Hen", ""), samples::now());
  EXPECT_FALSE(store->find_contact("C-1").value()->choices.allows(Element::email));
  // The last holder's own consent counts, wherever in the file it stands.
  import_at(*store, contact("Red Hen", given) + contact("Blue Hen", "") + contact("Red Hen", ""), samples::now());
  EXPECT_TRUE(store->find_contact("C-1").value()->choices.allows(Element::email));
}

}  // namespace
}  // namespace regdata::store
