// Lists of objects, and what became different between two walks.
#include "escrow/object_sieve.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "tests/escrow/openpgp_world.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

/// Objects of a walk: their texts by kind and id.
using Objects = std::map<std::pair<ObjectKind, std::string>, std::string>;

std::vector<ListedObject> in_walk_order(const Objects& objects) {
  std::vector<ListedObject> all;
  for (const auto& [key, text] : objects) all.push_back({.kind = key.first, .id = key.second, .mark = {}});
  std::ranges::sort(all, stands_before);
  return all;
}

struct Sieved {
  std::set<std::string> passed;
  std::set<std::string> gone;
  DepositBase base;  ///< for the next one
};

Sieved sieve(const fs::path& directory, const Objects& objects, const std::optional<DepositBase>& base) {
  auto sieve = ObjectSieve::begin(directory, base, openpgp::real_random()).value();
  Sieved sieved;
  for (const ListedObject& object : in_walk_order(objects))
    if (sieve.passes(object.kind, object.id, objects.at({object.kind, object.id})).value()) sieved.passed.insert(object.id);
  EXPECT_TRUE(sieve.end_walk());
  for (const char* time : {"second", "third"}) {
    std::set<std::string> again;
    sieve.walk_again();
    for (const ListedObject& object : in_walk_order(objects))
      if (sieve.passes_again()) again.insert(object.id);
    EXPECT_EQ(again, sieved.passed) << "the same the " << time << " time";
  }
  EXPECT_TRUE(sieve.each_gone([&](const ListedObject& object) {
    sieved.gone.insert(object.id);
    return Expected<void>();
  }));
  EXPECT_EQ(sieve.gone(), sieved.gone.size());
  sieved.base = {.directory = directory, .objects = *sieve.finish().value()};
  return sieved;
}

Objects random_objects() {
  using rc::gen::element;
  Objects objects;
  const auto count = *rc::gen::inRange(0, 40);
  for (int i = 0; i < count; ++i) {
    const auto kind = *element(ObjectKind::domain, ObjectKind::host, ObjectKind::contact, ObjectKind::service);
    const std::string id = *element<std::string>("a", "a.b", "b.a", "b-.a", "ns1.b.a", "c", "C-1", "C-2", "xn--a.b", "",
                                                 "b.a H1-X", "b.a H2-X", "a H9-X", "ns1.b.a H0-X");
    objects[{kind, std::to_string(static_cast<int>(kind)) + id}] = *element<std::string>("one", "two", "");
  }
  return objects;
}

RC_GTEST_PROP(ObjectSieving, PassesWhatIsNewOrOtherAndTellsWhatIsGone, ()) {
  const testing::TemporaryDirectory place;
  fs::create_directory(place.path() / "1");
  fs::create_directory(place.path() / "2");
  const Objects before = random_objects();
  const Objects after = random_objects();
  const Sieved first = sieve(place.path() / "1", before, std::nullopt);
  RC_ASSERT(first.passed.size() == before.size());
  RC_ASSERT(first.gone.empty());
  const Sieved second = sieve(place.path() / "2", after, first.base);
  std::set<std::string> news;
  std::set<std::string> gone;
  for (const auto& [key, text] : after)
    if (!before.contains(key) || before.at(key) != text) news.insert(key.second);
  for (const auto& [key, text] : before)
    if (!after.contains(key)) gone.insert(key.second);
  RC_ASSERT(second.passed == news);
  RC_ASSERT(second.gone == gone);
  RC_ASSERT(fs::exists(place.path() / "2" / object_list_name));
}

TEST(ObjectLists, ObjectsOutOfOrderAreAnError) {
  const testing::TemporaryDirectory place;
  auto list = ObjectList::begin(place.path() / object_list_name, Digest{}).value();
  const ListedObject object{.kind = ObjectKind::domain, .id = "b.example", .mark = {}};
  EXPECT_TRUE(list.add(object));
  EXPECT_FALSE(list.add(object)) << "twice";
  EXPECT_FALSE(list.add({.kind = ObjectKind::domain, .id = "a.example", .mark = {}}));
  EXPECT_TRUE(list.add({.kind = ObjectKind::host, .id = "ns.b.example", .mark = {}}));
  EXPECT_FALSE(list.add({.kind = ObjectKind::host, .id = "ns2.a.example", .mark = {}})) << "by labels from the last one";
  EXPECT_TRUE(list.add({.kind = ObjectKind::host, .id = id_of_host("ns1.c.example", "H9-X"), .mark = {}}));
  EXPECT_TRUE(list.add({.kind = ObjectKind::host, .id = id_of_host("a.ns1.c.example", "H1-X"), .mark = {}}));
  EXPECT_FALSE(list.add({.kind = ObjectKind::host, .id = id_of_host("a.ns1.c.example", "H0-X"), .mark = {}})) << "by ROID then";
  EXPECT_EQ(roid_in(id_of_host("ns1.c.example", "H9-X")), "H9-X");
  EXPECT_EQ(roid_in("ns1.c.example"), "");
}

TEST(ObjectLists, NoChangedByteIsBelieved) {
  const testing::TemporaryDirectory place;
  const fs::path file = place.path() / object_list_name;
  const Sieved made = sieve(place.path(), {{{ObjectKind::domain, "a.example"}, "1"}, {{ObjectKind::contact, "C-1"}, "2"}}, {});
  std::string bytes(fs::file_size(file), '\0');
  std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const auto read = [&](const std::string& content) -> Expected<std::size_t> {
    std::ofstream(file, std::ios::binary) << content;
    auto reader = ObjectListReader::open(file, made.base.objects).value();
    for (std::size_t count = 0;; ++count) {
      const auto next = reader.next();
      if (!next) return next.error();
      if (!*next) return count;
    }
  };
  EXPECT_EQ(read(bytes).value(), 2U);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(read(other).error().code, Errc::damaged) << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read(bytes.substr(0, size))) << size;
  EXPECT_FALSE(read(bytes + bytes));
}

}  // namespace
}  // namespace regdata::escrow
