#include "store/key_epoch.hpp"

#include <sodium.h>

#include <algorithm>

namespace regdata::store {
namespace {

/// 2^39 commits last for ever; two histories take each other's commit for their own once in 16 million.
constexpr int random_bits = 24;

std::int64_t count_of(std::int64_t epoch) noexcept { return epoch >> random_bits; }

}  // namespace

FileAge age_of(std::int64_t in_database, const KeyEpochs& in_keys) noexcept {
  if (in_database == in_keys.epoch) return FileAge::same;
  if (in_database == in_keys.base) return FileAge::keys_ahead;
  if (count_of(in_database) > count_of(in_keys.epoch)) return FileAge::older_keys;
  if (count_of(in_database) < count_of(in_keys.base)) return FileAge::older_database;
  return FileAge::other_history;
}

Expected<void> check_age(FileAge age) {
  switch (age) {
    case FileAge::same:
    case FileAge::keys_ahead:
      break;
    case FileAge::older_keys:
      return make_error(Errc::conflict, "the key store is older than the registration store beside it",
                        "put the newest key store back; where it is lost, `regdata db adopt` goes on with this one: contacts "
                        "made since stay unreadable and are published withheld");
    case FileAge::older_database:
      return make_error(Errc::conflict, "the registration store is older than the key store beside it",
                        "put the newest registration store back; where it is lost, `regdata db adopt` goes on with this one: "
                        "contacts whose latest choices are lost show nothing by choice until they are asked again");
    case FileAge::other_history:
      return make_error(Errc::conflict, "registration store and key store were changed apart from each other",
                        "put two files back that were in use together; where there are none, `regdata db adopt` goes on "
                        "with these: what the one does not know of the other is withheld");
  }
  return {};
}

std::int64_t epoch_after(std::int64_t one, std::int64_t other) {
  const std::int64_t count = std::max(count_of(one), count_of(other)) + 1;
  return (count << random_bits) | static_cast<std::int64_t>(randombytes_uniform(1U << random_bits));
}

}  // namespace regdata::store
